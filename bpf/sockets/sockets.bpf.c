/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The life and health of every TCP connection of the node, without a program at its packets.
 *
 * TCP keeps the figures; what it had when they were last told is kept in the socket's storage. Each
 * report holds differences: one leaves by the ring buffer when a connection ends, others whenever the
 * agent walks the storages.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/in.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "sockets.h"
#include "socket.bpf.h"
#include "sockets_state.bpf.h"
#include "sockets_report.bpf.h"
#include "sockets_connect.bpf.h"
#include "sockets_reset.bpf.h"

#define ALLOW 1

/* So that the object says how a report is laid out. */
const struct socket_report *unused_report __attribute__((unused));

/* connect() was called: now, by this task. */
static __always_inline void connection_opens(struct sock *sk, struct tcp_sock *tcp, bool modern)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u32 pid = BPF_CORE_READ(task, tgid);
	struct socket_state *s;

	if (is_excluded(pid)) {
		count(COUNT_EXCLUDED);
		return;
	}
	s = begin(sk, modern);
	if (!s)
		return;
	s->role = SOCKET_CLIENT;
	s->began_ns = bpf_ktime_get_ns();
	HAPPENED(s, opened, 1, modern);
	if (modern)
		compare_asked(s, sk);
	identify(s, sk, modern);
	note_owner(&s->socket, task);
	/* A socket may be used again, and counts on from where it was. */
	skip_what_was(s, sk, tcp);
}

/*
 * A listener's child, in whoever's context the last packet of the handshake came. Of one that is left
 * out nothing is kept, so that only the first of the two programs counts it.
 */
static __always_inline void connection_accepted(struct sock *sk, bool first, bool modern)
{
	struct socket_state *s = state_of(sk, modern);
	struct listener *listener;

	if (s && s->role == SOCKET_SERVER && !s->ended)
		return;
	listener = listener_of(sk);
	if (listener && is_excluded(listener->pid)) {
		if (first)
			count(COUNT_EXCLUDED);
		return;
	}
	s = begin(sk, modern);
	if (!s)
		return;
	s->role = SOCKET_SERVER;
	HAPPENED(s, accepted, 1, modern);
	identify(s, sk, modern);
	if (listener)
		owner_from(&s->socket, listener);
}

static __always_inline void connection_established(struct socket_state *s, struct sock *sk,
						   struct tcp_sock *tcp, bool modern)
{
	__u64 us = (bpf_ktime_get_ns() - s->began_ns) / 1000;

	if (!s->began_ns)
		return;
	s->began_ns = 0;
	HAPPENED(s, connect_us, us ? us : 1, modern);
	copy_addresses(&s->socket, sk);
	s->socket.local_port = bpf_ntohs(tcp->inet_conn.icsk_inet.inet_sport);
}

/* Of a connect that came to nothing TCP says why, or its program gave up. */
static __always_inline __u16 why_failed(struct sock *sk, struct tcp_sock *tcp)
{
	if (sk->sk_err)
		return sk->sk_err;
	/* Nothing was sent: there was no port left. */
	return tcp->segs_out == 0 ? EADDRNOTAVAIL : ECANCELED;
}

static __always_inline void connection_ends(struct socket_state *s, struct sock *sk,
					    struct tcp_sock *tcp, int old_state, bool modern)
{
	if (s->ended)
		return;
	if (old_state == TCP_SYN_SENT)
		hand_over(s, sk, tcp, END_OF_ATTEMPT, why_failed(sk, tcp), modern);
	else
		hand_over(s, sk, tcp, END_OF_CONNECTION, sk->sk_err, modern);
	s->ended = 1;
}

static __always_inline void listener_ends(struct socket_state *s, struct sock *sk,
					  struct tcp_sock *tcp, bool modern)
{
	forget_listener(s);
	if (!s->ended && (__u32)sk->sk_drops.counter != s->told.listen_overflows)
		hand_over(s, sk, tcp, END_OF_NOTHING, 0, modern);
	s->ended = 1;
}

/* Between a connection's beginning and its end only what its program does says something. */
static __always_inline bool says_something(struct sock *sk, int state)
{
	return state == TCP_ESTABLISHED || state == TCP_CLOSE || state == TCP_SYN_SENT ||
	       state == TCP_LISTEN || sk->sk_lock.owned;
}

static __always_inline void state_changes(struct sock *sk, int old_state, int state, bool first,
					  bool modern)
{
	struct tcp_sock *tcp;
	struct socket_state *s;

	if (!says_something(sk, state))
		return;
	tcp = (struct tcp_sock *)bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	if (state == TCP_SYN_SENT) {
		connection_opens(sk, tcp, modern);
		return;
	}
	if (state == TCP_LISTEN) {
		listener_begins(sk, modern);
		return;
	}
	if (old_state == TCP_SYN_RECV && state == TCP_ESTABLISHED) {
		connection_accepted(sk, first, modern);
		return;
	}
	s = state_of(sk, modern);
	if (!s)
		return;
	note_closer(s, sk);
	if (old_state == TCP_SYN_SENT && state == TCP_ESTABLISHED)
		connection_established(s, sk, tcp, modern);
	if (state != TCP_CLOSE)
		return;
	if (s->role == SOCKET_LISTENER)
		listener_ends(s, sk, tcp, modern);
	else
		connection_ends(s, sk, tcp, old_state, modern);
	if (!modern)
		forget(sk);
}

/* One live socket of the walk. */
static __always_inline int tell_live(struct sock *sk, struct seq_file *seq)
{
	struct socket_state *s = bpf_sk_storage_get(&sockets, sk, 0, 0);
	struct tcp_sock *tcp = (struct tcp_sock *)bpf_skc_to_tcp_sock(sk);
	struct socket_report *report;

	if (!s || !tcp || s->ended)
		return 0;
	if (s->role == SOCKET_LISTENER) {
		if (s->socket.local_port == 0)
			register_listener(s, sk);
		if ((__u32)sk->sk_drops.counter == s->told.listen_overflows)
			return 0;
	}
	report = WALK_SLOT(walked, seq);
	if (!report)
		return WALK_AGAIN;
	fill(report, s, sk, tcp, 0, true);
	walk_told(seq);
	return 0;
}

/* A socket that is older than the agent, and one of the processes that have it open. */
static __always_inline void adopt(struct sock *sk, struct tcp_sock *tcp, struct task_struct *task)
{
	struct socket_state *s = bpf_sk_storage_get(&sockets, sk, 0, 0);
	int state = sk->__sk_common.skc_state;

	if (!s) {
		if (state == TCP_CLOSE)
			return;
		if (is_excluded(task->tgid)) {
			count(COUNT_EXCLUDED);
			return;
		}
		s = begin(sk, true);
		if (!s)
			return;
		identify(s, sk, true);
		note_owner(&s->socket, task);
		skip_what_was(s, sk, tcp);
		if (state == TCP_LISTEN) {
			s->role = SOCKET_LISTENER;
			register_listener(s, sk);
		}
	} else if (s->role == SOCKET_UNKNOWN) {
		/* All listeners are known by now: see the receiver's second pass. */
		s->role = state == TCP_SYN_SENT || !listener_of(sk) ? SOCKET_CLIENT : SOCKET_SERVER;
	}
}

static __always_inline void adopt_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct tcp_sock *tcp;
	struct socket *socket;
	struct sock *sk;

	if (!task || !file)
		return;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return;
	sk = socket->sk;
	if (!sk || sk->sk_protocol != IPPROTO_TCP)
		return;
	tcp = (struct tcp_sock *)bpf_skc_to_tcp_sock(sk);
	if (tcp)
		adopt(sk, tcp, task);
}

/*
 * The kernel does not run a program inside itself, and a system call that changes a state may be
 * interrupted by packets that change others. So there are two programs: while one of them is
 * interrupted the other one runs. All that a packet changes is done once if both do it.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(sockets_state, struct sock *sk, int old_state, int new_state)
{
	state_changes(sk, old_state, new_state, true, true);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(sockets_packet, struct sock *sk, int old_state, int new_state)
{
	if (!sk->sk_lock.owned)
		state_changes(sk, old_state, new_state, false, true);
	return 0;
}

/* For kernels before 5.11, where tracepoints have no socket storage. */
SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(sockets_state_5_10, struct sock *sk, int old_state, int new_state)
{
	state_changes(sk, old_state, new_state, true, false);
	return 0;
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(sockets_packet_5_10, struct sock *sk, int old_state, int new_state)
{
	if (!sk->sk_lock.owned)
		state_changes(sk, old_state, new_state, false, false);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(sockets_reset_in, struct sock *sk)
{
	reset_received(sk);
	return 0;
}

SEC("tp_btf/tcp_send_reset")
int BPF_PROG(sockets_reset_out, struct sock *sk, struct sk_buff *skb, int reason)
{
	reset_sent(sk, reset_reason_of(reason));
	return 0;
}

/* For kernels before 6.10, which give no reason. */
SEC("?tp_btf/tcp_send_reset")
int BPF_PROG(sockets_reset_out_6_9, struct sock *sk, struct sk_buff *skb)
{
	reset_sent(sk, RESET_UNKNOWN);
	return 0;
}

/* At the function that connect() comes to, where the kernel has hooks there. */
SEC("?fentry/__inet_stream_connect")
int BPF_PROG(sockets_connect, struct socket *socket, struct sockaddr *address)
{
	connect_begins(socket, address);
	return 0;
}

SEC("?fexit/__inet_stream_connect")
int BPF_PROG(sockets_connected, struct socket *socket, struct sockaddr *address, int length,
	     int flags, int is_sendmsg, int error)
{
	connect_ends(socket, error);
	return 0;
}

/* The same where there are none. They run before others that change the address: Linux 6.17. */
SEC("?cgroup/connect4")
int sockets_connect4(struct bpf_sock_addr *ctx)
{
	cgroup_connect(ctx, false);
	return ALLOW;
}

SEC("?cgroup/connect6")
int sockets_connect6(struct bpf_sock_addr *ctx)
{
	cgroup_connect(ctx, true);
	return ALLOW;
}

SEC("?cgroup/sock_release")
int sockets_release(struct bpf_sock *ctx)
{
	socket_given_up(ctx);
	return ALLOW;
}

SEC("?tracepoint/syscalls/sys_exit_connect")
int sockets_errno(struct call_end *call)
{
	call_ends(call);
	return 0;
}

SEC("iter/bpf_sk_storage_map")
int sockets_walk(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	if (ctx->sk && ctx->value)
		return tell_live(ctx->sk, ctx->meta->seq);
	return 0;
}

SEC("iter/task_file")
int sockets_adopt(struct bpf_iter__task_file *ctx)
{
	adopt_file(ctx);
	return 0;
}

/* Run by the agent: TCP counts some times in jiffies, and only the kernel knows how long one is. */
SEC("raw_tp")
int sockets_jiffies(void *ctx)
{
	return bpf_jiffies64();
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
