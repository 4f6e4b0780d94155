/* The bridge's programs: frames that arrive at one port leave by another. SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Written so that they may be loaded with BPF_F_XDP_HAS_FRAGS and without. They are not in sections named xdp.frags, since that flag is
 * the loader's decision: until Linux 6.2 a frame of several buffers cannot be redirected to a device and would be lost
 * (net/core/filter.c, xdp_do_redirect_frame). Without the flag a driver refuses the program as long as frames may be that large, and
 * generic XDP is there instead.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include "include/hosts.h"
#include "include/maps.h"
#include "include/parse.h"
#include "include/rtt.h"

#define WEIR_TCI_ID 0x0fff
/* As much as tc_forward may take of it; the compiler wants some of the 512 bytes that there are for itself. */
#define WEIR_MOST_STACK_BYTES 480

enum weir_fate { WEIR_PASS, WEIR_DROP, WEIR_FORWARD };

/* What was found out about a frame on the way. */
struct weir_way {
  struct weir_frame frame;
  struct weir_owner owner;
  struct weir_counters *counters;
  __u32 frames; /* on the wire; more than one where the kernel has merged them */
  __u32 redirect_to;
  __u16 tci; /* of the outermost tag from here on */
  bool owned;
};

static __always_inline struct weir_counters *weir_counters_of(__u32 ifindex) {
  struct weir_counters *found = bpf_map_lookup_elem(&counters, &ifindex);
  if (found) return found;
  const struct weir_counters zero = {0};
  bpf_map_update_elem(&counters, &ifindex, &zero, BPF_NOEXIST);
  return bpf_map_lookup_elem(&counters, &ifindex);
}

static __always_inline bool weir_is_address(const __u8 *a, const __u8 *b) {
  const __u16 *x = (const __u16 *)a, *y = (const __u16 *)b;
  return x[0] == y[0] && x[1] == y[1] && x[2] == y[2];
}

/* 01:80:c2:00:00:00 to 0f: never forwarded by a bridge (IEEE 802.1Q, 8.6.3). */
static __always_inline bool weir_is_control(const __u8 *address) {
  const __u16 *words = (const __u16 *)address;
  return words[0] == bpf_htons(0x0180) && words[1] == bpf_htons(0xc200) && (words[2] & bpf_htons(0xfff0)) == 0;
}

/* How many frames of the wire an skb is, and their bytes: each has had a copy of the headers. */
static __always_inline void weir_split(struct __sk_buff *skb, struct weir_way *way) {
  __u32 headers = way->frame.transport, payload;
  struct weir_tcp tcp;
  if (skb->gso_size == 0 || headers == 0) return;
  if (way->frame.protocol == IPPROTO_TCP) {
    if (bpf_skb_load_bytes(skb, headers, &tcp, sizeof(tcp))) return;
    headers += (tcp.data_words >> 4) * 4;
  } else {
    headers += WEIR_UDP_BYTES;
  }
  if (skb->len <= headers) return;
  payload = skb->len - headers;
  way->frames = (payload + skb->gso_size - 1) / skb->gso_size;
  way->frame.bytes += (way->frames - 1) * (headers + way->frame.tag_beside_data * WEIR_TAG_BYTES);
}

/*
 * Everything up to the redirect. `way->frame` has its length, and the tag that is not in the data, and nothing else; it is parsed
 * here. The kernel itself lets a redirected XDP frame have no more than one tag above the MTU (linux/filter.h, xdp_ok_fwd_dev).
 */
static __always_inline enum weir_fate weir_judge(void *ctx, enum weir_carrier carrier, __u32 ifindex, struct weir_way *way) {
  struct weir_frame *frame = &way->frame;
  struct weir_ethernet ethernet;
  const struct weir_port *port = bpf_map_lookup_elem(&ports, &ifindex);
  if (!port || weir_load(ctx, carrier, 0, &ethernet, sizeof(ethernet))) return WEIR_PASS;
  struct weir_counters *count = way->counters = weir_counters_of(ifindex);
  if (weir_is_address(ethernet.destination, port->address)) {
    if (count) count->passed_frames[WEIR_PASS_OWN]++;
    return WEIR_PASS;
  }
  if (weir_is_control(ethernet.destination) && !(port->flags & WEIR_PORT_CONTROL_FRAMES)) {
    if (count) count->passed_frames[WEIR_PASS_CONTROL]++;
    return WEIR_PASS;
  }

  weir_parse(ctx, carrier, frame, ethernet.protocol);
  const struct weir_vlan *vlan = NULL;
  if (port->flags & WEIR_PORT_SCAN_VLANS && frame->tags > 0) {
    struct weir_vlan_key key = {.ifindex = ifindex, .vlan_id = frame->outer_tci & WEIR_TCI_ID};
    vlan = bpf_map_lookup_elem(&vlans, &key);
  }
  if (!vlan && port->redirect_to == ifindex) {
    if (count) count->passed_frames[WEIR_PASS_NO_VLAN]++;
    return WEIR_PASS;
  }
  __u8 faces = vlan && vlan->faces ? vlan->faces : port->faces;
  way->redirect_to = port->redirect_to;
  way->tci = vlan ? (frame->outer_tci & ~WEIR_TCI_ID) | (vlan->vlan_id & WEIR_TCI_ID) : frame->outer_tci;
  way->frames = 1;
  if (frame->has_addresses) way->owned = weir_find_owner(&ethernet, frame, faces, true, &way->owner);

  __u32 tags = carrier == WEIR_XDP && frame->tags > 1 ? 1 : frame->tags;
  bool merged = carrier == WEIR_SKB && ((struct __sk_buff *)ctx)->gso_size != 0;
  if (port->max_frame_bytes && !merged && frame->bytes > port->max_frame_bytes + tags * WEIR_TAG_BYTES) {
    if (count) count->dropped_frames[WEIR_DROP_TOO_BIG]++;
    return WEIR_DROP;
  }
  return WEIR_FORWARD;
}

/* The frame is lost, for a reason that is found out only when it should leave. */
static __always_inline void weir_lose(struct weir_way *way, enum weir_drop reason) {
  if (way->counters) way->counters->dropped_frames[reason] += way->frames;
}

static __always_inline void weir_count(void *ctx, enum weir_carrier carrier, struct weir_way *way, bool forwarded) {
  struct weir_host *host = way->owned ? way->owner.host : NULL;
  if (forwarded && way->counters) {
    way->counters->forwarded_frames += way->frames;
    way->counters->forwarded_bytes += way->frame.bytes;
  }
  if (!host) return;
  __u64 now_ns = bpf_ktime_get_coarse_ns();
  struct weir_traffic *traffic = way->owner.direction == WEIR_UPLOAD ? &host->traffic[WEIR_UPLOAD] : &host->traffic[WEIR_DOWNLOAD];
  host->last_seen_ns = now_ns;
  if (!forwarded) {
    __sync_fetch_and_add(&traffic->drops, way->frames);
    return;
  }
  __sync_fetch_and_add(&traffic->bytes, way->frame.bytes);
  __sync_fetch_and_add(&traffic->packets, way->frames);
  weir_round_trips(ctx, carrier, &way->frame, &way->owner, now_ns);
}

SEC("xdp")
int xdp_forward(struct xdp_md *ctx) {
  struct weir_way way = {.frame.bytes = bpf_xdp_get_buff_len(ctx)};
  enum weir_fate fate = weir_judge(ctx, WEIR_XDP, ctx->ingress_ifindex, &way);
  if (fate == WEIR_PASS) return XDP_PASS;
  int verdict = XDP_DROP;
  if (fate == WEIR_FORWARD) {
    __be16 tci = bpf_htons(way.tci);
    verdict = bpf_redirect_map(&targets, way.redirect_to, XDP_DROP);
    if (verdict != XDP_REDIRECT) {
      weir_lose(&way, WEIR_DROP_NO_TARGET);
    } else if (way.tci != way.frame.outer_tci && bpf_xdp_store_bytes(ctx, sizeof(struct weir_ethernet), &tci, sizeof(tci))) {
      weir_lose(&way, WEIR_DROP_NO_TAG);
      verdict = XDP_DROP;
    }
  }
  weir_count(ctx, WEIR_XDP, &way, verdict == XDP_REDIRECT);
  return verdict;
}

/* Spreads hosts over CPUs, where there are more of them than receive queues; tc_forward does the rest there. */
SEC("xdp")
int xdp_steer(struct xdp_md *ctx) {
  struct weir_frame frame = {0};
  struct weir_owner owner = {0};
  struct weir_ethernet ethernet;
  __u32 ifindex = ctx->ingress_ifindex;
  const struct weir_port *port = bpf_map_lookup_elem(&ports, &ifindex);
  if (!port || weir_load(ctx, WEIR_XDP, 0, &ethernet, sizeof(ethernet))) return XDP_PASS;
  weir_parse(ctx, WEIR_XDP, &frame, ethernet.protocol);
  if (!frame.has_addresses) return XDP_PASS;
  __u8 faces = port->faces;
  if (port->flags & WEIR_PORT_SCAN_VLANS && frame.tags > 0) {
    struct weir_vlan_key key = {.ifindex = ifindex, .vlan_id = frame.outer_tci & WEIR_TCI_ID};
    const struct weir_vlan *vlan = bpf_map_lookup_elem(&vlans, &key);
    if (vlan && vlan->faces) faces = vlan->faces;
  }
  if (!weir_find_owner(&ethernet, &frame, faces, false, &owner) || owner.cpu == WEIR_NO_CPU) return XDP_PASS;
  return bpf_redirect_map(&cpus, owner.cpu, XDP_PASS);
}

/* The outermost tag gets another id. The kernel takes it out of the data before filters see a frame (net/core/dev.c, skb_vlan_untag). */
static __always_inline long weir_change_tag(struct __sk_buff *skb, const struct weir_way *way) {
  __be16 tci = bpf_htons(way->tci), protocol = skb->vlan_proto;
  if (!way->frame.tag_beside_data)
    return bpf_skb_store_bytes(skb, sizeof(struct weir_ethernet), &tci, sizeof(tci), BPF_F_RECOMPUTE_CSUM);
  long error = bpf_skb_vlan_pop(skb);
  return error ? error : bpf_skb_vlan_push(skb, protocol, way->tci);
}

SEC("tc")
int tc_forward(struct __sk_buff *skb) {
  struct weir_way way = {0};
  way.frame.bytes = skb->len;
  if (skb->vlan_present) {
    way.frame.bytes += WEIR_TAG_BYTES;
    way.frame.outer_tci = skb->vlan_tci;
    way.frame.tags = 1;
    way.frame.tag_beside_data = true;
  }
  enum weir_fate fate = weir_judge(skb, WEIR_SKB, skb->ifindex, &way);
  if (fate == WEIR_PASS) return TC_ACT_UNSPEC;
  int verdict = TC_ACT_SHOT;
  if (fate == WEIR_FORWARD) {
    weir_split(skb, &way);
    if (way.tci == way.frame.outer_tci || weir_change_tag(skb, &way) == 0) {
      verdict = bpf_redirect(way.redirect_to, 0);
      if (way.owned && way.owner.class) skb->priority = way.owner.class;
    } else {
      weir_lose(&way, WEIR_DROP_NO_TAG);
    }
  }
  weir_count(skb, WEIR_SKB, &way, fate == WEIR_FORWARD && verdict != TC_ACT_SHOT);
  return verdict;
}

/*
 * In the place of tc_forward where a crash of the agent shall stop the forwarding. What is called stands on this program's stack. Where
 * the kernel interprets, and is newer than 6.8, it makes that no larger than is used here (kernel/bpf/verifier.c, do_misc_fixups:
 * stack_depth): tc_forward would write past it, into the kernel's own, and the lab's kernel 7.2 panicked without `stack`.
 */
SEC("tc")
int tc_while_alive(struct __sk_buff *skb) {
  __u64 stack[WEIR_MOST_STACK_BYTES / sizeof(__u64)];
  stack[0] = 0;
  asm volatile("" : : "r"(stack) : "memory");
  bpf_tail_call(skb, &while_alive, 0);
  return TC_ACT_UNSPEC;
}

const char weir_license[] SEC("license") = "Dual BSD/GPL";
