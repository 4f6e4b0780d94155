/*
 * Very many frames that nobody thought of, the same ones for each program: sums of what became of them and of what was counted.
 * test/lab/frames/random.ts makes the same frames out of the same seed and knows the sums.
 */
#include <string.h>

#include "frames.h"

/* After so many the hosts are taken out, so that none is pushed out by others. */
#define BATCH_FRAMES 200
/* A test run takes less than a page for an skb. */
#define MOST_BYTES 2048
#define HEADER_BYTES 128
#define NOISE_BYTES 200

struct sums {
  uint64_t passed, dropped, forwarded, forwarded_bytes, refused, priorities;
  uint32_t changed_bytes; /* a hash of all frames that came out otherwise than they went in */
  struct weir_counters counters;
  uint64_t traffic[WEIR_DIRECTIONS][3];
  uint32_t owners; /* of packets and whose they were */
  uint64_t wrong_round_trips;
};

/* Marsaglia, Xorshift RNGs (2003). */
static uint32_t state;
static uint32_t next(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

/* The frame to begin with is one of the file, or noise; then some bytes are changed, and sometimes the end is missing. */
static const struct frame *make(const struct corpus *corpus, uint8_t *bytes, uint32_t *length) {
  const struct frame *base = &corpus->frames[next() % corpus->frame_count];
  *length = base->length < MOST_BYTES ? base->length : MOST_BYTES;
  memcpy(bytes, base->bytes, *length);
  if (next() % 8 == 0) {
    *length = LEAST_FRAME_BYTES + 1 + next() % NOISE_BYTES;
    for (uint32_t i = 0; i < *length; i++) bytes[i] = next();
  }
  uint32_t header = *length < HEADER_BYTES ? *length : HEADER_BYTES;
  for (uint32_t changes = next() % 6; changes > 0; changes--) {
    uint32_t at = next() % header;
    bytes[at] = next();
  }
  if (next() % 4 == 0) *length = LEAST_FRAME_BYTES + next() % (*length - LEAST_FRAME_BYTES + 1);
  return base;
}

/* FNV-1a over bytes. */
static uint32_t hash(uint32_t seed, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) seed = (seed ^ bytes[i]) * 16777619;
  return seed;
}

static void add_host(const struct weir_address *address, const struct weir_host *host, void *data) {
  struct sums *sums = data;
  uint32_t name = hash(2166136261, address->bytes, sizeof(address->bytes));
  for (int i = 0; i < WEIR_DIRECTIONS; i++) {
    const struct weir_traffic *traffic = &host->traffic[i];
    sums->traffic[i][0] += traffic->bytes;
    sums->traffic[i][1] += traffic->packets;
    sums->traffic[i][2] += traffic->drops;
    sums->owners += name * (uint32_t)(traffic->packets + 3 * traffic->drops) * (i + 1);
  }
  for (int side = 0; side < WEIR_SIDES; side++) {
    const struct weir_rtt *rtt = &host->rtt[side];
    uint32_t samples = 0;
    for (int i = 0; i < WEIR_RTT_BUCKETS; i++) samples += rtt->buckets[i];
    if (samples != rtt->samples || rtt->total < samples || rtt->state > WEIR_RTT_UNDER_WAY) sums->wrong_round_trips++;
  }
}

static void add_counters(struct sums *sums) {
  struct weir_counters counters = take_counters();
  const __u64 *from = (const __u64 *)&counters;
  __u64 *to = (__u64 *)&sums->counters;
  for (size_t i = 0; i < sizeof(counters) / sizeof(*to); i++) to[i] += from[i];
}

static void add_one(struct sums *sums, enum program program, const struct frame *base, const uint8_t *bytes, uint32_t length) {
  static struct outcome outcome;
  if (!run(program, bytes, length, base->gso_size, &outcome)) {
    sums->refused++;
    return;
  }
  sums->priorities += outcome.priority;
  bool forwarded = outcome.verdict == (program == XDP_FORWARD ? 4 /* XDP_REDIRECT */ : 7 /* TC_ACT_REDIRECT */);
  bool dropped = outcome.verdict == (program == XDP_FORWARD ? 1 /* XDP_DROP */ : 2 /* TC_ACT_SHOT */);
  sums->forwarded += forwarded;
  sums->dropped += dropped;
  sums->passed += !forwarded && !dropped;
  if (forwarded) sums->forwarded_bytes += length;
  if (outcome.length != length || memcmp(outcome.bytes, bytes, length) != 0)
    sums->changed_bytes = hash(sums->changed_bytes, outcome.bytes, outcome.length);
}

static void print(const char *name, const struct sums *sums) {
  const __u64 *counters = (const __u64 *)&sums->counters;
  printf("@%s {\"passed\":%llu,\"dropped\":%llu,\"forwarded\":%llu,\"forwardedBytes\":%llu,\"refused\":%llu,\"priorities\":%llu,"
         "\"changedBytes\":%u,\"owners\":%u,\"wrongRoundTrips\":%llu,\"counters\":[",
         name, (unsigned long long)sums->passed, (unsigned long long)sums->dropped, (unsigned long long)sums->forwarded,
         (unsigned long long)sums->forwarded_bytes, (unsigned long long)sums->refused, (unsigned long long)sums->priorities,
         sums->changed_bytes, sums->owners, (unsigned long long)sums->wrong_round_trips);
  for (size_t i = 0; i < sizeof(sums->counters) / sizeof(*counters); i++) printf("%s%llu", i ? "," : "", counters[i]);
  printf("],\"hosts\":[");
  for (int i = 0; i < WEIR_DIRECTIONS; i++)
    printf("%s[%llu,%llu,%llu]", i ? "," : "", (unsigned long long)sums->traffic[i][0], (unsigned long long)sums->traffic[i][1],
           (unsigned long long)sums->traffic[i][2]);
  printf("]}\n");
}

void run_random(const struct corpus *corpus, uint32_t count, uint32_t seed) {
  static uint8_t bytes[MOST_FRAME_BYTES];
  static const enum program PATHS[] = {XDP_FORWARD, TC_FORWARD};
  for (int path = 0; path < 2; path++) {
    struct sums sums = {0};
    state = seed;
    for (uint32_t i = 0; i < count; i++) {
      uint32_t length;
      if (i % BATCH_FRAMES == 0) enter_world(corpus, i / BATCH_FRAMES % corpus->world_count);
      const struct frame *base = make(corpus, bytes, &length);
      add_one(&sums, PATHS[path], base, bytes, length);
      if (i % BATCH_FRAMES == BATCH_FRAMES - 1 || i == count - 1) {
        take_hosts(add_host, &sums);
        add_counters(&sums);
      }
    }
    print(PATHS[path] == XDP_FORWARD ? "xdp" : "tc", &sums);
  }
}
