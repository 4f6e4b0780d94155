/* The file of worlds and frames, all numbers in this machine's byte order. test/lab/frames/corpus.ts writes it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "frames.h"

/* A test run does not send, so the device where frames leave is none. */
struct devices devices = {.in = PORT, .out = 7};

static const uint8_t *take(const uint8_t **at, const uint8_t *end, size_t bytes) {
  const uint8_t *taken = *at;
  if ((size_t)(end - taken) < bytes) fail("the corpus ends too early");
  *at += bytes;
  return taken;
}

static uint32_t take_number(const uint8_t **at, const uint8_t *end) {
  uint32_t number;
  memcpy(&number, take(at, end, sizeof(number)), sizeof(number));
  return number;
}

struct corpus read_corpus(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) fail("%s: %s", path, strerror(errno));
  size_t size = ftell(file);
  uint8_t *content = malloc(size);
  rewind(file);
  if (!content || fread(content, 1, size, file) != size) fail("%s: cannot be read", path);
  fclose(file);

  const uint8_t *at = content, *end = content + size;
  struct corpus corpus = {.world_count = take_number(&at, end)};
  if (corpus.world_count > sizeof(corpus.worlds) / sizeof(corpus.worlds[0])) fail("too many worlds");
  for (uint32_t i = 0; i < corpus.world_count; i++) {
    struct world world;
    corpus.worlds[i] = take(&at, end, sizeof(world));
    memcpy(&world, corpus.worlds[i], sizeof(world));
    take(&at, end, world.vlan_count * (sizeof(struct weir_vlan_key) + sizeof(struct weir_vlan)));
    take(&at, end, world.prefix_count * (sizeof(struct weir_prefix) + sizeof(struct weir_steering)));
    take(&at, end, world.station_count * (sizeof(struct weir_station) + sizeof(struct weir_steering)));
  }
  corpus.frame_count = take_number(&at, end);
  corpus.frames = calloc(corpus.frame_count, sizeof(*corpus.frames));
  if (!corpus.frames) fail("no memory");
  for (uint32_t i = 0; i < corpus.frame_count; i++) {
    struct frame *frame = &corpus.frames[i];
    frame->world = take_number(&at, end);
    frame->wait_us = take_number(&at, end);
    frame->gso_size = take_number(&at, end);
    frame->length = take_number(&at, end);
    if (frame->world >= corpus.world_count || frame->length > MOST_FRAME_BYTES) fail("frame %u is none", i);
    frame->bytes = take(&at, end, frame->length);
  }
  return corpus;
}

static void clear(int map, size_t key_bytes) {
  uint8_t key[64];
  if (key_bytes > sizeof(key)) fail("a key of %zu bytes", key_bytes);
  while (bpf_map_get_next_key(map, NULL, key) == 0)
    if (bpf_map_delete_elem(map, key)) fail("an entry cannot be removed: %s", strerror(errno));
}

/* A trie's memory comes from a store that the kernel fills again a little later (kernel/bpf/memalloc.c): then there is none just now. */
static void set(const char *name, int map, const void *key, const void *value) {
  for (int tries = 0; bpf_map_update_elem(map, key, value, BPF_ANY); tries++) {
    if (errno != ENOMEM || tries == 100) fail("%s: %s", name, strerror(errno));
    usleep(1000);
  }
}

void enter_world(const struct corpus *corpus, uint32_t number) {
  static uint32_t generation;
  const uint32_t only = 0, loopback = 1;
  struct world world;
  const uint8_t *at = corpus->worlds[number];
  memcpy(&world, at, sizeof(world));
  at += sizeof(world);
  clear(maps.ports, sizeof(uint32_t));
  clear(maps.targets, sizeof(uint32_t));
  clear(maps.vlans, sizeof(struct weir_vlan_key));
  clear(maps.steering, sizeof(struct weir_prefix));
  clear(maps.stations, sizeof(struct weir_station));
  clear(maps.hosts, sizeof(struct weir_address));
  world.port.redirect_to = world.port.redirect_to == PORT ? devices.in : devices.out;
  if (world.has_port) set("ports", maps.ports, &devices.in, &world.port);
  /* The programs look the device up by the key; it must be there all the same. */
  if (world.has_target)
    set("targets", maps.targets, &world.port.redirect_to, devices.in == PORT ? &loopback : &world.port.redirect_to);
  for (uint32_t i = 0; i < world.vlan_count; i++) {
    struct weir_vlan_key key;
    memcpy(&key, at, sizeof(key));
    key.ifindex = devices.in;
    set("vlans", maps.vlans, &key, at + sizeof(key));
    at += sizeof(struct weir_vlan_key) + sizeof(struct weir_vlan);
  }
  for (uint32_t i = 0; i < world.prefix_count; i++) {
    set("steering", maps.steering, at, at + sizeof(struct weir_prefix));
    at += sizeof(struct weir_prefix) + sizeof(struct weir_steering);
  }
  for (uint32_t i = 0; i < world.station_count; i++) {
    set("stations", maps.stations, at, at + sizeof(struct weir_station));
    at += sizeof(struct weir_station) + sizeof(struct weir_steering);
  }
  world.settings.generation = ++generation;
  set("settings", maps.settings, &only, &world.settings);
}
