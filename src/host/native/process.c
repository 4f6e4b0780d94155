/* The process itself: arguments, signals, clocks, memory. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "native.h"

/* The arguments as a list of byte arrays: they need not be UTF-8. */
NATIVE(native_args) {
  UNUSED_ARGUMENTS();
  JSValue list = JS_NewArray(ctx);
  for (int i = 0; i < program_argc; i++)
    if (JS_SetPropertyUint32(ctx, list, (uint32_t)i, result_bytes(ctx, program_argv[i], strlen(program_argv[i]))) < 0) {
      JS_FreeValue(ctx, list);
      return JS_EXCEPTION;
    }
  return list;
}

/* Copies UTF-8 of the engine to `to` and gives the length. What was no UTF-8 stands in a text as lone surrogates U+DC80 to U+DCFF
 * (src/lib/utf8.ts); the engine encodes them as ED B2 80 to ED B3 BF. */
static size_t unescape(uint8_t *to, const uint8_t *from, size_t size) {
  size_t length = 0;
  for (size_t i = 0; i < size; i++) {
    int is_escape = i + 2 < size && from[i] == 0xed && (from[i + 1] & 0xfe) == 0xb2;
    to[length++] = is_escape ? (uint8_t)(0x80 | (from[i + 1] & 1) << 6 | (from[i + 2] & 0x3f)) : from[i];
    if (is_escape) i += 2;
  }
  return length;
}

/* encodeText(text): bytes. For megabytes, to encode in the interpreter takes longer than all that comes before. */
NATIVE(native_encode_text) {
  UNUSED_ARGUMENTS();
  if (!JS_IsString(argv[0])) return JS_ThrowTypeError(ctx, "not a string");
  size_t size;
  const char *text = JS_ToCStringLen(ctx, &size, argv[0]);
  if (text == NULL) return JS_EXCEPTION;
  JSValue result = JS_EXCEPTION;
  if (memchr(text, 0xed, size) == NULL) {
    result = result_bytes(ctx, text, size);
  } else {
    uint8_t *bytes = js_malloc(ctx, size);
    if (bytes != NULL) result = result_owned_bytes(ctx, bytes, unescape(bytes, (const uint8_t *)text, size));
  }
  JS_FreeCString(ctx, text);
  return result;
}

/* environment(name): bytes, or undefined */
NATIVE(native_environment) {
  UNUSED_ARGUMENTS();
  char name[256];
  int refused = argument_path(ctx, argv[0], name, sizeof(name));
  if (refused) return refused < 0 ? JS_EXCEPTION : JS_UNDEFINED;
  const char *value = getenv(name);
  return value == NULL ? JS_UNDEFINED : result_bytes(ctx, value, strlen(value));
}

NATIVE(native_error_text) {
  UNUSED_ARGUMENTS();
  int number;
  if (argument_int(ctx, argv[0], &number)) return JS_EXCEPTION;
  return JS_NewString(ctx, strerror(number));
}

/* signalfd([number, ...]): blocks them, so that none is lost between two polls. */
NATIVE(native_signalfd) {
  UNUSED_ARGUMENTS();
  int64_t count, number;
  sigset_t signals;
  sigemptyset(&signals);
  JSValue length = JS_GetPropertyStr(ctx, argv[0], "length");
  int failed = argument_integer(ctx, length, 0, 64, &count);
  JS_FreeValue(ctx, length);
  for (uint32_t i = 0; !failed && i < count; i++) {
    JSValue entry = JS_GetPropertyUint32(ctx, argv[0], i);
    failed = argument_integer(ctx, entry, 1, SIGRTMAX, &number);
    JS_FreeValue(ctx, entry);
    if (!failed) sigaddset(&signals, (int)number);
  }
  if (failed) return JS_EXCEPTION;
  if (sigprocmask(SIG_BLOCK, &signals, NULL)) return result_of(ctx, -1);
  return result_of(ctx, signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

NATIVE(native_kill) {
  UNUSED_ARGUMENTS();
  int pid, signal_number;
  if (argument_int(ctx, argv[0], &pid) || argument_int(ctx, argv[1], &signal_number)) return JS_EXCEPTION;
  return result_of(ctx, kill(pid, signal_number));
}

NATIVE(native_process_id) {
  UNUSED_ARGUMENTS();
  return JS_NewInt32(ctx, getpid());
}

NATIVE(native_user_id) {
  UNUSED_ARGUMENTS();
  return JS_NewInt64(ctx, (int64_t)geteuid());
}

/* prctl(option, argument): of the options that take a number, or nothing. */
NATIVE(native_prctl) {
  UNUSED_ARGUMENTS();
  int option;
  int64_t argument;
  if (argument_int(ctx, argv[0], &option) || argument_integer(ctx, argv[1], 0, UINT32_MAX, &argument)) return JS_EXCEPTION;
  return result_of(ctx, prctl(option, (unsigned long)argument, 0UL, 0UL, 0UL));
}

/* The words of capget(2) and capset(2): effective, permitted, inheritable of the first 32 capabilities, then of the others. Neither
 * library has these calls, and musl's headers not their structures (linux/capability.h). */
static JSValue capability_call(JSContext *ctx, long call, JSValueConst sets) {
  struct {
    uint32_t version;
    int pid;
  } header = {.version = 0x20080522 /* _LINUX_CAPABILITY_VERSION_3 */};
  struct span words;
  if (argument_int32s(ctx, sets, &words)) return JS_EXCEPTION;
  if (words.size < 6 * sizeof(uint32_t)) return JS_ThrowRangeError(ctx, "no room for the sets of capabilities");
  return result_of(ctx, syscall(call, &header, words.data));
}

/* capget(Int32Array): fills it. */
NATIVE(native_capget) {
  UNUSED_ARGUMENTS();
  return capability_call(ctx, SYS_capget, argv[0]);
}

NATIVE(native_capset) {
  UNUSED_ARGUMENTS();
  return capability_call(ctx, SYS_capset, argv[0]);
}

/* seccomp(operation, flags, bytes): with a program of struct sock_filter, 8 bytes each (linux/filter.h). */
NATIVE(native_seccomp) {
  UNUSED_ARGUMENTS();
  int operation, flags;
  struct span bytes;
  if (argument_int(ctx, argv[0], &operation) || argument_int(ctx, argv[1], &flags) || argument_bytes(ctx, argv[2], &bytes))
    return JS_EXCEPTION;
  if (bytes.size / 8 > UINT16_MAX) return JS_ThrowRangeError(ctx, "the program is too long");
  struct {
    unsigned short length;
    void *instructions;
  } program = {(unsigned short)(bytes.size / 8), bytes.data};
  return result_of(ctx, syscall(SYS_seccomp, operation, flags, &program));
}

static JSValue milliseconds(JSContext *ctx, clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return JS_NewFloat64(ctx, (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6);
}

NATIVE(native_monotonic_ms) {
  UNUSED_ARGUMENTS();
  return milliseconds(ctx, CLOCK_MONOTONIC);
}

NATIVE(native_realtime_ms) {
  UNUSED_ARGUMENTS();
  return milliseconds(ctx, CLOCK_REALTIME);
}

/* Resident memory of this process, or 0 where /proc is not mounted. Its statm is "size resident ..." in pages. */
static int64_t resident_bytes(void) {
  char text[128];
  int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
  if (fd >= 0) close(fd);
  if (length < 0) return 0;
  text[length] = 0;
  const char *resident = strchr(text, ' ');
  return resident == NULL ? 0 : strtoll(resident, NULL, 10) * sysconf(_SC_PAGESIZE);
}

NATIVE(native_memory_use) {
  UNUSED_ARGUMENTS();
  JSMemoryUsage use;
  JS_ComputeMemoryUsage(JS_GetRuntime(ctx), &use);
  JSValue result = JS_NewObject(ctx);
  JS_SetPropertyStr(ctx, result, "rssBytes", JS_NewInt64(ctx, resident_bytes()));
  JS_SetPropertyStr(ctx, result, "heapBytes", JS_NewInt64(ctx, use.malloc_size));
  JS_SetPropertyStr(ctx, result, "objects", JS_NewInt64(ctx, use.obj_count));
  return result;
}

NATIVE(native_exit) {
  UNUSED_ARGUMENTS();
  int code;
  if (argument_int(ctx, argv[0], &code)) return JS_EXCEPTION;
  exit(code);
}

NATIVE(native_exit_code) {
  UNUSED_ARGUMENTS();
  int code;
  if (argument_int(ctx, argv[0], &code)) return JS_EXCEPTION;
  program_exit_code = code;
  return JS_UNDEFINED;
}

NATIVE(native_run) {
  UNUSED_ARGUMENTS();
  if (!JS_IsFunction(ctx, argv[0])) return JS_ThrowTypeError(ctx, "not a function");
  program_set_turn(ctx, argv[0]);
  return JS_UNDEFINED;
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("args", 0, native_args),
    JS_CFUNC_DEF("encodeText", 1, native_encode_text),
    JS_CFUNC_DEF("environment", 1, native_environment),
    JS_CFUNC_DEF("errorText", 1, native_error_text),
    JS_CFUNC_DEF("signalfd", 1, native_signalfd),
    JS_CFUNC_DEF("kill", 2, native_kill),
    JS_CFUNC_DEF("processId", 0, native_process_id),
    JS_CFUNC_DEF("userId", 0, native_user_id),
    JS_CFUNC_DEF("prctl", 2, native_prctl),
    JS_CFUNC_DEF("capget", 1, native_capget),
    JS_CFUNC_DEF("capset", 1, native_capset),
    JS_CFUNC_DEF("seccomp", 3, native_seccomp),
    JS_CFUNC_DEF("monotonicMs", 0, native_monotonic_ms),
    JS_CFUNC_DEF("realtimeMs", 0, native_realtime_ms),
    JS_CFUNC_DEF("memoryUse", 0, native_memory_use),
    JS_CFUNC_DEF("exit", 1, native_exit),
    JS_CFUNC_DEF("exitCode", 1, native_exit_code),
    JS_CFUNC_DEF("run", 1, native_run),
};

const struct native_table native_process = {entries, COUNT_OF(entries)};
