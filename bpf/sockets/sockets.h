/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is told of TCP sockets. Read by receivers/ebpf_sockets/record.ts. */
#ifndef WAGGLE_SOCKETS_H
#define WAGGLE_SOCKETS_H

#include "record.h"

enum socket_role {
	SOCKET_UNKNOWN = 0,
	SOCKET_SERVER = 1,
	SOCKET_CLIENT = 2,
	SOCKET_LISTENER = 3,
};

/* What is told once, when it happens. */
struct socket_events {
	__u32 connect_us; /* from SYN to established; 0 = not in this report */
	__u16 resets_sent;
	__u16 resets_received;
	__u8 opened;
	__u8 accepted;
	__u8 closed;
	__u8 failed;
};

/* What has happened on a socket since the report before, and how it is. */
struct socket_report {
	__u32 type; /* RECORD_SOCKET_REPORT */
	__u8 role;  /* enum socket_role */
	__u8 reset; /* enum reset_reason: of the last reset sent */
	__u16 error; /* errno: why it failed or was cut */
	struct socket_identity socket;
	__u64 bytes_sent; /* payload, each byte once */
	__u64 bytes_received;
	__u32 packets_sent;
	__u32 packets_received;
	__u32 retransmits;
	__u32 out_of_order;
	__u32 rwnd_limited;     /* jiffies */
	__u32 listen_overflows; /* of a listener */
	struct socket_events events;
	__u32 srtt_us; /* microseconds; 0 = not measured */
	__u32 min_rtt_us;
	__u32 rtt_var_us;
	/*
	 * What connect() was given; all zeros where it is the peer. In the ring buffer such a report ends
	 * before it.
	 */
	struct socket_endpoint asked;
	__u32 _pad;
};
#define REPORT_WITHOUT_ASKED __builtin_offsetof(struct socket_report, asked)

_Static_assert(sizeof(struct socket_report) == 176, "keep receivers/ebpf_sockets/record.ts in step");

/* Why a reset was sent: enum sk_rst_reason without what depends on the kernel's version. */
enum reset_reason {
	RESET_UNKNOWN = 0,
	RESET_NO_SOCKET,
	RESET_INVALID_ACK_SEQUENCE,
	RESET_PAWS,
	RESET_TOO_OLD_ACK,
	RESET_ACK_UNSENT_DATA,
	RESET_FLAGS,
	RESET_OLD_ACK,
	RESET_ABORT_ON_DATA,
	RESET_TIMEWAIT,
	RESET_INVALID_SYN,
	RESET_ABORT_ON_CLOSE,
	RESET_ABORT_ON_LINGER,
	RESET_ABORT_ON_MEMORY,
	RESET_STATE,
	RESET_KEEPALIVE_TIMEOUT,
	RESET_DISCONNECT_WITH_DATA,
	RESET_MAX,
};

/* Index of the per-CPU counters. Names: receivers/ebpf_sockets/record.ts. */
enum socket_counter {
	COUNT_RECORDS = 0, /* reports handed over through the ring buffer */
	COUNT_RING_FULL,   /* reports lost: no room in the ring buffer */
	COUNT_NO_STORAGE,  /* connections not followed: socket storage refused */
	COUNT_RESETS_OTHER, /* resets sent in answer to packets that belong to no connection */
	COUNT_EXCLUDED,    /* connections not followed: their process is left out */
	COUNT_NO_ASKED,    /* connections told without what was asked for: socket storage refused */
	COUNT_MAX,
};

#endif
