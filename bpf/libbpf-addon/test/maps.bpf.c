// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Maps of several types; the program counts its runs per CPU. */
#include "kernel_types.h"

#define MAP(map, map_type, entries, key_type, value_type) \
	struct {                                          \
		__uint(type, map_type);                   \
		__uint(max_entries, entries);             \
		__type(key, key_type);                    \
		__type(value, value_type);                \
	} map SEC(".maps")

struct triple {
	__u8 bytes[3];
};

MAP(table, BPF_MAP_TYPE_HASH, 10000, __u64, struct triple);
MAP(list, BPF_MAP_TYPE_ARRAY, 16, __u32, __u64);
MAP(recent, BPF_MAP_TYPE_LRU_HASH, 128, __u32, __u32);
MAP(runs_per_cpu, BPF_MAP_TYPE_PERCPU_ARRAY, 1, __u32, __u32);
MAP(table_per_cpu, BPF_MAP_TYPE_PERCPU_HASH, 64, __u32, struct triple);

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__type(value, __u32);
} line SEC(".maps");

SEC("cgroup_skb/egress")
int count_run(struct __sk_buff *skb)
{
	__u32 zero = 0;
	__u32 *runs = bpf_map_lookup_elem(&runs_per_cpu, &zero);

	if (runs)
		(*runs)++;
	return 1;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
