/*
 * The engine's allocator under a million random requests: blocks keep what was written to them, do not overlap, are aligned, and
 * in the end nothing is left. Built with the allocator's own source, since its functions are not for anybody else.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "../../src/host/native/heap.c"

enum { BLOCKS = 3000, REQUESTS = 1000000, HEAP_BYTES = 4 << 20, LARGEST_TESTED = 5000 };

static const JSMallocFunctions *functions;
static JSMallocState state;

/* What heap.c asks of the engine, which is not there. */
JSRuntime *JS_NewRuntime2(const JSMallocFunctions *given, void *opaque) {
  (void)opaque;
  functions = given;
  return (JSRuntime *)(void *)&state;
}

void JS_SetMemoryLimit(JSRuntime *runtime, size_t limit) {
  (void)runtime;
  state.malloc_limit = limit;
}

static struct {
  unsigned char *data;
  size_t bytes;
  unsigned char fill;
} blocks[BLOCKS];

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit) {
  random_state = random_state * 1664525 + 1013904223;
  return (uint32_t)(((uint64_t)random_state * limit) >> 32);
}

static void require(int holds, const char *what) {
  if (holds) return;
  printf("failed: the engine's memory: %s\n", what);
  exit(1);
}

/* Mostly what an engine asks for: small. */
static size_t random_bytes(void) {
  return 1 + random_below(random_below(8) == 0 ? LARGEST_TESTED : 200);
}

static void check(int at, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) require(blocks[at].data[i] == blocks[at].fill, "a block lost what was in it");
}

static void fill(int at, unsigned char *data, size_t bytes) {
  require(data != NULL, "no block though there is room");
  require((uintptr_t)data % (2 * sizeof(void *)) == 0, "a block is not aligned");
  require(functions->js_malloc_usable_size(data) >= bytes, "a block is smaller than was asked for");
  blocks[at].data = data;
  blocks[at].bytes = bytes;
  blocks[at].fill = (unsigned char)random_below(256);
  memset(data, blocks[at].fill, bytes);
}

static void request(void) {
  int at = (int)random_below(BLOCKS);
  size_t bytes = random_bytes();
  if (blocks[at].data == NULL) {
    fill(at, functions->js_malloc(&state, bytes), bytes);
    return;
  }
  check(at, blocks[at].bytes);
  if (random_below(2) == 0) {
    functions->js_free(&state, blocks[at].data);
    blocks[at].data = NULL;
    return;
  }
  unsigned char *moved = functions->js_realloc(&state, blocks[at].data, bytes);
  require(moved != NULL, "no larger block though there is room");
  blocks[at].data = moved;
  check(at, bytes < blocks[at].bytes ? bytes : blocks[at].bytes);
  fill(at, moved, bytes);
}

static void free_all(void) {
  for (int at = 0; at < BLOCKS; at++) {
    if (blocks[at].data != NULL) check(at, blocks[at].bytes);
    functions->js_free(&state, blocks[at].data);
    blocks[at].data = NULL;
  }
}

int main(void) {
  require(heap_new_runtime(HEAP_BYTES) != NULL, "no runtime");
  require(memory != NULL, "no slabs");
  for (int i = 0; i < REQUESTS; i++) {
    request();
    /* Now and then all goes, so that slabs are given back and begun again for blocks of other sizes. */
    if (i % (REQUESTS / 20) == 0) free_all();
  }
  free_all();
  require(state.malloc_count == 0 && state.malloc_size == 0, "something is left after all was freed");
  require(dirty_unused_count <= UNUSED_SLABS_KEPT, "memory that nobody uses is kept");

  require(functions->js_malloc(&state, HEAP_BYTES + 1) == NULL, "more memory than the limit");
  size_t taken = 0;
  while (functions->js_malloc(&state, 100) != NULL) taken += 100;
  require(taken > HEAP_BYTES / 2 && taken <= HEAP_BYTES, "the limit is not where it should be");
  return 0;
}
