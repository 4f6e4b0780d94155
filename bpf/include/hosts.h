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

static __always_inline const struct weir_steering *weir_station_of(const __u8 *address) {
  struct weir_station station = {0};
  __builtin_memcpy(station.address, address, sizeof(station.address));
  return bpf_map_lookup_elem(&stations, &station);
}

static __always_inline struct weir_host *weir_host_of(const struct weir_address *address, bool may_be_new) {
  struct weir_host *host = bpf_map_lookup_elem(&hosts, address);
  const __u32 only = 0;
  if (host || !may_be_new) return host;
  struct weir_host *blank = bpf_map_lookup_elem(&new_host, &only);
  if (!blank) return NULL;
  /* Another CPU may have been faster, whose counts must stay. */
  bpf_map_update_elem(&hosts, address, blank, BPF_NOEXIST);
  return bpf_map_lookup_elem(&hosts, address);
}

/* What `steering` has for an address; a host remembers, so that the trie is walked for those only that are none. */
static __always_inline const struct weir_steering *weir_look_up(const struct weir_address *address, __u32 generation,
                                                                struct weir_host **host) {
  struct weir_host *known = NULL;
  if (generation != 0) known = bpf_map_lookup_elem(&hosts, address);
  *host = known;
  if (known && known->generation == generation) return known->is_steered ? &known->found : NULL;
  return weir_steering_of(address);
}

/*
 * False where a frame has no local side: none of its IP addresses is in `steering`, and the port does not tell.
 * `counts` is whether a host that is not known yet gets its entry.
 */
static __always_inline bool weir_find_owner(const struct weir_ethernet *ethernet, const struct weir_frame *frame, __u8 faces,
                                            bool counts, struct weir_owner *owner) {
  const struct weir_steering *found = NULL;
  struct weir_host *host = NULL;
  const __u32 only = 0;
  const struct weir_settings *general = bpf_map_lookup_elem(&settings, &only);
  if (!general) return false;
  __u32 generation = general->generation;

  if (faces != WEIR_FACES_INTERNET) {
    found = weir_look_up(&frame->source, generation, &host);
    owner->direction = WEIR_UPLOAD;
    owner->local = frame->source;
    owner->remote = frame->destination;
  }
  if (faces == WEIR_FACES_INTERNET || (faces == WEIR_FACES_UNKNOWN && !found)) {
    found = weir_look_up(&frame->destination, generation, &host);
    owner->direction = WEIR_DOWNLOAD;
    owner->local = frame->destination;
    owner->remote = frame->source;
  }
  if (faces == WEIR_FACES_UNKNOWN && !found) return false;

  if (!host && weir_is_unicast(&owner->local)) host = weir_host_of(&owner->local, counts);
  bool is_steered = found != NULL;
  if (!found) found = weir_station_of(owner->direction == WEIR_UPLOAD ? ethernet->source : ethernet->destination);
  if (!found) found = &general->unknown;
  if (host && !(is_steered && host->generation == generation)) {
    host->found = *found;
    host->is_steered = is_steered;
    host->generation = generation;
  }
  owner->class = owner->direction == WEIR_UPLOAD ? found->class_upload : found->class_download;
  owner->cpu = found->cpu;
  owner->host = host;
  return true;
}

#endif
