/*
 * Numbers of this CPU's headers: errno, socket, open and signal numbers differ on MIPS (SOCK_STREAM is 2 there, ENOBUFS 132).
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>

#include "native.h"

#ifndef SIOCETHTOOL
#define SIOCETHTOOL 0x8946 /* linux/sockios.h, one number for every CPU; musl's headers do not have it */
#endif
#ifndef ENOTSUPP
#define ENOTSUPP 524 /* include/linux/errno.h: the kernel's own, which drivers let slip out to programs */
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

/* Byte order and pointer size are the compiler's, so they are constants too. */
static const JSCFunctionListEntry entries[] = {
    JS_OBJECT_DEF("constants", constants, COUNT_OF(constants), JS_PROP_ENUMERABLE),
    JS_OBJECT_DEF("errno", errors, COUNT_OF(errors), JS_PROP_ENUMERABLE),
    JS_PROP_INT32_DEF("littleEndian", __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, 0),
    JS_PROP_INT32_DEF("pointerBytes", sizeof(void *), 0),
};

const struct native_table native_constants = {entries, COUNT_OF(entries)};
