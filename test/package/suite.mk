# The packages that `make ipk` makes: what is in them, what installing does, what the executables of other CPUs do under qemu.

SUITES += package

TOOLS_package := dash=dash busybox=busybox-static /usr/bin/python3=python3-minimal readelf=binutils unshare=util-linux \
  localedef=libc-bin /usr/share/i18n/locales/en_US=locales

# The tests that depend on the CPU, with the objects and flags of the package.
$(foreach name,$(CPUS),$(eval $(call executable,build/cpu/$(name)/tests,$(name),--cpu-tests,$(TEST_BOUNDS))))
