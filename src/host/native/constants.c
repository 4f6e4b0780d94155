/*
 * Numbers of this CPU's headers: errno, socket, open and signal numbers differ on MIPS (SOCK_STREAM is 2 there, ENOBUFS 132).
 * SPDX-License-Identifier: Apache-2.0
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <termios.h>

#include "native.h"

#ifndef SIOCETHTOOL
#define SIOCETHTOOL 0x8946 /* linux/sockios.h, one number for every CPU; musl's headers do not have it */
#endif
#ifndef ENOTSUPP
#define ENOTSUPP 524 /* include/linux/errno.h: the kernel's own, which drivers let slip out to programs */
#endif

/* By which seccomp(2) knows the system calls of this CPU: AUDIT_ARCH_* of linux/audit.h, which musl's headers do not have. */
#define AUDIT_64_BIT 0x80000000u
#define AUDIT_LITTLE_ENDIAN 0x40000000u
#define AUDIT_ARCH(machine)                            \
  ((machine) | (sizeof(long) == 8 ? AUDIT_64_BIT : 0) | \
   (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? AUDIT_LITTLE_ENDIAN : 0))

#if defined(__x86_64__) && defined(__LP64__)
#define CPU_AUDIT_ARCH AUDIT_ARCH(EM_X86_64)
#elif defined(__i386__)
#define CPU_AUDIT_ARCH AUDIT_ARCH(EM_386)
#elif defined(__aarch64__) && defined(__LP64__)
#define CPU_AUDIT_ARCH AUDIT_ARCH(EM_AARCH64)
#elif defined(__arm__) && defined(__ARM_EABI__)
#define CPU_AUDIT_ARCH AUDIT_ARCH(EM_ARM)
#elif defined(__mips__) && _MIPS_SIM != _ABIN32
#define CPU_AUDIT_ARCH AUDIT_ARCH(EM_MIPS)
#elif defined(__powerpc64__)
#define CPU_AUDIT_ARCH AUDIT_ARCH(EM_PPC64)
#elif defined(__powerpc__)
#define CPU_AUDIT_ARCH AUDIT_ARCH(EM_PPC)
#elif defined(__riscv)
#define CPU_AUDIT_ARCH AUDIT_ARCH(EM_RISCV)
#else
#define CPU_AUDIT_ARCH 0 /* not known here */
#endif

#define NUMBER(name) JS_PROP_INT32_DEF(#name, name, JS_PROP_ENUMERABLE)

static const JSCFunctionListEntry constants[] = {
    NUMBER(AF_UNIX),      NUMBER(AF_INET),        NUMBER(AF_INET6),    NUMBER(AF_NETLINK), NUMBER(SOCK_STREAM),
    NUMBER(SOCK_DGRAM),   NUMBER(SOCK_RAW),       NUMBER(SOL_SOCKET),  NUMBER(SO_RCVBUF),  NUMBER(SO_RCVBUFFORCE),
    NUMBER(SO_SNDBUF),    NUMBER(SO_ERROR),       NUMBER(SO_PEERCRED), NUMBER(MSG_PEEK),   NUMBER(MSG_TRUNC),
    NUMBER(MSG_DONTWAIT), NUMBER(POLLIN),         NUMBER(POLLOUT),     NUMBER(POLLERR),    NUMBER(POLLHUP),
    NUMBER(POLLNVAL),     NUMBER(O_RDONLY),       NUMBER(O_WRONLY),    NUMBER(O_RDWR),     NUMBER(O_CREAT),
    NUMBER(O_EXCL),       NUMBER(O_TRUNC),        NUMBER(O_APPEND),    NUMBER(O_DIRECTORY), NUMBER(O_NOFOLLOW),
    NUMBER(O_NONBLOCK),   NUMBER(LOCK_SH),        NUMBER(LOCK_EX),     NUMBER(LOCK_UN),    NUMBER(LOCK_NB),
    NUMBER(SIGHUP),       NUMBER(SIGINT),         NUMBER(SIGTERM),     NUMBER(SIGKILL),    NUMBER(SIGUSR1),
    NUMBER(SIGUSR2),      NUMBER(SIGPIPE),        NUMBER(SIOCETHTOOL), NUMBER(SO_PEERGROUPS),
    NUMBER(SIGQUIT),      NUMBER(SIGTSTP),        NUMBER(SIGSTOP),     NUMBER(SIGWINCH),   NUMBER(TCGETS),
    NUMBER(TCSETS),       NUMBER(TIOCGWINSZ),     NUMBER(ICANON),      NUMBER(ECHO),
};

static const JSCFunctionListEntry errors[] = {
    NUMBER(EPERM),        NUMBER(ENOENT),       NUMBER(ESRCH),           NUMBER(EINTR),        NUMBER(EIO),
    NUMBER(ENXIO),        NUMBER(E2BIG),        NUMBER(ENOEXEC),         NUMBER(EBADF),        NUMBER(ECHILD),
    NUMBER(EAGAIN),       NUMBER(ENOMEM),       NUMBER(EACCES),          NUMBER(EFAULT),       NUMBER(EBUSY),
    NUMBER(EEXIST),       NUMBER(EXDEV),        NUMBER(ENODEV),          NUMBER(ENOTDIR),      NUMBER(EISDIR),
    NUMBER(EINVAL),       NUMBER(ENFILE),       NUMBER(EMFILE),          NUMBER(ENOTTY),       NUMBER(ETXTBSY),
    NUMBER(EFBIG),        NUMBER(ENOSPC),       NUMBER(ESPIPE),          NUMBER(EROFS),        NUMBER(EMLINK),
    NUMBER(EPIPE),        NUMBER(EDOM),         NUMBER(ERANGE),          NUMBER(EDEADLK),      NUMBER(ENAMETOOLONG),
    NUMBER(ENOLCK),       NUMBER(ENOSYS),       NUMBER(ENOTEMPTY),       NUMBER(ELOOP),        NUMBER(ENOMSG),
    NUMBER(ENODATA),      NUMBER(ETIME),        NUMBER(EPROTO),          NUMBER(EBADMSG),      NUMBER(EOVERFLOW),
    NUMBER(EILSEQ),       NUMBER(EUSERS),       NUMBER(ENOTSOCK),        NUMBER(EDESTADDRREQ), NUMBER(EMSGSIZE),
    NUMBER(EPROTOTYPE),   NUMBER(ENOPROTOOPT),  NUMBER(EPROTONOSUPPORT), NUMBER(EOPNOTSUPP),   NUMBER(EPFNOSUPPORT),
    NUMBER(EAFNOSUPPORT), NUMBER(EADDRINUSE),   NUMBER(EADDRNOTAVAIL),   NUMBER(ENETDOWN),     NUMBER(ENETUNREACH),
    NUMBER(ENETRESET),    NUMBER(ECONNABORTED), NUMBER(ECONNRESET),      NUMBER(ENOBUFS),      NUMBER(EISCONN),
    NUMBER(ENOTCONN),     NUMBER(ESHUTDOWN),    NUMBER(ETIMEDOUT),       NUMBER(ECONNREFUSED), NUMBER(EHOSTDOWN),
    NUMBER(EHOSTUNREACH), NUMBER(EALREADY),     NUMBER(EINPROGRESS),     NUMBER(ESTALE),       NUMBER(EDQUOT),
    NUMBER(ECANCELED),    NUMBER(EOWNERDEAD),   NUMBER(ENOTSUPP),
};

/* System calls that no part of weir makes, nor its C library for it, and that others would like to make in its name. Of those that
 * not every CPU or not every kernel's headers know, only what is there. */
#define CALL(name) JS_PROP_INT32_DEF(#name, SYS_##name, JS_PROP_ENUMERABLE)

static const JSCFunctionListEntry unused_calls[] = {
    /* other programs and processes */
    CALL(execve), CALL(execveat), CALL(clone), CALL(ptrace), CALL(process_vm_readv), CALL(process_vm_writev),
#ifdef SYS_fork
    CALL(fork),
#endif
#ifdef SYS_vfork
    CALL(vfork),
#endif
#ifdef SYS_clone3
    CALL(clone3),
#endif
#ifdef SYS_pidfd_getfd
    CALL(pidfd_getfd),
#endif
    /* file systems and namespaces */
    CALL(mount), CALL(umount2), CALL(pivot_root), CALL(chroot), CALL(open_by_handle_at), CALL(unshare), CALL(setns),
#ifdef SYS_move_mount
    CALL(move_mount), CALL(open_tree), CALL(fsopen), CALL(fsmount),
#endif
    /* the kernel itself */
    CALL(init_module), CALL(finit_module), CALL(delete_module), CALL(kexec_load), CALL(reboot), CALL(bpf),
    CALL(perf_event_open), CALL(userfaultfd), CALL(add_key), CALL(request_key), CALL(keyctl),
#ifdef SYS_io_uring_setup
    CALL(io_uring_setup),
#endif
};

/* Byte order and pointer size are the compiler's, so they are constants too. */
static const JSCFunctionListEntry entries[] = {
    JS_OBJECT_DEF("constants", constants, COUNT_OF(constants), JS_PROP_ENUMERABLE),
    JS_OBJECT_DEF("unusedCalls", unused_calls, COUNT_OF(unused_calls), JS_PROP_ENUMERABLE),
    JS_PROP_INT64_DEF("auditArch", CPU_AUDIT_ARCH, 0),
    JS_OBJECT_DEF("errno", errors, COUNT_OF(errors), JS_PROP_ENUMERABLE),
    JS_PROP_INT32_DEF("littleEndian", __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, 0),
    JS_PROP_INT32_DEF("pointerBytes", sizeof(void *), 0),
};

const struct native_table native_constants = {entries, COUNT_OF(entries)};
