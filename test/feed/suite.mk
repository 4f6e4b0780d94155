# The feed, from what `make feed` made and nothing else: the packages' Makefiles under the rules of openwrt/rules. What `make ipk`
# makes is held against it.

SUITES += feed-test

FEED_ENGINE := build/quickjs_$(firstword $(subst -, ,$(QUICKJS_VERSION))).orig.tar.xz
$(FEED_ENGINE): scripts/quickjs-source.sh | $(QUICKJS_SRC)/quickjs.h
	@[ -f $@ ] || scripts/quickjs-source.sh $(QUICKJS_VERSION) build
	@touch $@

TOOLS_feed-test := musl-gcc=musl-tools gcc=gcc xz=xz-utils kconfig-conf=kconfig-frontends-nox \
  /usr/bin/python3=python3-minimal /usr/lib/python3/dist-packages/yaml=python3-yaml busybox=busybox-static unshare=util-linux \
  /usr/mips-linux-gnu/include/linux/bpf.h=linux-libc-dev-mips-cross

feed-test: feed-archive bpf $(FEED_ENGINE) build/stamps/tools-feed-test build/stamps/tools-release build/stamps/node-modules | build/results ## the OpenWrt packages, from build/feed alone
	@$(MAKE) ipk ARCH=x86_64
	@node scripts/unit-node.mjs build/results/feed-test --feed

.PHONY: feed-test
