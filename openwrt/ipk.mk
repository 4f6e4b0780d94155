# `make ipk`: packages for opkg, built here without OpenWrt's SDK. What is in them is told by the packages' own Makefiles, which
# openwrt/rules runs; here are the compilers: Debian's for each CPU, with the C library that scripts/c-library.sh finds.

CPUS := x86_64 aarch64 arm mips mipsel

TRIPLET_x86_64 := x86_64-linux-gnu
TRIPLET_aarch64 := aarch64-linux-gnu
TRIPLET_arm := arm-linux-gnueabihf
TRIPLET_mips := mips-linux-gnu
TRIPLET_mipsel := mipsel-linux-gnu

# For size, and hardened: a program with rights over the network is worth 4 to 6 % of its package. On MIPS, where code for any address
# would take another 9 %, it runs at a fixed one.
HARDENED := $(NO_UNWIND) -fstack-protector-strong -D_FORTIFY_SOURCE=2
PIE := -fPIE
PIE_mips := -fno-pie
PIE_mipsel := -fno-pie
# The helpers that gcc calls for atomics otherwise are made for glibc.
CFLAGS_CPU_aarch64 := -mno-outline-atomics
# A program calls the C library through stubs, as on other CPUs, and itself directly: 2 % of the package.
CFLAGS_CPU_mips := -mplt
CFLAGS_CPU_mipsel := -mplt
# MIPS has no atomics of 8 bytes. From the archive, so that the package needs no other one.
LIBS_mips := -l:libatomic.a
LIBS_mipsel := -l:libatomic.a

define cpu
CC_$(1) := $(TRIPLET_$(1))-gcc
CFLAGS_$(1) := @build/libc/$(1)/flags -Os $(HARDENED) $(or $(PIE_$(1)),$(PIE)) $(CFLAGS_CPU_$(1))
ENGINE_CFLAGS_$(1) = $$(ENGINE_CFLAGS_release)
LDFLAGS_$(1) := $(if $(PIE_$(1)),-no-pie,-pie) -s -Wl,--gc-sections -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--build-id=none
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

IPK_CPUS = $(or $(ARCH),$(CPUS))

# OpenWrt's name for what is built is what openwrt/rules takes, or what the user says. Apart from MIPS: there OpenWrt has soft floats on
# all targets but one, which no compiler of Debian's makes, so the name is that target's or, with glibc, none of OpenWrt's: opkg of
# another router refuses the package.
NAME_mipsel_musl := mipsel_24kc_24kf
NAME_mipsel_glibc := mipsel_glibc
NAME_mips_glibc := mips_glibc
RUNS_ON_musl := musl, as on OpenWrt
RUNS_ON_mipsel_musl := musl with hardware floats, as on OpenWrt for pistachio; the package for other routers comes from the SDK
RUNS_ON_glibc := glibc, to show that the code runs on this CPU; the package for a router comes from the SDK

libc = $(file <build/libc/$(1)/name)
arch_packages = $(or $(ARCH_PACKAGES),$(NAME_$(1)_$(call libc,$(1))))
runs_on = $(or $(RUNS_ON_$(1)_$(call libc,$(1))),$(RUNS_ON_$(call libc,$(1))))

# The commit's time is that of the files; where there is no git, an archive of the commit has given it to them.
IPK_TIME = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y package.json))

# $(call pack,PACKAGE,DIRECTORY[,VARIABLES])
define pack
$(MAKE) -s -C openwrt/rules package PKG=$(1) OUT=$(abspath $(2)) SOURCE_DATE_EPOCH=$(IPK_TIME) $(3) && \
  scripts/ipk.sh $(2) build/ipk $(IPK_TIME)
endef

$(CPUS:%=ipk-%): ipk-%: build/cpu/%/weir
	@ipk=$$($(call pack,weir,build/cpu/$*/package,ARCH=$* BUILD_DIR=$(CURDIR)/build/cpu/$* \
	  $(addprefix ARCH_PACKAGES=,$(call arch_packages,$*)))) && echo "$$ipk: $(call runs_on,$*)"

# With the bytecode that was made beside the executable.
$(CPUS:%=ipk-weir-bridge-%): ipk-weir-bridge-%: build/cpu/%/weir | build/stamps/tools-bpf
	@$(MAKE) -s -C openwrt/rules stage PKG=weir ARCH=$* BUILD_DIR=$(CURDIR)/build/cpu/$* STAGING_DIR=$(CURDIR)/build/cpu/$*/staging
	@$(call pack,weir-bridge,build/cpu/$*/weir-bridge,ARCH=$* STAGING_DIR=$(CURDIR)/build/cpu/$*/staging \
	  $(addprefix ARCH_PACKAGES=,$(call arch_packages,$*)))

# Bytecode is the same for every CPU.
ipk-weir-trees: ipk-weir-trees-from-$(firstword $(IPK_CPUS))
$(CPUS:%=ipk-weir-trees-from-%): ipk-weir-trees-from-%: build/cpu/%/weir
	@$(call pack,weir,build/cpu/weir-trees,PACK=weir-trees ARCH=$* BUILD_DIR=$(CURDIR)/build/cpu/$*)

ipk-luci-app-weir:
	@$(call pack,luci-app-weir,build/cpu/luci-app-weir,ARCH=$(firstword $(CPUS)))

# What may install something comes first, one after the other; the compilers run on all processors.
ipk: ## build/ipk, a feed of packages for opkg; `make ipk ARCH=CPU` for some of x86_64 aarch64 arm mips mipsel
	@$(if $(filter-out $(CPUS),$(IPK_CPUS)),echo "ARCH is one or more of: $(CPUS)" >&2; exit 2)
	@$(MAKE) -j1 $(QUICKJS_SRC)/quickjs.h $(patsubst %,build/stamps/tools-%,host bpf $(IPK_CPUS)) build/stamps/node-modules feed
	@$(MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) $(IPK_CPUS:%=build/cpu/%/weir)
	@rm -rf build/ipk
	@$(MAKE) $(IPK_CPUS:%=ipk-%) $(IPK_CPUS:%=ipk-weir-bridge-%) ipk-weir-trees ipk-luci-app-weir
	@scripts/ipk-index.sh build/ipk

.PHONY: ipk ipk-luci-app-weir ipk-weir-trees $(CPUS:%=ipk-weir-trees-from-%) $(CPUS:%=ipk-%) $(CPUS:%=ipk-weir-bridge-%)
