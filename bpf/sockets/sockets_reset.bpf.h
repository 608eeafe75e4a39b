/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Resets, and who sent them. */
#ifndef WAGGLE_SOCKETS_RESET_H
#define WAGGLE_SOCKETS_RESET_H

#include "sockets_report.bpf.h"

/* Of include/net/rstreason.h; their numbers are the running kernel's. */
enum sk_rst_reason {
	SK_RST_REASON_NOT_SPECIFIED,
	SK_RST_REASON_NO_SOCKET,
	SK_RST_REASON_TCP_INVALID_ACK_SEQUENCE,
	SK_RST_REASON_TCP_RFC7323_PAWS,
	SK_RST_REASON_TCP_TOO_OLD_ACK,
	SK_RST_REASON_TCP_ACK_UNSENT_DATA,
	SK_RST_REASON_TCP_FLAGS,
	SK_RST_REASON_TCP_OLD_ACK,
	SK_RST_REASON_TCP_ABORT_ON_DATA,
	SK_RST_REASON_TCP_TIMEWAIT_SOCKET,
	SK_RST_REASON_INVALID_SYN,
	SK_RST_REASON_TCP_ABORT_ON_CLOSE,
	SK_RST_REASON_TCP_ABORT_ON_LINGER,
	SK_RST_REASON_TCP_ABORT_ON_MEMORY,
	SK_RST_REASON_TCP_STATE,
	SK_RST_REASON_TCP_KEEPALIVE_TIMEOUT,
	SK_RST_REASON_TCP_DISCONNECT_WITH_DATA,
};

#define IS_REASON(value, name)                                       \
	(bpf_core_enum_value_exists(enum sk_rst_reason, name) &&     \
	 (value) == bpf_core_enum_value(enum sk_rst_reason, name))

static __noinline int reset_reason_of(int reason)
{
	if (IS_REASON(reason, SK_RST_REASON_NO_SOCKET))
		return RESET_NO_SOCKET;
	if (IS_REASON(reason, SK_RST_REASON_TCP_INVALID_ACK_SEQUENCE))
		return RESET_INVALID_ACK_SEQUENCE;
	if (IS_REASON(reason, SK_RST_REASON_TCP_RFC7323_PAWS))
		return RESET_PAWS;
	if (IS_REASON(reason, SK_RST_REASON_TCP_TOO_OLD_ACK))
		return RESET_TOO_OLD_ACK;
	if (IS_REASON(reason, SK_RST_REASON_TCP_ACK_UNSENT_DATA))
		return RESET_ACK_UNSENT_DATA;
	if (IS_REASON(reason, SK_RST_REASON_TCP_FLAGS))
		return RESET_FLAGS;
	if (IS_REASON(reason, SK_RST_REASON_TCP_OLD_ACK))
		return RESET_OLD_ACK;
	if (IS_REASON(reason, SK_RST_REASON_TCP_ABORT_ON_DATA))
		return RESET_ABORT_ON_DATA;
	if (IS_REASON(reason, SK_RST_REASON_TCP_TIMEWAIT_SOCKET))
		return RESET_TIMEWAIT;
	if (IS_REASON(reason, SK_RST_REASON_INVALID_SYN))
		return RESET_INVALID_SYN;
	if (IS_REASON(reason, SK_RST_REASON_TCP_ABORT_ON_CLOSE))
		return RESET_ABORT_ON_CLOSE;
	if (IS_REASON(reason, SK_RST_REASON_TCP_ABORT_ON_LINGER))
		return RESET_ABORT_ON_LINGER;
	if (IS_REASON(reason, SK_RST_REASON_TCP_ABORT_ON_MEMORY))
		return RESET_ABORT_ON_MEMORY;
	if (IS_REASON(reason, SK_RST_REASON_TCP_STATE))
		return RESET_STATE;
	if (IS_REASON(reason, SK_RST_REASON_TCP_KEEPALIVE_TIMEOUT))
		return RESET_KEEPALIVE_TIMEOUT;
	if (IS_REASON(reason, SK_RST_REASON_TCP_DISCONNECT_WITH_DATA))
		return RESET_DISCONNECT_WITH_DATA;
	return RESET_UNKNOWN;
}

/* The kernel ends the connection right after this. */
static __always_inline void reset_received(struct sock *sk)
{
	struct socket_state *s = sk ? bpf_sk_storage_get(&sockets, sk, 0, 0) : 0;

	if (s)
		HAPPENED(s, resets_received, 1, true);
}

/* Often the end of the connection has been told already. */
static __always_inline void reset_sent(struct sock *sk, __u8 reason)
{
	struct tcp_sock *tcp = sk ? (struct tcp_sock *)bpf_skc_to_tcp_sock(sk) : 0;
	struct socket_state *s = tcp ? bpf_sk_storage_get(&sockets, sk, 0, 0) : 0;

	if (!s || s->role == SOCKET_LISTENER) {
		count(COUNT_RESETS_OTHER);
		return;
	}
	HAPPENED(s, resets_sent, 1, true);
	s->reset = reason;
	if (s->ended)
		hand_over(s, sk, tcp, END_OF_NOTHING, 0, true);
}

#endif
