/*
 * weir's own executable: QuickJS without its library, its parser or eval; the program as bytecode in read-only memory; the event
 * loop in TypeScript. SPDX-License-Identifier: Apache-2.0
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "native.h"

/* Bounds of a program that must never take a router down with it. A bridge with 10,000 hosts takes 23 MB, a tree of
 * 10,000 classes with as many leaves some 40 MB, and its start minutes of a slow CPU's time. The test builds raise them. */
#ifndef WEIR_HEAP_BYTES
#define WEIR_HEAP_BYTES (96 << 20)
#endif
/* The bundle alone takes more than the engine's first threshold: cycles would be looked for six times while it loads. */
#ifndef WEIR_FIRST_GC_BYTES
#define WEIR_FIRST_GC_BYTES (2 << 20)
#endif
/* By the size of a pointer, as frames are: a message of the bus that is nested as deeply as is allowed takes 112 kB on ARM, 250 kB on
 * aarch64. */
#ifndef WEIR_STACK_BYTES
#define WEIR_STACK_BYTES (sizeof(void *) << 16)
#endif
#ifndef WEIR_TURN_CPU_S
#define WEIR_TURN_CPU_S 300
#endif

enum {
  EXIT_UNHANDLED_REJECTION = 1,
  EXIT_INTERNAL_ERROR = 70 /* EX_SOFTWARE of sysexits.h */
};

int program_argc;
char **program_argv;
int program_exit_code;

static JSRuntime *runtime;
static JSValue turn; /* undefined until host.run() */
static time_t turn_began_cpu_s;

void program_set_turn(JSContext *ctx, JSValueConst function) {
  JS_FreeValue(ctx, turn);
  turn = JS_DupValue(ctx, function);
}

/* `heading: Error: message` and its stack. */
static void print_error(JSContext *ctx, const char *heading, JSValueConst error) {
  const char *text = JS_ToCString(ctx, error);
  fprintf(stderr, "weir: %s: %s\n", heading, text != NULL ? text : "(an exception without a text)");
  JS_FreeCString(ctx, text);
  JSValue stack = JS_IsError(ctx, error) ? JS_GetPropertyStr(ctx, error, "stack") : JS_UNDEFINED;
  text = JS_IsString(stack) ? JS_ToCString(ctx, stack) : NULL;
  if (text != NULL) fputs(text, stderr);
  JS_FreeCString(ctx, text);
  JS_FreeValue(ctx, stack);
}

static void end_with_exception(JSContext *ctx) {
  print_error(ctx, "internal error", JS_GetException(ctx));
  exit(EXIT_INTERNAL_ERROR);
}

/* Promises that were rejected and have no handler yet: a handler may still come in the same run of the jobs. */
static struct rejection {
  JSValue promise, reason;
} *rejections;
static size_t rejection_count;

static void track_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, JS_BOOL is_handled, void *opaque) {
  (void)opaque;
  if (!is_handled) {
    rejections = realloc(rejections, (rejection_count + 1) * sizeof(*rejections));
    if (rejections == NULL) abort();
    rejections[rejection_count++] = (struct rejection){JS_DupValue(ctx, promise), JS_DupValue(ctx, reason)};
    return;
  }
  for (size_t i = 0; i < rejection_count; i++)
    if (JS_VALUE_GET_PTR(rejections[i].promise) == JS_VALUE_GET_PTR(promise)) {
      JS_FreeValue(ctx, rejections[i].promise);
      JS_FreeValue(ctx, rejections[i].reason);
      rejections[i] = rejections[--rejection_count];
      return;
    }
}

void program_track_rejections(JSContext *ctx, int on) {
  JS_SetHostPromiseRejectionTracker(JS_GetRuntime(ctx), on ? track_rejection : NULL, NULL);
}

static void end_with_unhandled_rejections(JSContext *ctx) {
  for (size_t i = 0; i < rejection_count; i++) print_error(ctx, "unhandled promise rejection", rejections[i].reason);
  exit(EXIT_UNHANDLED_REJECTION);
}

static time_t cpu_s(void) {
  struct timespec used = {0, 0};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec;
}

/* The engine asks every few thousand operations: ends a turn that never comes back to the loop. */
static int turn_takes_too_long(JSRuntime *rt, void *opaque) {
  (void)rt, (void)opaque;
  if (cpu_s() - turn_began_cpu_s < WEIR_TURN_CPU_S) return 0;
  fprintf(stderr, "weir: one turn of the loop took more than %d s of CPU time\n", WEIR_TURN_CPU_S);
  return 1;
}

static void run_jobs(void) {
  JSContext *ctx;
  int ran;
  while ((ran = JS_ExecutePendingJob(runtime, &ctx)) > 0) {
  }
  if (ran < 0) end_with_exception(ctx);
}

static JSContext *new_context(void) {
  JSContext *ctx = JS_NewContextRaw(runtime);
  if (ctx == NULL) return NULL;
  JS_AddIntrinsicBaseObjects(ctx);
  JS_AddIntrinsicDate(ctx);
  JS_AddIntrinsicRegExp(ctx);
  JS_AddIntrinsicJSON(ctx);
  JS_AddIntrinsicMapSet(ctx);
  JS_AddIntrinsicTypedArrays(ctx);
  JS_AddIntrinsicPromise(ctx);
  return ctx;
}

/* Runs the promise jobs until there are none; ends the program when the script or one of its promises failed. */
static void settle(JSContext *ctx, JSValueConst finished) {
  run_jobs();
  if (JS_PromiseState(ctx, finished) == JS_PROMISE_REJECTED) { /* the script itself, not to be called a promise */
    JS_Throw(ctx, JS_PromiseResult(ctx, finished));
    end_with_exception(ctx);
  }
  if (rejection_count > 0) end_with_unhandled_rejections(ctx);
}

static int run_turn(JSContext *ctx) {
  if (JS_IsUndefined(turn)) return 0;
  turn_began_cpu_s = cpu_s();
  JSValue more = JS_Call(ctx, turn, JS_UNDEFINED, 0, NULL);
  if (JS_IsException(more)) end_with_exception(ctx);
  int go_on = JS_ToBool(ctx, more);
  JS_FreeValue(ctx, more);
  return go_on;
}

/* Whoever starts us with some of these closed would get our messages into whatever file is opened next. */
static void take_standard_descriptors(void) {
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDWR);
}

int main(int argc, char **argv) {
  program_argc = argc;
  program_argv = argv;
  turn = JS_UNDEFINED;
  take_standard_descriptors();
  signal(SIGPIPE, SIG_IGN); /* a closed pipe is -EPIPE to whoever writes */

  runtime = heap_new_runtime(WEIR_HEAP_BYTES);
  JSContext *ctx = runtime != NULL ? new_context() : NULL;
  if (ctx == NULL || native_init(ctx) == NULL) {
    fputs("weir: out of memory\n", stderr);
    return EXIT_INTERNAL_ERROR;
  }
  JS_SetMaxStackSize(runtime, WEIR_STACK_BYTES);
  JS_SetGCThreshold(runtime, WEIR_FIRST_GC_BYTES);
  program_track_rejections(ctx, 1);
  JS_SetInterruptHandler(runtime, turn_takes_too_long, NULL);

  JSValue finished = chunks_run(ctx);
  if (JS_IsException(finished)) end_with_exception(ctx);
  settle(ctx, finished);
  while (run_turn(ctx)) settle(ctx, finished);
  settle(ctx, finished); /* what the last turn left to its promises */

#ifdef WEIR_FREE_AT_END /* so that a leak checker has something to say; otherwise the kernel is faster */
  JS_FreeValue(ctx, turn);
  JS_FreeValue(ctx, finished);
  free(rejections);
  JS_FreeContext(ctx);
  JS_FreeRuntime(runtime);
#endif
  return program_exit_code;
}
