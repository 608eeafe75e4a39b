/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What happens on a few connections, step by step, and what has to be reported of it. A script is
 * written by hand (test/fuzz/corpus, whose README has the language) or made by a generator.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>

#define MAX_CONNECTIONS 4
#define ANY ((__u64)-1)
#define NEXT ((__u32)-1) /* the offset after all that this side has sent */

enum side { CLIENT, SERVER, SIDES };

enum step_kind {
	STEP_CONNECTION, /* names the connection of the next steps; opens it the first time */
	STEP_DATA,
	STEP_RAW, /* a packet as it is */
	STEP_FIN,
	STEP_RESET,
	STEP_STATE,
	STEP_WAIT,
	STEP_FAIL,
	STEP_CPU,
	STEP_READ, /* the program that owns the socket reads from it */
	STEP_WALK, /* over all connections, as the agent does now and then */
	STEP_EXCLUDE, /* the agent leaves the process of this end out */
	STEP_SAMPLE, /* the agent asks for one exchange of 2^number */
	STEP_OLD,  /* from here on the kernel is one of the oldest that will do */
	STEP_INSIDE, /* the next packet is met inside the run of the one after it */
};

enum way {
	WAY_OUT = 1,      /* past the sender's hook */
	WAY_IN = 2,       /* past the receiver's hook */
	WAY_LISTENER = 4, /* the receiver is the listening socket, whose child is born after it */
};

enum trait {
	TRAIT_SOFTIRQ = 1, /* sent by the stack on its own, while a stranger runs */
	TRAIT_PACED = 2,   /* the stamp lies ahead */
	TRAIT_ACK = 4,     /* `number` is its acknowledgement, relative to the other stream */
	TRAIT_SHOWN = 8,   /* the receiver's hook has it, but the receiver does not take it */
};

struct step {
	enum step_kind kind;
	__u8 side; /* who sends; whose socket */
	__u8 way;
	__u8 traits;
	__u8 observed; /* STEP_CONNECTION: bit per side that is a socket of this node */
	__u8 family;   /* STEP_CONNECTION: 4, 6, or 46 = IPv4 on an IPv6 socket */
	__u8 late;     /* STEP_CONNECTION: older than the programs */
	__u32 first_seq[SIDES];
	__u32 offset; /* in the stream of `side` */
	__u32 bytes, length; /* in script.bytes */
	__u32 connection;
	__u64 number, number2; /* ack; nanoseconds; states; how often; depth */
};

enum presence {
	PRESENCE_MUST,
	PRESENCE_COUNTED, /* reported, or counted as lost */
	PRESENCE_MAY,
};

/* What has to be said of one exchange by one end. Offsets are in the streams; ANY = not compared. */
struct expectation {
	__u32 connection;
	enum side end;
	char path[40]; /* or, instead of an offset: the request's target */
	__u64 request, request_head_end, request_end;
	__u64 response, response_end;
	__u64 status, end_kind, request_body, response_body, interim, version, flags, error;
	__u64 proxy; /* bytes of the PROXY protocol header in front of everything */
	bool exact; /* times, flags and the head follow from the offsets */
	bool loose; /* less may be said: no status, no size */
	enum presence presence;
	__u32 seen; /* records of it that say how it ended */
	__u32 open; /* how often its age had doubled when one last said that it is open */
};

struct counter_expectation {
	__u32 index;
	__u64 value;
};

struct script {
	struct step *steps;
	__u32 step_count, step_room;
	__u8 *bytes;
	__u32 byte_count, byte_room;
	struct expectation *expectations;
	__u32 expectation_count, expectation_room;
	struct counter_expectation counters[32];
	__u32 counter_count;
	bool only; /* what is reported and not expected is wrong */
};

/* A connection of which nothing is said. */
struct step plain_connection(__u32 number);
void clear_script(struct script *script);
void free_script(struct script *script);
struct step *add_step(struct script *script, enum step_kind kind);
__u32 add_bytes(struct script *script, const void *bytes, __u32 length);
struct expectation *add_expectation(struct script *script);

/* True when the text could be read; else says on stderr where not. */
bool read_script(struct script *script, const char *path);
void print_script(FILE *out, const struct script *script);

#endif
