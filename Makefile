# weir: `make help` lists the targets. Everything made lies in build/; what a target needs is installed when it is missing.

SHELL := /bin/bash
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.SECONDEXPANSION:

QUICKJS_VERSION := 2025.04.26-1
QUICKJS_SRC ?= build/quickjs-$(firstword $(subst -, ,$(QUICKJS_VERSION)))

# The suites of `make test`, in this order: targets that write "passed failed skipped" into build/results/NAME.
# test/*/suite.mk are read at the end of this file; such a file adds its suite with `SUITES += name`, its targets with a
# `## description` for `make help`, and its executables with $(eval $(call executable,...)).
SUITES := check unit unit-quickjs

# ---- C compilers -----------------------------------------------------------------------------------------------------
# A variant is a compiler with its flags: release (this machine, static musl), asan (the same with sanitizers), host (tools for the
# build itself), and a router's CPU each (openwrt/ipk.mk), of which mips is big-endian.

include src/host/native/build.mk
# No path of the machine that builds: an assertion names its file.
COMMON := $(C_FLAGS) -isystem $(QUICKJS_SRC) -ffile-prefix-map=$(QUICKJS_SRC)/=

# Without unwind tables and padding between segments the file is a tenth smaller.
SMALL := $(NO_UNWIND) -fno-stack-protector -fno-pie

CC_release := musl-gcc
CFLAGS_release := -Os $(SMALL)
ENGINE_CFLAGS_release = $(if $(filter quickjs,$*),-include src/host/native/hot.h)
LDFLAGS_release := -static -no-pie -s -Wl,--gc-sections -Wl,-z,noseparate-code -Wl,-z,norelro -Wl,--build-id=none
TOOLS_release := musl-gcc=musl-tools gcc=gcc xz=xz-utils

# The engine has its own ways with alignment and overflow; undefined behaviour is looked for in our C only.
CC_asan := gcc
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address -DWEIR_FREE_AT_END -DWEIR_STACK_BYTES='(2 << 20)'
NATIVE_CFLAGS_asan := -fsanitize=undefined -fno-sanitize-recover=undefined
LDFLAGS_asan := -fsanitize=address,undefined
TOOLS_asan := gcc=gcc /usr/include/stdio.h=libc6-dev

CC_host := gcc
CFLAGS_host := -O1
LDFLAGS_host :=
TOOLS_host := gcc=gcc /usr/include/stdio.h=libc6-dev

VARIANTS := release asan host

build/stamps/tools-%: scripts/need.sh
	@mkdir -p $(@D)
	@scripts/need.sh $(TOOLS_$*)
	@touch $@

build/stamps/node-modules: package-lock.json scripts/node-modules.sh
	@mkdir -p $(@D)
	@scripts/node-modules.sh
	@touch $@

# ---- QuickJS ---------------------------------------------------------------------------------------------------------

ifeq ($(origin QUICKJS_SRC),file)
$(QUICKJS_SRC)/quickjs.h: scripts/quickjs-source.sh
	@mkdir -p build
	@scripts/quickjs-source.sh $(QUICKJS_VERSION) build
	@touch $@
endif

NATIVE_HEADERS := src/host/native/native.h src/host/native/chunks.h

# Another QUICKJS_SRC or other flags make every object old.
COMPILED_WITH = $(abspath $(QUICKJS_SRC)) $(COMMON) $(WARNINGS) $(foreach name,$(VARIANTS),$(CC_$(name)) $(CFLAGS_$(name)) \
  $(NATIVE_CFLAGS_$(name)) $(LDFLAGS_$(name)))
build/stamps/compiled-with: FORCE
	@mkdir -p $(@D)
	@echo "$(COMPILED_WITH)" | cmp -s - $@ 2>/dev/null || echo "$(COMPILED_WITH)" >$@

define variant
build/engine/$(1)/%.o: $(QUICKJS_SRC)/quickjs.h build/stamps/compiled-with | build/stamps/tools-$(1)
	@echo "$(1): $(QUICKJS_SRC)/$$*.c"
	@mkdir -p $$(@D)
	@$$(CC_$(1)) $$(COMMON) $$(CFLAGS_$(1)) $$(ENGINE_CFLAGS_$(1)) -w -DCONFIG_VERSION='"$(QUICKJS_VERSION)"' \
	  -c $(QUICKJS_SRC)/$$*.c -o $$@

build/native/$(1)/%.o: src/host/native/%.c $(NATIVE_HEADERS) $(QUICKJS_SRC)/quickjs.h build/stamps/compiled-with \
  | build/stamps/tools-$(1)
	@echo "$(1): $$<"
	@mkdir -p $$(@D)
	@$$(CC_$(1)) $$(COMMON) $$(CFLAGS_$(1)) $$(NATIVE_CFLAGS_$(1)) $(WARNINGS) -c $$< -o $$@
endef
$(foreach name,$(VARIANTS),$(eval $(call variant,$(name))))

build/host/qjsc: $(patsubst %,build/engine/host/%.o,$(ENGINE) quickjs-libc qjsc)
	@mkdir -p $(@D)
	@$(CC_host) -o $@ $^ -lm -ldl -lpthread

# ---- Executables -----------------------------------------------------------------------------------------------------

# A bundle's bytecode, for tests with line numbers, for the router without them. qjsc runs beside the bundle so that they say
# bundle.js:1:234, and takes along what it imports; the parts are named in qjsc-options.
QJSC = $(CURDIR)/build/host/qjsc $(QJSC_FLAGS)
build/bundle/%/bundle.c: build/bundle/%/bundle.js build/host/qjsc
	@cd $(@D) && $(QJSC) $$(cat qjsc-options) -o bundle.c bundle.js && cat chunks.c >>bundle.c
build/bundle/%/release.c: build/bundle/%/bundle.js build/host/qjsc
	@cd $(@D) && $(QJSC) -s $$(cat qjsc-options) -o release.c bundle.js && cat chunks.c >>release.c

# A program tells the commit that it is of, where git knows it; in the same words in every clone, whatever else is in it.
build/stamps/commit: FORCE
	@mkdir -p $(@D)
	@git describe --always --dirty --exclude='*' --abbrev=10 >$@.new 2>/dev/null || true
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

build/bundle/%/bundle.js: % scripts/bundle.mjs scripts/parts.mjs scripts/regexp-literals.mjs build/stamps/node-modules build/stamps/commit
	@node scripts/bundle.mjs $* $@
	@touch $@

-include $(shell [ -d build/bundle ] && find build/bundle -name bundle.js.d)

PART_WRITER := $(CC_host) $(WARNINGS) -DWEIR_PART_WRITER -Isrc/host/native

# $(call executable,OUTPUT,VARIANT,ENTRY[,FLAGS[,BYTECODE]]): OUTPUT runs the TypeScript file ENTRY. FLAGS go to main.c, which takes
# the bounds WEIR_HEAP_BYTES, WEIR_STACK_BYTES and WEIR_TURN_CPU_S. BYTECODE is `bundle` or `release`, which has no line numbers.
# Parts of the program that lie in files of their own come beside it: OUTPUT.NAME.
define executable
$(1): build/bundle/$(3)/$(or $(5),$(if $(filter release,$(2)),release,bundle)).c src/host/native/main.c src/host/native/part_writer.c $(NATIVE_HEADERS) $(patsubst %,build/native/$(2)/%.o,$(NATIVE)) \
  $(patsubst %,build/engine/$(2)/%.o,$(ENGINE))
	@mkdir -p $$(@D)
	@$$(CC_$(2)) $$(COMMON) $$(CFLAGS_$(2)) $$(NATIVE_CFLAGS_$(2)) $(WARNINGS) $(4) -c src/host/native/main.c -o $$@.main.o
	@$$(CC_$(2)) $$(CFLAGS_$(2)) -fdata-sections -Isrc/host/native $$(LDFLAGS_$(2)) -o $$@ $$@.main.o $$(filter %.c,$$<) $$(filter %.o,$$^) -lm $$(LIBS_$(2))
	@rm $$@.main.o
	@[ ! -s $$(<D)/part-files ] || { $$(PART_WRITER) -o $$@.writer src/host/native/part_writer.c $$< && $$@.writer $$@ && rm $$@.writer; }
	@echo "$$@: $$$$(stat -c %s $$@) bytes"
endef

$(eval $(call executable,build/weir,release,src/cli/main.ts))
$(eval $(call executable,build/weir-asan,asan,src/cli/main.ts))

# The unit tests in one executable each; a test suite may take more memory and time than a router's daemon.
TEST_BOUNDS := -DWEIR_HEAP_BYTES='(512 << 20)' -DWEIR_TURN_CPU_S=300
ENDING_BOUNDS := -DWEIR_TURN_CPU_S=1
$(eval $(call executable,build/unit-asan,asan,--tests,$(TEST_BOUNDS)))
$(eval $(call executable,build/unit-mips,mips,--tests,$(TEST_BOUNDS)))
$(eval $(call executable,build/endings-asan,asan,test/quickjs/endings.ts,$(ENDING_BOUNDS)))
$(eval $(call executable,build/endings-mips,mips,test/quickjs/endings.ts,$(ENDING_BOUNDS)))

# The allocator by itself, with the sanitizers watching it from inside.
define heap_test
build/heap-$(1): test/native/heap.c src/host/native/heap.c src/host/native/native.h $(QUICKJS_SRC)/quickjs.h | build/stamps/tools-$(1)
	@$$(CC_$(1)) $$(COMMON) $$(CFLAGS_$(1)) $$(NATIVE_CFLAGS_$(1)) $(WARNINGS) -DWEIR_SLABS -o $$@ $$< $$(LDFLAGS_$(1))
endef
$(foreach name,asan mips,$(eval $(call heap_test,$(name))))

# Runs what is made for another CPU.
TOOLS_qemu := qemu-mips=qemu-user

# Which test files there are is known only by looking.
build/bundle/--tests/bundle.js build/bundle/--cpu-tests/bundle.js: build/bundle/%/bundle.js: FORCE scripts/bundle.mjs \
  build/stamps/node-modules build/stamps/commit
	@node scripts/bundle.mjs $* $@

# ---- Targets ---------------------------------------------------------------------------------------------------------

build: build/weir ## build/weir, one static executable for this machine, and what it loads for trees and a bridge: build/weir.trees, build/weir.bridge
	@scripts/size.sh build/weir

test: build/stamps/node-modules ## every test; the last line counts them
	@scripts/test.sh $(SUITES)

check: build/stamps/node-modules | build/results ## types, lint, format, warnings of the C compilers, size
	@scripts/check.sh build/results/check

unit: build/stamps/node-modules bpf | build/results ## the unit tests on Node (UNIT=part-of-a-path for some)
	@node scripts/unit-node.mjs build/results/unit $(UNIT)

unit-quickjs: | build/results ## the unit tests as bytecode: with sanitizers, and on big-endian MIPS
	@$(MAKE) -j2 unit-asan unit-mips
	@paste -d ' ' build/results/unit-asan build/results/unit-mips | awk '{ print $$1 + $$4, $$2 + $$5, $$3 + $$6 }' \
	  >build/results/unit-quickjs

# A leading dash: the counts tell of failures, and the second runs after a failure of the first.
unit-asan: build/unit-asan build/endings-asan build/heap-asan bpf | build/results
	-@node scripts/unit-quickjs.mjs build/results/unit-asan 0.1 build/unit-asan build/endings-asan build/heap-asan

unit-mips: build/unit-mips build/endings-mips build/heap-mips build/stamps/tools-qemu bpf | build/results
	-@node scripts/unit-quickjs.mjs build/results/unit-mips 0.03 build/unit-mips build/endings-mips build/heap-mips \
	  qemu-mips -L build/libc/mips/root

# Our C with each compiler's warnings as errors, which `make build` does not make them: another compiler may know others.
c-warnings: $(QUICKJS_SRC)/quickjs.h $(patsubst %,build/stamps/tools-%,release asan mips)
	@$(foreach name,release asan mips,$(foreach file,$(NATIVE) main,echo "$(name): $(file).c" && \
	  $(CC_$(name)) $(COMMON) $(CFLAGS_$(name)) $(NATIVE_CFLAGS_$(name)) $(WARNINGS) -Werror \
	    -c src/host/native/$(file).c -o /dev/null &&)) \
	echo "host: part_writer.c" && $(PART_WRITER) -Wextra -Werror -c src/host/native/part_writer.c -o /dev/null

build/results:
	@mkdir -p $@

gen: build/stamps/node-modules build/bpf/el/weir.bpf.o ## what is made from the source and committed: layouts of BPF's structs, options, ubus and the manual page in docs/, the default configuration, access lists, texts of the pages
	@mkdir -p build
	@node_modules/.bin/esbuild src/gen/docs.main.ts --bundle --platform=node --format=esm --outfile=build/gen-docs.mjs --log-level=warning
	@node build/gen-docs.mjs
	@node scripts/luci-strings.mjs

clean: ## removes build/ (node_modules stays)
	rm -rf build

help: ## this list
	@echo "weir: make TARGET"
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r target text; do \
	  printf '  %-14s %s\n' "$$target" "$$text"; done
	@echo "Variables: QUICKJS_SRC=DIR (a QuickJS source tree in place of Debian's), DEBIAN_MIRROR=URI (where that comes from)"

include openwrt/feed.mk openwrt/ipk.mk bpf/build.mk
-include $(wildcard test/*/suite.mk)

FORCE:
.PHONY: FORCE build test check unit unit-quickjs unit-asan unit-mips c-warnings gen clean help
.SECONDARY:
