/* Sockets, ioctl(2) and poll(2). SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "native.h"

NATIVE(native_socket) {
  UNUSED_ARGUMENTS();
  int domain, type, protocol;
  if (argument_int(ctx, argv[0], &domain) || argument_int(ctx, argv[1], &type) || argument_int(ctx, argv[2], &protocol))
    return JS_EXCEPTION;
  return result_of(ctx, socket(domain, type | SOCK_CLOEXEC, protocol));
}

NATIVE(native_bind) {
  UNUSED_ARGUMENTS();
  int fd;
  struct span address;
  if (argument_int(ctx, argv[0], &fd) || argument_bytes(ctx, argv[1], &address)) return JS_EXCEPTION;
  return result_of(ctx, bind(fd, (const struct sockaddr *)address.data, (socklen_t)address.size));
}

NATIVE(native_connect) {
  UNUSED_ARGUMENTS();
  int fd;
  struct span address;
  if (argument_int(ctx, argv[0], &fd) || argument_bytes(ctx, argv[1], &address)) return JS_EXCEPTION;
  return result_of(ctx, connect(fd, (const struct sockaddr *)address.data, (socklen_t)address.size));
}

NATIVE(native_listen) {
  UNUSED_ARGUMENTS();
  int fd, backlog;
  if (argument_int(ctx, argv[0], &fd) || argument_int(ctx, argv[1], &backlog)) return JS_EXCEPTION;
  return result_of(ctx, listen(fd, backlog));
}

NATIVE(native_accept) {
  UNUSED_ARGUMENTS();
  int fd;
  if (argument_int(ctx, argv[0], &fd)) return JS_EXCEPTION;
  return result_of(ctx, accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

NATIVE(native_getsockname) {
  UNUSED_ARGUMENTS();
  int fd;
  struct span address;
  if (argument_int(ctx, argv[0], &fd) || argument_bytes(ctx, argv[1], &address)) return JS_EXCEPTION;
  socklen_t length = (socklen_t)address.size;
  int failed = getsockname(fd, (struct sockaddr *)address.data, &length);
  return result_of(ctx, failed ? -1 : (int64_t)length);
}

NATIVE(native_getsockopt) {
  UNUSED_ARGUMENTS();
  int fd, level, option;
  struct span value;
  if (argument_int(ctx, argv[0], &fd) || argument_int(ctx, argv[1], &level) || argument_int(ctx, argv[2], &option) ||
      argument_bytes(ctx, argv[3], &value))
    return JS_EXCEPTION;
  socklen_t length = (socklen_t)value.size;
  int failed = getsockopt(fd, level, option, value.data, &length);
  return result_of(ctx, failed ? -1 : (int64_t)length);
}

NATIVE(native_setsockopt) {
  UNUSED_ARGUMENTS();
  int fd, level, option, number;
  struct span value = {(uint8_t *)&number, sizeof(number)};
  if (argument_int(ctx, argv[0], &fd) || argument_int(ctx, argv[1], &level) || argument_int(ctx, argv[2], &option))
    return JS_EXCEPTION;
  if (JS_IsNumber(argv[3]) ? argument_int(ctx, argv[3], &number) : argument_bytes(ctx, argv[3], &value)) return JS_EXCEPTION;
  return result_of(ctx, setsockopt(fd, level, option, value.data, (socklen_t)value.size));
}

/* send(fd, bytes, offset, length, flags) */
NATIVE(native_send) {
  UNUSED_ARGUMENTS();
  int fd, flags;
  struct span data;
  if (argument_int(ctx, argv[0], &fd) || argument_int(ctx, argv[4], &flags) || argument_range(ctx, argv + 1, &data))
    return JS_EXCEPTION;
  return result_of(ctx, send(fd, data.data, data.size, flags | MSG_NOSIGNAL));
}

/* recv(fd, bytes, offset, length, flags) */
NATIVE(native_recv) {
  UNUSED_ARGUMENTS();
  int fd, flags;
  struct span data;
  if (argument_int(ctx, argv[0], &fd) || argument_int(ctx, argv[4], &flags) || argument_range(ctx, argv + 1, &data))
    return JS_EXCEPTION;
  return result_of(ctx, recv(fd, data.data, data.size, flags));
}

/* Room for one descriptor and no more: of several that a peer attaches the kernel then closes the others. */
union one_descriptor {
  struct cmsghdr header;
  uint8_t bytes[CMSG_SPACE(sizeof(int))];
};

/* sendDescriptor(fd, bytes, offset, length, passed): as send() without waiting, with a descriptor on the first byte. */
NATIVE(native_send_descriptor) {
  UNUSED_ARGUMENTS();
  int fd, passed;
  struct span data;
  if (argument_int(ctx, argv[0], &fd) || argument_int(ctx, argv[4], &passed) || argument_range(ctx, argv + 1, &data))
    return JS_EXCEPTION;
  union one_descriptor control = {
      .header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
  memcpy(CMSG_DATA(&control.header), &passed, sizeof(passed));
  struct iovec part = {data.data, data.size};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_LEN(sizeof(int))};
  return result_of(ctx, sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

/* recvDescriptor(fd, bytes, offset, length, Int32Array): as recv() without waiting; the array gets what descriptor came, or -1. */
NATIVE(native_recv_descriptor) {
  UNUSED_ARGUMENTS();
  int fd;
  struct span data, received;
  if (argument_int(ctx, argv[0], &fd) || argument_int32s(ctx, argv[4], &received) || argument_range(ctx, argv + 1, &data))
    return JS_EXCEPTION;
  if (received.size < sizeof(int)) return JS_ThrowRangeError(ctx, "no room for a descriptor");
  union one_descriptor control;
  struct iovec part = {data.data, data.size};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_LEN(sizeof(int))};
  ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  const struct cmsghdr *header = got < 0 ? NULL : CMSG_FIRSTHDR(&message);
  int passed = -1;
  if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
      header->cmsg_len >= CMSG_LEN(sizeof(int)))
    memcpy(&passed, CMSG_DATA(header), sizeof(passed));
  memcpy(received.data, &passed, sizeof(passed));
  return result_of(ctx, got);
}

/* An address to be written into an ioctl structure for the length of the call. */
struct patch {
  JSValue owner; /* keeps the bytes alive: reading the list may run JavaScript */
  size_t offset;
  uint8_t *target;
  uint8_t replaced[sizeof(void *)];
};

#define MOST_PATCHES 8

/* Reads [offset, Uint8Array]. */
static int read_patch(JSContext *ctx, JSValueConst list, uint32_t index, struct patch *patch) {
  int64_t offset = 0;
  struct span target = {NULL, 0};
  JSValue pair = JS_GetPropertyUint32(ctx, list, index);
  JSValue at = JS_GetPropertyUint32(ctx, pair, 0);
  patch->owner = JS_GetPropertyUint32(ctx, pair, 1);
  JS_FreeValue(ctx, pair);
  int failed = argument_integer(ctx, at, 0, INT_MAX, &offset) || argument_bytes(ctx, patch->owner, &target);
  JS_FreeValue(ctx, at);
  patch->offset = (size_t)offset;
  patch->target = target.data;
  return failed ? -1 : 0;
}

/* ioctl(2) with the addresses in the structure only while it runs; afterwards the bytes they replaced are back. */
static int ioctl_with_addresses(int fd, unsigned long request, uint8_t *argument, struct patch *patches, int count) {
  for (int i = 0; i < count; i++) {
    memcpy(patches[i].replaced, argument + patches[i].offset, sizeof(void *));
    memcpy(argument + patches[i].offset, &patches[i].target, sizeof(void *));
  }
  int returned = ioctl(fd, request, argument);
  for (int i = count - 1; i >= 0; i--) memcpy(argument + patches[i].offset, patches[i].replaced, sizeof(void *));
  return returned;
}

/* ioctl(fd, request, bytes, [[offset, bytes], ...]) */
NATIVE(native_ioctl) {
  UNUSED_ARGUMENTS();
  int fd;
  int64_t request, count = 0;
  struct span argument;
  struct patch patches[MOST_PATCHES];
  if (argument_int(ctx, argv[0], &fd) || argument_integer(ctx, argv[1], 0, UINT32_MAX, &request)) return JS_EXCEPTION;
  if (!JS_IsUndefined(argv[3])) {
    JSValue length = JS_GetPropertyStr(ctx, argv[3], "length");
    int failed = argument_integer(ctx, length, 0, MOST_PATCHES, &count);
    JS_FreeValue(ctx, length);
    if (failed) return JS_EXCEPTION;
  }
  JSValue result = JS_EXCEPTION;
  int read = 0, failed = 0;
  while (read < count && !failed) failed = read_patch(ctx, argv[3], (uint32_t)read, &patches[read]), read++;
  if (!failed) failed = argument_bytes(ctx, argv[2], &argument);
  for (int i = 0; i < read && !failed; i++)
    if (patches[i].offset + sizeof(void *) > argument.size) {
      JS_ThrowRangeError(ctx, "an address at %d of a structure of %d bytes", (int)patches[i].offset, (int)argument.size);
      failed = -1;
    }
  if (!failed)
    result = result_of(ctx, ioctl_with_addresses(fd, (unsigned long)request, argument.data, patches, read));
  for (int i = 0; i < read; i++) JS_FreeValue(ctx, patches[i].owner);
  return result;
}

/* poll(Int32Array of fd, events, revents; timeoutMs) */
NATIVE(native_poll) {
  UNUSED_ARGUMENTS();
  static struct pollfd *polled; /* kept between calls, grown to the largest list seen */
  static size_t capacity;
  struct span list;
  int timeout_ms;
  if (argument_int(ctx, argv[1], &timeout_ms) || argument_int32s(ctx, argv[0], &list)) return JS_EXCEPTION;
  int32_t *triples = (int32_t *)list.data;
  size_t count = list.size / (3 * sizeof(int32_t));
  if (list.size % (3 * sizeof(int32_t)) != 0) return JS_ThrowRangeError(ctx, "not a list of fd, events, revents");
  if (count > capacity) {
    struct pollfd *larger = realloc(polled, count * sizeof(*polled));
    if (larger == NULL) return JS_NewInt32(ctx, -ENOMEM);
    polled = larger;
    capacity = count;
  }
  for (size_t i = 0; i < count; i++) polled[i] = (struct pollfd){.fd = triples[3 * i], .events = (short)triples[3 * i + 1]};
  int ready = poll(polled, count, timeout_ms);
  int error = errno;
  for (size_t i = 0; i < count; i++) triples[3 * i + 2] = ready > 0 ? (uint16_t)polled[i].revents : 0;
  errno = error;
  return result_of(ctx, ready);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("socket", 3, native_socket),
    JS_CFUNC_DEF("bind", 2, native_bind),
    JS_CFUNC_DEF("connect", 2, native_connect),
    JS_CFUNC_DEF("listen", 2, native_listen),
    JS_CFUNC_DEF("accept", 1, native_accept),
    JS_CFUNC_DEF("getsockname", 2, native_getsockname),
    JS_CFUNC_DEF("getsockopt", 4, native_getsockopt),
    JS_CFUNC_DEF("setsockopt", 4, native_setsockopt),
    JS_CFUNC_DEF("send", 5, native_send),
    JS_CFUNC_DEF("recv", 5, native_recv),
    JS_CFUNC_DEF("sendDescriptor", 5, native_send_descriptor),
    JS_CFUNC_DEF("recvDescriptor", 5, native_recv_descriptor),
    JS_CFUNC_DEF("ioctl", 4, native_ioctl),
    JS_CFUNC_DEF("poll", 2, native_poll),
};

const struct native_table native_sockets = {entries, COUNT_OF(entries)};
