# `make ipk`: packages for opkg, built here without OpenWrt's SDK. What is in them is told by the packages' own Makefiles (openwrt/weir,
# openwrt/luci-app-weir, run by openwrt/rules); here are the compilers. What compiles for a CPU is Debian's cross compiler with the C
# library that scripts/c-library.sh finds.

CPUS := x86_64 aarch64 arm mips mipsel

TRIPLET_x86_64 := x86_64-linux-gnu
TRIPLET_aarch64 := aarch64-linux-gnu
TRIPLET_arm := arm-linux-gnueabihf
TRIPLET_mips := mips-linux-gnu
TRIPLET_mipsel := mipsel-linux-gnu

# For size, and hardened: a program with rights over the network is worth 4 to 6 % of a package. Not on MIPS to run at any address,
# which would make it a tenth larger there.
HARDENED := $(NO_UNWIND) -fstack-protector-strong -D_FORTIFY_SOURCE=2
ANYWHERE := -fPIE
ANYWHERE_mips := -fno-pie
ANYWHERE_mipsel := -fno-pie
# The helpers that gcc calls for atomics otherwise want a glibc.
CFLAGS_CPU_aarch64 := -mno-outline-atomics
# MIPS has no atomics of 8 bytes. From the archive, so that the package needs no other one.
LIBS_mips := -l:libatomic.a
LIBS_mipsel := -l:libatomic.a

define cpu
CC_$(1) := $(TRIPLET_$(1))-gcc
CFLAGS_$(1) := @build/libc/$(1)/flags -Os $(HARDENED) $(or $(ANYWHERE_$(1)),$(ANYWHERE)) $(CFLAGS_CPU_$(1))
ENGINE_CFLAGS_$(1) = $$(ENGINE_CFLAGS_release)
LDFLAGS_$(1) := $(if $(ANYWHERE_$(1)),-no-pie,-pie) -s -Wl,--gc-sections -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--build-id=none
TOOLS_$(1) := $(TRIPLET_$(1))-gcc=gcc-$(subst _,-,$(TRIPLET_$(1)))

build/stamps/tools-$(1): scripts/need.sh scripts/c-library.sh scripts/debian-apt.sh
	@mkdir -p $$(@D)
	@scripts/need.sh $$(TOOLS_$(1))
	@scripts/c-library.sh $(1) build/libc/$(1)
	@touch $$@

$(eval $(call variant,$(1)))
$(eval $(call executable,build/cpu/$(1)/weir,$(1),src/cli/main.ts,,release))
endef
$(foreach name,$(CPUS),$(eval $(call cpu,$(name))))
VARIANTS += $(CPUS)

# ---- Packages --------------------------------------------------------------------------------------------------------

# weir-bridge needs OpenWrt's BPF toolchain.
IPK_ARCH = $(or $(ARCH),$(CPUS))

# What an ordinary MIPS router cannot run, since OpenWrt has soft floats there, is given a name that its opkg refuses: with hardware
# floats that of the one target which has them, with glibc a name of our own.
NAME_mipsel := mipsel_24kc_24kf
libc = $(file <build/libc/$(1)/name)
arch_packages = $(or $(ARCH_PACKAGES),$(if $(filter glibc,$(call libc,$(1))),$(1)_glibc,$(NAME_$(1))))
RUNS_ON_glibc := glibc, shows that the code runs on this CPU: the package for a router comes from the SDK
RUNS_ON_musl := musl, as on OpenWrt
RUNS_ON_musl_mipsel := musl with hardware floats, as on OpenWrt for pistachio: the package for other routers comes from the SDK
runs_on = $(or $(RUNS_ON_$(call libc,$(1))_$(1)),$(RUNS_ON_$(call libc,$(1))))

# The commit's time is that of the files, or where there is no git, what an archive of it says.
IPK_TIME = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y package.json))

# $(call ipk,PACKAGE,DIRECTORY,VARIABLES)
ipk = $(MAKE) -s -C openwrt/rules package PKG=$(1) OUT=$(abspath $(2)) SOURCE_DATE_EPOCH=$(IPK_TIME) $(3) && scripts/ipk.sh $(2) build/ipk $(IPK_TIME)

$(CPUS:%=ipk-%): ipk-%: build/cpu/%/weir
	@echo "$$($(call ipk,weir,build/cpu/$*/package,ARCH=$* BUILD_DIR=$(CURDIR)/build/cpu/$* $(addprefix ARCH_PACKAGES=,$(call arch_packages,$*)))): $(call runs_on,$*)"

ipk-luci-app-weir:
	@$(call ipk,luci-app-weir,build/cpu/luci-app-weir,)

# What may install something comes first, one after the other; the rest on all processors.
ipk: ## build/ipk, a feed of packages for opkg; `make ipk ARCH=CPU` for some of x86_64 aarch64 arm mips mipsel
	@$(if $(filter-out $(CPUS),$(IPK_ARCH)),echo "ARCH is one or more of: $(CPUS)" >&2; exit 2)
	@$(MAKE) -j1 $(QUICKJS_SRC)/quickjs.h $(patsubst %,build/stamps/tools-%,host $(IPK_ARCH)) build/stamps/node-modules feed
	@$(MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) $(IPK_ARCH:%=build/cpu/%/weir)
	@$(MAKE) $(IPK_ARCH:%=ipk-%) ipk-luci-app-weir
	@scripts/ipk-index.sh build/ipk

.PHONY: ipk ipk-luci-app-weir $(CPUS:%=ipk-%)
