/* What the BPF programs and the agent both read and write. SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Every struct has its padding spelled out and its size asserted: the programs are compiled once for each byte order, and run on CPUs
 * of 32 and of 64 bits. src/gen/bpf.ts makes src/bpf/layout_gen.ts of it, so that TypeScript knows where each field is.
 *
 * All numbers are in the CPU's byte order, but for addresses, which are as on the wire. An IPv4 address is ::ffff:a.b.c.d
 * (RFC 4291, 2.5.5.2), so that one trie and one table hold both families.
 */
#ifndef WEIR_SHARED_H
#define WEIR_SHARED_H

#include <linux/types.h>

#define WEIR_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has another size")

/* Which side of the link a port, or a VLAN on it, is at. */
enum weir_faces {
  WEIR_FACES_UNKNOWN = 0, /* told apart by which address of a frame is in the map `steering` */
  WEIR_FACES_INTERNET = 1,
  WEIR_FACES_LOCAL = 2,
};

enum weir_port_flags {
  WEIR_PORT_SCAN_VLANS = 1 << 0,     /* look the outermost tag up in `vlans` */
  WEIR_PORT_CONTROL_FRAMES = 1 << 1, /* forward frames to 01:80:c2:00:00:0x too, which otherwise go to the stack */
};

/* Map `ports`, by the index of the device where a frame arrives. */
struct weir_port {
  __u32 redirect_to;     /* index of the device where it leaves */
  __u32 max_frame_bytes; /* that device's MTU plus the Ethernet header; tags come on top. 0 for no limit. */
  __u16 flags;           /* enum weir_port_flags */
  __u8 faces;            /* enum weir_faces */
  __u8 pad;
  __u8 address[6]; /* the port's own: frames to it are for the stack */
  __u8 pad2[2];
};
WEIR_ASSERT_SIZE(struct weir_port, 20);

/* Map `vlans`: the outermost tag of a frame that arrives, and what becomes of it. */
struct weir_vlan_key {
  __u32 ifindex;
  __u16 vlan_id; /* 12 bits: without priority and drop eligibility */
  __u16 pad;
};
WEIR_ASSERT_SIZE(struct weir_vlan_key, 8);

struct weir_vlan {
  __u16 vlan_id; /* replaces the id; priority, drop eligibility and the tag's protocol stay */
  __u8 faces;    /* enum weir_faces; unknown is that of the port */
  __u8 pad;
};
WEIR_ASSERT_SIZE(struct weir_vlan, 4);

struct weir_address {
  __u8 bytes[16];
};
WEIR_ASSERT_SIZE(struct weir_address, 16);

/* Map `steering`, a longest-prefix match. prefix_bits counts in the 128 bits: an IPv4 prefix has 96 more. */
struct weir_prefix {
  __u32 prefix_bits;
  struct weir_address address;
};
WEIR_ASSERT_SIZE(struct weir_prefix, 20);

/* Map `stations`: hosts by hardware address, for those whose IP address is not in `steering`. The value is a weir_steering. */
struct weir_station {
  __u8 address[6];
  __u8 pad[2];
};
WEIR_ASSERT_SIZE(struct weir_station, 8);

#define WEIR_NO_CPU 0xffffffff

struct weir_steering {
  __u32 class_download; /* handle major:minor for skb->priority; 0 leaves it as it is */
  __u32 class_upload;
  __u32 cpu; /* WEIR_NO_CPU leaves it where it is */
};
WEIR_ASSERT_SIZE(struct weir_steering, 12);

/* Map `settings`, one entry. */
struct weir_settings {
  struct weir_steering unknown; /* for addresses that are not in `steering` */
  /* Another number, never 0, each time `steering` or `unknown` has changed, set after the change: hosts remember what was found for
   * them, so that a lookup costs the same however many prefixes there are. While it is 0 nothing is remembered, nor asked for: as long
   * as `steering` is empty it shall be 0. */
  __u32 generation;
  __u8 object_id[16]; /* which object these maps and programs were loaded from; the programs do not read it */
};
WEIR_ASSERT_SIZE(struct weir_settings, 32);

enum weir_drop {
  WEIR_DROP_TOO_BIG = 0,   /* larger than what the device where it leaves takes */
  WEIR_DROP_NO_TARGET = 1, /* that device is gone (known on the XDP path only) */
  WEIR_DROP_NO_TAG = 2,    /* its tag could not be changed: no memory, or one inside it is cut off */
  WEIR_DROP_REASONS = 3,
};

enum weir_pass {
  WEIR_PASS_CONTROL = 0, /* link-local control frames */
  WEIR_PASS_OWN = 1,     /* to the port's own address */
  WEIR_PASS_NO_VLAN = 2, /* on a stick, a tag (or no tag) that no mapping names: it cannot go out where it came in */
  WEIR_PASS_REASONS = 3,
};

/* Map `counters`, one for each CPU, by the index of the device where frames arrive; the programs make the entries. Frames that the
 * kernel has merged (GRO) are counted as the frames they were. */
struct weir_counters {
  __u64 forwarded_frames;
  __u64 forwarded_bytes;
  __u64 dropped_frames[WEIR_DROP_REASONS];
  __u64 passed_frames[WEIR_PASS_REASONS];
};
WEIR_ASSERT_SIZE(struct weir_counters, 64);

enum weir_direction { WEIR_DOWNLOAD = 0, WEIR_UPLOAD = 1, WEIR_DIRECTIONS = 2 };

struct weir_traffic {
  __u64 bytes; /* of frames that were forwarded, as they arrived: with tags, without preamble and checksum */
  __u64 packets;
  __u64 drops; /* frames; not in the two above */
};
WEIR_ASSERT_SIZE(struct weir_traffic, 24);

/* Round trips in buckets: 1 ms wide below 16 ms, then 16 of equal width for each doubling, up to 2048 ms; the last takes all above. */
#define WEIR_RTT_LINEAR_MS 16
#define WEIR_RTT_BUCKETS 128

enum weir_rtt_state {
  WEIR_RTT_RESTING = 0,   /* for a while after since_ns, then the next segment with payload is watched */
  WEIR_RTT_WATCHING = 1,  /* the first segment of this flow with a newer timestamp will be the probe */
  WEIR_RTT_UNDER_WAY = 2, /* the probe passed at since_ns */
};

/*
 * Round trips of one host, seen from the router to one side of it. At most one probe is under way: the first segment with a new
 * timestamp of one flow, until the other side echoes it (RFC 7323). So the cost of a packet does not depend on how many flows there are.
 */
struct weir_rtt {
  __u64 since_ns; /* of the probe, of the last sample, or of the last segment that was watched; bpf_ktime_get_ns() */
  __u32 flow;     /* hash of the flow that is watched; 0 for none */
  __u32 tsval;    /* of the probe, or the newest seen while a new one is waited for */
  __u32 state;    /* enum weir_rtt_state */
  __u32 min_us;   /* the smallest since the host was first seen; 0 for none */
  __u32 samples;  /* in the buckets; when they reach WEIR_RTT_MOST_SAMPLES all are halved, so that old ones fade */
  __u32 total;    /* ever */
  __u16 buckets[WEIR_RTT_BUCKETS];
};
WEIR_ASSERT_SIZE(struct weir_rtt, 288);

#define WEIR_RTT_MOST_SAMPLES 1024

enum weir_side { WEIR_SIDE_INTERNET = 0, WEIR_SIDE_LOCAL = 1, WEIR_SIDES = 2 };

/* Map `hosts`, least recently used ones go first, by local address. */
struct weir_host {
  struct weir_traffic traffic[WEIR_DIRECTIONS];
  __u64 last_seen_ns; /* bpf_ktime_get_coarse_ns(): the same clock, at most a tick behind */
  struct weir_steering found; /* what was found for it when `settings` had that generation */
  __u32 generation;
  __u8 is_steered; /* by its address in `steering`; where not, its hardware address decides each time */
  __u8 pad[7];
  struct weir_rtt rtt[WEIR_SIDES]; /* last, so that what every frame needs is together in a cache */
};
WEIR_ASSERT_SIZE(struct weir_host, 656);

#endif
