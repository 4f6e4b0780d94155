/*
 * The native half of the host: plain system calls for src/host/native.ts. It decides nothing.
 *
 * Every call that can fail gives a non-negative number or -errno; an exception means a programming error in the caller (a wrong
 * type, a range outside its buffer). Arguments are converted without running any JavaScript, so a pointer into a buffer
 * stays valid from its check until the system call has returned.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_NATIVE_H
#define WEIR_NATIVE_H

#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Ends an argument list; QuickJS fills missing arguments with undefined up to the length that a table entry declares. */
#define NATIVE(name) static JSValue name(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
#define UNUSED_ARGUMENTS() ((void)this_value, (void)argc, (void)argv)

/* A table of functions that native_init() exports. */
struct native_table {
  const JSCFunctionListEntry *entries;
  int count;
};

extern const struct native_table native_sockets;    /* sockets.c */
extern const struct native_table native_structures; /* structures.c */
extern const struct native_table native_files;      /* files.c */
extern const struct native_table native_process;    /* process.c */
extern const struct native_table native_constants;  /* constants.c */
extern const struct native_table native_chunks;     /* chunks.c */

/* Bytes of a caller's typed array. */
struct span {
  uint8_t *data;
  size_t size;
};

/* arguments.c: each gives 0, or -1 with an exception pending. */
void arguments_init(JSContext *ctx);
int argument_integer(JSContext *ctx, JSValueConst value, int64_t lowest, int64_t highest, int64_t *result);
int argument_int(JSContext *ctx, JSValueConst value, int *result);
int argument_bytes(JSContext *ctx, JSValueConst value, struct span *result);
int argument_int32s(JSContext *ctx, JSValueConst value, struct span *result);
int argument_range(JSContext *ctx, JSValueConst *argv, struct span *result);

/* An errno of a path that cannot be a path, or 0; -1 with an exception pending. */
int argument_path(JSContext *ctx, JSValueConst value, char *path, size_t capacity);

/* What a system call returned: itself, or -errno. */
JSValue result_of(JSContext *ctx, int64_t returned);
JSValue result_bytes(JSContext *ctx, const void *data, size_t size);
/* Takes over `data`, which came from js_malloc_rt(). */
JSValue result_owned_bytes(JSContext *ctx, uint8_t *data, size_t size);

/* heap.c: a runtime that takes at most so many bytes. */
JSRuntime *heap_new_runtime(size_t bytes);

/* chunks.c: evaluates the program; gives the promise of its end, or an exception. */
JSValue chunks_run(JSContext *ctx);

/* main.c */
extern int program_argc;
extern char **program_argv;
extern int program_exit_code;
void program_set_turn(JSContext *ctx, JSValueConst turn);
/* Whether a promise that is rejected without a handler ends the program; at first it does. */
void program_track_rejections(JSContext *ctx, int on);

/* native.c */
JSModuleDef *native_init(JSContext *ctx);

#endif
