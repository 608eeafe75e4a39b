/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Packets that the kernel gives up, with its reason. */
#ifndef WAGGLE_FLOWS_DROP_H
#define WAGGLE_FLOWS_DROP_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include "flows_identity.bpf.h"

/* The kernel's numbers for a reason that nobody gave, and for a queue that is emptied. */
const volatile __u32 no_reason = 0;
const volatile __u32 queue_purge = 0;

#define IP_OFFSET 0x1fff /* where in its datagram a fragment begins */

/* What of a packet has ports. */
static __always_inline bool has_ports(__u32 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

static __always_inline bool is_received(struct sk_buff *skb)
{
	return BPF_CORE_READ(skb, skb_iif) != 0;
}

static __always_inline void read_ports(struct drop_key *key, void *at, bool received)
{
	__u16 ports[2];

	if (!has_ports(key->protocol) || bpf_probe_read_kernel(ports, sizeof(ports), at))
		return;
	key->ends.local_port = ports[received];
	key->ends.peer_port = ports[!received];
}

static __always_inline bool read_ipv4(struct drop_key *key, void *at, bool received)
{
	struct iphdr ip;

	if (bpf_probe_read_kernel(&ip, sizeof(ip), at) || ip.version != 4)
		return false;
	key->protocol = ip.protocol;
	key->ends.local[2] = key->ends.peer[2] = bpf_htonl(0xffff);
	key->ends.local[3] = received ? ip.daddr : ip.saddr;
	key->ends.peer[3] = received ? ip.saddr : ip.daddr;
	if (!(bpf_ntohs(ip.frag_off) & IP_OFFSET))
		read_ports(key, at + ip.ihl * 4, received);
	return true;
}

static __always_inline bool read_ipv6(struct drop_key *key, void *at, bool received)
{
	struct ipv6hdr ip;

	if (bpf_probe_read_kernel(&ip, sizeof(ip), at) || ip.version != 6)
		return false;
	key->protocol = ip.nexthdr;
	__builtin_memcpy(key->ends.local, received ? &ip.daddr : &ip.saddr, 16);
	__builtin_memcpy(key->ends.peer, received ? &ip.saddr : &ip.daddr, 16);
	read_ports(key, at + sizeof(ip), received);
	return true;
}

/* False for what is no packet of IP's: the same function frees other messages too. */
static __always_inline bool read_dropped(struct drop_key *key, struct sk_buff *skb)
{
	__u16 protocol = BPF_CORE_READ(skb, protocol);
	__u16 header = BPF_CORE_READ(skb, network_header);
	void *at = BPF_CORE_READ(skb, head) + header;

	/* All bits are set, or none, where it is not known yet. */
	if (!header || header == 0xffff)
		return false;
	if (protocol == bpf_htons(ETH_P_IP))
		return read_ipv4(key, at, is_received(skb));
	if (protocol == bpf_htons(ETH_P_IPV6))
		return read_ipv6(key, at, is_received(skb));
	return false;
}

static __always_inline void own_drop(struct flow_report *report, struct sock *sk)
{
	struct udp_flow *udp;
	struct tcp_flow *tcp;

	tcp = bpf_sk_storage_get(&tcp_flows, sk, 0, 0);
	if (tcp) {
		report->role = tcp->role;
		report->socket.pid = tcp->pid;
		__builtin_memcpy(report->socket.comm, tcp->comm, 16);
		return;
	}
	udp = bpf_sk_storage_get(&udp_flows, sk, 0, 0);
	if (!udp)
		return;
	report->role = udp->known.role == FLOW_UNDECIDED ? FLOW_PEER : udp->known.role;
	report->socket.pid = udp->known.socket.pid;
	__builtin_memcpy(report->socket.comm, udp->known.socket.comm, 16);
}

/* 1 to 12 are TCP's and UDP's states; two of them are of sockets that are none yet or no more. */
static __always_inline bool is_whole(struct sock *sk)
{
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	return state != TCP_TIME_WAIT && state <= TCP_LISTEN + 1;
}

static __always_inline void describe_drop(struct flow_report *report, struct drop_key *key,
					  struct sock *sk)
{
	__builtin_memcpy(report->socket.local_address, key->ends.local, 16);
	__builtin_memcpy(report->socket.remote_address, key->ends.peer, 16);
	report->socket.local_port = bpf_ntohs(key->ends.local_port);
	report->socket.remote_port = bpf_ntohs(key->ends.peer_port);
	report->socket.netns = key->netns;
	report->reason = key->reason;
	report->protocol = key->protocol;
	if (!sk || !is_whole(sk))
		return;
	report->socket.cgroup_id = cgroup_of(sk);
	own_drop(report, sk);
}

static __always_inline struct flow_report *drop_in(void *map, struct drop_key *key, struct sock *sk)
{
	struct flow_report *report = bpf_map_lookup_elem(map, key), fresh = {};

	if (report)
		return report;
	describe_drop(&fresh, key, sk);
	bpf_map_update_elem(map, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

/*
 * Packets that had reached their connection, such as its last ACK (tcp_rcv_state_process()) and a FIN
 * that nobody reads (inet_sock_destruct()). What was not read is freed without a word.
 */
static __always_inline bool has_worked(__u32 reason)
{
	return reason == no_reason || reason == queue_purge;
}

static __always_inline void see_drop(struct sk_buff *skb, __u32 reason, struct sock *receiver)
{
	struct sock *sk = receiver ? receiver : skb->sk;
	struct drop_key key = {.reason = reason};
	struct flow_report *report;

	if (!read_dropped(&key, skb) || !are_wanted(&key.ends))
		return;
	if (key.protocol == IPPROTO_TCP && sk && has_worked(reason)) {
		count_by(FLOW_COUNT_UNEXPLAINED, 1);
		return;
	}
	key.netns = sk ? netns_of(sk) : BPF_CORE_READ(skb, dev, nd_net.net, ns.inum);
	report = first_is_filled() ? drop_in(&drops_0, &key, sk) : drop_in(&drops_1, &key, sk);
	if (report)
		__sync_fetch_and_add(&report->drops, 1);
	else
		count_by(FLOW_COUNT_DROPS_FULL, 1);
}

#endif
