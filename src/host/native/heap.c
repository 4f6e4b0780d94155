/*
 * The engine's memory. What it asks for is small blocks, by the ten thousand at a start, and musl's malloc, which is made to be
 * small and hard to attack, took a third of the time for them. So small blocks come from slabs of one block size each in one
 * reserved range of addresses, and only large ones from malloc(). Nothing but the engine takes memory here, and a script cannot
 * write past a block or free one twice; what is written about a slab lies apart from its blocks all the same.
 * test/native/heap.c holds it. SPDX-License-Identifier: Apache-2.0
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "native.h"

/* Each of these is called a hundred thousand times in a long list. */
#pragma GCC optimize("O2")

enum {
  UNIT = 2 * sizeof(void *), /* sizes are multiples of it, and so a double is aligned too */
  LARGEST = 512,
  SLAB_BYTES = 4096,
  UNUSED_SLABS_KEPT = 64,
  OVERHEAD_BYTES = 8 /* what the engine itself reckons for each block */
};

struct slab {
  struct slab *next, *previous; /* among the open slabs of its size; `next` also among the unused */
  void *free;                   /* blocks given back; each begins with a pointer to the next */
  uint16_t units;               /* size of a block; 0 in an unused slab */
  uint16_t used;
  uint16_t touched; /* blocks from the beginning that were given out before */
  uint16_t dirty;   /* 1 when it holds memory of the system */
};

static char *memory; /* where slab 0 begins; NULL when there are no slabs at all */
static struct slab *slabs;
static size_t slab_count, begun_count, dirty_unused_count;
static struct slab *unused;
static struct slab *open_slabs[LARGEST / UNIT + 1]; /* by size: those that have room */

static size_t units_of(size_t bytes) {
  return (bytes + UNIT - 1) / UNIT;
}

static char *blocks_of(const struct slab *slab) {
  return memory + (size_t)(slab - slabs) * SLAB_BYTES;
}

static unsigned capacity(const struct slab *slab) {
  return SLAB_BYTES / UNIT / slab->units;
}

/* The slab of a small block, NULL for a block of malloc. */
static struct slab *slab_of(const void *block) {
  size_t index = ((uintptr_t)block - (uintptr_t)memory) / SLAB_BYTES;
  return index < slab_count ? &slabs[index] : NULL;
}

static void open_slab(struct slab *slab) {
  struct slab **first = &open_slabs[slab->units];
  slab->previous = NULL;
  slab->next = *first;
  if (*first != NULL) (*first)->previous = slab;
  *first = slab;
}

static void close_slab(struct slab *slab) {
  if (slab->next != NULL) slab->next->previous = slab->previous;
  if (slab->previous != NULL)
    slab->previous->next = slab->next;
  else
    open_slabs[slab->units] = slab->next;
}

static struct slab *begin_slab(size_t units) {
  struct slab *slab = unused;
  if (slab != NULL) {
    unused = slab->next;
    dirty_unused_count -= slab->dirty;
  } else {
    if (begun_count == slab_count) return NULL;
    slab = &slabs[begun_count++];
  }
  *slab = (struct slab){.units = (uint16_t)units, .dirty = 1};
  open_slab(slab);
  return slab;
}

/* Once there is a good deal of it, the memory of unused slabs goes back to the system. */
static void end_slab(struct slab *slab) {
  close_slab(slab);
  slab->units = 0;
  slab->next = unused;
  unused = slab;
  if (++dirty_unused_count <= UNUSED_SLABS_KEPT) return;
  for (size_t end, i = 0; i < begun_count; i = end + 1) {
    int dirty = 0;
    for (end = i; end < begun_count && slabs[end].units == 0; end++) {
      dirty |= slabs[end].dirty;
      slabs[end].dirty = 0;
    }
    if (dirty) madvise(blocks_of(&slabs[i]), (end - i) * SLAB_BYTES, MADV_DONTNEED);
  }
  dirty_unused_count = 0;
}

static void *take(size_t bytes) {
  size_t units = units_of(bytes);
  struct slab *slab = bytes > LARGEST ? NULL : open_slabs[units] != NULL ? open_slabs[units] : begin_slab(units);
  if (slab == NULL) return malloc(bytes);
  void *block = slab->free;
  if (block != NULL)
    memcpy(&slab->free, block, sizeof(block));
  else
    block = blocks_of(slab) + slab->touched++ * units * UNIT;
  if (++slab->used == capacity(slab)) close_slab(slab);
  return block;
}

static void give_back(void *block) {
  struct slab *slab = slab_of(block);
  if (slab == NULL) {
    free(block);
    return;
  }
  memcpy(block, &slab->free, sizeof(block));
  slab->free = block;
  if (slab->used-- == capacity(slab)) open_slab(slab);
  /* The last open slab of a size stays, or a single block that comes and goes would begin and end one each time. */
  if (slab->used == 0 && (slab->next != NULL || slab->previous != NULL)) end_slab(slab);
}

static size_t usable_bytes(const void *block) {
  const struct slab *slab = slab_of(block);
  return slab != NULL ? slab->units * (size_t)UNIT : malloc_usable_size((void *)block);
}

static void *heap_malloc(JSMallocState *state, size_t bytes) {
  if (state->malloc_size + bytes > state->malloc_limit) return NULL;
  void *block = take(bytes);
  if (block == NULL) return NULL;
  state->malloc_count++;
  state->malloc_size += usable_bytes(block) + OVERHEAD_BYTES;
  return block;
}

static void heap_free(JSMallocState *state, void *block) {
  if (block == NULL) return;
  state->malloc_count--;
  state->malloc_size -= usable_bytes(block) + OVERHEAD_BYTES;
  give_back(block);
}

static void *heap_realloc(JSMallocState *state, void *block, size_t bytes) {
  if (block == NULL) return bytes > 0 ? heap_malloc(state, bytes) : NULL;
  if (bytes == 0) {
    heap_free(state, block);
    return NULL;
  }
  const struct slab *slab = slab_of(block);
  size_t before = usable_bytes(block);
  if (slab != NULL && slab->units == units_of(bytes)) return block;
  if (state->malloc_size + bytes - before > state->malloc_limit) return NULL;
  void *moved;
  if (slab == NULL && bytes > LARGEST) {
    moved = realloc(block, bytes);
  } else {
    moved = take(bytes);
    if (moved != NULL) {
      memcpy(moved, block, bytes < before ? bytes : before);
      give_back(block);
    }
  }
  if (moved != NULL) state->malloc_size += usable_bytes(moved) - before;
  return moved;
}

JSRuntime *heap_new_runtime(size_t bytes) {
  static const JSMallocFunctions functions = {heap_malloc, heap_free, heap_realloc, usable_bytes};
#if !defined(__SANITIZE_ADDRESS__) || defined(WEIR_SLABS) /* the sanitizer knows the bounds of malloc's blocks only */
  size_t count = bytes / SLAB_BYTES, table_bytes = (count * sizeof(struct slab) + SLAB_BYTES - 1) / SLAB_BYTES * SLAB_BYTES;
  /* Addresses only: the system gives memory page by page as it is written to. */
  char *range = mmap(NULL, table_bytes + count * SLAB_BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range != MAP_FAILED) {
    slabs = (struct slab *)(void *)range;
    memory = range + table_bytes;
    slab_count = count;
  }
#endif
  JSRuntime *runtime = JS_NewRuntime2(&functions, NULL);
  if (runtime != NULL) JS_SetMemoryLimit(runtime, bytes);
  return runtime;
}
