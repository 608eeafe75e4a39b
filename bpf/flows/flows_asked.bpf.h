/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What programs asked connect() for, where their sockets are connected to something else. */
#ifndef WAGGLE_FLOWS_ASKED_H
#define WAGGLE_FLOWS_ASKED_H

#include "flows_maps.bpf.h"
#include "connect.bpf.h"

/* From connect() until TCP begins, or a UDP socket sends, by the socket's address. */
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

/* At cgroup/connect4 and connect6. */
static __always_inline void note_asked_at_cgroup(struct bpf_sock_addr *ctx, bool v6)
{
	bool counts = ctx->protocol == IPPROTO_TCP || ctx->protocol == IPPROTO_UDP;
	struct socket_endpoint endpoint;

	if (counts && is_asked_for_at_cgroup(&endpoint, ctx, v6))
		note_asked(ctx->sk, &endpoint);
}

/* The first packet of a connected UDP socket shows where it really goes. */
static __always_inline void compare_asked_udp(struct udp_flow *flow)
{
	const __u64 *peer = (const __u64 *)flow->known.socket.remote_address, *words;
	__u64 key = flow->address;
	struct socket_endpoint *asks = bpf_map_lookup_elem(&asking, &key);

	if (!asks)
		return;
	words = (const __u64 *)asks->address;
	if (words[0] != peer[0] || words[1] != peer[1] ||
	    asks->port != flow->known.socket.remote_port)
		flow->known.asked = *asks;
	bpf_map_delete_elem(&asking, &key);
}

/* What the kernel's NAT sent elsewhere is answered from where it was meant to go. */
static __always_inline bool is_asked_peer(struct udp_flow *flow, struct endpoints *ends)
{
	__u64 *asked = (__u64 *)flow->known.asked.address, *peer = (__u64 *)ends->peer;

	return asked[0] == peer[0] && asked[1] == peer[1] &&
	       flow->known.asked.port == bpf_ntohs(ends->peer_port);
}

static __always_inline void report_asked(struct flow_report *out, struct tcp_flow *flow,
					 struct sock *sk)
{
	struct socket_endpoint *kept = flow->asked ? bpf_sk_storage_get(&asked, sk, 0, 0) : 0;

	if (kept)
		out->asked = *kept;
}

#endif
