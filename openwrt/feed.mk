# The packages as OpenWrt's build takes them: `src-link weir DIRECTORY` in feeds.conf. What is made from the TypeScript is made here.

FEED := build/feed

# A package is in the feed when there is something in it: weir-bridge waits for its BPF programs.
FEED_PACKAGES := weir luci-app-weir $(if $(wildcard bpf/*.bpf.c),weir-bridge)

FEED_BUNDLE := build/bundle/src/cli/main.ts/bundle.js

feed: $(FEED_BUNDLE) ## build/feed, the OpenWrt packages ready for `src-link` in feeds.conf
	@rm -rf $(FEED)
	@mkdir -p $(FEED)
	@cp -r LICENSE $(addprefix openwrt/,README.md $(FEED_PACKAGES)) $(FEED)
	@cp -r LICENSE $(FEED_BUNDLE) src/host/native $(FEED)/weir/src
	@rm $(FEED)/weir/src/native/*.d.ts
	@cp -r luci-app/* $(FEED)/luci-app-weir
	@chmod -R u=rwX,go=rX $(FEED)
	@echo "$(FEED): $(FEED_PACKAGES)"

.PHONY: feed
