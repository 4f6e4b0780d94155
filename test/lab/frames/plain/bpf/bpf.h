/* In the place of libbpf's: the calls that the tool makes, as functions of plain_calls.c. */
#ifndef PLAIN_BPF_H
#define PLAIN_BPF_H

#include <linux/bpf.h>

int bpf_map_lookup_elem(int map, const void *key, void *value);
int bpf_map_update_elem(int map, const void *key, const void *value, __u64 flags);
int bpf_map_delete_elem(int map, const void *key);
int bpf_map_get_next_key(int map, const void *key, void *next);
int bpf_map_lookup_and_delete_batch(int map, const void *from, void *next, void *keys, void *values, __u32 *count, const void *options);

#endif
