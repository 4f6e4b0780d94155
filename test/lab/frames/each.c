/* Each program on each frame of a file; those that forward also on each that is cut off, after every byte. */
#include <string.h>

#include "frames.h"

void print_hex(FILE *to, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) fprintf(to, "%02x", bytes[i]);
}

static void print_host(const struct weir_address *address, const struct weir_host *host, void *data) {
  FILE *to = data;
  fprintf(to, " ");
  print_hex(to, address->bytes, sizeof(address->bytes));
  for (int i = 0; i < WEIR_DIRECTIONS; i++)
    fprintf(to, " %llu %llu %llu", host->traffic[i].bytes, host->traffic[i].packets, host->traffic[i].drops);
  for (int i = 0; i < WEIR_SIDES; i++) fprintf(to, " %u:%u", host->rtt[i].state, host->rtt[i].tsval);
}

void print_counted(FILE *to) {
  struct weir_counters counted = take_counters();
  const __u64 *fields = (const __u64 *)&counted;
  for (size_t i = 0; i < sizeof(counted) / sizeof(*fields); i++) fprintf(to, " %llu", fields[i]);
  take_hosts(print_host, to);
  fprintf(to, "\n");
}

/* PROGRAM FRAME LENGTH VERDICT PRIORITY BYTES COUNTER… HOST…; BYTES is `same` where the frame came out as it went in. */
static void run_one(enum program program, const struct frame *frame, uint32_t number, uint32_t length, FILE *to) {
  static struct outcome outcome;
  if (!run(program, frame->bytes, length, frame->gso_size, &outcome)) {
    fprintf(to, "%d %u %u refused\n", program, number, length);
    return;
  }
  fprintf(to, "%d %u %u %d %x ", program, number, length, (int)outcome.verdict, outcome.priority);
  if (outcome.length == length && memcmp(outcome.bytes, frame->bytes, length) == 0)
    fprintf(to, "same");
  else
    print_hex(to, outcome.bytes, outcome.length);
  print_counted(to);
}

void run_each(const struct corpus *corpus, FILE *to) {
  uint32_t world = UINT32_MAX;
  for (uint32_t number = 0; number < corpus->frame_count; number++) {
    const struct frame *frame = &corpus->frames[number];
    if (frame->world != world) enter_world(corpus, world = frame->world);
    for (enum program program = 0; program < PROGRAMS; program++) {
      bool forwards = program == XDP_FORWARD || program == TC_FORWARD;
      uint32_t least = forwards ? LEAST_FRAME_BYTES : frame->length;
      for (uint32_t length = frame->length; length >= least; length--) run_one(program, frame, number, length, to);
    }
  }
}
