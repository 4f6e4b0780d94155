# The figures. No suite of `make test`: what it measures depends on the machine.

$(eval $(call executable,build/bench-reload,release,test/bench/reload_entry.ts))

bench: build/weir build/bench-reload $$(LAB_TOOLS) ## the figures in test/bench/RESULTS.md, measured here
	@scripts/bench

.PHONY: bench
