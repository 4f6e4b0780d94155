/* Runs the bridge's BPF programs on frames with BPF_PROG_TEST_RUN; see main.c. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../../../bpf/include/shared.h"

enum program { XDP_FORWARD, XDP_STEER, TC_FORWARD, TC_WHILE_ALIVE, PROGRAMS };

/* Where the kernel says that frames of a test run come from: the loopback device. A file of frames calls any port so. */
#define PORT 1
/* More than a page, which needs several buffers, and more than any frame here becomes. */
#define MOST_FRAME_BYTES 16384
/* Of Ethernet: the kernel refuses to run a program on less. */
#define LEAST_FRAME_BYTES 14
/* Room for them; more than are found before they are taken out, so that none is pushed out. */
#define MOST_HOSTS 512

struct maps {
  int ports, targets, vlans, steering, stations, hosts, counters, cpus, settings, while_alive;
};

/* What the maps hold while frames are run. */
struct world {
  uint32_t has_port;
  struct weir_port port;
  uint32_t has_target;
  struct weir_settings settings;
  uint32_t vlan_count;
  uint32_t prefix_count;
  uint32_t station_count;
};

struct frame {
  uint32_t world;
  uint32_t wait_us; /* before it comes; for `trips` only */
  uint32_t gso_size;
  uint32_t length;
  const uint8_t *bytes;
};

/* The file that a scenario writes (test/lab/frames/corpus.ts): worlds and frames. */
struct corpus {
  uint32_t world_count;
  const uint8_t *worlds[32];
  uint32_t frame_count;
  struct frame *frames;
};

/* What a program made of a frame. */
struct outcome {
  uint32_t verdict;
  uint32_t priority;
  uint32_t length;
  uint8_t bytes[MOST_FRAME_BYTES];
};

/* Prints and ends the process. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Indexes of the devices where frames arrive and where they leave; of a test run they never do, so that one needs not exist. */
struct devices {
  uint32_t in, out;
};
extern struct devices devices;

/* object.c: loads the programs; `flags` are those of BPF_PROG_LOAD. */
extern struct maps maps;
extern int programs[PROGRAMS];
void load(const char *path, uint32_t flags);
void print_loaded(void);
/* False where the kernel does not take a frame like this for a test. */
bool run(enum program program, const uint8_t *bytes, uint32_t length, uint32_t gso_size, struct outcome *outcome);

/* corpus.c */
struct corpus read_corpus(const char *path);
void enter_world(const struct corpus *corpus, uint32_t world);

/* counts.c: the sum over all CPUs since it was last called. */
struct weir_counters take_counters(void);
/* Removes all hosts and hands each to `see`. */
void take_hosts(void (*see)(const struct weir_address *address, const struct weir_host *host, void *data), void *data);

/* each.c: a line for each program, frame and length. */
void run_each(const struct corpus *corpus, FILE *to);
void print_hex(FILE *to, const uint8_t *bytes, size_t count);
void print_counted(FILE *to);
/* random.c: many made-up frames, and sums. */
void run_random(const struct corpus *corpus, uint32_t count, uint32_t seed);
/* remember.c: what a host gets when its prefix has gone, and when the programs have been told so. */
void run_remember(const struct corpus *corpus, uint32_t number);
/* trips.c: frames one after the other, with time between them, and the round trips that they show. */
void run_trips(const struct corpus *corpus);
/* live.c: frames that really arrive and leave; `names` are the devices of two cables: far end, port, port, far end. */
void run_live(const struct corpus *corpus, const char *path, char *const *names, FILE *to);

#endif
