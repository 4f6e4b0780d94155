/*
 * The program's bytecode: a chunk is one ES module as qjsc compiles it. scripts/bundle.mjs writes the table of them behind the arrays
 * of qjsc; its first row is the program itself. A part of the program may lie in a file of its own: part_file.c. SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CHUNKS_H
#define WEIR_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

struct JSModuleDef;

struct chunk {
  const char *name; /* by which other chunks import it */
  const uint8_t *bytecode; /* NULL where it lies in a file */
  size_t bytes;
  const char *file; /* the name of that, or NULL */
  struct JSModuleDef *module; /* once it has been read; not of what is only imported */
};

extern struct chunk weir_chunks[];
extern const size_t weir_chunk_count;

/* What a part's file begins with: a line with the identity of the build. */
extern const char weir_part_header[];

/* The bytecode of a part that lies in a file is for the program that writes it, part_writer.c. */
#ifdef WEIR_PART_WRITER
#define IN_A_FILE(bytecode) bytecode
#else
#define IN_A_FILE(bytecode) 0
#endif

/* `there` where the file of this very build is there and nobody but root, or who owns the executable, can have written it; else what is
 * wrong with it in a word or two. */
const char *part_file_state(const struct chunk *chunk);

/* The bytecode, to be freed; or NULL with `state` as above. */
uint8_t *part_file_read(const struct chunk *chunk, const char **state);

#endif
