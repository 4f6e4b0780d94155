# The LuCI pages in a real Chromium, against the real daemon in a lab kernel.

SUITES += web

TOOLS_web := chromium=chromium

$(eval $(call executable,build/weir-relay,release,test/web/relay.ts))

LUCI_RESOURCES_OF_APP := build/luci-app/htdocs/luci-static/resources
# Overview, Settings, Log and the widget have 59 kB. Hosts and bridge adds 19: 10 of its own, 7 for the labels, help and checks of the
# options of its four sections, and what the plan says of them. Trees adds 12: it asks the daemon for its options.
LUCI_MOST_BYTES := 104000

LUCI_STYLE := weir/weir.css
LUCI_PO := $(shell find luci-app/po -name '*.po')

build/stamps/luci-app: $(shell find luci-app/src src/lib src/schema -name '*.ts') luci-app/htdocs/luci-static/resources/$(LUCI_STYLE) $(LUCI_PO) \
  scripts/luci-modules.mjs scripts/luci-lmo.mjs scripts/po.mjs build/stamps/node-modules
	@mkdir -p $(@D)
	@node scripts/luci-modules.mjs luci-app/src $(LUCI_RESOURCES_OF_APP) --most=$(LUCI_MOST_BYTES)
	@node_modules/.bin/esbuild luci-app/htdocs/luci-static/resources/$(LUCI_STYLE) --minify --target=chrome111,firefox113,safari16.4 \
	  --outfile=$(LUCI_RESOURCES_OF_APP)/$(LUCI_STYLE) --log-level=warning
	@node scripts/luci-lmo.mjs $(LUCI_PO) build/luci-app/i18n
	@touch $@

build/stamps/web-luci: $(shell find test/web/luci test/web/views -name '*.ts') scripts/luci-modules.mjs build/stamps/node-modules
	@mkdir -p $(@D)
	@node scripts/luci-modules.mjs test/web/luci/modules build/web/luci --each
	@node scripts/luci-modules.mjs test/web/views build/web/views
	@node_modules/.bin/esbuild test/web/luci/page/cbi.ts test/web/luci/page/luci.ts --bundle --format=iife --target=es2022 \
	  --outdir=build/web/luci --log-level=warning
	@touch $@

luci-app: build/stamps/luci-app ## the LuCI pages, in build/luci-app

WEB_TOOLS := build/weir build/weir-netifd build/weir-relay $(LAB_TOOLS) build/stamps/luci-app build/stamps/web-luci build/stamps/tools-web \
  build/bpf/el/weir.bpf.o

# A picture of a page has few colours: a palette makes it a third as large. A font for Chinese.
TOOLS_pictures := pngquant=pngquant /usr/share/fonts/truetype/wqy/wqy-microhei.ttc=fonts-wqy-microhei

luci-screenshots: $(WEB_TOOLS) build/stamps/tools-pictures ## pictures of the LuCI pages, into docs/luci (SHOT=part-of-a-name for some)
	@scripts/web-screenshots docs/luci $(SHOT)

web: $(WEB_TOOLS) | build/results ## the LuCI pages in Chromium (WEB=part-of-a-path for some tests)
	@scripts/web-run build/results/web $(WEB)

.PHONY: luci-app luci-screenshots web
