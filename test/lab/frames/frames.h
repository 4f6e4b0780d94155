/* Runs the bridge's BPF programs on frames from a file with BPF_PROG_TEST_RUN; see main.c. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../../../bpf/include/shared.h"

enum { XDP_FORWARD, XDP_STEER, TC_FORWARD, TC_WHILE_ALIVE, PROGRAMS };

struct object {
  int programs[PROGRAMS];
  int ports, targets, vlans, steering, hosts, counters, cpus, settings, while_alive;
  int cpu_count;
};

/* Loads the object; ends the process where the kernel refuses it. */
void load(const char *path, bool strict_alignment, struct object *object);

#endif
