// SPDX-License-Identifier: Apache-2.0
/*
 * The only source of chance of a user-mode Linux kernel becomes a sequence that $WEIR_LAB_SEED chooses; without that variable
 * it stays the host's. With virtual time this makes a run repeatable to the bit. Programs inside the guest do not see this
 * library; they draw from the kernel, which it has seeded.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static uint64_t state;
static int seeded;

/* splitmix64, by Sebastiano Vigna (public domain): every 64-bit state, 0 too, is a good start. */
static uint64_t next_random(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

ssize_t getrandom(void *buffer, size_t length, unsigned int flags)
{
	unsigned char *to = buffer;
	const char *seed = getenv("WEIR_LAB_SEED");

	if (!seed)
		return syscall(SYS_getrandom, buffer, length, flags);
	if (!seeded) {
		state = strtoull(seed, NULL, 10);
		seeded = 1;
	}
	for (size_t done = 0; done < length;) {
		uint64_t value = next_random();
		size_t part = length - done < sizeof value ? length - done : sizeof value;

		memcpy(to + done, &value, part);
		done += part;
	}
	return (ssize_t)length;
}
