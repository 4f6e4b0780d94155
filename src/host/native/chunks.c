/*
 * The program's bytecode, in read-only memory of the executable: what it begins with, and the parts that it loads when it first needs
 * them. A chunk imports others from the same table, and from nowhere else. The one file that is ever read is that of a part which the
 * table says lies in one: see part_file.c. SPDX-License-Identifier: Apache-2.0
 */
#include "chunks.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "native.h"

static struct chunk *chunk_named(const char *name) {
  for (size_t i = 0; i < weir_chunk_count; i++)
    if (strcmp(weir_chunks[i].name, name) == 0) return &weir_chunks[i];
  return NULL;
}

static JSValue read_chunk(JSContext *ctx, const struct chunk *chunk) {
  if (chunk->file == NULL) return JS_ReadObject(ctx, chunk->bytecode, chunk->bytes, JS_READ_OBJ_BYTECODE);
  const char *state;
  uint8_t *bytecode = part_file_read(chunk, &state);
  if (bytecode == NULL) return JS_ThrowReferenceError(ctx, "its file is %s", state);
  JSValue module = JS_ReadObject(ctx, bytecode, chunk->bytes, JS_READ_OBJ_BYTECODE);
  free(bytecode);
  return module;
}

/* The engine has made its own of the bytecode: the pages of the file need not stay in memory, nor those that the kernel has mapped
 * around them. */
static void release_pages(void) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (size_t i = 0; i < weir_chunk_count; i++) {
    if (weir_chunks[i].file != NULL) continue;
    uintptr_t begin = ((uintptr_t)weir_chunks[i].bytecode + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)weir_chunks[i].bytecode + weir_chunks[i].bytes) / page * page;
    if (begin < end) (void)madvise((void *)begin, end - begin, MADV_DONTNEED);
  }
}

/* The engine asks for what a chunk imports and nobody has yet; `name` is relative to the importing chunk no more. */
static JSModuleDef *import_chunk(JSContext *ctx, const char *name, void *opaque) {
  (void)opaque;
  const struct chunk *chunk = chunk_named(name);
  if (chunk == NULL) {
    JS_ThrowReferenceError(ctx, "the program has no module '%s'", name);
    return NULL;
  }
  JSValue module = read_chunk(ctx, chunk);
  if (JS_IsException(module)) return NULL;
  JSModuleDef *definition = JS_VALUE_GET_PTR(module);
  JS_FreeValue(ctx, module); /* the context has it */
  return definition;
}

/* Evaluates a chunk, the first time, and what it imports; gives the promise of its end. One that has failed fails the same again. */
static JSValue evaluate_chunk(JSContext *ctx, struct chunk *chunk) {
  if (chunk->module == NULL) {
    JSValue module = read_chunk(ctx, chunk);
    /* The engine may have freed what it cannot resolve. */
    if (JS_IsException(module) || JS_ResolveModule(ctx, module) < 0) return JS_EXCEPTION;
    chunk->module = JS_VALUE_GET_PTR(module);
    JS_FreeValue(ctx, module);
  }
  return JS_EvalFunction(ctx, JS_DupValue(ctx, JS_MKPTR(JS_TAG_MODULE, chunk->module)));
}

JSValue chunks_run(JSContext *ctx) {
  JS_SetModuleLoaderFunc(JS_GetRuntime(ctx), NULL, import_chunk, NULL);
  JSValue finished = evaluate_chunk(ctx, &weir_chunks[0]);
  release_pages();
  return finished;
}

/* What a part throws is thrown to the caller, and is no rejection that nobody has handled. A part has no `await` outside of its
 * functions: when it has been evaluated its promise is settled. Gives 0, or -1 with an exception pending. */
static int load_chunk(JSContext *ctx, struct chunk *chunk) {
  program_track_rejections(ctx, 0);
  JSValue finished = evaluate_chunk(ctx, chunk);
  program_track_rejections(ctx, 1);
  release_pages();
  if (JS_IsException(finished)) return -1;
  JSPromiseStateEnum state = JS_PromiseState(ctx, finished);
  if (state == JS_PROMISE_REJECTED) JS_Throw(ctx, JS_PromiseResult(ctx, finished));
  if (state == JS_PROMISE_PENDING) JS_ThrowInternalError(ctx, "it waits for a promise");
  JS_FreeValue(ctx, finished);
  return state == JS_PROMISE_FULFILLED ? 0 : -1;
}

/* The exception that is pending, as the message of one that names the part. */
static JSValue cannot_load(JSContext *ctx, const char *name) {
  JSValue reason = JS_GetException(ctx);
  const char *text = JS_ToCString(ctx, reason);
  JS_ThrowInternalError(ctx, "cannot load the part %s: %s", name, text != NULL ? text : "an exception without a text");
  JS_FreeCString(ctx, text);
  JS_FreeValue(ctx, reason);
  return JS_EXCEPTION;
}

/* The part by the name in argv[0]; NULL with an exception pending. */
static struct chunk *part_in(JSContext *ctx, JSValueConst value) {
  if (!JS_IsString(value)) {
    JS_ThrowTypeError(ctx, "the name of a part is a string");
    return NULL;
  }
  const char *name = JS_ToCString(ctx, value);
  if (name == NULL) return NULL;
  struct chunk *chunk = chunk_named(name);
  if (chunk == NULL) JS_ThrowRangeError(ctx, "the program has no part %s", name);
  JS_FreeCString(ctx, name);
  return chunk;
}

NATIVE(native_load_part) {
  UNUSED_ARGUMENTS();
  struct chunk *chunk = part_in(ctx, argv[0]);
  if (chunk == NULL) return JS_EXCEPTION;
  if (load_chunk(ctx, chunk) < 0) return cannot_load(ctx, chunk->name);
  return JS_GetModuleNamespace(ctx, chunk->module);
}

NATIVE(native_part_file) {
  UNUSED_ARGUMENTS();
  const struct chunk *chunk = part_in(ctx, argv[0]);
  return chunk == NULL ? JS_EXCEPTION : JS_NewString(ctx, chunk->file == NULL ? "there" : part_file_state(chunk));
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("loadPart", 1, native_load_part),
    JS_CFUNC_DEF("partFile", 1, native_part_file),
};

const struct native_table native_chunks = {entries, COUNT_OF(entries)};
