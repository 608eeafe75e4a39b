/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Scripts made by chance. */
#ifndef GENERATE_H
#define GENERATE_H

#include "random.h"
#include "script.h"

/* What a well-formed script may have; each can be left out to find what a failure comes from. */
enum feature {
	USE_TINY = 1 << 0,       /* packets that end inside a message's first bytes */
	USE_PIPELINING = 1 << 1, /* requests before the answer to another */
	USE_EARLY = 1 << 2,      /* responses before the end of their request */
	USE_AGAIN = 1 << 3,      /* retransmissions, with other boundaries */
	USE_REORDER = 1 << 4,
	USE_LOSS = 1 << 5,
	USE_LATE = 1 << 6,     /* connections older than the programs */
	USE_CUT = 1 << 7,      /* connections that end in the middle */
	USE_BAIT = 1 << 8,     /* bodies that look like messages */
	USE_LONG = 1 << 9,     /* heads of many kilobytes */
	USE_INSIDE = 1 << 10,  /* packets of other connections inside a run */
	USE_SAME = 1 << 11,    /* packets of the same socket inside a run */
	USE_LISTENER = 1 << 12, /* first requests that arrive on the listening socket */
	USE_FAILURES = 1 << 13, /* helpers that fail */
	USE_TUNNEL = 1 << 14,  /* CONNECT and upgrades */
	USE_PROXY = 1 << 15,   /* PROXY protocol headers */
	USE_SOFTIRQ = 1 << 16, /* data that the stack sends on its own; paced sockets */
	USE_MANY = 1 << 17,    /* more chunks in a packet than are followed */
	USE_BLANK = 1 << 18,   /* empty lines before a request */
	USE_SLOW = 1 << 19,    /* exchanges that take longer than one waits for their end */
	USE_OLD = 1 << 20,     /* a kernel that lacks what came after 5.10 */
	USE_PREEMPT = 1 << 21, /* senders that another one preempts inside a run */
	USE_FLOOD = 1 << 22,   /* more packets behind a lost one than are waited for */
	USE_SAMPLE = 1 << 23,  /* an agent that asks for fewer exchanges */
	USE_LOST_ORDER = 1 << 24, /* pipelining where messages may get lost */
};
#define FEATURES 25
extern const char *const feature_names[FEATURES];

/* Well-formed connections, in a network that does what networks do, and what has to be reported. */
void generate_good(struct script *script, struct source *source, __u32 features);
/* Anything. */
void generate_hostile(struct script *script, struct source *source);

/* One exchange of a well-formed connection. */
struct exchange {
	__u32 request, request_head_end, request_end;
	__u32 response, response_head_end, response_end; /* of the final one */
	__u32 interim_end; /* of the interim ones before it, in the server's stream */
	__u32 status, interim, version;
	__u64 request_body, response_body;
	bool waits; /* for 100 before it sends the body */
	bool until_close; /* the response ends with the connection */
	bool tunnel;
};

struct text {
	__u8 *bytes;
	__u32 length, room;
};

/* Appends exchange number `id` to both streams. */
void make_exchange(struct source *source, __u32 features, struct text *client, struct text *server,
		   struct exchange *exchange, __u32 id, bool last);
/* A header of the PROXY protocol, of either version. */
void make_proxy(struct source *source, struct text *client);
void append(struct text *text, const void *bytes, __u32 length);
void append_text(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
