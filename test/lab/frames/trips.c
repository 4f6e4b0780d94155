/* Frames one after the other, each after its wait in virtual time, and the round trips that they show. */
#include <unistd.h>

#include "frames.h"

static void print_trips(const struct weir_address *address, const struct weir_host *host, void *data) {
  (void)address;
  (void)data;
  for (int side = 0; side < WEIR_SIDES; side++) {
    const struct weir_rtt *rtt = &host->rtt[side];
    printf("%s{\"state\":%u,\"minUs\":%u,\"samples\":%u,\"total\":%u,\"buckets\":{", side ? "," : "@trips [", rtt->state, rtt->min_us,
           rtt->samples, rtt->total);
    const char *comma = "";
    for (int i = 0; i < WEIR_RTT_BUCKETS; i++) {
      if (rtt->buckets[i] == 0) continue;
      printf("%s\"%d\":%u", comma, i, rtt->buckets[i]);
      comma = ",";
    }
    printf("}}");
  }
  printf("]\n");
}

/* What is known of a host is printed whenever the world changes, and at the end. */
void run_trips(const struct corpus *corpus) {
  static struct outcome outcome;
  uint32_t world = UINT32_MAX;
  for (uint32_t number = 0; number < corpus->frame_count; number++) {
    const struct frame *frame = &corpus->frames[number];
    if (frame->world != world) {
      take_hosts(print_trips, NULL);
      enter_world(corpus, world = frame->world);
    }
    if (frame->wait_us) usleep(frame->wait_us);
    if (!run(TC_FORWARD, frame->bytes, frame->length, 0, &outcome)) fail("the kernel takes no test of frame %u", number);
  }
  take_hosts(print_trips, NULL);
}
