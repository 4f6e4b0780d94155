/* Whose a frame is, and what was found for that host. SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_HOSTS_H
#define WEIR_HOSTS_H

#include "maps.h"
#include "parse.h"

#define WEIR_PREFIX_BITS 128

struct weir_owner {
  struct weir_address local;
  struct weir_address remote;
  __u8 direction; /* enum weir_direction */
  __u8 pad[3];
  __u32 class; /* for skb->priority; 0 leaves it as it is */
  __u32 cpu;   /* or WEIR_NO_CPU */
  struct weir_host *host; /* NULL where the local address is no host's, or there is no memory */
};

static __always_inline const struct weir_steering *weir_steering_of(const struct weir_address *address) {
  struct weir_prefix prefix = {.prefix_bits = WEIR_PREFIX_BITS, .address = *address};
  return bpf_map_lookup_elem(&steering, &prefix);
}

static __always_inline struct weir_host *weir_add_host(const struct weir_address *address) {
  const __u32 only = 0;
  const struct weir_host *blank = bpf_map_lookup_elem(&new_host, &only);
  if (!blank) return NULL;
  /* Another CPU may have been faster, whose counts must stay. */
  bpf_map_update_elem(&hosts, address, blank, BPF_NOEXIST);
  return bpf_map_lookup_elem(&hosts, address);
}

/*
 * Whether owner->local is a local address: always where the port tells the sides apart (`is_local`), else when it is in `steering`.
 * The rest of `owner` follows. `counts` is whether a host that is not known yet gets its entry.
 */
static __always_inline bool weir_look_up(struct weir_owner *owner, bool is_local, bool counts) {
  const __u32 only = 0;
  const struct weir_settings *general = bpf_map_lookup_elem(&settings, &only);
  if (!general) return false;
  __u32 generation = general->generation;
  bool is_unicast = weir_is_unicast(&owner->local);
  struct weir_host *host = is_unicast ? bpf_map_lookup_elem(&hosts, &owner->local) : NULL;
  const struct weir_steering *found;
  bool is_steered = true, is_fresh = host && generation != 0 && host->generation == generation;
  if (is_fresh) {
    found = &host->found;
    is_steered = host->is_steered;
  } else if (!(found = weir_steering_of(&owner->local))) {
    found = &general->unknown;
    is_steered = false;
  }
  if (!is_local && !is_steered) return false;
  if (!host && is_unicast && counts) host = weir_add_host(&owner->local);
  if (host && !is_fresh) {
    host->found = *found;
    host->is_steered = is_steered;
    host->generation = generation;
  }
  owner->class = owner->direction == WEIR_UPLOAD ? found->class_upload : found->class_download;
  owner->cpu = found->cpu;
  owner->host = host;
  return true;
}

/* False where a frame has no local side: none of its addresses is in `steering`, and the port does not tell. */
static __always_inline bool weir_find_owner(const struct weir_frame *frame, __u8 faces, bool counts, struct weir_owner *owner) {
  bool download = faces == WEIR_FACES_INTERNET;
#pragma clang loop unroll(disable)
  for (int side = 0; side < 2; side++) {
    owner->direction = download ? WEIR_DOWNLOAD : WEIR_UPLOAD;
    owner->local = download ? frame->destination : frame->source;
    owner->remote = download ? frame->source : frame->destination;
    if (weir_look_up(owner, faces != WEIR_FACES_UNKNOWN, counts)) return true;
    download = true;
  }
  return false;
}

#endif
