/* Both ends of a line that is measured: where frames come from, and where they end. SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_helpers.h>

#include "ends.h"

#define IPV4_ID 18
#define IPV4_SOURCE 26
/* A prime, so that all hosts have their turn, and large, so that the next one's entry is in no cache by foresight. */
#define STRIDE 7919

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct ends);
} ends SEC(".maps");

/*
 * Sends a frame into the line, each from another address of 10.77.0.0/16. The id takes what the address adds, so that the header's
 * checksum stays right. A live frame's bytes stay as they were left here.
 */
SEC("xdp")
int generate(struct xdp_md *ctx) {
  const __u32 only = 0;
  __u8 *frame = (__u8 *)(long)ctx->data;
  struct ends *state = bpf_map_lookup_elem(&ends, &only);
  if (!state || frame + IPV4_SOURCE + 4 > (__u8 *)(long)ctx->data_end) return XDP_DROP;
  __u32 host = state->next_host;
  state->next_host = (host + STRIDE) % state->hosts;
  frame[IPV4_SOURCE + 2] = host >> 8;
  frame[IPV4_SOURCE + 3] = host;
  frame[IPV4_ID] = ~(host >> 8);
  frame[IPV4_ID + 1] = ~host;
  return bpf_redirect(state->ifindex, 0);
}

SEC("xdp")
int end(struct xdp_md *ctx) {
  const __u32 only = 0;
  struct ends *state = bpf_map_lookup_elem(&ends, &only);
  (void)ctx;
  if (state) state->arrived++;
  return XDP_DROP;
}

const char weir_license[] SEC("license") = "Dual BSD/GPL";
