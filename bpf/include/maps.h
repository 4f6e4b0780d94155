/* The maps. SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The agent makes those whose size depends on the configuration larger or smaller: steering, hosts, vlans, cpus.
 */
#ifndef WEIR_MAPS_H
#define WEIR_MAPS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "shared.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, struct weir_port);
} ports SEC(".maps");

/* Index of a device to itself: where XDP may send frames. */
struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, __u32);
} targets SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, struct weir_vlan_key);
  __type(value, struct weir_vlan);
} vlans SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 256);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct weir_prefix);
  __type(value, struct weir_steering);
} steering SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 256);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct weir_station);
  __type(value, struct weir_steering);
} stations SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 256);
  __type(key, struct weir_address);
  __type(value, struct weir_host);
} hosts SEC(".maps");

/* A host that nothing is known of, all zeros: larger than a program's stack. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __uint(map_flags, BPF_F_RDONLY_PROG);
  __type(key, __u32);
  __type(value, struct weir_host);
} new_host SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, struct weir_counters);
} counters SEC(".maps");

/* Not more entries than there are CPUs: the kernel refuses that. The value is how many frames may wait for the CPU. */
struct {
  __uint(type, BPF_MAP_TYPE_CPUMAP);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} cpus SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct weir_settings);
} settings SEC(".maps");

/* The kernel empties it when the last program that holds it open ends (kernel/bpf/arraymap.c, prog_array_map_clear). */
struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} while_alive SEC(".maps");

#endif
