/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Whose a socket is, and what its addresses are. */
#ifndef WAGGLE_FLOWS_IDENTITY_H
#define WAGGLE_FLOWS_IDENTITY_H

#include "flows_filter.bpf.h"

/* The current task, as the owner of something. */
static __always_inline void read_owner(__u32 *pid, __u32 *tid, __u8 (*comm)[16])
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	*pid = BPF_CORE_READ(task, tgid);
	*tid = BPF_CORE_READ(task, pid);
	BPF_CORE_READ_INTO(comm, task, group_leader, comm);
}

/* A task that an iterator shows. */
static __always_inline void read_owner_of(struct task_struct *task, __u32 *pid, __u32 *tid,
					  __u8 (*comm)[16])
{
	*pid = task->tgid;
	*tid = task->tgid;
	BPF_CORE_READ_INTO(comm, task, group_leader, comm);
}

static __always_inline __u32 netns_of(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
}

/* Before 5.15 the pointer is hidden in a number. */
static __always_inline __u64 cgroup_of(struct sock *sk)
{
	if (!bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return 0;
	return BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
}

/* Addresses and ports of a socket that has a peer; of another the local ones. */
static __always_inline void copy_ends(struct socket_identity *id, struct sock *sk)
{
	__u32 *local = (__u32 *)id->local_address, *remote = (__u32 *)id->remote_address;

	id->local_port = bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
	id->remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET6) {
		BPF_CORE_READ_INTO(&id->local_address, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&id->remote_address, sk, __sk_common.skc_v6_daddr);
		return;
	}
	local[2] = remote[2] = bpf_htonl(0xffff);
	local[3] = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
	remote[3] = BPF_CORE_READ(sk, __sk_common.skc_daddr);
}

static __always_inline bool is_own(__u32 pid)
{
	return own_pid && pid == own_pid;
}

/* What `now` has more than `before`. False where that is nothing. */
static __always_inline bool difference(struct flow_counts *out, struct flow_counts *now,
				       struct flow_counts *before)
{
	out->bytes_sent = *(volatile __u64 *)&now->bytes_sent - before->bytes_sent;
	out->bytes_received = *(volatile __u64 *)&now->bytes_received - before->bytes_received;
	out->packets_sent = *(volatile __u64 *)&now->packets_sent - before->packets_sent;
	out->packets_received =
		*(volatile __u64 *)&now->packets_received - before->packets_received;
	return out->packets_sent || out->packets_received || out->bytes_sent ||
	       out->bytes_received;
}

/*
 * That has been reported. Where a walk had no room for it, it has to be taken back: the kernel shows
 * the socket again.
 */
static __always_inline void is_reported(struct flow_counts *before, struct flow_counts *difference)
{
	before->bytes_sent += difference->bytes_sent;
	before->bytes_received += difference->bytes_received;
	before->packets_sent += difference->packets_sent;
	before->packets_received += difference->packets_received;
}

/* Of a socket that closed, into the ring buffer. A walk may still meet the socket. */
static __always_inline void hand_over(struct flow_report *report)
{
	count_by(FLOW_COUNT_CLOSED, 1);
	if (bpf_ringbuf_output(&closed, report, sizeof(*report), BPF_RB_NO_WAKEUP))
		count_by(FLOW_COUNT_RING_FULL, 1);
}

#endif
