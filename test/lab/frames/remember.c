/* Programs remember what they have found for a host, until `settings` says that something has changed. */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "frames.h"

static uint32_t class_of(const struct frame *frame) {
  static struct outcome outcome;
  if (!run(TC_FORWARD, frame->bytes, frame->length, frame->gso_size, &outcome)) fail("the kernel takes no test of this frame");
  return outcome.priority;
}

void run_remember(const struct corpus *corpus, uint32_t number) {
  const uint32_t only = 0;
  struct weir_settings settings;
  struct weir_prefix prefix;
  if (number >= corpus->frame_count) fail("there is no frame %u", number);
  const struct frame *frame = &corpus->frames[number];
  enter_world(corpus, frame->world);
  printf("@classes [%u,", class_of(frame));
  while (bpf_map_get_next_key(maps.steering, NULL, &prefix) == 0)
    if (bpf_map_delete_elem(maps.steering, &prefix)) fail("steering: %s", strerror(errno));
  printf("%u,", class_of(frame));
  if (bpf_map_lookup_elem(maps.settings, &only, &settings)) fail("settings: %s", strerror(errno));
  settings.generation++;
  if (bpf_map_update_elem(maps.settings, &only, &settings, BPF_ANY)) fail("settings: %s", strerror(errno));
  printf("%u]\n", class_of(frame));
}
