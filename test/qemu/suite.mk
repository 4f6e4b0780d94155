# The second lab: a stock kernel on emulated hardware, for what needs real drivers and two CPUs.

SUITES += qemu

TOOLS_qemu-lab := setpriv=util-linux busybox=busybox-static

qemu: build/weir build/lab/traffic build/stamps/tools-qemu-lab build/stamps/node-modules | build/results ## rings, coalescing, channels, queues and interrupts of an e1000e and an igb, in QEMU
	@WEIR_QEMU_LAB=$${WEIR_QEMU_LAB:-$$(scripts/lab-qemu.sh)} node scripts/unit-node.mjs build/results/qemu --qemu $(QEMU)

.PHONY: qemu
