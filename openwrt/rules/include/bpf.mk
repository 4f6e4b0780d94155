# Stands in for OpenWrt's include/bpf.mk. SPDX-License-Identifier: Apache-2.0

# The first makes the menu ask for a clang that compiles BPF, the second makes the build prepare it; neither is a package.
BPF_DEPENDS := @HAS_BPF_TOOLCHAIN +@NEED_BPF_TOOLCHAIN

# There is nothing to compile yet, so nothing that could be compared with what bpf.mk does.
CompileBPF = $(error CompileBPF of openwrt/rules is not written yet)
