# The figures. No suite of `make test`: what it measures depends on the machine.

bench: build/weir $$(LAB_TOOLS) ## the figures in test/bench/RESULTS.md, measured here
	@scripts/bench

.PHONY: bench
