// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Looks at what a test run of a packet program has at hand: packet, context, socket. */
#define __sk_buff __sk_buff_of_kernel_types
#include "kernel_types.h"
#undef __sk_buff

/* The context and the socket as <linux/bpf.h> lays them out: offsets count. */
struct seen_sock {
	__u32 bound_dev_if;
	__u32 family;
	__u32 type;
	__u32 protocol;
	__u32 mark;
	__u32 priority;
	__u32 src_ip4;
	__u32 src_ip6[4];
	__u32 src_port;
	__u16 dst_port;
	__u16 _pad;
	__u32 dst_ip4;
	__u32 dst_ip6[4];
	__u32 state;
};

struct seen_skb {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;
	__u32 vlan[3];
	__u32 priority;
	__u32 ingress_ifindex;
	__u32 ifindex;
	__u32 tc_index;
	__u32 cb[5];
	__u32 hash;
	__u32 tc_classid;
	__u32 data;
	__u32 data_end;
	__u32 napi_id;
	__u32 addresses[12];
	__u32 data_meta;
	void *flow_keys;
	__u64 tstamp;
	__u32 wire_len;
	__u32 gso_segs;
	struct seen_sock *sk __attribute__((aligned(8)));
};

enum { CGROUP_SKB_PASS = 1, CREATE = 1, SK_STORAGE = 24, NO_PREALLOC = 1 };

struct {
	__uint(type, SK_STORAGE);
	__uint(map_flags, NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} storages SEC(".maps");

/* What the last run saw. */
struct seen {
	__u64 tstamp;
	__u64 runs_of_this_socket;
	__u32 length;
	__u32 protocol;
	__u32 mark;
	__u32 priority;
	__u32 linear;
	__u32 has_socket;
	__u32 is_full;
	__u32 is_tcp;
	__u32 family;
	__u32 socket_protocol;
	__u32 state;
	__u32 src_ip4;
	__u8 first;
	__u8 _pad[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct seen);
} results SEC(".maps");

static void look_at_socket(struct seen *seen, void *sk)
{
	struct seen_sock *full = (void *)bpf_sk_fullsock(sk);
	__u64 *runs;

	seen->has_socket = 1;
	if (!full)
		return;
	seen->is_full = 1;
	seen->family = full->family;
	seen->socket_protocol = full->protocol;
	seen->state = full->state;
	seen->src_ip4 = full->src_ip4;
	seen->is_tcp = bpf_skc_to_tcp_sock(full) != 0;
	runs = bpf_sk_storage_get(&storages, full, 0, CREATE);
	if (runs)
		seen->runs_of_this_socket = ++*runs;
}

SEC("cgroup_skb/ingress")
int looks(struct seen_skb *skb)
{
	__u32 zero = 0;
	struct seen *seen = bpf_map_lookup_elem(&results, &zero);

	if (!seen)
		return CGROUP_SKB_PASS;
	seen->length = skb->len;
	seen->protocol = skb->protocol;
	seen->mark = skb->mark;
	seen->priority = skb->priority;
	seen->tstamp = skb->tstamp;
	seen->linear = skb->data_end - skb->data;
	seen->has_socket = seen->is_full = seen->is_tcp = 0;
	bpf_skb_load_bytes(skb, 0, &seen->first, 1);
	if (skb->sk)
		look_at_socket(seen, skb->sk);
	return CGROUP_SKB_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
