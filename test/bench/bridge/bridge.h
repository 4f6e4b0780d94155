/* What a frame costs on its way through the bridge's programs, and through the kernel's own bridge; see main.c. */
#ifndef BRIDGE_H
#define BRIDGE_H

#include <stdbool.h>
#include <stdint.h>

/* What is between the second and the third device of a line; NOTHING: the frame ends at the second. */
enum forwarder { NOTHING, BRIDGE, XDP, TC };

/* genN - inN, then the forwarder, then outN - endN: two pairs of veth, made before this program runs. */
struct line {
  enum forwarder forwarder;
  bool tcp;       /* with timestamps; otherwise UDP */
  uint8_t faces;  /* enum weir_faces of the port */
  uint32_t hosts; /* source addresses */
  uint32_t known; /* addresses in `steering`: those that send, and more; 0 for none, and then no host is counted */
  uint32_t gen_ifindex, in_ifindex, out_ifindex, end_ifindex;
  int hosts_map; /* where the forwarder is one of ours */
};

/* Prints and ends the process. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* line.c: loads the programs once more for this line, fills their maps as the agent does, and attaches them. */
void forward(const char *object, struct line *line);
/* Ends the process where hosts are counted that should not be, or none that should. */
void check_hosts(const struct line *line);

/* load.c */
struct load {
  uint64_t at_ns;
  uint64_t used_ns;   /* of this CPU, by this thread and the kernel's own for network work */
  uint64_t busy, all; /* ticks of the other CPUs */
};
struct load read_load(int cpu);

#endif
