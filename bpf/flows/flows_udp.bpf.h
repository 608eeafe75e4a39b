/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * UDP, packet by packet: a connected socket's in its own storage, those of others by their peer in a
 * bounded map, and where that is full in the socket's storage again, without a peer.
 */
#ifndef WAGGLE_FLOWS_UDP_H
#define WAGGLE_FLOWS_UDP_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include "flows_address.bpf.h"
#include "flows_asked.bpf.h"

/* The packet at hand. */
struct datagram {
	struct endpoints ends;
	__u64 bytes;
	__u64 packets;
	__u32 payload; /* where it begins */
	bool egress;
};

static __always_inline void set_ends(struct datagram *d, const __u32 *source, const __u32 *target,
				     bool v6)
{
	const __u32 *local = d->egress ? source : target, *peer = d->egress ? target : source;

	if (v6) {
		__builtin_memcpy(d->ends.local, local, 16);
		__builtin_memcpy(d->ends.peer, peer, 16);
		return;
	}
	d->ends.local[2] = d->ends.peer[2] = bpf_htonl(0xffff);
	d->ends.local[3] = *local;
	d->ends.peer[3] = *peer;
}

/* One skb may be many packets; each of them has the UDP header that this one has once. */
static __always_inline bool set_rest(struct datagram *d, struct __sk_buff *skb, struct udphdr *udp,
				     __u32 header)
{
	d->ends.local_port = d->egress ? udp->source : udp->dest;
	d->ends.peer_port = d->egress ? udp->dest : udp->source;
	d->payload = header + sizeof(*udp);
	if (skb->len < d->payload)
		return false;
	d->bytes = (__u64)(skb->len - d->payload) * sampling;
	d->packets = (__u64)(skb->gso_segs ?: 1) * sampling;
	return true;
}

enum parsed {
	PARSED_OTHER = 0, /* no UDP */
	PARSED_UDP,
	PARSED_FAILED,
};

static __always_inline enum parsed parse(struct datagram *d, struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct udphdr *udp;
	__u32 header;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = data;

		if ((void *)(ip + 1) > end || ip->protocol != IPPROTO_UDP)
			return PARSED_OTHER;
		header = (ip->ihl & 15) * 4;
		set_ends(d, &ip->saddr, &ip->daddr, false);
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = data;

		if ((void *)(ip + 1) > end || ip->nexthdr != IPPROTO_UDP)
			return PARSED_OTHER;
		header = sizeof(*ip);
		set_ends(d, ip->saddr.in6_u.u6_addr32, ip->daddr.in6_u.u6_addr32, true);
	} else {
		return PARSED_OTHER;
	}
	udp = data + header;
	if ((void *)(udp + 1) > end || !set_rest(d, skb, udp, header))
		return PARSED_FAILED;
	return PARSED_UDP;
}

static __always_inline void write_ends(struct socket_identity *id, struct endpoints *ends)
{
	__builtin_memcpy(id->local_address, ends->local, 16);
	__builtin_memcpy(id->remote_address, ends->peer, 16);
	id->local_port = bpf_ntohs(ends->local_port);
	id->remote_port = bpf_ntohs(ends->peer_port);
}

/*
 * What stays the same for the life of the socket. The verifier lets nobody look into a socket that a
 * packet has; an address that was in a map is any number to it.
 */
static __always_inline void identify_udp(struct udp_flow *flow, struct bpf_sock *socket)
{
	struct sock *sk;

	*(volatile __u64 *)&flow->address = (__u64)(long)socket;
	sk = (struct sock *)(long)*(volatile __u64 *)&flow->address;
	flow->known.socket.netns = netns_of(sk);
	flow->known.protocol = IPPROTO_UDP;
}

static __always_inline void own_udp(struct udp_flow *flow)
{
	struct socket_identity *id = &flow->known.socket;

	read_owner(&id->pid, &id->tid, &id->comm);
}

/* The first packet of a socket that is not known yet. */
static __noinline int meet_udp(struct __sk_buff *skb, struct datagram *d)
{
	struct bpf_sock *sk = skb->sk;
	struct udp_flow *flow;

	if (!sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk || !d)
		return 0;
	flow = bpf_sk_storage_get(&udp_flows, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!flow)
		return 0;
	if (at_interfaces && d->egress)
		learn_address(d->ends.local);
	identify_udp(flow, sk);
	flow->known.socket.cookie = bpf_get_socket_cookie(skb);
	flow->known.socket.cgroup_id = bpf_skb_cgroup_id(skb);
	write_ends(&flow->known.socket, &d->ends);
	flow->connected = sk->state == TCP_ESTABLISHED;
	if (flow->connected)
		compare_asked_udp(flow);
	flow->left_out = !are_wanted(&d->ends);
	flow->known.role = FLOW_UNDECIDED;
	return 0;
}

static __always_inline bool is_peer(struct udp_flow *flow, struct endpoints *ends)
{
	__u64 *ours = (__u64 *)flow->known.socket.remote_address, *theirs = (__u64 *)ends->peer;

	return ours[0] == theirs[0] && ours[1] == theirs[1] &&
	       flow->known.socket.remote_port == bpf_ntohs(ends->peer_port);
}

static __always_inline void add(struct flow_counts *counts, struct datagram *d)
{
	if (d->egress) {
		__sync_fetch_and_add(&counts->bytes_sent, d->bytes);
		__sync_fetch_and_add(&counts->packets_sent, d->packets);
	} else {
		__sync_fetch_and_add(&counts->bytes_received, d->bytes);
		__sync_fetch_and_add(&counts->packets_received, d->packets);
	}
}

static __always_inline struct flow_report *peer_in(void *map, struct peer_key *key,
						   struct udp_flow *flow)
{
	struct flow_report *report = bpf_map_lookup_elem(map, key), fresh;

	if (report)
		return report;
	__builtin_memcpy(&fresh, &flow->known, sizeof(fresh));
	__builtin_memset(&fresh.counts, 0, sizeof(fresh.counts));
	__builtin_memset(&fresh.asked, 0, sizeof(fresh.asked));
	write_ends(&fresh.socket, &key->ends);
	bpf_map_update_elem(map, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

static __always_inline void count_peer(struct udp_flow *flow, struct datagram *d)
{
	struct peer_key key = {.cookie = flow->known.socket.cookie, .ends = d->ends};
	struct flow_report *report = first_is_filled() ? peer_in(&peers_0, &key, flow)
						       : peer_in(&peers_1, &key, flow);

	if (report) {
		add(&report->counts, d);
		if (!report->socket.pid)
			report->socket.pid = flow->known.socket.pid;
		return;
	}
	count_by(FLOW_COUNT_PEERS_FULL, d->packets);
	add(&flow->rest, d);
}

/* UDP is sent in the sender's context, whatever is done with it later. */
static __always_inline struct udp_flow *known_udp(struct __sk_buff *skb, struct bpf_sock *sk,
						  struct datagram *d)
{
	struct udp_flow *flow = bpf_sk_storage_get(&udp_flows, sk, 0, 0);

	if (!flow) {
		meet_udp(skb, d);
		flow = bpf_sk_storage_get(&udp_flows, sk, 0, 0);
	}
	if (flow && d->egress && !flow->known.socket.pid)
		own_udp(flow);
	return flow;
}

static __always_inline void count_datagram(struct __sk_buff *skb, struct bpf_sock *sk,
					   struct datagram *d)
{
	struct udp_flow *flow = known_udp(skb, sk, d);

	if (!flow) {
		count_by(FLOW_COUNT_NO_STORAGE, d->packets);
		return;
	}
	if (is_own(flow->known.socket.pid))
		return;
	if (flow->known.role == FLOW_UNDECIDED)
		flow->known.role = d->egress ? FLOW_CLIENT : FLOW_SERVER;
	if (flow->connected && (is_peer(flow, &d->ends) || is_asked_peer(flow, &d->ends))) {
		if (!flow->left_out)
			add(&flow->known.counts, d);
	} else if (are_wanted(&d->ends)) {
		count_peer(flow, d);
	}
}

/* What has happened with the peer of a connected socket. It is for the caller to say that it is told. */
static __always_inline bool report_udp(struct flow_report *out, struct udp_flow *flow)
{
	__builtin_memcpy(out, &flow->known, sizeof(*out));
	return difference(&out->counts, &flow->known.counts, &flow->reported);
}

/* What has happened with peers that there was no room for. */
static __always_inline bool report_rest(struct flow_report *out, struct udp_flow *flow)
{
	__builtin_memcpy(out, &flow->known, sizeof(*out));
	__builtin_memset(out->socket.remote_address, 0, 16);
	out->socket.remote_port = 0;
	__builtin_memset(&out->asked, 0, sizeof(out->asked));
	return difference(&out->counts, &flow->rest, &flow->rest_reported);
}

/* The same, and that it is told: by one only of those that ask at the same time. */
static __always_inline bool take_udp(struct flow_report *out, struct udp_flow *flow)
{
	bool any;

	bpf_spin_lock(&flow->lock);
	any = report_udp(out, flow);
	is_reported(&flow->reported, &out->counts);
	bpf_spin_unlock(&flow->lock);
	return any;
}

static __always_inline bool take_rest(struct flow_report *out, struct udp_flow *flow)
{
	bool any;

	bpf_spin_lock(&flow->lock);
	any = report_rest(out, flow);
	is_reported(&flow->rest_reported, &out->counts);
	bpf_spin_unlock(&flow->lock);
	return any;
}

/* What a walk had no room for: the kernel shows the socket again. */
static __always_inline void untake(struct udp_flow *flow, struct flow_counts *before,
				   struct flow_counts *counts)
{
	bpf_spin_lock(&flow->lock);
	before->bytes_sent -= counts->bytes_sent;
	before->bytes_received -= counts->bytes_received;
	before->packets_sent -= counts->packets_sent;
	before->packets_received -= counts->packets_received;
	bpf_spin_unlock(&flow->lock);
}

static __always_inline void walk_udp(struct udp_flow *flow, struct seq_file *seq)
{
	struct flow_report report, rest;
	bool any = take_udp(&report, flow);

	if (any && bpf_seq_write(seq, &report, sizeof(report))) {
		untake(flow, &flow->reported, &report.counts);
		return;
	}
	if (!take_rest(&rest, flow) || !bpf_seq_write(seq, &rest, sizeof(rest)))
		return;
	/* Of one that is not wholly taken the kernel keeps nothing. */
	untake(flow, &flow->rest_reported, &rest.counts);
	if (any)
		untake(flow, &flow->reported, &report.counts);
}

/* Where a walk has no place that can be locked: before Linux 5.11. */
static __always_inline void walk_udp_5_10(struct udp_flow *flow, struct seq_file *seq)
{
	struct flow_report report, rest;

	if (report_udp(&report, flow) && bpf_seq_write(seq, &report, sizeof(report)))
		return;
	if (report_rest(&rest, flow) && bpf_seq_write(seq, &rest, sizeof(rest)))
		return;
	is_reported(&flow->reported, &report.counts);
	is_reported(&flow->rest_reported, &rest.counts);
}

static __always_inline void udp_ends(struct udp_flow *flow)
{
	struct flow_report report;

	if (take_udp(&report, flow))
		hand_over(&report);
	if (take_rest(&report, flow))
		hand_over(&report);
}

/* A socket that is bound to a port by its own program: the owner of one that may never send. */
static __always_inline void udp_is_bound(struct bpf_sock *sk)
{
	struct udp_flow *flow;

	if (sk->protocol != IPPROTO_UDP)
		return;
	flow = bpf_sk_storage_get(&udp_flows, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!flow || flow->known.socket.pid)
		return;
	identify_udp(flow, sk);
	flow->known.socket.cookie = bpf_get_socket_cookie(sk);
	flow->known.socket.cgroup_id = cgroup_of((struct sock *)(long)flow->address);
	flow->known.role = FLOW_UNDECIDED;
	own_udp(flow);
}

/* A socket that is older than the agent. */
static __always_inline void meet_older_udp(struct sock *sk, struct task_struct *task)
{
	struct udp_flow *flow;

	if (bpf_sk_storage_get(&udp_flows, sk, 0, 0))
		return;
	flow = bpf_sk_storage_get(&udp_flows, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!flow) {
		count_by(FLOW_COUNT_NO_STORAGE, 1);
		return;
	}
	flow->known.socket.netns = netns_of(sk);
	flow->known.socket.cookie = bpf_get_socket_cookie(sk);
	flow->known.socket.cgroup_id = cgroup_of(sk);
	flow->known.protocol = IPPROTO_UDP;
	copy_ends(&flow->known.socket, sk);
	flow->connected = sk->__sk_common.skc_state == TCP_ESTABLISHED;
	flow->left_out = !is_wanted(&flow->known.socket);
	flow->known.role = flow->connected ? FLOW_CLIENT : FLOW_PEER;
	read_owner_of(task, &flow->known.socket.pid, &flow->known.socket.tid,
		      &flow->known.socket.comm);
}

#endif
