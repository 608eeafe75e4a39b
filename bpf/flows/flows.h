/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the counting of flows hands to user space. Read by receivers/ebpf_flows/record.ts. */
#ifndef WAGGLE_FLOWS_H
#define WAGGLE_FLOWS_H

#include "record.h"

enum flow_role {
	FLOW_PEER = 0, /* nobody began, or it is not known */
	FLOW_SERVER = 1,
	FLOW_CLIENT = 2,
	FLOW_UNDECIDED = 3, /* the first packet will tell; never reported */
};

/* Bytes are payload; packets are those of the network: `gso_segs` of one that is cut later. */
struct flow_counts {
	__u64 bytes_sent;
	__u64 bytes_received;
	__u64 packets_sent;
	__u64 packets_received;
};

/* What has happened on a flow since it was reported before. */
struct flow_report {
	struct socket_identity socket; /* the peer is all zeros where there was no room for it */
	struct flow_counts counts;
	__u64 drops;
	__u32 reason;  /* of the drops: the kernel's enum skb_drop_reason */
	__u8 protocol; /* IP's number */
	__u8 role;     /* enum flow_role */
	__u16 _pad;
	struct socket_endpoint asked; /* what connect() was given; all zeros where it is the peer */
	__u32 ifindex; /* of the interface that it was seen at; 0: its socket tells it */
};
_Static_assert(sizeof(struct flow_report) == 152, "keep receivers/ebpf_flows/record.ts in step");

/* Index of the per-CPU counters. Names: receivers/ebpf_flows/record.ts. */
enum flow_counter {
	FLOW_COUNT_CLOSED = 0,  /* reports of sockets that closed */
	FLOW_COUNT_RING_FULL,   /* of those, lost: no room in the ring buffer */
	FLOW_COUNT_NO_STORAGE,  /* packets not counted: socket storage refused */
	FLOW_COUNT_PEERS_FULL,  /* packets counted without their peer: no room for it */
	FLOW_COUNT_DROPS_FULL,  /* drops not reported: no room for their flow */
	FLOW_COUNT_UNREADABLE,  /* packets not counted: their headers could not be read */
	FLOW_COUNT_UNEXPLAINED, /* TCP packets that had done their work, freed as if they were dropped */
	FLOW_COUNT_FRAMES_FULL, /* packets at interfaces not counted: no room for their flow */
	FLOW_COUNT_NO_ASKED,    /* connections without what was asked for: socket storage refused */
	FLOW_COUNT_MAX,
};

#endif
