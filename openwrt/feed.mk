# The packages as OpenWrt's build takes them: `src-link weir DIRECTORY` in feeds.conf. What comes of the TypeScript is made here, so that
# whoever builds them needs no Node.

FEED := build/feed
FEED_VERSION = $(shell sed -n 's/^PKG_VERSION:=//p' openwrt/weir/Makefile)
FEED_ARCHIVE = build/weir-feed-$(FEED_VERSION).tar.xz

FEED_PACKAGES := weir luci-app-weir weir-bridge

FEED_BUNDLE := build/bundle/src/cli/main.ts/bundle.js
# Beside it: the modules of the parts, and what qjsc and the compiler are told of them.
FEED_MODULES = $(addprefix $(dir $(FEED_BUNDLE)),*.js chunks.c qjsc-options)
# What luci.mk installs; a src/ it would take for C. Pages in TypeScript become modules first.
FEED_LUCI = $(wildcard $(addprefix luci-app/,htdocs po root ucode))
FEED_LUCI_PAGES := $(if $(wildcard luci-app/src),build/stamps/luci-app)

feed: $(FEED_BUNDLE) $(FEED_LUCI_PAGES) ## build/feed, the OpenWrt packages ready for `src-link` in feeds.conf
	@rm -rf $(FEED)
	@mkdir -p $(FEED)
	@cp -r LICENSE $(addprefix openwrt/,README.md $(FEED_PACKAGES)) $(FEED)
	@cp -r LICENSE src/host/native $(FEED)/weir/src
	@mkdir $(FEED)/weir/src/bundle
	@cp $(FEED_MODULES) $(FEED)/weir/src/bundle
	@mkdir $(FEED)/weir-bridge/src
	@cp -r $(wildcard bpf/*.c) bpf/include bpf/flags.mk $(FEED)/weir-bridge/src
	@cp -r $(FEED_LUCI) $(if $(FEED_LUCI_PAGES),build/luci-app/htdocs) $(FEED)/luci-app-weir
	@find $(FEED) \( -name '*.d.ts' -o -name '*.js.map' \) -delete
	@chmod -R u=rwX,go=rX $(FEED)
	@echo "$(FEED): $(FEED_PACKAGES)"

TOOLS_feed := xz=xz-utils

# All times are the commit's, so that the same commit gives the same bytes.
feed-archive: feed build/stamps/tools-feed ## the feed as one file for a release: build/weir-feed-VERSION.tar.xz
	@set -o pipefail; tar -C $(FEED) --sort=name --format=ustar --owner=0 --group=0 --numeric-owner \
	  --mtime="@$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || echo 0)}" \
	  --transform='s,^\.,weir-feed-$(FEED_VERSION),' -c . | xz -9e -T1 >$(FEED_ARCHIVE)
	@sha256sum $(FEED_ARCHIVE)

.PHONY: feed feed-archive
