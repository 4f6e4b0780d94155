# `make bpf`: the bridge's programs for CPUs of either byte order, build/bpf/el/weir.bpf.o and build/bpf/eb/weir.bpf.o. They have types
# (BTF) for what reads them while building and testing; those in build/bpf/router are the same without, half as large.

TOOLS_bpf := clang=clang llvm-objcopy=llvm /usr/include/bpf/bpf_helpers.h=libbpf-dev /usr/include/linux/bpf.h=linux-libc-dev

# v3 has comparisons and arithmetic of 32 bits, half the work for a CPU of 32 bits. Debug information is
# for BTF only.
BPF_FLAGS := -O2 -g -mcpu=v3 -fno-addrsig -std=gnu11 -fno-strict-aliasing -ffile-prefix-map=$(CURDIR)/= \
  -idirafter /usr/include/$(shell uname -m)-linux-gnu -Wall -Wextra -Wshadow -Werror

build/bpf/%/weir.bpf.o: $(wildcard bpf/*.c bpf/include/*.h) bpf/build.mk | build/stamps/tools-bpf
	@mkdir -p $(@D)
	@clang -target bpf$* $(BPF_FLAGS) -c bpf/weir.bpf.c -o $@
	@llvm-objcopy --strip-debug --discard-all --remove-section=.BTF.ext --remove-section=.rel.BTF.ext $@

build/bpf/router/%/weir.bpf.o: build/bpf/%/weir.bpf.o
	@mkdir -p $(@D)
	@llvm-objcopy --remove-section=.BTF --remove-section=.rel.BTF $< $@
	@echo "$@: $$(stat -c %s $@) bytes"

bpf: build/bpf/router/el/weir.bpf.o build/bpf/router/eb/weir.bpf.o ## the bridge's BPF programs, for CPUs of either byte order

.PHONY: bpf
