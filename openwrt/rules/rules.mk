# Stands in for OpenWrt's rules.mk: where things are, the compilers, and the commands of install steps.
# SPDX-License-Identifier: Apache-2.0

INCLUDE_DIR := $(TOPDIR)/include

# The caller's BUILD_DIR is another one.
override BUILD_DIR := $(WORK)/build_dir

# A package is built for one name of OpenWrt's, which stands for the CPU, its variant and the way it takes floats.
ARCH_PACKAGES_x86_64 := x86_64
ARCH_PACKAGES_aarch64 := aarch64_cortex-a53
ARCH_PACKAGES_arm := arm_cortex-a7_neon-vfpv4
ARCH_PACKAGES_mips := mips_24kc
ARCH_PACKAGES_mipsel := mipsel_24kc
ARCH_PACKAGES ?= $(ARCH_PACKAGES_$(ARCH))

# What the .config of a target says of its CPU.
CONFIG_BIG_ENDIAN := $(if $(filter mips,$(ARCH)),y)

# Of the C library and the compiler. Those of Debian's other C libraries (/usr/mips-linux-gnu/include) may be given too.
TOOLCHAIN_INC_DIRS ?= $(shell clang -print-resource-dir)/include /usr/include/$(shell uname -m)-linux-gnu /usr/include

# OpenWrt's flags, as far as any compiler knows them.
TARGET_CC ?= cc
TARGET_CFLAGS ?= -Os -pipe -fno-caller-saves -ffile-prefix-map=$(BUILD_DIR)=. -Wformat -Werror=format-security \
  -fstack-protector -D_FORTIFY_SOURCE=1 -Wl,-z,now -Wl,-z,relro
TARGET_CPPFLAGS ?=
TARGET_LDFLAGS ?= -znow -zrelro
HOSTCC ?= cc
HOST_CFLAGS ?= -O2
HOST_LDFLAGS ?=

INSTALL_BIN := install -m0755
INSTALL_DIR := install -d -m0755
INSTALL_DATA := install -m0644
INSTALL_CONF := install -m0600
CP := cp -fpR
TAR := tar

# Between the commands of a recipe that $(foreach) makes.
define sep


endef
comma := ,
empty :=
space := $(empty) $(empty)
