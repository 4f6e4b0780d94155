# The packages that `make ipk` makes: what is in them, what installing does, what the executables of other CPUs do under qemu.

SUITES += package

TOOLS_package := dash=dash busybox=busybox-static /usr/bin/pydoc3=python3 readelf=binutils unshare=util-linux \
  localedef=libc-bin /usr/share/i18n/locales/en_US=locales

# The tests that depend on the CPU, with the objects and flags of the package. On mips all tests run: see unit-mips.
TESTED_CPUS := $(filter-out mips,$(CPUS))
$(foreach name,$(TESTED_CPUS),$(eval $(call executable,build/cpu/$(name)/tests,$(name),--cpu-tests,$(TEST_BOUNDS))))

package: build/weir build/stamps/tools-package build/stamps/tools-qemu | build/results ## what `make ipk` makes: its contents, installing, other CPUs under qemu
	@$(MAKE) -j2 $(TESTED_CPUS:%=build/cpu/%/tests)
	@$(MAKE) ipk
	@node scripts/unit-node.mjs build/results/package --package

.PHONY: package
