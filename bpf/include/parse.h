/* From bytes to addresses. SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Headers are copied to the stack by the kernel's helpers, never read where they lie: so it does not matter in which buffer of a frame
 * they are (an skb has parts, XDP may have several buffers), and every access is aligned, which the verifier demands on CPUs such as
 * MIPS. The structs are our own since those of the kernel's headers have bit fields in the byte order of the machine that compiles.
 */
#ifndef WEIR_PARSE_H
#define WEIR_PARSE_H

#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ppp_defs.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "shared.h"

#define WEIR_MOST_TAGS 4
#define WEIR_MOST_EXTENSION_HEADERS 8
#define WEIR_TAG_BYTES 4
#define WEIR_UDP_BYTES 8

/* What carries a frame, known when compiling: each program gets its own copy of the functions below. */
enum weir_carrier { WEIR_XDP, WEIR_SKB };

struct weir_ethernet {
  __u8 destination[ETH_ALEN];
  __u8 source[ETH_ALEN];
  __be16 protocol;
};

struct weir_tag {
  __be16 tci;
  __be16 protocol;
};

/* RFC 2516, 4, and the PPP protocol after it. */
struct weir_pppoe {
  __u8 version_type;
  __u8 code;
  __be16 session;
  __be16 length;
  __be16 protocol;
};

struct weir_ipv4 {
  __u8 version_words; /* version, and the header's length in words of 32 bits */
  __u8 tos;
  __be16 total_bytes;
  __be16 id;
  __be16 fragment; /* three flags, and the offset */
  __u8 ttl;
  __u8 protocol;
  __be16 checksum;
  __u32 source;
  __u32 destination;
};

struct weir_ipv6 {
  __be32 version_class_label;
  __be16 payload_bytes;
  __u8 next_header;
  __u8 hop_limit;
  struct weir_address source;
  struct weir_address destination;
};

/* What all extension headers begin with; `fragment` is of a fragment header only. */
struct weir_extension {
  __u8 next_header;
  __u8 length;
  __be16 fragment;
};

#define WEIR_IP_OFFSET 0x1fff
#define WEIR_IPV6_OFFSET 0xfff8

struct weir_frame {
  __u32 bytes; /* as on the wire, without the checksum */
  __u16 outer_tci;
  __u8 tags;
  bool tag_beside_data; /* the outermost; the kernel keeps it in the skb */
  bool has_addresses;
  __u8 protocol; /* of the transport header */
  __u16 pad;
  __u32 transport; /* where that begins; 0 where there is none in this frame */
  __u32 end;       /* where the IP packet ends, by its own word */
  struct weir_address source;
  struct weir_address destination;
};

static __always_inline long weir_load(void *ctx, enum weir_carrier carrier, __u32 at, void *to, __u32 bytes) {
  return carrier == WEIR_XDP ? bpf_xdp_load_bytes(ctx, at, to, bytes) : bpf_skb_load_bytes(ctx, at, to, bytes);
}

static __always_inline bool weir_is_tag(__be16 protocol) {
  return protocol == bpf_htons(ETH_P_8021Q) || protocol == bpf_htons(ETH_P_8021AD);
}

static __always_inline void weir_set_ipv4(struct weir_address *address, __u32 ipv4) {
  __u32 *words = (__u32 *)address->bytes;
  words[0] = 0;
  words[1] = 0;
  words[2] = bpf_htonl(0xffff);
  words[3] = ipv4;
}

static __always_inline bool weir_is_ipv4(const struct weir_address *address) {
  const __u32 *words = (const __u32 *)address->bytes;
  return words[0] == 0 && words[1] == 0 && words[2] == bpf_htonl(0xffff);
}

/* Whether it may be a host's: no group, no broadcast, and not "this host on this network" (RFC 1122, 3.2.1.3; RFC 4291, 2.5.2). */
static __always_inline bool weir_is_unicast(const struct weir_address *address) {
  const __u32 *words = (const __u32 *)address->bytes;
  if (weir_is_ipv4(address)) return address->bytes[12] != 0 && address->bytes[12] < 224;
  return address->bytes[0] != 0xff && (words[0] | words[1] | words[2] | words[3]) != 0;
}

static __always_inline void weir_parse_ipv4(void *ctx, enum weir_carrier carrier, struct weir_frame *frame, __u32 at) {
  struct weir_ipv4 ip;
  if (weir_load(ctx, carrier, at, &ip, sizeof(ip))) return;
  __u32 header_bytes = (ip.version_words & 0xf) * 4;
  if (ip.version_words >> 4 != 4 || header_bytes < sizeof(ip)) return;
  weir_set_ipv4(&frame->source, ip.source);
  weir_set_ipv4(&frame->destination, ip.destination);
  frame->has_addresses = true;
  if (ip.fragment & bpf_htons(WEIR_IP_OFFSET)) return;
  frame->protocol = ip.protocol;
  frame->transport = at + header_bytes;
  frame->end = at + bpf_ntohs(ip.total_bytes);
}

/* RFC 8200, 4. What cannot be passed over (ESP, a later fragment, too many headers) leaves the frame without a transport header. */
static __always_inline void weir_parse_ipv6(void *ctx, enum weir_carrier carrier, struct weir_frame *frame, __u32 at) {
  struct weir_ipv6 ip;
  if (weir_load(ctx, carrier, at, &ip, sizeof(ip))) return;
  if (bpf_ntohl(ip.version_class_label) >> 28 != 6) return;
  /* An IPv4 address in this form must not be on the wire (RFC 4291, 2.5.5.2), and would pass for the IPv4 host. */
  if (weir_is_ipv4(&ip.source) || weir_is_ipv4(&ip.destination)) return;
  frame->source = ip.source;
  frame->destination = ip.destination;
  frame->has_addresses = true;

  __u8 protocol = ip.next_header;
  __u32 transport = at + sizeof(ip);
#pragma clang loop unroll(disable)
  for (int i = 0; i <= WEIR_MOST_EXTENSION_HEADERS; i++) {
    struct weir_extension extension;
    __u32 bytes;
    if (protocol != IPPROTO_HOPOPTS && protocol != IPPROTO_ROUTING && protocol != IPPROTO_DSTOPTS &&
        protocol != IPPROTO_FRAGMENT && protocol != IPPROTO_AH) {
      frame->protocol = protocol;
      frame->transport = transport;
      frame->end = at + sizeof(ip) + bpf_ntohs(ip.payload_bytes);
      return;
    }
    if (weir_load(ctx, carrier, transport, &extension, sizeof(extension))) return;
    bytes = (extension.length + 1) * 8;
    if (protocol == IPPROTO_FRAGMENT) {
      if (extension.fragment & bpf_htons(WEIR_IPV6_OFFSET)) return;
      bytes = 8;
    } else if (protocol == IPPROTO_AH) {
      bytes = (extension.length + 2) * 4; /* RFC 4302, 2.2 */
    }
    protocol = extension.next_header;
    transport += bytes;
  }
}

/* `at` is where the header of `protocol` begins, behind the Ethernet header and the tags. */
static __always_inline void weir_parse_network(void *ctx, enum weir_carrier carrier, struct weir_frame *frame, __be16 protocol,
                                               __u32 at) {
  if (protocol == bpf_htons(ETH_P_PPP_SES)) {
    struct weir_pppoe pppoe;
    if (weir_load(ctx, carrier, at, &pppoe, sizeof(pppoe))) return;
    if (pppoe.version_type != 0x11 || pppoe.code != 0) return;
    at += sizeof(pppoe);
    if (pppoe.protocol == bpf_htons(PPP_IP))
      protocol = bpf_htons(ETH_P_IP);
    else if (pppoe.protocol == bpf_htons(PPP_IPV6))
      protocol = bpf_htons(ETH_P_IPV6);
    else
      return;
  }
  if (protocol == bpf_htons(ETH_P_IP))
    weir_parse_ipv4(ctx, carrier, frame, at);
  else if (protocol == bpf_htons(ETH_P_IPV6))
    weir_parse_ipv6(ctx, carrier, frame, at);
}

/* Tags in the data, behind one that may be in the skb; then what is in them. */
static __always_inline void weir_parse(void *ctx, enum weir_carrier carrier, struct weir_frame *frame, __be16 protocol) {
  __u32 at = sizeof(struct weir_ethernet);
#pragma clang loop unroll(disable)
  for (int i = 0; i < WEIR_MOST_TAGS; i++) {
    struct weir_tag tag;
    if (!weir_is_tag(protocol) || frame->tags >= WEIR_MOST_TAGS) break;
    if (weir_load(ctx, carrier, at, &tag, sizeof(tag))) return;
    if (frame->tags == 0) frame->outer_tci = bpf_ntohs(tag.tci);
    frame->tags++;
    protocol = tag.protocol;
    at += sizeof(tag);
  }
  weir_parse_network(ctx, carrier, frame, protocol, at);
}

#endif
