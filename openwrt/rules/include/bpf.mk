# Stands in for OpenWrt's include/bpf.mk, with Debian's clang as compiler. SPDX-License-Identifier: Apache-2.0

# The first makes the menu ask for a clang that compiles BPF, the second makes the build prepare it; neither is a package.
BPF_DEPENDS := @HAS_BPF_TOOLCHAIN +@NEED_BPF_TOOLCHAIN

CLANG := clang
LLVM_STRIP := llvm-strip
BPF_TARGET := bpf$(if $(CONFIG_BIG_ENDIAN),eb,el)

# Where the package bpf-headers puts libbpf's headers: as in the kernel's sources.
BPF_HEADERS_DIR := $(WORK)/bpf-headers
compile: $(BPF_HEADERS_DIR)/tools/lib/bpf
$(BPF_HEADERS_DIR)/tools/lib/bpf:
	@mkdir -p $(@D)
	@ln -s /usr/include/bpf $@
