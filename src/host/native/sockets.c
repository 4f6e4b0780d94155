/* Sockets, ioctl(2) and poll(2). SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
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
    JS_CFUNC_DEF("poll", 2, native_poll),
};

const struct native_table native_sockets = {entries, COUNT_OF(entries)};
