/*
 * Writes the files of the parts that do not lie in the executable: `part_writer EXECUTABLE` makes EXECUTABLE.NAME of each. It runs where
 * weir is built, made with the bundle's C and WEIR_PART_WRITER; part_file.c reads them. SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "chunks.h"

static int write_part(const char *path, const struct chunk *chunk) {
  FILE *file = fopen(path, "wb");
  if (file == NULL) return -1;
  size_t length = strlen(weir_part_header);
  int whole = fwrite(weir_part_header, 1, length, file) == length &&
              fwrite(chunk->bytecode, 1, chunk->bytes, file) == chunk->bytes;
  /* Whatever the umask: a file that a group may write is not trusted. */
  int closed = fchmod(fileno(file), 0644) == 0;
  return fclose(file) == 0 && whole && closed ? 0 : -1;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fputs("usage: part_writer EXECUTABLE\n", stderr);
    return 2;
  }
  for (size_t i = 0; i < weir_chunk_count; i++) {
    if (weir_chunks[i].file == NULL) continue;
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s.%s", argv[1], weir_chunks[i].file);
    if (write_part(path, &weir_chunks[i]) < 0) {
      perror(path);
      return 1;
    }
  }
  return 0;
}
