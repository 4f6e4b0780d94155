# The figures. No suite of `make test`: what it measures depends on the machine.

$(eval $(call executable,build/bench-reload,release,test/bench/reload_entry.ts))
$(eval $(call executable,build/bench-sample,release,test/bench/sample_entry.ts))

TOOLS_bench := jq=jq

bench: build/weir build/bench-reload build/bench-sample build/lab/router.tar build/stamps/tools-bench $$(LAB_TOOLS) ## the figures in test/bench/RESULTS.md, measured here; `make bench ONLY=package` for those of some parts
	@$(MAKE) ipk
	@scripts/bench $(ONLY)

.PHONY: bench
