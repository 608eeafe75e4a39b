/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What programs asked connect() for, where their TCP connections are to something else. */
#ifndef WAGGLE_FLOWS_ASKED_H
#define WAGGLE_FLOWS_ASKED_H

#include "flows_maps.bpf.h"
#include "connect.bpf.h"

/* From connect() until TCP begins, by the socket's address. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct socket_endpoint);
} asking SEC(".maps");

/* Of sockets that are connected to something else. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_endpoint);
} asked SEC(".maps");

static __always_inline void note_asked(void *sk, const struct socket_endpoint *endpoint)
{
	__u64 key = (__u64)(long)sk;

	bpf_map_update_elem(&asking, &key, endpoint, BPF_ANY);
}

/* TCP begins. */
static __always_inline bool is_asked_other(struct sock *sk)
{
	__u64 key = (__u64)(long)sk;
	struct socket_endpoint *asks = bpf_map_lookup_elem(&asking, &key), *kept = 0;

	if (!asks)
		return false;
	if (is_other_peer(asks, sk)) {
		kept = bpf_sk_storage_get(&asked, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
		if (kept)
			*kept = *asks;
		else
			count_by(FLOW_COUNT_NO_ASKED, 1);
	}
	bpf_map_delete_elem(&asking, &key);
	return kept != 0;
}

static __always_inline void report_asked(struct flow_report *out, struct tcp_flow *flow,
					 struct sock *sk)
{
	struct socket_endpoint *kept = flow->asked ? bpf_sk_storage_get(&asked, sk, 0, 0) : 0;

	if (kept)
		out->asked = *kept;
}

#endif
