/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What passes an interface and no socket of this node tells: ICMP and other protocols, and TCP and UDP
 * that are forwarded or bridged from others to others. TCP and UDP from or to an address of this node,
 * in whatever network namespace, are left to the sockets there.
 */
#ifndef WAGGLE_FLOWS_INTERFACE_H
#define WAGGLE_FLOWS_INTERFACE_H

#include <linux/if_packet.h>
#include "flows_address.bpf.h"
#include "flows_frame.bpf.h"

/* The network namespace of the interfaces. */
const volatile __u32 interface_netns = 0;

/* Which protocols are counted. */
const volatile bool count_tcp = true;
const volatile bool count_udp = true;
const volatile bool count_icmp = true;
const volatile bool count_other = true;

/* A packet passes several interfaces within microseconds; a flow that is quiet for this long is free. */
#define HELD_MS 1000

/* Where a flow is counted in one direction: the first interface that it passes keeps it. */
struct claim {
	__u32 holder; /* interface and direction, or its socket: holder_of() */
	__u32 seen;   /* when it passed there last, in about a millisecond since boot */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, struct frame_key);
	__type(value, struct claim);
} claims SEC(".maps");

/* See drop_map: one is filled while the other is emptied. */
struct frame_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct frame_key);
	__type(value, struct flow_report);
} frames_0 SEC(".maps"), frames_1 SEC(".maps");

static __always_inline bool is_protocol_wanted(__u32 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return count_tcp;
	case IPPROTO_UDP:
		return count_udp;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return count_icmp;
	default:
		return count_other;
	}
}

/* A socket of this namespace hears what is sent to all or to a group. */
static __always_inline bool is_heard(struct __sk_buff *skb, struct frame_key *key)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk;

	if (skb->pkt_type != PACKET_BROADCAST && skb->pkt_type != PACKET_MULTICAST)
		return false;
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		tuple.ipv4.saddr = key->ends.local[3];
		tuple.ipv4.daddr = key->ends.peer[3];
		tuple.ipv4.sport = key->ends.local_port;
		tuple.ipv4.dport = key->ends.peer_port;
		sk = bpf_sk_lookup_udp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	} else {
		__builtin_memcpy(tuple.ipv6.saddr, key->ends.local, 16);
		__builtin_memcpy(tuple.ipv6.daddr, key->ends.peer, 16);
		tuple.ipv6.sport = key->ends.local_port;
		tuple.ipv6.dport = key->ends.peer_port;
		sk = bpf_sk_lookup_udp(skb, &tuple, sizeof(tuple.ipv6), BPF_F_CURRENT_NETNS, 0);
	}
	if (!sk)
		return false;
	bpf_sk_release(sk);
	return true;
}

/* Nobody but sockets tells what they send and get; ICMP is told by none. */
static __always_inline bool is_told_by_sockets(__u32 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

static __always_inline bool is_of_node(struct __sk_buff *skb, struct frame_key *key)
{
	if (!is_told_by_sockets(key->protocol))
		return false;
	if (is_own_address(key->ends.local) || is_own_address(key->ends.peer))
		return true;
	return key->protocol == IPPROTO_UDP && is_heard(skb, key);
}

/*
 * The socket that sent it comes with a packet, through a veth, too, but not through a router. Those of
 * AF_PACKET and TUN tell nothing.
 */
static __always_inline bool has_socket(struct __sk_buff *skb, struct frame_key *key)
{
	struct bpf_sock *sk = skb->sk;

	return is_told_by_sockets(key->protocol) && sk &&
	       (sk->family == AF_INET || sk->family == AF_INET6);
}

#define ITS_SOCKET 0

static __always_inline __u32 holder_of(struct __sk_buff *skb, struct frame_key *key, bool egress)
{
	return has_socket(skb, key) ? ITS_SOCKET : skb->ifindex << 1 | egress;
}

/* Whether this is the place where the flow is counted. */
static __always_inline bool is_held(struct frame_key *key, __u32 holder)
{
	__u32 now = bpf_ktime_get_ns() >> 20;
	struct claim *claim = bpf_map_lookup_elem(&claims, key);
	struct claim fresh = {.holder = holder, .seen = now};

	if (!claim) {
		bpf_map_update_elem(&claims, key, &fresh, BPF_NOEXIST);
		claim = bpf_map_lookup_elem(&claims, key);
		if (!claim)
			return true;
	}
	if (claim->holder != holder) {
		if (holder != ITS_SOCKET && now - claim->seen < HELD_MS)
			return false;
		claim->holder = holder;
	}
	if (claim->seen != now)
		claim->seen = now;
	return true;
}

/* As the interface sees it: what comes in is received by the end that lies behind it. */
static __always_inline void orient(struct frame_key *key, __u32 ifindex, bool egress)
{
	struct endpoints ends = key->ends;

	key->ifindex = ifindex;
	if (egress)
		return;
	__builtin_memcpy(key->ends.local, ends.peer, 16);
	__builtin_memcpy(key->ends.peer, ends.local, 16);
	key->ends.local_port = ends.peer_port;
	key->ends.peer_port = ends.local_port;
}

static __always_inline struct flow_report *frame_in(void *map, struct frame_key *key)
{
	struct flow_report *report = bpf_map_lookup_elem(map, key), fresh = {};

	if (report)
		return report;
	__builtin_memcpy(fresh.socket.local_address, key->ends.local, 16);
	__builtin_memcpy(fresh.socket.remote_address, key->ends.peer, 16);
	fresh.socket.local_port = bpf_ntohs(key->ends.local_port);
	fresh.socket.remote_port = bpf_ntohs(key->ends.peer_port);
	fresh.socket.netns = interface_netns;
	fresh.ifindex = key->ifindex;
	fresh.protocol = key->protocol;
	bpf_map_update_elem(map, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

static __always_inline void count_frame(struct frame *f, bool egress)
{
	struct flow_report *report = first_is_filled() ? frame_in(&frames_0, &f->key)
						       : frame_in(&frames_1, &f->key);

	if (!report) {
		count_by(FLOW_COUNT_FRAMES_FULL, f->packets);
	} else if (egress) {
		__sync_fetch_and_add(&report->counts.bytes_sent, f->bytes);
		__sync_fetch_and_add(&report->counts.packets_sent, f->packets);
	} else {
		__sync_fetch_and_add(&report->counts.bytes_received, f->bytes);
		__sync_fetch_and_add(&report->counts.packets_received, f->packets);
	}
}

static __always_inline bool is_sampled(struct frame *f)
{
	if (sampling < 2 || f->key.protocol != IPPROTO_UDP)
		return true;
	if (bpf_get_prandom_u32() % sampling)
		return false;
	f->bytes *= sampling;
	f->packets *= sampling;
	return true;
}

static __always_inline void see_frame(struct __sk_buff *skb, bool egress)
{
	struct frame f = {};
	enum framed framed = read_frame(&f, skb);
	__u32 holder;

	if (framed == FRAME_OTHER)
		return;
	if (framed == FRAME_FAILED) {
		count_by(FLOW_COUNT_UNREADABLE, 1);
		return;
	}
	if (!is_protocol_wanted(f.key.protocol) || !are_wanted(&f.key.ends) ||
	    is_of_node(skb, &f.key))
		return;
	holder = holder_of(skb, &f.key, egress);
	if (!is_held(&f.key, holder) || holder == ITS_SOCKET || !is_sampled(&f))
		return;
	orient(&f.key, skb->ifindex, egress);
	count_frame(&f, egress);
}

#endif
