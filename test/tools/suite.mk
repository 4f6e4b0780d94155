# weir held against other people's programs: Prometheus' parser for the metrics, a terminal in tmux for `weir top`.

SUITES += tools

TOOLS_tools := tmux=tmux /usr/bin/python3=python3-minimal \
  /usr/lib/python3/dist-packages/prometheus_client=python3-prometheus-client

$(eval $(call executable,build/top-demo,release,test/tools/top_entry.ts))

tools: build/weir build/top-demo build/stamps/tools-tools build/stamps/node-modules | build/results ## `weir top` in tmux, the metrics in Prometheus' parser
	@node scripts/unit-node.mjs build/results/tools --tools

.PHONY: tools
