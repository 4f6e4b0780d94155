/*
 * bpf(2) as far as the tool uses it, on the maps of plain.c: a map's number is its place in the table.
 *
 *   plain each CORPUS OUT | plain random CORPUS COUNT SEED     as ../main.c has it
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../frames.h"
#include "plain.h"

struct maps maps;

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, "\n");
  exit(1);
}

static int answer(int error) {
  errno = error;
  return error ? -error : 0;
}

int bpf_map_lookup_elem(int map, const void *key, void *value) {
  const void *found = find(&tables[map], key);
  if (found) memcpy(value, found, tables[map].value_bytes);
  return answer(found ? 0 : ENOENT);
}

int bpf_map_update_elem(int map, const void *key, const void *value, __u64 flags) {
  if (flags != BPF_ANY) return answer(EINVAL);
  return answer(put(&tables[map], key, value) ? 0 : ENOSPC);
}

int bpf_map_delete_elem(int map, const void *key) {
  take_away(&tables[map], key);
  return answer(0);
}

/* The first one only, which is what the tool asks for. */
int bpf_map_get_next_key(int map, const void *key, void *next) {
  if (key) return answer(EINVAL);
  if (tables[map].count > 0) memcpy(next, tables[map].entries, tables[map].key_bytes);
  return answer(tables[map].count > 0 ? 0 : ENOENT);
}

/* All of them. */
int bpf_map_lookup_and_delete_batch(int map, const void *from, void *next, void *keys, void *values, __u32 *count, const void *options) {
  struct table *table = &tables[map];
  if (from || options || !next || *count < table->count) return answer(EINVAL);
  for (size_t i = 0; i < table->count; i++) {
    const unsigned char *entry = table->entries + i * stride(table);
    memcpy((char *)keys + i * table->key_bytes, entry, table->key_bytes);
    memcpy((char *)values + i * table->value_bytes, find(table, entry), table->value_bytes);
  }
  *count = table->count;
  table->count = 0;
  return answer(ENOENT);
}

int libbpf_num_possible_cpus(void) { return 1; }

static int number_of(const char *name) {
  for (size_t i = 0; i < table_count; i++)
    if (strcmp(tables[i].name, name) == 0) return (int)i;
  fail("there is no map %s", name);
}

static void prepare(void) {
  const uint32_t only = 0, queue_frames = 64;
  maps = (struct maps){
      .ports = number_of("ports"),       .targets = number_of("targets"), .vlans = number_of("vlans"),
      .steering = number_of("steering"), .stations = number_of("stations"), .hosts = number_of("hosts"),     .counters = number_of("counters"),
      .cpus = number_of("cpus"),         .settings = number_of("settings"),
  };
  put(&tables[maps.cpus], &only, &queue_frames);
}

int main(int count, char **arguments) {
  const char *command = count > 2 ? arguments[1] : "";
  if (strcmp(command, "each") == 0 && count == 4) {
    struct corpus corpus = read_corpus(arguments[2]);
    FILE *to = fopen(arguments[3], "w");
    if (!to) fail("%s: %s", arguments[3], strerror(errno));
    prepare();
    run_each(&corpus, to);
    if (fclose(to)) fail("%s: %s", arguments[3], strerror(errno));
  } else if (strcmp(command, "random") == 0 && count == 5) {
    struct corpus corpus = read_corpus(arguments[2]);
    prepare();
    run_random(&corpus, strtoul(arguments[3], NULL, 10), strtoul(arguments[4], NULL, 10));
  } else {
    fail("usage: plain each CORPUS OUT | random CORPUS COUNT SEED");
  }
}
