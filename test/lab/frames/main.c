/*
 * Runs the bridge's BPF programs on frames with BPF_PROG_TEST_RUN, in the kernel that it is on.
 *
 *   frames load OBJECT                         that the kernel takes the programs
 *   frames each OBJECT CORPUS OUT              each frame of the file, whole and cut off after every byte: a line each in OUT
 *   frames random OBJECT CORPUS COUNT SEED     COUNT frames that are made of those of the file, and what was counted in sum
 *
 * It judges nothing: test/lab/frames/model.ts knows what must come out.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, "\n");
  exit(1);
}

int main(int count, char **arguments) {
  const char *command = count > 2 ? arguments[1] : "";
  if (strcmp(command, "load") == 0 && count == 3) {
    load(arguments[2]);
  } else if (strcmp(command, "each") == 0 && count == 5) {
    struct corpus corpus = read_corpus(arguments[3]);
    FILE *to = fopen(arguments[4], "w");
    if (!to) fail("%s: %s", arguments[4], strerror(errno));
    load(arguments[2]);
    run_each(&corpus, to);
    if (fclose(to)) fail("%s: %s", arguments[4], strerror(errno));
  } else if (strcmp(command, "random") == 0 && count == 6) {
    struct corpus corpus = read_corpus(arguments[3]);
    load(arguments[2]);
    run_random(&corpus, strtoul(arguments[4], NULL, 10), strtoul(arguments[5], NULL, 10));
  } else {
    fail("usage: frames load OBJECT | each OBJECT CORPUS OUT | random OBJECT CORPUS COUNT SEED");
  }
}
