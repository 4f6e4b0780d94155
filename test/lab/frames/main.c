/*
 * Runs the bridge's BPF programs on frames with BPF_PROG_TEST_RUN, in the kernel that it is on.
 *
 *   frames load OBJECT [FLAGS]                 what the kernel says of the programs when it takes them
 *   frames each OBJECT CORPUS OUT              each frame of the file, whole and cut off after every byte: a line each in OUT
 *   frames random OBJECT CORPUS COUNT SEED     COUNT frames that are made of those of the file, and what was counted in sum
 *   frames remember OBJECT CORPUS FRAME        the class before and after its prefix has gone
 *   frames trips OBJECT CORPUS                 the round trips that the frames show, each after its wait
 *   frames live OBJECT CORPUS OUT PATH FAR PORT PORT FAR
 *                                              each frame through two cables; PATH is tc, xdp, generic, or
 *                                              frags, which is xdp with frames of several buffers
 *
 * It judges nothing: test/lab/frames/model.ts knows what must come out.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>

#include "frames.h"

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, "\n");
  exit(1);
}

static FILE *opened(const char *path) {
  FILE *file = fopen(path, "w");
  if (!file) fail("%s: %s", path, strerror(errno));
  return file;
}

static void close_or_fail(FILE *file) {
  if (fclose(file)) fail("what came out cannot be written: %s", strerror(errno));
}

int main(int count, char **arguments) {
  const char *command = count > 2 ? arguments[1] : "";
  if (strcmp(command, "load") == 0 && count <= 4) {
    load(arguments[2], count == 4 ? strtoul(arguments[3], NULL, 0) : 0);
    print_loaded();
  } else if (strcmp(command, "each") == 0 && count == 5) {
    struct corpus corpus = read_corpus(arguments[3]);
    FILE *to = opened(arguments[4]);
    load(arguments[2], BPF_F_STRICT_ALIGNMENT);
    run_each(&corpus, to);
    close_or_fail(to);
  } else if (strcmp(command, "live") == 0 && count == 10) {
    struct corpus corpus = read_corpus(arguments[3]);
    FILE *to = opened(arguments[4]);
    load(arguments[2], strcmp(arguments[5], "frags") == 0 ? BPF_F_XDP_HAS_FRAGS : BPF_F_STRICT_ALIGNMENT);
    run_live(&corpus, arguments[5], &arguments[6], to);
    close_or_fail(to);
  } else if (strcmp(command, "random") == 0 && count == 6) {
    struct corpus corpus = read_corpus(arguments[3]);
    load(arguments[2], BPF_F_STRICT_ALIGNMENT);
    run_random(&corpus, strtoul(arguments[4], NULL, 10), strtoul(arguments[5], NULL, 10));
  } else if (strcmp(command, "remember") == 0 && count == 5) {
    struct corpus corpus = read_corpus(arguments[3]);
    load(arguments[2], BPF_F_STRICT_ALIGNMENT);
    run_remember(&corpus, strtoul(arguments[4], NULL, 10));
  } else if (strcmp(command, "trips") == 0 && count == 4) {
    struct corpus corpus = read_corpus(arguments[3]);
    load(arguments[2], BPF_F_STRICT_ALIGNMENT);
    run_trips(&corpus);
  } else {
    fail("usage: frames load OBJECT [FLAGS] | each OBJECT CORPUS OUT | random OBJECT CORPUS COUNT SEED |\n"
         "       remember OBJECT CORPUS FRAME | trips OBJECT CORPUS | live OBJECT CORPUS OUT PATH FAR PORT PORT FAR");
  }
}
