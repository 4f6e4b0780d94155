/* The programs and their maps, through libbpf: another reader of the object than weir's own loader. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "frames.h"

struct maps maps;
int programs[PROGRAMS];

static const char *const NAMES[PROGRAMS] = {"xdp_forward", "xdp_steer", "tc_forward", "tc_while_alive"};
static char verifier_log[PROGRAMS][1 << 16];

static int map(struct bpf_object *object, const char *name) {
  int fd = bpf_object__find_map_fd_by_name(object, name);
  if (fd < 0) fail("the object has no map %s", name);
  return fd;
}

void load(const char *path, uint32_t flags) {
  struct bpf_object *object = bpf_object__open(path);
  if (!object) fail("%s: %s", path, strerror(errno));
  for (int i = 0; i < PROGRAMS; i++) {
    struct bpf_program *program = bpf_object__find_program_by_name(object, NAMES[i]);
    if (!program) fail("the object has no program %s", NAMES[i]);
    bpf_program__set_flags(program, bpf_program__flags(program) | flags);
    bpf_program__set_log_buf(program, verifier_log[i], sizeof(verifier_log[i]));
    bpf_program__set_log_level(program, 4);
  }
  if (bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "hosts"), MOST_HOSTS)) fail("hosts: %s", strerror(errno));
  int error = bpf_object__load(object);
  for (int i = 0; i < PROGRAMS; i++) {
    programs[i] = bpf_program__fd(bpf_object__find_program_by_name(object, NAMES[i]));
    if (error && verifier_log[i][0]) fprintf(stderr, "%s: %s", NAMES[i], verifier_log[i]);
  }
  if (error) fail("%s: %s", path, strerror(-error));
  maps = (struct maps){
      .ports = map(object, "ports"),       .targets = map(object, "targets"),   .vlans = map(object, "vlans"),
      .steering = map(object, "steering"), .stations = map(object, "stations"), .hosts = map(object, "hosts"),       .counters = map(object, "counters"),
      .cpus = map(object, "cpus"),         .settings = map(object, "settings"), .while_alive = map(object, "while_alive"),
  };
  const uint32_t only = 0, queue_frames = 64;
  if (bpf_map_update_elem(maps.cpus, &only, &queue_frames, BPF_ANY)) fail("cpus: %s", strerror(errno));
  if (bpf_map_update_elem(maps.while_alive, &only, &programs[TC_FORWARD], BPF_ANY)) fail("while_alive: %s", strerror(errno));
}

static unsigned number_behind(const char *text, const char *word) {
  const char *found = strstr(text, word);
  return found ? strtoul(found + strlen(word), NULL, 10) : 0;
}

void print_loaded(void) {
  for (int i = 0; i < PROGRAMS; i++)
    printf("@loaded {\"name\":\"%s\",\"stackBytes\":%u,\"verified\":%u}\n", NAMES[i],
           number_behind(verifier_log[i], "stack depth "), number_behind(verifier_log[i], "processed "));
}

bool run(enum program program, const uint8_t *bytes, uint32_t length, uint32_t gso_size, struct outcome *outcome) {
  struct __sk_buff before = {.gso_size = gso_size}, after = {0};
  bool is_tc = program == TC_FORWARD || program == TC_WHILE_ALIVE;
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = bytes, .data_size_in = length, .data_out = outcome->bytes,
              .data_size_out = sizeof(outcome->bytes));
  if (is_tc) {
    options.ctx_in = &before;
    options.ctx_size_in = sizeof(before);
    options.ctx_out = &after;
    options.ctx_size_out = sizeof(after);
  }
  if (bpf_prog_test_run_opts(programs[program], &options)) {
    if (errno == EINVAL && is_tc) return false;
    fail("a frame of %u bytes: %s", length, strerror(errno));
  }
  outcome->verdict = options.retval;
  outcome->priority = after.priority;
  outcome->length = options.data_size_out;
  return true;
}
