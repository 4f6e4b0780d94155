# The lab: user-mode Linux guests with virtual time that run weir against real packets, and the demo.

SUITES += lab

build/lab/traffic: $(wildcard test/lab/traffic/*.c) test/lab/traffic/traffic.h | build/stamps/tools-release
	@mkdir -p $(@D)
	@musl-gcc -static -s -D_GNU_SOURCE -O2 -std=c11 -Wall -Wextra -Wshadow -Werror $(filter %.c,$^) -o $@

build/lab/preload.so: $(wildcard test/lab/preload/*.c) | build/stamps/tools-lab
	@mkdir -p $(@D)
	@gcc -shared -fPIC -D_GNU_SOURCE -O2 -std=c11 -Wall -Wextra -Wshadow -Werror $^ -o $@ -ldl

build/lab/slow-cables: test/lab/cable/main.c | build/stamps/tools-release
	@mkdir -p $(@D)
	@musl-gcc -static -s -D_GNU_SOURCE -O2 -std=c11 -Wall -Wextra -Wshadow -Werror $< -o $@

# Through libbpf, which the guest finds on the host's file system.
build/lab/frames: $(wildcard test/lab/frames/*.c) test/lab/frames/frames.h bpf/include/shared.h | build/stamps/tools-frames
	@mkdir -p $(@D)
	@gcc -D_GNU_SOURCE -O2 -std=gnu11 -Wall -Wextra -Wshadow -Werror $(filter %.c,$^) -lbpf -o $@

TOOLS_frames := gcc=gcc /usr/include/stdio.h=libc6-dev /usr/include/bpf/libbpf.h=libbpf-dev

# The programs as plain C, with helpers and maps stood in, for a CPU that the lab has no kernel for.
FRAMES_PLAIN := $(wildcard test/lab/frames/plain/*.c) $(patsubst %,test/lab/frames/%.c,each corpus counts random)
build/lab/frames-mips: $(FRAMES_PLAIN) $(wildcard test/lab/frames/*.h test/lab/frames/plain/*.h test/lab/frames/plain/bpf/*.h bpf/*.c bpf/include/*.h) \
  | build/stamps/tools-frames-mips build/stamps/tools-qemu
	@mkdir -p $(@D)
	@mips-linux-gnu-gcc -static -D_GNU_SOURCE -O2 -std=gnu11 -fno-strict-aliasing -Wall -Wextra -Werror -Wno-unknown-pragmas \
	  -Itest/lab/frames/plain $(FRAMES_PLAIN) -o $@

TOOLS_frames-mips := mips-linux-gnu-gcc=gcc-mips-linux-gnu /usr/mips-linux-gnu/include/stdio.h=libc6-dev-mips-cross

TOOLS_lab := gcc=gcc /usr/include/stdio.h=libc6-dev tc=iproute2 ethtool=ethtool setpriv=util-linux strace=strace perl=perl-base systemd-analyze=systemd \
  busybox=busybox-static bpftool=bpftool nft=nftables

LAB_TOOLS := build/lab/traffic build/lab/preload.so build/stamps/node-modules build/stamps/tools-lab

# weir on a host where things go wrong at a chosen moment; for the lab only.
$(eval $(call executable,build/weir-faults,release,test/lab/faults/main.ts))

# Others on the bus, and the loader of BPF programs by itself; for the lab only.
$(eval $(call executable,build/weir-netifd,release,test/lab/netifd.ts))
$(eval $(call executable,build/weir-procd,release,test/lab/procd.ts))
$(eval $(call executable,build/weir-bpf,release,test/lab/bpf.ts))
$(eval $(call executable,build/weir-load,release,test/lab/load.ts,-DWEIR_HEAP_BYTES='(128 << 20)'))

# The root of a small router with the OpenWrt package.
build/lab/router.tar: scripts/lab-router.sh build/weir $(wildcard openwrt/weir/Makefile openwrt/weir/files/* openwrt/rules/*.mk \
  openwrt/rules/*/*.mk test/service/openwrt/* test/service/openwrt/*/*) | build/stamps/tools-lab
	@mkdir -p $(@D)
	@scripts/lab-router.sh $@

lab: build/lab/router.tar build/lab/slow-cables build/lab/frames build/lab/frames-mips build/bpf/el/weir.bpf.o build/weir build/weir-faults build/weir-netifd build/weir-procd build/weir-services build/weir-load build/weir-bpf $(LAB_TOOLS) ## the scenarios in the lab; `make lab ONLY="NAME ..."` runs some of them
	@scripts/lab-run $(ONLY)

lab-kernel: ## builds the lab's kernel if there is none yet, and prints its path
	@scripts/lab-kernel.sh

demo: build/weir $(LAB_TOOLS) ## a full line without weir and with it: figures, curves, demo.svg
	@scripts/lab-demo

tuning-tables: ## writes what the lab finds into the tables of docs/tuning.md, instead of holding them to it
	@WEIR_TUNING_TABLES=write $(MAKE) --no-print-directory lab ONLY=tuning

.PHONY: lab lab-kernel tuning-tables demo
