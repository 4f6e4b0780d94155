/* Calls that take a structure with addresses of further buffers in it: ioctl(2), bpf(2). SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "native.h"

/* An address to be written into a structure for the length of the call. */
struct patch {
  JSValue owner; /* keeps the bytes alive: reading the list may run JavaScript */
  size_t offset;
  uint8_t *target;
  uint8_t replaced[sizeof(uint64_t)];
};

#define MOST_PATCHES 8

/* A structure, the addresses that belong into it, and how wide they are there. */
struct patched {
  struct span structure;
  size_t address_bytes;
  int count;
  struct patch patches[MOST_PATCHES];
};

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

/* Reads bytes and [[offset, bytes], ...] or undefined. What it has read must be released, whatever it gives. */
static int read_patched(JSContext *ctx, JSValueConst structure, JSValueConst list, struct patched *call) {
  int64_t count = 0;
  if (!JS_IsUndefined(list)) {
    JSValue length = JS_GetPropertyStr(ctx, list, "length");
    int failed = argument_integer(ctx, length, 0, MOST_PATCHES, &count);
    JS_FreeValue(ctx, length);
    if (failed) return -1;
  }
  while (call->count < count) {
    int failed = read_patch(ctx, list, (uint32_t)call->count, &call->patches[call->count]);
    call->count++;
    if (failed) return -1;
  }
  if (argument_bytes(ctx, structure, &call->structure)) return -1;
  for (int i = 0; i < call->count; i++)
    if (call->patches[i].offset + call->address_bytes > call->structure.size) {
      JS_ThrowRangeError(ctx, "an address at %d of a structure of %d bytes", (int)call->patches[i].offset,
                         (int)call->structure.size);
      return -1;
    }
  return 0;
}

static void release_patched(JSContext *ctx, const struct patched *call) {
  for (int i = 0; i < call->count; i++) JS_FreeValue(ctx, call->patches[i].owner);
}

static void write_addresses(struct patched *call) {
  for (int i = 0; i < call->count; i++) {
    struct patch *patch = &call->patches[i];
    uint8_t *at = call->structure.data + patch->offset;
    uint64_t wide = (uintptr_t)patch->target;
    memcpy(patch->replaced, at, call->address_bytes);
    memcpy(at, call->address_bytes == sizeof(wide) ? (void *)&wide : (void *)&patch->target, call->address_bytes);
  }
}

/* The bytes that the addresses replaced are back. */
static void remove_addresses(const struct patched *call) {
  for (int i = call->count - 1; i >= 0; i--)
    memcpy(call->structure.data + call->patches[i].offset, call->patches[i].replaced, call->address_bytes);
}

/* ioctl(fd, request, bytes, [[offset, bytes], ...]) */
NATIVE(native_ioctl) {
  UNUSED_ARGUMENTS();
  int fd;
  int64_t request;
  struct patched call = {.address_bytes = sizeof(void *)};
  if (argument_int(ctx, argv[0], &fd) || argument_integer(ctx, argv[1], 0, UINT32_MAX, &request)) return JS_EXCEPTION;
  JSValue result = JS_EXCEPTION;
  if (!read_patched(ctx, argv[2], argv[3], &call)) {
    write_addresses(&call);
    result = result_of(ctx, ioctl(fd, (unsigned long)request, call.structure.data));
    remove_addresses(&call);
  }
  release_patched(ctx, &call);
  return result;
}

/* bpf(command, bytes, [[offset, bytes], ...]): addresses in union bpf_attr are 64 bits wide on every CPU (linux/bpf.h). */
NATIVE(native_bpf) {
  UNUSED_ARGUMENTS();
  int command;
  struct patched call = {.address_bytes = sizeof(uint64_t)};
  if (argument_int(ctx, argv[0], &command)) return JS_EXCEPTION;
  JSValue result = JS_EXCEPTION;
  if (!read_patched(ctx, argv[1], argv[2], &call)) {
    write_addresses(&call);
    result = result_of(ctx, syscall(SYS_bpf, command, call.structure.data, (unsigned)call.structure.size));
    remove_addresses(&call);
  }
  release_patched(ctx, &call);
  return result;
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("ioctl", 4, native_ioctl),
    JS_CFUNC_DEF("bpf", 3, native_bpf),
};

const struct native_table native_structures = {entries, COUNT_OF(entries)};
