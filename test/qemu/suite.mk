# The second lab: a stock kernel on emulated hardware, for what needs real drivers and two CPUs.

SUITES += qemu

qemu: build/weir build/lab/traffic build/stamps/node-modules | build/results ## tuning of an e1000e, an igb and a virtio card, in QEMU (QEMU=part-of-a-path for some tests)
	@lab=$${WEIR_QEMU_LAB:-$$(scripts/lab-qemu.sh)} && \
	  WEIR_QEMU_LAB=$$lab node scripts/unit-node.mjs build/results/qemu --qemu $(QEMU)

.PHONY: qemu
