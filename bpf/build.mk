# `make bpf`: the bridge's programs, for CPUs of either byte order: build/bpf/el/weir.bpf.o and build/bpf/eb/weir.bpf.o.

TOOLS_bpf := clang=clang llvm-strip=llvm /usr/include/bpf/bpf_helpers.h=libbpf-dev /usr/include/linux/bpf.h=linux-libc-dev

# v3 has comparisons and arithmetic of 32 bits, half the work for a CPU of 32 bits. Debug information is for BTF only, which stays.
BPF_FLAGS := -O2 -g -mcpu=v3 -std=gnu11 -fno-strict-aliasing -ffile-prefix-map=$(CURDIR)/= \
  -idirafter /usr/include/$(shell uname -m)-linux-gnu -Wall -Wextra -Wshadow -Werror

build/bpf/%/weir.bpf.o: $(wildcard bpf/*.c bpf/include/*.h) bpf/build.mk | build/stamps/tools-bpf
	@mkdir -p $(@D)
	@clang -target bpf$* $(BPF_FLAGS) -c bpf/weir.bpf.c -o $@
	@llvm-strip -g $@
	@echo "$@: $$(stat -c %s $@) bytes"

bpf: build/bpf/el/weir.bpf.o build/bpf/eb/weir.bpf.o ## the bridge's BPF programs, for CPUs of either byte order

.PHONY: bpf
