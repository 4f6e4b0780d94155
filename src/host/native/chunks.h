/*
 * The program's bytecode: a chunk is one ES module as qjsc compiles it. scripts/bundle.mjs writes the table of them behind the arrays
 * of qjsc; its first row is the program itself. SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CHUNKS_H
#define WEIR_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

struct JSModuleDef;

struct chunk {
  const char *name; /* by which other chunks import it */
  const uint8_t *bytecode;
  size_t bytes;
  struct JSModuleDef *module; /* once it has been read; not of what is only imported */
};

extern struct chunk weir_chunks[];
extern const size_t weir_chunk_count;

#endif
