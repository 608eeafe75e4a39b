/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is told of questions to name servers. Read by receivers/ebpf_flows/dns_record.ts. */
#ifndef WAGGLE_FLOWS_DNS_H
#define WAGGLE_FLOWS_DNS_H

#include "record.h"

enum dns_end {
	DNS_PENDING = 0, /* in the map of those that wait; user space gives them up */
	DNS_ANSWERED,
	DNS_GIVEN_UP, /* its id was used for another question */
};

/* A question to a name server and what became of it, as one end of it sees it. */
struct dns_lookup {
	struct socket_identity socket; /* the peer of a connected socket is the one it asked for */
	__u64 asked_ns;                /* CLOCK_MONOTONIC, the first time; 0 = not written yet */
	__u64 duration_ns;             /* until it was answered or given up */
	__u16 type;                    /* of the question, in host byte order like all here */
	__u16 class;
	__u16 answers; /* records in the answer's first section, as its header says */
	__u8 rcode;
	__u8 role; /* enum flow_role: who asks is the client */
	__u8 times_asked;
	__u8 end; /* enum dns_end */
	__u8 truncated;
	__u8 name_length; /* with its last zero */
	__u8 _pad[4];
	__u8 name[256]; /* as in the message: labels behind their lengths; what follows it is not its */
};
_Static_assert(sizeof(struct dns_lookup) == 368, "keep receivers/ebpf_flows/dns_record.ts in step");

/* What one socket waits for. Addresses and ports as packets have them. */
struct dns_key {
	__u64 cookie;
	__u32 peer[4];
	__u16 peer_port;
	__u16 id;
	__u8 role;
	__u8 _pad[3];
};
_Static_assert(sizeof(struct dns_key) == 32, "keep receivers/ebpf_flows/dns_record.ts in step");

/* Index of the per-CPU counters of DNS. Names: receivers/ebpf_flows/dns_record.ts. */
enum dns_counter {
	DNS_COUNT_ASKED = 0,      /* questions, those that were sent again once */
	DNS_COUNT_ASKED_AGAIN,    /* questions sent again */
	DNS_COUNT_ANSWERED,       /* of the questions */
	DNS_COUNT_REPLACED,       /* of the questions: their id was used for another one */
	DNS_COUNT_UNMATCHED,      /* answers to nothing that waits: too late, or a second time */
	DNS_COUNT_OTHER_QUESTION, /* answers whose question is not the one that was asked */
	DNS_COUNT_SHORT,          /* messages that end before their question does */
	DNS_COUNT_BAD_NAME,       /* questions whose name is none */
	DNS_COUNT_QUESTIONS,      /* messages with none, or more than one */
	DNS_COUNT_OPERATION,      /* messages of other operations: updates, notices */
	DNS_COUNT_MISDIRECTED,    /* answers to the port of a name server, questions from it */
	DNS_COUNT_JOINED,         /* messages that were not read: behind another in one packet */
	DNS_COUNT_NO_STORAGE,     /* questions lost: socket storage refused */
	DNS_COUNT_LOOKUPS_FULL,   /* questions lost: too many wait */
	DNS_COUNT_RING_FULL,      /* questions lost: no room in the ring buffer */
	DNS_COUNT_MAX,
};

#endif
