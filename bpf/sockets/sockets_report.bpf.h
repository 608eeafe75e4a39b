/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How a report is made of what TCP counts and what is kept of the socket. */
#ifndef WAGGLE_SOCKETS_REPORT_H
#define WAGGLE_SOCKETS_REPORT_H

#include "sockets_state.bpf.h"

#define CHRONO_RWND_LIMITED 2 /* enum tcp_chrono of include/linux/tcp.h */
#define SOCK_DONE 1           /* enum sock_flags of include/net/sock.h: the peer's FIN has come */

static __always_inline __u64 payload_received(struct sock *sk, struct tcp_sock *tcp)
{
	/* A FIN is counted as a byte. */
	return tcp->bytes_received - (sk->__sk_common.skc_flags >> SOCK_DONE & 1);
}

static __always_inline __u32 rwnd_limited(struct tcp_sock *tcp, __u32 jiffies)
{
	__u32 sum = tcp->chrono_stat[CHRONO_RWND_LIMITED - 1];

	if (BPF_CORE_READ_BITFIELD(tcp, chrono_type) == CHRONO_RWND_LIMITED)
		sum += jiffies - tcp->chrono_start;
	return sum;
}

/* What has been counted so far is nobody's business. */
static __always_inline void skip_what_was(struct socket_state *s, struct sock *sk,
					  struct tcp_sock *tcp)
{
	__u32 jiffies = bpf_jiffies64();

	s->told.bytes_sent = tcp->bytes_sent - tcp->bytes_retrans;
	s->told.bytes_received = payload_received(sk, tcp);
	s->told.packets_sent = tcp->segs_out;
	s->told.packets_received = tcp->segs_in;
	s->told.retransmits = tcp->total_retrans;
	s->told.out_of_order = tcp->rcv_ooopack;
	s->told.rwnd_limited = rwnd_limited(tcp, jiffies);
	s->told.listen_overflows = sk->sk_drops.counter;
}

/*
 * The difference, and what has been told from now on. The walk reads beside a running connection, so
 * that a sum of two counters may come out a little smaller than before: that is made up for later.
 */
#define TELL(field, value)                                                   \
	({                                                                   \
		typeof(s->told.field) now_ = (value);                        \
		typeof(s->told.field) more_ = now_ - s->told.field;          \
		bool less_ = more_ >> (sizeof(more_) * 8 - 1);               \
		out->field = less_ ? 0 : more_;                              \
		s->told.field = less_ ? s->told.field : now_;                \
	})

static __always_inline void fill(struct socket_report *out, struct socket_state *s,
				 struct sock *sk, struct tcp_sock *tcp, __u16 error, bool modern)
{
	__u32 limited = rwnd_limited(tcp, bpf_jiffies64()), rtt;
	bool listener = s->role == SOCKET_LISTENER;

	/* When a connection began it had no port yet. */
	if (s->socket.local_port == 0)
		s->socket.local_port = bpf_ntohs(tcp->inet_conn.icsk_inet.inet_sport);
	lock(s, modern);
	TELL(bytes_sent, tcp->bytes_sent - tcp->bytes_retrans);
	TELL(bytes_received, payload_received(sk, tcp));
	TELL(packets_sent, tcp->segs_out);
	TELL(packets_received, tcp->segs_in);
	TELL(retransmits, tcp->total_retrans);
	TELL(out_of_order, tcp->rcv_ooopack);
	TELL(rwnd_limited, limited);
	if (listener)
		TELL(listen_overflows, sk->sk_drops.counter);
	else
		out->listen_overflows = 0;
	out->events = s->pending;
	__builtin_memset(&s->pending, 0, sizeof(s->pending));
	unlock(s, modern);
	out->type = RECORD_SOCKET_REPORT;
	out->role = s->role;
	out->reset = s->reset;
	out->error = error;
	out->socket = s->socket;
	out->srtt_us = tcp->srtt_us >> 3;
	rtt = tcp->rtt_min.s[0].v;
	out->min_rtt_us = rtt == ~0U ? 0 : rtt;
	out->rtt_var_us = tcp->srtt_us ? tcp->mdev_us >> 2 : 0;
	fill_asked(out, s, sk, modern);
}

/* What ends with a last report. */
enum socket_end {
	END_OF_NOTHING, /* a listener, or what was told before */
	END_OF_CONNECTION,
	END_OF_ATTEMPT, /* connect() came to nothing */
};

/* The end is in this report alone: a walk at the same time cannot tell it without its reason. */
static __always_inline void hand_over(struct socket_state *s, struct sock *sk, struct tcp_sock *tcp,
				      enum socket_end end, __u16 error, bool modern)
{
	struct socket_report out = {};
	__u64 size;

	fill(&out, s, sk, tcp, error, modern);
	out.events.closed += end == END_OF_CONNECTION;
	out.events.failed += end == END_OF_ATTEMPT;
	size = out.asked.port ? sizeof(out) : REPORT_WITHOUT_ASKED;
	if (bpf_ringbuf_output(&reports, &out, size, BPF_RB_NO_WAKEUP))
		count(COUNT_RING_FULL);
	else
		count(COUNT_RECORDS);
}

#endif
