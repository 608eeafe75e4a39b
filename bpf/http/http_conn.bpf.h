/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A connection and the exchange that is open on it: the memory, and what is said of the socket.
 */
#ifndef WAGGLE_HTTP_CONN_H
#define WAGGLE_HTTP_CONN_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "counter.bpf.h"
#include "http.h"
#include "kernel.h"
#include "socket.bpf.h"
#include "http_scan.bpf.h"

#define MEETINGS 3      /* requests by which the ends of a connection find out about each other */
#define QUEUE 8         /* requests that may wait for their turn; a power of two */
#define QUEUED_HEAD 152 /* bytes that are kept of their heads */

/* The agent's own process, whose traffic is left out; 0 = none. */
const volatile __u32 own_pid = 0;

enum phase {
	PHASE_START = 0, /* the next byte begins a message */
	PHASE_HEAD,
	PHASE_LENGTH,    /* in a body of `remaining` bytes */
	PHASE_CHUNKS,    /* in a chunked body; where in it says the line's `chunk_state` */
	PHASE_TRAILER,   /* after the last chunk */
	PHASE_OPEN_END,  /* in a body that lasts until something else ends it */
	PHASE_IGNORE,    /* nothing more to read on this connection */
	PHASE_ABANDONED, /* nothing more can be told of it */
};

/*
 * One direction of a connection, and the part of its packet at hand that is still to be read. The
 * latter lives here and not on the stack because the verifier does not track what is in a map: each
 * turn of the reading loop looks the same to it, and it walks the loop once instead of once for each
 * value of each field. One packet of a direction is handled at a time.
 */
struct stream {
	__u64 remaining; /* of the body or chunk; in a head, the Content-Length so far; else began_ns */
	__u64 now;       /* when the packet passed; 0 = the clock was not asked yet */
	__u32 next_seq;  /* of the next byte to read */
	__u32 early_seq; /* where the packets end that came before their turn */
	__u32 off;
	__u32 len;
	__u32 seq;
	__u32 ack;
	__u8 phase;
	__u8 synced;  /* next_seq is known */
	__u8 fresh;   /* nothing of the head has been read, its line says nothing */
	__u8 held;    /* packets that came before their turn */
	__u8 gathered; /* bytes of a message's first four that have come, in its line's `carry` */
	__u8 paced; /* what the packet is stamped with is when it shall leave */
	__u8 slot;  /* of the per-CPU memory that heads are read in: 1 in the sender's context */
	__u8 kept; /* 1 + the slot in which this head has been read already; 0 = none */
};

/* Where what is read of a request goes. */
enum target {
	TARGET_RECORD = 0,
	TARGET_QUEUE = 1, /* and up: 1 + its place in the queue */
	TARGET_NONE = 255,
};

/* Whose the response at hand is. */
enum answer {
	ANSWER_NONE = 0,
	ANSWER_BEGUN, /* it began when an exchange waited for one */
	ANSWER_OWN,   /* it is that exchange's */
};

/* What of an exchange or its connection is in `extras`. */
enum extended {
	EXTENDED_PROXY = 1,
	EXTENDED_LINES = 2,
};

/* What each packet touches comes first and together, what few touch comes last. */
struct http_conn {
	struct stream request;
	struct stream response;
	__u8 open;      /* `record` has a request */
	__u8 confirmed; /* its first line says HTTP/1.x */
	__u8 connect;   /* its method is CONNECT */
	__u8 head_only; /* its method is HEAD */
	__u8 answered;  /* the final response has begun */
	__u8 answer;    /* enum answer: of the response at hand */
	__u8 target;    /* enum target */
	__u8 extended;  /* enum extended */
	__u8 pushed;    /* requests that were put into the queue, and taken out of it */
	__u8 popped;
	__u8 skip;    /* responses to requests that are not reported come before the open one's */
	__u8 skipped; /* requests behind the last reported one that are not reported */
	__u16 response_status; /* of the response at hand */
	__u8 seen;     /* requests by which the other end was looked for */
	__u8 reported; /* as open: so many times */
	struct http_exchange record;
	struct line_state request_line;
	struct line_state response_line;
};
/* With the kernel's 72 bytes it fills an allocation of 1 KiB; it is charged to the socket, too. */
_Static_assert(sizeof(struct http_conn) <= 952, "a connection costs 1 KiB");

/* A request that was sent before the answer to the one in front of it. */
struct queued {
	__u64 request_ns;
	__u64 request_end_ns;
	__u64 request_body;
	__u32 request_seq;
	__u32 request_head;
	__u16 head_length;
	__u16 flags;
	__u8 skip;
	__u8 connect;
	__u8 head_only;
	__u8 _pad;
	__u8 head[QUEUED_HEAD];
};

/* What few connections have. */
struct http_extra {
	struct http_extension more;
	struct queued queue[QUEUE];
};
_Static_assert(sizeof(struct http_extra) <= 1976, "socket storage is charged to the socket");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct http_conn);
} connections SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct http_extra);
} extras SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024);
} exchanges SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* First requests that a client on this node sent, by sequence and acknowledgement number. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u8);
} first_requests SEC(".maps");

/* Processes whose connections are left out, by the agent's choice. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u8);
} excluded SEC(".maps");

/* What the agent changes while it runs. */
struct settings {
	__u32 sampling; /* one exchange of 2^sampling is handed over */
	__u32 totals;   /* which of the two maps of totals is being filled: 0 or 1 */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps");

/* The packet at hand, as it came. */
struct packet {
	struct __sk_buff *skb;
	struct bpf_sock *sk;
	__u32 off; /* of the payload */
	__u32 len;
	__u32 seq;
	__u32 ack;
	__u32 ports; /* source and destination, as they stand in the header */
	__u32 peer;  /* the last four bytes of the other end's address */
	struct stream *at;
	struct line_state *line;
	bool egress;
};

static __always_inline void count_by(__u32 index, __u64 amount)
{
	ADD_TO_COUNTER(counters, index, amount);
}

static __always_inline void count(__u32 index)
{
	count_by(index, 1);
}

/* The four bytes as a load on this machine sees them. */
#define WORD(a, b, c, d) \
	((__u32)(a) | (__u32)(b) << 8 | (__u32)(c) << 16 | (__u32)(d) << 24)

static __always_inline bool is_response(__u32 word)
{
	return word == WORD('H', 'T', 'T', 'P');
}

/* Methods of RFC 9110 section 9.3 and RFC 5789, and those of WebDAV (RFC 4918, 3253, 5323). */
static __always_inline bool is_request(__u32 word)
{
	switch (word) {
	case WORD('G', 'E', 'T', ' '):
	case WORD('P', 'O', 'S', 'T'):
	case WORD('P', 'U', 'T', ' '):
	case WORD('H', 'E', 'A', 'D'):
	case WORD('D', 'E', 'L', 'E'):
	case WORD('O', 'P', 'T', 'I'):
	case WORD('P', 'A', 'T', 'C'):
	case WORD('C', 'O', 'N', 'N'):
	case WORD('T', 'R', 'A', 'C'):
	case WORD('P', 'R', 'O', 'P'):
	case WORD('M', 'K', 'C', 'O'):
	case WORD('M', 'O', 'V', 'E'):
	case WORD('C', 'O', 'P', 'Y'):
	case WORD('L', 'O', 'C', 'K'):
	case WORD('U', 'N', 'L', 'O'):
	case WORD('R', 'E', 'P', 'O'):
	case WORD('S', 'E', 'A', 'R'):
	case WORD('Q', 'U', 'E', 'R'):
		return true;
	}
	return false;
}

/* The first byte of any of them. */
static __always_inline bool may_begin_request(__u8 byte)
{
	switch (byte) {
	case 'G':
	case 'P':
	case 'H':
	case 'D':
	case 'O':
	case 'C':
	case 'T':
	case 'M':
	case 'L':
	case 'U':
	case 'R':
	case 'S':
	case 'Q':
		return true;
	}
	return false;
}

/* The packet's first four bytes; 0 = it has fewer. */
static __always_inline __u32 first_word(struct packet *p)
{
	__u32 word = 0;

	if (p->len < 4 || bpf_skb_load_bytes(p->skb, p->off, &word, 4))
		return 0;
	return word;
}

/*
 * When the packet passed. On the way out the kernel has stamped it less than a microsecond before;
 * a paced socket's stamp is its planned departure and may lie ahead.
 */
static __always_inline __u64 now(struct packet *p)
{
	if (p->at->now)
		return p->at->now;
	p->at->now = p->egress && !p->at->paced ? p->skb->tstamp : 0;
	if (!p->at->now)
		p->at->now = bpf_ktime_get_ns();
	return p->at->now;
}

/* So many of the packet's bytes are done with. */
static __always_inline void advance(struct packet *p, __u32 bytes)
{
	if (bytes > p->at->len)
		bytes = p->at->len;
	p->at->off += bytes;
	p->at->seq += bytes;
	p->at->len -= bytes;
}

static __always_inline bool is_answer(struct http_conn *c)
{
	return c->answer == ANSWER_OWN;
}

static __always_inline void ignore(struct http_conn *c)
{
	c->request.phase = PHASE_IGNORE;
	c->response.phase = PHASE_IGNORE;
}

/* The current task owns the socket: on the way out exactly when the socket is locked by a user. */
static __always_inline void note_owner(struct http_conn *c)
{
	struct socket_identity *id = &c->record.socket;
	struct task_struct *task;

	if (id->pid)
		return;
	task = (struct task_struct *)bpf_get_current_task();
	id->pid = BPF_CORE_READ(task, tgid);
	id->tid = BPF_CORE_READ(task, pid);
	BPF_CORE_READ_INTO(&id->comm, task, group_leader, comm);
	if ((own_pid && id->pid == own_pid) || bpf_map_lookup_elem(&excluded, &id->pid)) {
		c->open = 0;
		c->popped = c->pushed;
		ignore(c);
	}
}

/* What stays the same for the life of the socket. */
static __always_inline void identify(struct http_conn *c, struct sock *sk, __u64 cookie,
				     __u64 cgroup)
{
	c->record.type = RECORD_HTTP_EXCHANGE;
	describe_socket(&c->record.socket, sk, cookie, cgroup);
}

/* Does the other end of this connection belong to this node? */
static __always_inline bool meet_peer(bool egress, __u32 seq, __u32 ack)
{
	__u64 key = (__u64)seq << 32 | ack;
	__u8 one = 1;

	if (!egress)
		return bpf_map_lookup_elem(&first_requests, &key) != 0;
	bpf_map_update_elem(&first_requests, &key, &one, BPF_ANY);
	return false;
}

#endif
