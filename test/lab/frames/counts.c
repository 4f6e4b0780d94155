/* What the programs have counted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "frames.h"

struct weir_counters take_counters(void) {
  static struct weir_counters before;
  int cpus = libbpf_num_possible_cpus();
  struct weir_counters each[cpus], now = {0}, since;
  if (bpf_map_lookup_elem(maps.counters, &devices.in, each)) {
    if (errno == ENOENT) return now;
    fail("counters: %s", strerror(errno));
  }
  for (size_t i = 0; i < sizeof(now) / sizeof(__u64); i++) {
    for (int cpu = 0; cpu < cpus; cpu++) ((__u64 *)&now)[i] += ((const __u64 *)&each[cpu])[i];
    ((__u64 *)&since)[i] = ((const __u64 *)&now)[i] - ((const __u64 *)&before)[i];
  }
  before = now;
  return since;
}

/* With one call: a call costs more than a run in user-mode Linux. */
void take_hosts(void (*see)(const struct weir_address *address, const struct weir_host *host, void *data), void *data) {
  static struct weir_address addresses[MOST_HOSTS];
  static struct weir_host hosts[MOST_HOSTS];
  uint32_t count = MOST_HOSTS, next;
  if (bpf_map_lookup_and_delete_batch(maps.hosts, NULL, &next, addresses, hosts, &count, NULL) && errno != ENOENT)
    fail("hosts: %s", strerror(errno));
  for (uint32_t i = 0; i < count; i++) see(&addresses[i], &hosts[i], data);
}
