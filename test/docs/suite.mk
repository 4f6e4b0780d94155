# The pages for people, held against the program: what they say of it, and the manual page in a formatter's eyes.

SUITES += docs-test

TOOLS_docs := mandoc=mandoc

docs-test: build/stamps/tools-docs build/stamps/node-modules | build/results ## the pages in docs/: configurations, commands, messages, links; the manual page
	@node scripts/unit-node.mjs build/results/docs-test --docs

.PHONY: docs-test
