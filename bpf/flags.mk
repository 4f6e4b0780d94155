# How the bridge's programs are compiled, here (build.mk) and in OpenWrt's package.

# v3 has comparisons and arithmetic of 32 bits, half the work for a CPU of 32 bits.
WEIR_BPF_FLAGS := -O2 -mcpu=v3 -fno-addrsig -std=gnu11 -fno-strict-aliasing -Wall -Wextra -Wshadow
