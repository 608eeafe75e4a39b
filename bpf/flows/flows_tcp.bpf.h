/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * TCP: nothing is done for a packet. The kernel counts bytes and segments of each connection itself;
 * they are read by a walk and when it closes.
 */
#ifndef WAGGLE_FLOWS_TCP_H
#define WAGGLE_FLOWS_TCP_H

#include <linux/in.h>
#include "flows_address.bpf.h"
#include "flows_asked.bpf.h"

#define SOCK_DONE 1 /* enum sock_flags of include/net/sock.h: the peer's FIN has come */

/* To the kernel a FIN that has come is a byte. */
static __always_inline void read_tcp(struct flow_counts *now, struct tcp_sock *tcp,
				     struct sock *sk)
{
	__builtin_memset(now, 0, sizeof(*now));
	if (count_sent) {
		now->bytes_sent = tcp->bytes_sent - tcp->bytes_retrans;
		now->packets_sent = tcp->segs_out;
	}
	if (count_received) {
		now->bytes_received =
			tcp->bytes_received - (sk->__sk_common.skc_flags >> SOCK_DONE & 1);
		now->packets_received = tcp->segs_in;
	}
}

/* The kernel counts segments in 32 bits. */
static __always_inline __u64 later(__u32 now, __u64 before)
{
	return before + (__u32)(now - (__u32)before);
}

/* False where nothing has happened; what it tells is reported with that. */
static __always_inline bool report_tcp(struct flow_report *out, struct tcp_flow *flow,
				       struct sock *sk)
{
	struct tcp_sock *tcp = (struct tcp_sock *)bpf_skc_to_tcp_sock(sk);
	struct flow_counts now;
	bool any;

	if (!tcp || is_own(flow->pid))
		return false;
	bpf_spin_lock(&flow->lock);
	read_tcp(&now, tcp, sk);
	now.packets_sent = later(now.packets_sent, flow->reported.packets_sent);
	now.packets_received = later(now.packets_received, flow->reported.packets_received);
	any = difference(&out->counts, &now, &flow->reported);
	is_reported(&flow->reported, &out->counts);
	bpf_spin_unlock(&flow->lock);
	if (!any)
		return false;
	out->protocol = IPPROTO_TCP;
	out->role = flow->role;
	out->socket.pid = flow->pid;
	out->socket.tid = flow->tid;
	__builtin_memcpy(out->socket.comm, flow->comm, 16);
	report_asked(out, flow, sk);
	out->socket.cookie = bpf_get_socket_cookie(sk);
	out->socket.cgroup_id = cgroup_of(sk);
	out->socket.netns = netns_of(sk);
	copy_ends(&out->socket, sk);
	return is_wanted(&out->socket);
}

static __always_inline void own_tcp(struct tcp_flow *flow)
{
	read_owner(&flow->pid, &flow->tid, &flow->comm);
}

static __always_inline void tcp_begins(struct sock *sk, __u8 role, bool by_owner)
{
	struct tcp_flow *flow;

	learn_address_of(sk);
	/* What a packet does may come twice: see flows_packet. */
	if (!by_owner && bpf_sk_storage_get(&tcp_flows, sk, 0, 0))
		return;
	flow = bpf_sk_storage_get(&tcp_flows, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!flow) {
		count_by(FLOW_COUNT_NO_STORAGE, 1);
		return;
	}
	flow->role = role;
	flow->asked = role == FLOW_CLIENT && is_asked_other(sk);
	/* A socket may be used again. */
	__builtin_memset(&flow->reported, 0, sizeof(flow->reported));
	if (by_owner)
		own_tcp(flow);
}

static __always_inline void tcp_ends(struct sock *sk)
{
	struct flow_report report = {};
	struct tcp_flow *flow = bpf_sk_storage_get(&tcp_flows, sk, 0, 0);

	if (flow && report_tcp(&report, flow, sk))
		hand_over(&report);
}

/* Whoever closes a connection is the one that used it, where a parent had made the listener. */
static __always_inline void tcp_is_closed(struct sock *sk)
{
	struct tcp_flow *flow;

	if (!sk->sk_lock.owned)
		return;
	flow = bpf_sk_storage_get(&tcp_flows, sk, 0, 0);
	if (flow && flow->role == FLOW_SERVER)
		own_tcp(flow);
}

static __always_inline void tcp_changes(struct sock *sk, int old_state, int state)
{
	if (state == TCP_SYN_SENT)
		tcp_begins(sk, FLOW_CLIENT, true);
	else if (state == TCP_LISTEN)
		tcp_begins(sk, FLOW_SERVER, true);
	else if (old_state == TCP_SYN_RECV && state == TCP_ESTABLISHED)
		tcp_begins(sk, FLOW_SERVER, false);
	else if (state == TCP_FIN_WAIT1 || state == TCP_LAST_ACK)
		tcp_is_closed(sk);
	else if (state == TCP_CLOSE && old_state != TCP_LISTEN)
		tcp_ends(sk);
}

/* A connection that is older than the agent: what it has counted so far was before our time. */
static __always_inline void meet_tcp(struct sock *sk, struct task_struct *task)
{
	struct tcp_sock *tcp = (struct tcp_sock *)bpf_skc_to_tcp_sock(sk);
	struct tcp_flow *flow;

	if (!tcp || sk->__sk_common.skc_state == TCP_CLOSE)
		return;
	if (bpf_sk_storage_get(&tcp_flows, sk, 0, 0))
		return;
	flow = bpf_sk_storage_get(&tcp_flows, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!flow) {
		count_by(FLOW_COUNT_NO_STORAGE, 1);
		return;
	}
	read_tcp(&flow->reported, tcp, sk);
	flow->role = sk->__sk_common.skc_state == TCP_LISTEN ? FLOW_SERVER : FLOW_PEER;
	read_owner_of(task, &flow->pid, &flow->tid, &flow->comm);
}

#endif
