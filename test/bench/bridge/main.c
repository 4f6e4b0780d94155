/*
 * What a frame costs, for several ways to forward it by turns: `driver OBJECT ENDS CPU ROUNDS SECONDS LINE...`, in a network namespace
 * that has the devices of bridge.h. LINE is forwarder:protocol:faces:hosts:known.
 *
 * Frames are live frames of BPF_PROG_TEST_RUN (Documentation/bpf/bpf_prog_run.rst) that a program sends into genN, whose peer's driver
 * gets them as a NIC's would; at endN a program counts them. All happens on one CPU, whose time is what is measured, since the kernel
 * sleeps for some 30 ms at the end of each run (it frees the frames' pages after an RCU grace period): by the clock that would be most
 * of the time, the same for every forwarder.
 *
 * A sample tells whether the other CPUs had nothing to do. There are at least ROUNDS of each, and more until as many were quiet, but
 * for no longer than SECONDS. Each is an object of JSON on a line.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/resource.h>

#include "../../../bpf/include/shared.h"
#include "bridge.h"
#include "ends.h"

#define MOST_LINES 16
#define SAMPLE_FRAMES 262144
#define BATCH_FRAMES 64
/* Share of the other CPUs' time: a tick or so of /proc/stat. */
#define MOST_BUSY 0.15

static const uint8_t UDP_FRAME[64] = {
    2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,                                             /* Ethernet */
    0x45, 0, 0, 50, 0, 0, 0, 0, 64, 17, 0x66, 0x1f, 10, 77, 0, 0, 10, 78, 0, 2,           /* IPv4 */
    0x13, 0x88, 0, 9, 0, 30, 0, 0,                                                        /* UDP without a checksum */
};
/* With PSH, so that GRO lets it pass at once, where there is GRO. */
static const uint8_t TCP_FRAME[78] = {
    2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
    0x45, 0, 0, 64, 0, 0, 0, 0, 64, 6, 0x66, 0x1c, 10, 77, 0, 0, 10, 78, 0, 2,
    0x13, 0x88, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x80, 0x18, 1, 0, 0, 0, 0, 0,              /* TCP */
    1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 5,                                                  /* timestamps */
};

struct run {
  int cpu, ends, generate, end;
  struct line lines[MOST_LINES];
};

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

static uint32_t device(const char *kind, int number) {
  char name[IF_NAMESIZE];
  snprintf(name, sizeof(name), "%s%d", kind, number);
  uint32_t ifindex = if_nametoindex(name);
  if (!ifindex) fail("%s: %s", name, strerror(errno));
  return ifindex;
}

static struct line parse_line(const char *text, int number) {
  static const char *const FORWARDERS[] = {"nothing", "bridge", "xdp", "tc"};
  static const char *const FACES[] = {"unknown", "internet", "local"};
  struct line line = {.gen_ifindex = device("gen", number), .in_ifindex = device("in", number),
                      .out_ifindex = device("out", number), .end_ifindex = device("end", number)};
  char forwarder[16], protocol[16], faces[16];
  if (sscanf(text, "%15[a-z]:%15[a-z]:%15[a-z]:%" SCNu32 ":%" SCNu32, forwarder, protocol, faces, &line.hosts, &line.known) != 5)
    fail("%s is no line", text);
  while (strcmp(FORWARDERS[line.forwarder], forwarder))
    if (++line.forwarder > TC) fail("no forwarder %s", forwarder);
  while (strcmp(FACES[line.faces], faces))
    if (++line.faces > WEIR_FACES_LOCAL) fail("no faces %s", faces);
  line.tcp = strcmp(protocol, "tcp") == 0;
  return line;
}

static void load_ends(struct run *run, const char *path) {
  struct bpf_object *object = bpf_object__open(path);
  if (!object || bpf_object__load(object)) fail("%s: %s", path, strerror(errno));
  run->ends = bpf_object__find_map_fd_by_name(object, "ends");
  run->generate = bpf_program__fd(bpf_object__find_program_by_name(object, "generate"));
  run->end = bpf_program__fd(bpf_object__find_program_by_name(object, "end"));
}

static void end_at(const struct run *run, uint32_t ifindex) {
  int error = bpf_xdp_attach(ifindex, run->end, XDP_FLAGS_DRV_MODE, NULL);
  if (error) fail("cannot attach to the device of index %u: %s", ifindex, strerror(-error));
}

/* How many frames have arrived. */
static uint64_t send_frames(const struct run *run, const struct line *line) {
  const uint32_t only = 0;
  struct ends state = {.ifindex = line->gen_ifindex, .hosts = line->hosts};
  const uint8_t *frame = line->tcp ? TCP_FRAME : UDP_FRAME;
  struct xdp_md ctx = {.data_end = line->tcp ? sizeof(TCP_FRAME) : sizeof(UDP_FRAME)};
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = ctx.data_end, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
              .repeat = SAMPLE_FRAMES, .batch_size = BATCH_FRAMES, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
  if (bpf_map_update_elem(run->ends, &only, &state, BPF_ANY)) fail("ends: %s", strerror(errno));
  if (bpf_prog_test_run_opts(run->generate, &options)) fail("live frames: %s", strerror(errno));
  if (bpf_map_lookup_elem(run->ends, &only, &state)) fail("ends: %s", strerror(errno));
  return state.arrived;
}

/* Whether the machine was quiet. */
static bool sample(const struct run *run, int number) {
  struct load before = read_load(run->cpu);
  uint64_t arrived = send_frames(run, &run->lines[number]);
  struct load after = read_load(run->cpu);
  if (arrived < SAMPLE_FRAMES) fail("line %d: of %d frames %" PRIu64 " have arrived", number, SAMPLE_FRAMES, arrived);
  double busy = after.all > before.all ? (double)(after.busy - before.busy) / (after.all - before.all) : 0;
  bool quiet = busy <= MOST_BUSY;
  printf("{\"line\":%d,\"quiet\":%s,\"ns\":%.2f}\n", number, quiet ? "true" : "false",
         (double)(after.used_ns - before.used_ns) / arrived);
  return quiet;
}

static void use_cpu(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof(set), &set)) fail("processor %d: %s", cpu, strerror(errno));
  setpriority(PRIO_PROCESS, 0, -20);
}

int main(int count, char **arguments) {
  struct run run = {0};
  int lines = count - 6;
  if (lines < 1 || lines > MOST_LINES) fail("driver OBJECT ENDS CPU ROUNDS SECONDS LINE...");
  run.cpu = atoi(arguments[3]);
  int rounds = atoi(arguments[4]);
  uint64_t most_ns = atoi(arguments[5]) * 1000000000ULL;
  /* Who reads it may be gone, which a pipe tells only when written to. */
  setvbuf(stdout, NULL, _IOLBF, 0);
  use_cpu(run.cpu);
  load_ends(&run, arguments[2]);
  for (int i = 0; i < lines; i++) {
    struct line *line = &run.lines[i];
    *line = parse_line(arguments[6 + i], i);
    end_at(&run, line->forwarder == NOTHING ? line->in_ifindex : line->end_ifindex);
    bool is_ours = line->forwarder == XDP || line->forwarder == TC;
    if (is_ours) forward(arguments[1], line);
    /* From now on every host has its entry. */
    send_frames(&run, line);
    if (is_ours) check_hosts(line);
  }
  uint64_t begun_ns = read_load(run.cpu).at_ns;
  int quiet[MOST_LINES] = {0}, done = 0;
  for (int round = 0; round < rounds || (done < lines && read_load(run.cpu).at_ns - begun_ns < most_ns); round++)
    for (int i = 0; i < lines; i++)
      if (sample(&run, i) && ++quiet[i] == rounds) done++;
  return 0;
}
