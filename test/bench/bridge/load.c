/* What a span costs, and what else the machine does in it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <dirent.h>

#include "bridge.h"

static uint64_t now_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* The kernel's thread that takes over network work when there is much of it. */
static void find_ksoftirqd(int cpu, char *path, size_t size) {
  char wanted[32], name[32];
  snprintf(wanted, sizeof(wanted), "ksoftirqd/%d\n", cpu);
  DIR *processes = opendir("/proc");
  if (!processes) fail("no /proc");
  for (struct dirent *entry; !*path && (entry = readdir(processes));) {
    char comm[64];
    snprintf(comm, sizeof(comm), "/proc/%.20s/comm", entry->d_name);
    FILE *file = fopen(comm, "r");
    if (file && fgets(name, sizeof(name), file) && strcmp(name, wanted) == 0)
      snprintf(path, size, "/proc/%.20s/schedstat", entry->d_name);
    if (file) fclose(file);
  }
  closedir(processes);
  if (!*path) fail("no ksoftirqd/%d", cpu);
}

static uint64_t ksoftirqd_ns(int cpu) {
  static char path[64];
  uint64_t ns = 0;
  if (!*path) find_ksoftirqd(cpu, path, sizeof(path));
  FILE *file = fopen(path, "r");
  if (!file || fscanf(file, "%" SCNu64, &ns) != 1) fail("%s is not readable", path);
  fclose(file);
  return ns;
}

struct load read_load(int cpu) {
  struct load load = {0};
  FILE *stat = fopen("/proc/stat", "r");
  char line[512];
  int which;
  uint64_t user, nice, system, idle, wait, irq, soft, steal;
  if (!stat) fail("no /proc/stat");
  while (fgets(line, sizeof(line), stat)) {
    if (sscanf(line, "cpu%d %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &which,
               &user, &nice, &system, &idle, &wait, &irq, &soft, &steal) != 9)
      continue;
    /* What the hypervisor takes away is load, whichever CPU it is taken from. */
    load.busy += steal;
    if (which == cpu) continue;
    load.busy += user + nice + system + irq + soft;
    load.all += user + nice + system + idle + wait + irq + soft;
  }
  fclose(stat);
  load.at_ns = now_ns(CLOCK_MONOTONIC);
  load.used_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) + ksoftirqd_ns(cpu);
  return load;
}
