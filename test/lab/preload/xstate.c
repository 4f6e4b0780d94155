// SPDX-License-Identifier: Apache-2.0
/*
 * Lets user-mode Linux kernels before 6.15 run on CPUs with AMX. Such a kernel has room for 2696 bytes of a process' extended
 * state, up to AVX-512 and PKRU (arch/x86/um: HOST_FP_SIZE). The host gives it that much, but takes the state of a process only
 * whole (arch/x86/kernel/fpu/regset.c: xstateregs_set), which with AMX is 11008 bytes: the guest's first process dies of it.
 * Here the rest is added, in its initial state; no process of the guest has any other, since AMX must be asked for (arch_prctl(2)).
 */
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __x86_64__

/* The XSAVE header says which components are not in their initial state (Intel SDM 1, 13.4.2). 0 to 9 end with PKRU. */
#define HEADER_AT 512
#define COMPONENTS_BEFORE_AMX UINT64_C(0x3ff)

typedef long ptrace_function(enum __ptrace_request, pid_t, void *, void *);

static union {
	uint64_t words[8192];
	unsigned char bytes[65536];
} whole;
/* What the host takes; 0 while it is not known. */
static size_t whole_bytes;

static long set_whole(ptrace_function *real, pid_t pid, void *type, const struct iovec *part)
{
	struct iovec all = {&whole, sizeof(whole)};

	memset(&whole, 0, whole_bytes);
	memcpy(whole.bytes, part->iov_base, part->iov_len);
	whole.words[HEADER_AT / sizeof(uint64_t)] &= COMPONENTS_BEFORE_AMX;
	all.iov_len = whole_bytes;
	return real(PTRACE_SETREGSET, pid, type, &all);
}

long ptrace(enum __ptrace_request request, ...)
{
	static ptrace_function *real;
	va_list rest;

	va_start(rest, request);
	pid_t pid = va_arg(rest, pid_t);
	void *address = va_arg(rest, void *);
	void *data = va_arg(rest, void *);
	va_end(rest);
	if (!real) {
		void *symbol = dlsym(RTLD_NEXT, "ptrace");

		memcpy(&real, &symbol, sizeof(real));
	}
	if (request != PTRACE_SETREGSET || (uintptr_t)address != NT_X86_XSTATE)
		return real(request, pid, address, data);
	if (whole_bytes == 0) {
		struct iovec all = {&whole, sizeof(whole)};

		if (real(PTRACE_GETREGSET, pid, address, &all) == 0)
			whole_bytes = all.iov_len;
	}
	const struct iovec *given = data;

	if (given->iov_len < HEADER_AT + sizeof(uint64_t) || given->iov_len >= whole_bytes)
		return real(request, pid, address, data);
	return set_whole(real, pid, address, given);
}

#endif
