/* Round trips, from TCP's timestamps (RFC 7323). SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * A segment to one side is the probe, and the other side's first segment that echoes its timestamp ends the round trip. Many segments
 * may have the same timestamp, and an echo tells of the first of them only. So a flow is watched until its timestamp moves on.
 */
#ifndef WEIR_RTT_H
#define WEIR_RTT_H

#include "hosts.h"

#define WEIR_NS_PER_US 1000
#define WEIR_NS_PER_MS 1000000LL
/* After a sample; so a host costs the reading of options a few times in a second. */
#define WEIR_RTT_REST_NS (50 * WEIR_NS_PER_MS)
/* A flow that has sent nothing for so long makes room for another one. */
#define WEIR_RTT_SILENCE_NS (1000 * WEIR_NS_PER_MS)
/* A probe without an echo is lost. */
#define WEIR_RTT_MOST_NS (4000 * WEIR_NS_PER_MS)
/* How far a coarse clock may be behind, and more: a tick is 10 ms where it is longest. */
#define WEIR_COARSE_NS (20 * WEIR_NS_PER_MS)

#define WEIR_TCP_SYN 0x02
#define WEIR_TCP_ACK 0x10
#define WEIR_TCP_MOST_OPTION_BYTES 40
#define WEIR_OPTION_END 0
#define WEIR_OPTION_NOP 1
#define WEIR_OPTION_TIMESTAMP 8
/* NOP NOP, kind 8, 10 bytes: what almost every segment begins its options with (RFC 7323, appendix A). */
#define WEIR_USUAL_OPTIONS 0x0101080a

struct weir_tcp {
  __be16 source;
  __be16 destination;
  __be32 sequence;
  __be32 acknowledged;
  __u8 data_words; /* the header's length in words of 32 bits, in the upper half */
  __u8 flags;
  __be16 window;
  __be16 checksum;
  __be16 urgent;
};

struct weir_timestamps {
  __be32 value;
  __be32 echo;
};

/* False where there are none. No option is shorter than a byte, so the loop sees all that fit into a header. */
static __always_inline bool weir_load_timestamps(void *ctx, enum weir_carrier carrier, __u32 at, __u32 end,
                                                 struct weir_timestamps *timestamps) {
  __be32 first;
  if (at + sizeof(first) + sizeof(*timestamps) <= end && weir_load(ctx, carrier, at, &first, sizeof(first)) == 0 &&
      first == bpf_htonl(WEIR_USUAL_OPTIONS))
    return weir_load(ctx, carrier, at + sizeof(first), timestamps, sizeof(*timestamps)) == 0;
#pragma clang loop unroll(disable)
  for (int i = 0; i < WEIR_TCP_MOST_OPTION_BYTES; i++) {
    __u8 option[2]; /* kind, length */
    if (at >= end || weir_load(ctx, carrier, at, option, 1) || option[0] == WEIR_OPTION_END) return false;
    if (option[0] == WEIR_OPTION_NOP) {
      at++;
      continue;
    }
    if (at + sizeof(option) > end || weir_load(ctx, carrier, at, option, sizeof(option)) || option[1] < sizeof(option)) return false;
    if (option[0] == WEIR_OPTION_TIMESTAMP)
      return option[1] == sizeof(option) + sizeof(*timestamps) && at + option[1] <= end &&
             weir_load(ctx, carrier, at + sizeof(option), timestamps, sizeof(*timestamps)) == 0;
    at += option[1];
  }
  return false;
}

/* Of a flow, the same for both directions; never 0. Multiplication by an odd number of the golden ratio, as linux/hash.h has it. */
static __always_inline __u32 weir_flow_of(const struct weir_owner *owner, const struct weir_tcp *tcp) {
  const __u32 *local = (const __u32 *)owner->local.bytes;
  const __u32 *remote = (const __u32 *)owner->remote.bytes;
  bool upload = owner->direction == WEIR_UPLOAD;
  __u32 hash = (__u32)(upload ? tcp->source : tcp->destination) << 16 | (upload ? tcp->destination : tcp->source);
  for (int i = 0; i < 4; i++) {
    hash = (hash ^ local[i]) * 0x61c88647;
    hash ^= hash >> 15;
    hash = (hash ^ remote[i]) * 0x61c88647;
    hash ^= hash >> 15;
  }
  return hash ? hash : 1;
}

static __always_inline __u32 weir_rtt_bucket(__u32 ms) {
  if (ms < WEIR_RTT_LINEAR_MS) return ms;
  __u32 shift = 0;
#pragma clang loop unroll(disable)
  for (int i = 0; i < 7; i++) {
    if (ms >> shift < 2 * WEIR_RTT_LINEAR_MS) return (shift << 4) + (ms >> shift);
    shift++;
  }
  return WEIR_RTT_BUCKETS - 1;
}

static __always_inline void weir_rtt_sample(struct weir_rtt *rtt, __u64 ns) {
  __u32 us = ns / WEIR_NS_PER_US;
  __u32 bucket = weir_rtt_bucket(us / 1000);
  if (us == 0) us = 1;
  if (rtt->min_us == 0 || us < rtt->min_us) rtt->min_us = us;
  if (rtt->samples >= WEIR_RTT_MOST_SAMPLES) {
    __u32 left = 0;
#pragma clang loop unroll(disable)
    for (int i = 0; i < WEIR_RTT_BUCKETS; i++) {
      rtt->buckets[i] /= 2;
      left += rtt->buckets[i];
    }
    rtt->samples = left;
  }
  if (bucket < WEIR_RTT_BUCKETS) rtt->buckets[bucket]++;
  rtt->samples++;
  rtt->total++;
}

/* A segment to the side of `rtt`: it may become the probe. */
static __always_inline void weir_rtt_out(struct weir_rtt *rtt, __u32 flow, __u32 tsval, bool starts, bool syn) {
  __u64 now = bpf_ktime_get_ns();
  __s64 age = now - rtt->since_ns;
  if (rtt->state == WEIR_RTT_UNDER_WAY && age < WEIR_RTT_MOST_NS) return;
  if (rtt->state == WEIR_RTT_WATCHING && rtt->flow == flow) {
    if ((__s32)(tsval - rtt->tsval) > 0) {
      rtt->tsval = tsval;
      if (starts) rtt->state = WEIR_RTT_UNDER_WAY;
    }
    rtt->since_ns = now;
    return;
  }
  if (rtt->state == WEIR_RTT_WATCHING && age < WEIR_RTT_SILENCE_NS) return;
  if (rtt->state == WEIR_RTT_RESTING && age < WEIR_RTT_REST_NS) return;
  if (!starts) return;
  /* Nothing of the flow has had a timestamp before its first segment. */
  rtt->state = syn ? WEIR_RTT_UNDER_WAY : WEIR_RTT_WATCHING;
  rtt->flow = flow;
  rtt->tsval = tsval;
  rtt->since_ns = now;
}

/* A segment from the side of `rtt`: it may be the echo. One that echoes something newer tells that the probe's echo is lost. */
static __always_inline void weir_rtt_in(struct weir_rtt *rtt, __u32 flow, __u32 tsecr) {
  __s32 newer = tsecr - rtt->tsval;
  if (rtt->state != WEIR_RTT_UNDER_WAY || rtt->flow != flow || newer < 0) return;
  __u64 now = bpf_ktime_get_ns();
  __u64 ns = now - rtt->since_ns;
  rtt->state = WEIR_RTT_RESTING;
  if (newer > 0 || ns >= WEIR_RTT_MOST_NS) {
    rtt->since_ns = 0;
    return;
  }
  rtt->since_ns = now;
  weir_rtt_sample(rtt, ns);
}

/* Whether a segment to the side of `rtt` changes nothing there, whatever is in it. A rest may take a tick more; a probe's end may not. */
static __always_inline bool weir_rtt_waits(const struct weir_rtt *rtt, __u64 now_ns) {
  __s64 age = now_ns - rtt->since_ns;
  if (rtt->state == WEIR_RTT_RESTING) return age < WEIR_RTT_REST_NS;
  return rtt->state == WEIR_RTT_UNDER_WAY && age < WEIR_RTT_MOST_NS - WEIR_COARSE_NS;
}

/* `now_ns` may be a tick behind: it only tells whether to look at all. */
static __always_inline void weir_round_trips(void *ctx, enum weir_carrier carrier, const struct weir_frame *frame,
                                             const struct weir_owner *owner, __u64 now_ns) {
  struct weir_host *host = owner->host;
  if (!host || frame->transport == 0 || frame->protocol != IPPROTO_TCP) return;
  bool upload = owner->direction == WEIR_UPLOAD;
  struct weir_rtt *out = upload ? &host->rtt[WEIR_SIDE_INTERNET] : &host->rtt[WEIR_SIDE_LOCAL];
  struct weir_rtt *in = upload ? &host->rtt[WEIR_SIDE_LOCAL] : &host->rtt[WEIR_SIDE_INTERNET];
  bool may_end = in->state == WEIR_RTT_UNDER_WAY;
  if (!may_end && weir_rtt_waits(out, now_ns)) return;

  struct weir_tcp tcp;
  struct weir_timestamps timestamps;
  if (weir_load(ctx, carrier, frame->transport, &tcp, sizeof(tcp))) return;
  __u32 header_bytes = (tcp.data_words >> 4) * 4;
  if (header_bytes < sizeof(tcp)) return;
  __u32 end = frame->transport + header_bytes;
  bool syn = tcp.flags & WEIR_TCP_SYN;
  bool starts = syn || frame->end > end;
  if (!may_end && !starts && out->state != WEIR_RTT_WATCHING) return;
  if (!weir_load_timestamps(ctx, carrier, frame->transport + sizeof(tcp), end, &timestamps)) return;

  __u32 flow = weir_flow_of(owner, &tcp);
  weir_rtt_out(out, flow, bpf_ntohl(timestamps.value), starts, syn);
  if (tcp.flags & WEIR_TCP_ACK) weir_rtt_in(in, flow, bpf_ntohl(timestamps.echo));
}

#endif
