# `make bpf`: the bridge's programs for CPUs of either byte order, build/bpf/el/weir.bpf.o and build/bpf/eb/weir.bpf.o. They have types
# (BTF) for what reads them while building and testing; those in build/bpf/router are the same without, half as large.

TOOLS_bpf := clang=clang llvm-objcopy=llvm /usr/include/bpf/bpf_helpers.h=libbpf-dev /usr/include/linux/bpf.h=linux-libc-dev

include bpf/flags.mk

# Debug information is for BTF only.
BPF_FLAGS := $(WEIR_BPF_FLAGS) -g -ffile-prefix-map=$(CURDIR)/= -idirafter /usr/include/$(shell uname -m)-linux-gnu -Werror

BYTE_ORDERS := el eb

# The targets by name: else `%` would stand for router/eb too.
$(BYTE_ORDERS:%=build/bpf/%/weir.bpf.o): build/bpf/%/weir.bpf.o: $(wildcard bpf/*.c bpf/include/*.h) bpf/build.mk bpf/flags.mk | build/stamps/tools-bpf
	@mkdir -p $(@D)
	@clang -target bpf$* $(BPF_FLAGS) -c bpf/weir.bpf.c -o $@
	@llvm-objcopy --strip-debug --discard-all --remove-section=.BTF.ext --remove-section=.rel.BTF.ext $@

ROUTER_OBJECTS := $(BYTE_ORDERS:%=build/bpf/router/%/weir.bpf.o)
$(ROUTER_OBJECTS): build/bpf/router/%/weir.bpf.o: build/bpf/%/weir.bpf.o
	@mkdir -p $(@D)
	@llvm-objcopy --remove-section=.BTF --remove-section=.rel.BTF $< $@
	@echo "$@: $$(stat -c %s $@) bytes"

bpf: $(ROUTER_OBJECTS) ## the bridge's BPF programs, for CPUs of either byte order

.PHONY: bpf
