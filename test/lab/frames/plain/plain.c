/*
 * The bridge's programs as plain C, on CPUs where no kernel of the lab runs: big-endian, and with pointers of 32 bits. The helpers are
 * stood in, and map types that are searched in another way are arrays here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../../../bpf/weir.bpf.c"

#undef bpf_map_lookup_elem
#undef bpf_map_update_elem

#include "../frames.h"
#include "plain.h"

#define MOST_ENTRIES 512

#define TABLE(map) \
  { #map, &map, sizeof(*map.key), sizeof(*map.value), 0, NULL }
struct table tables[] = {TABLE(ports), TABLE(targets),  TABLE(vlans), TABLE(steering), TABLE(stations), TABLE(hosts),
                         TABLE(counters), TABLE(cpus), TABLE(settings), TABLE(new_host)};
const size_t table_count = sizeof(tables) / sizeof(tables[0]);

/* Of the frame that is being run. */
static uint8_t *frame_bytes;
static uint32_t frame_length;

size_t stride(const struct table *table) { return (table->key_bytes + 7) / 8 * 8 + table->value_bytes; }

static unsigned char *value_of(const struct table *table, unsigned char *entry) { return entry + (table->key_bytes + 7) / 8 * 8; }

void *find(const struct table *table, const void *key) {
  for (size_t i = 0; i < table->count; i++) {
    unsigned char *entry = table->entries + i * stride(table);
    if (memcmp(entry, key, table->key_bytes) == 0) return value_of(table, entry);
  }
  return NULL;
}

void *put(struct table *table, const void *key, const void *value) {
  unsigned char *place = find(table, key);
  if (!table->entries) table->entries = calloc(MOST_ENTRIES, stride(table));
  if (!place) {
    if (!table->entries || table->count == MOST_ENTRIES) return NULL;
    unsigned char *entry = table->entries + table->count++ * stride(table);
    memcpy(entry, key, table->key_bytes);
    place = value_of(table, entry);
  }
  return memcpy(place, value, table->value_bytes);
}

void take_away(struct table *table, const void *key) {
  for (size_t i = 0; i < table->count; i++) {
    unsigned char *entry = table->entries + i * stride(table), *last = table->entries + (table->count - 1) * stride(table);
    if (memcmp(entry, key, table->key_bytes) != 0) continue;
    memmove(entry, last, stride(table));
    table->count--;
  }
}

static struct table *table_of(const void *map) {
  for (size_t i = 0; i < table_count; i++)
    if (tables[i].map == map) return &tables[i];
  fail("an unknown map");
}

static bool has_prefix(const uint8_t *address, const struct weir_prefix *prefix) {
  for (uint32_t bit = 0; bit < prefix->prefix_bits; bit++)
    if ((address[bit / 8] ^ prefix->address.bytes[bit / 8]) & (0x80 >> bit % 8)) return false;
  return true;
}

static void *longest_prefix(const struct table *table, const struct weir_prefix *key) {
  unsigned char *longest = NULL;
  uint32_t bits = 0;
  for (size_t i = 0; i < table->count; i++) {
    unsigned char *entry = table->entries + i * stride(table);
    const struct weir_prefix *prefix = (const struct weir_prefix *)entry;
    if (prefix->prefix_bits < bits || !has_prefix(key->address.bytes, prefix)) continue;
    longest = value_of(table, entry);
    bits = prefix->prefix_bits;
  }
  return longest;
}

void *helper_map_lookup_elem(const void *map, const void *key) {
  const struct table *table = table_of(map);
  static const struct weir_host blank;
  if (map == &new_host) return (void *)&blank;
  return map == &steering ? longest_prefix(table, key) : find(table, key);
}

long helper_map_update_elem(const void *map, const void *key, const void *value, __u64 flags) {
  struct table *table = table_of(map);
  if (flags == BPF_NOEXIST && find(table, key)) return -EEXIST;
  return put(table, key, value) ? 0 : -ENOMEM;
}

static long load_bytes(__u32 at, void *to, __u32 bytes) {
  if (at > frame_length || bytes > frame_length - at) return -EFAULT;
  memcpy(to, frame_bytes + at, bytes);
  return 0;
}

static long store_bytes(__u32 at, const void *from, __u32 bytes) {
  if (at > frame_length || bytes > frame_length - at) return -EFAULT;
  memcpy(frame_bytes + at, from, bytes);
  return 0;
}

long bpf_xdp_load_bytes(const void *context, __u32 at, void *to, __u32 bytes) { return context ? load_bytes(at, to, bytes) : -EFAULT; }
long bpf_skb_load_bytes(const void *context, __u32 at, void *to, __u32 bytes) { return context ? load_bytes(at, to, bytes) : -EFAULT; }
long bpf_xdp_store_bytes(const void *context, __u32 at, const void *from, __u32 bytes) {
  return context ? store_bytes(at, from, bytes) : -EFAULT;
}
long bpf_skb_store_bytes(const void *context, __u32 at, const void *from, __u32 bytes, __u64 flags) {
  return context && flags == BPF_F_RECOMPUTE_CSUM ? store_bytes(at, from, bytes) : -EFAULT;
}
__u64 bpf_xdp_get_buff_len(const void *context) { return context ? frame_length : 0; }
long bpf_redirect_map(const void *map, __u64 key, __u64 flags) {
  const __u32 index = key;
  return find(table_of(map), &index) ? XDP_REDIRECT : (long)flags;
}
long bpf_redirect(__u32 ifindex, __u64 flags) { return ifindex && flags == 0 ? TC_ACT_REDIRECT : TC_ACT_SHOT; }
/* For tags beside the data, which no frame here has. */
long bpf_skb_vlan_pop(const void *context) { return context ? -ENOMEM : -EFAULT; }
long bpf_skb_vlan_push(const void *context, __be16 protocol, __u16 tci) { return context && protocol && tci ? -ENOMEM : -EFAULT; }
__u64 bpf_ktime_get_ns(void) { return 10000000000ULL; }
__u64 bpf_ktime_get_coarse_ns(void) { return 10000000000ULL; }

bool run(enum program program, const uint8_t *bytes, uint32_t length, uint32_t gso_size, struct outcome *outcome) {
  struct xdp_md xdp = {.ingress_ifindex = PORT};
  struct __sk_buff skb = {.ifindex = PORT, .len = length, .gso_size = gso_size};
  memcpy(outcome->bytes, bytes, length);
  frame_bytes = outcome->bytes;
  frame_length = outcome->length = length;
  switch (program) {
    case XDP_FORWARD:
      outcome->verdict = xdp_forward(&xdp);
      break;
    case XDP_STEER:
      outcome->verdict = xdp_steer(&xdp);
      break;
    case TC_FORWARD:
      outcome->verdict = tc_forward(&skb);
      break;
    default:
      outcome->verdict = tc_while_alive(&skb);
  }
  outcome->priority = skb.priority;
  return true;
}
