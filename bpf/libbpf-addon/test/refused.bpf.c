// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A program that no verifier accepts, beside one that loads. */
#include "kernel_types.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

SEC("cgroup_skb/egress")
int reads_too_far(struct __sk_buff *skb)
{
	__u32 zero = 0;
	__u64 *value = bpf_map_lookup_elem(&values, &zero);

	if (!value)
		return 1;
	return value[skb->len] ? 1 : 0;
}

SEC("cgroup_skb/egress")
int lets_pass(struct __sk_buff *skb)
{
	return 1;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
