/* In the place of libbpf's: the kernel's helpers as functions of plain.c. */
#ifndef PLAIN_BPF_HELPERS_H
#define PLAIN_BPF_HELPERS_H

#include <stddef.h>

#include <linux/bpf.h>

#define SEC(name)
#define __uint(name, value) int(*name)[value]
#define __type(name, value) __typeof__(value) *name
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))

/* Names of its own where libbpf has the same for a system call. */
#define bpf_map_lookup_elem helper_map_lookup_elem
#define bpf_map_update_elem helper_map_update_elem
/* One thread, and no such thing on MIPS. */
#define __sync_fetch_and_add(to, number) (*(to) += (number))
/* What is called does not come back. */
#define bpf_tail_call(context, map, index) return tc_forward(context)

void *helper_map_lookup_elem(const void *map, const void *key);
long helper_map_update_elem(const void *map, const void *key, const void *value, __u64 flags);
long bpf_xdp_load_bytes(const void *context, __u32 at, void *to, __u32 bytes);
long bpf_skb_load_bytes(const void *context, __u32 at, void *to, __u32 bytes);
long bpf_xdp_store_bytes(const void *context, __u32 at, const void *from, __u32 bytes);
long bpf_skb_store_bytes(const void *context, __u32 at, const void *from, __u32 bytes, __u64 flags);
__u64 bpf_xdp_get_buff_len(const void *context);
long bpf_redirect_map(const void *map, __u64 key, __u64 flags);
long bpf_redirect(__u32 ifindex, __u64 flags);
long bpf_skb_vlan_pop(const void *context);
long bpf_skb_vlan_push(const void *context, __be16 protocol, __u16 tci);
__u64 bpf_ktime_get_ns(void);
__u64 bpf_ktime_get_coarse_ns(void);

#endif
