# The figures. No suite of `make test`: what it measures depends on the machine.

$(eval $(call executable,build/bench-reload,release,test/bench/reload_entry.ts))
$(eval $(call executable,build/bench-sample,release,test/bench/sample_entry.ts))

TOOLS_bench := jq=jq

# The bridge: live frames on this machine's kernel.
TOOLS_bench-bridge := $(TOOLS_bpf) gcc=gcc /usr/include/bpf/libbpf.h=libbpf-dev unshare=util-linux ip=iproute2 ethtool=ethtool

build/bench-bridge/ends.bpf.o: test/bench/bridge/ends.bpf.c test/bench/bridge/ends.h | build/stamps/tools-bench-bridge
	@mkdir -p $(@D)
	@clang -target bpf $(BPF_FLAGS) -c $< -o $@

build/bench-bridge/driver: $(patsubst %,test/bench/bridge/%.c,main line load) $(wildcard test/bench/bridge/*.h) bpf/include/shared.h \
  | build/stamps/tools-bench-bridge
	@mkdir -p $(@D)
	@gcc -D_GNU_SOURCE -O2 -std=gnu11 $(WARNINGS) -Werror $(filter %.c,$^) -o $@ -lbpf

BENCH_BRIDGE := build/bpf/el/weir.bpf.o build/bench-bridge/ends.bpf.o build/bench-bridge/driver

bench: build/weir build/bench-reload build/bench-sample build/lab/router.tar build/stamps/tools-bench $(BENCH_BRIDGE) $$(LAB_TOOLS) ## the figures in test/bench/RESULTS.md, measured here; `make bench ONLY=package` for those of some parts
	@$(if $(filter package,$(or $(ONLY),package)),$(MAKE) ipk)
	@scripts/bench $(ONLY)

.PHONY: bench
