/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What programs asked connect() for, before others changed it on its way, and what came to nothing
 * before TCP had begun.
 *
 * From connect() to TCP's first state the address stands in the socket's storage where the peer's
 * will; what is still there when connect() is over has failed.
 */
#ifndef WAGGLE_SOCKETS_CONNECT_H
#define WAGGLE_SOCKETS_CONNECT_H

#include "sockets_errno.bpf.h"

/* Until TCP begins the walk is to pass it over. */
static __always_inline void asks(void *sk, const struct socket_endpoint *asked)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct socket_state *s;

	/* Both are counted when TCP begins. */
	if (is_excluded(BPF_CORE_READ(task, tgid)))
		return;
	s = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!s)
		return;
	s->ended = 1;
	s->asked = ASKED_NOW;
	__builtin_memcpy(s->socket.remote_address, asked->address, 16);
	s->socket.remote_port = asked->port;
	note_owner(&s->socket, task);
}

/* Whose a socket is that has no connection; `sk` may be a number to the verifier. */
static __always_inline void identify_idle(struct socket_identity *id, struct sock *sk, __u64 cookie)
{
	__u32 *local = (__u32 *)id->local_address, *remote = (__u32 *)id->remote_address;

	id->cookie = cookie;
	id->cgroup_id = BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
	id->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	id->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	/* It has none yet, of the family that was asked for. */
	local[0] = local[1] = local[3] = 0;
	local[2] = remote[2] == bpf_htonl(0xffff) ? remote[2] : 0;
}

/* A connection that was opened and failed, both in one report. `error` is 0 where it is not known. */
static __always_inline void tell_unbegun(struct socket_state *s, struct sock *sk, __u64 cookie,
					 __u16 error)
{
	struct socket_report out = {};

	s->asked = ASKED_NOTHING;
	identify_idle(&s->socket, sk, cookie);
	out.type = RECORD_SOCKET_REPORT;
	out.role = SOCKET_CLIENT;
	out.error = error;
	out.socket = s->socket;
	out.events.opened = 1;
	out.events.failed = 1;
	if (bpf_ringbuf_output(&reports, &out, REPORT_WITHOUT_ASKED, BPF_RB_NO_WAKEUP))
		count(COUNT_RING_FULL);
	else
		count(COUNT_RECORDS);
}

/* connect() is called. */
static __always_inline void connect_begins(struct socket *socket, struct sockaddr *address)
{
	struct socket_endpoint asked;

	if (is_asked_for(&asked, socket, address))
		asks(socket->sk, &asked);
}

/* And returns. */
static __always_inline void connect_ends(struct socket *socket, int error)
{
	struct sock *sk = socket->sk;
	struct socket_state *s;

	if (!sk || error >= 0 || sk->sk_protocol != IPPROTO_TCP)
		return;
	s = bpf_sk_storage_get(&sockets, sk, 0, 0);
	if (s && s->asked == ASKED_NOW)
		tell_unbegun(s, sk, bpf_get_socket_cookie(sk), -error);
}

/* A number, as the verifier lets nobody look into the socket that such a program has. */
static __always_inline struct sock *sock_behind(struct socket_state *s, void *sk)
{
	__u64 address;

	*(volatile __u64 *)&s->began_ns = (__u64)(long)sk;
	address = *(volatile __u64 *)&s->began_ns;
	return (struct sock *)(long)address;
}

/*
 * Where there are no hooks at functions: connect() begins here, too, and that it failed is told when
 * the socket is used again, or given up.
 */
static __always_inline void cgroup_connect(struct bpf_sock_addr *ctx, bool v6)
{
	struct socket_endpoint asked;
	struct socket_state *s;

	if (ctx->protocol != IPPROTO_TCP || !is_asked_for_at_cgroup(&asked, ctx, v6))
		return;
	s = bpf_sk_storage_get(&sockets, ctx->sk, 0, 0);
	if (s && s->asked == ASKED_NOW)
		tell_unbegun(s, sock_behind(s, ctx->sk), bpf_get_socket_cookie(ctx),
			     errno_of(ctx->sk));
	asks(ctx->sk, &asked);
	call_begins((struct task_struct *)bpf_get_current_task(), ctx->sk);
}

static __always_inline void socket_given_up(struct bpf_sock *ctx)
{
	struct socket_state *s;

	if (ctx->protocol != IPPROTO_TCP)
		return;
	s = bpf_sk_storage_get(&sockets, ctx, 0, 0);
	if (s && s->asked == ASKED_NOW)
		tell_unbegun(s, sock_behind(s, ctx), bpf_get_socket_cookie(ctx), errno_of(ctx));
}

#endif
