# `make bpf`: the bridge's programs, for CPUs of either byte order: build/bpf/el/weir.bpf.o and build/bpf/eb/weir.bpf.o.

TOOLS_bpf := clang=clang llvm-strip=llvm /usr/include/bpf/bpf_helpers.h=libbpf-dev /usr/include/linux/bpf.h=linux-libc-dev

include bpf/flags.mk

# Debug information is for BTF only, which stays.
BPF_FLAGS := $(WEIR_BPF_FLAGS) -g -ffile-prefix-map=$(CURDIR)/= -idirafter /usr/include/$(shell uname -m)-linux-gnu -Werror

build/bpf/%/weir.bpf.o: $(wildcard bpf/*.c bpf/include/*.h) bpf/build.mk bpf/flags.mk | build/stamps/tools-bpf
	@mkdir -p $(@D)
	@clang -target bpf$* $(BPF_FLAGS) -c bpf/weir.bpf.c -o $@
	@llvm-strip -g $@
	@echo "$@: $$(stat -c %s $@) bytes"

bpf: build/bpf/el/weir.bpf.o build/bpf/eb/weir.bpf.o ## the bridge's BPF programs, for CPUs of either byte order

.PHONY: bpf
