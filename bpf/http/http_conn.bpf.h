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

#include "http.h"
#include "kernel.h"
#include "http_scan.bpf.h"

#define AF_INET6 10
#define MEETINGS 3 /* requests by which the ends of a connection find out about each other */

/* The agent's own process, whose traffic is left out; 0 = none. */
const volatile __u32 own_pid = 0;

enum phase {
	PHASE_START = 0, /* the next byte begins a message */
	PHASE_HEAD,
	PHASE_LENGTH,     /* in a body of `remaining` bytes */
	PHASE_CHUNK_LINE, /* in a chunk's size line */
	PHASE_CHUNK,      /* in a chunk of `remaining` bytes, its final CRLF included */
	PHASE_TRAILER,    /* after the last chunk */
	PHASE_OPEN_END,   /* in a body that lasts until something else ends it */
	PHASE_IGNORE,     /* nothing more to read on this connection */
};

/*
 * The part of the packet at hand that is still to be read. It lives in the socket's storage and not
 * on the stack because the verifier does not track what is there: each turn of the reading loop
 * looks the same to it, and it walks the loop once instead of once for each value of each field. One
 * packet of a direction is handled at a time.
 */
struct cursor {
	__u64 now; /* 0 = the clock was not asked yet */
	__u32 off;
	__u32 len;
	__u32 seq;
	__u32 ack;
	__u32 word; /* the first four bytes */
	__u8 paced;
	__u8 slot; /* of the per-CPU memory that heads are read in */
	__u8 kept; /* 1 + the slot in which this head has been read already; 0 = none */
	__u8 _pad;
};

/* One direction of a connection. */
struct stream {
	__u64 remaining;
	__u32 next_seq; /* of the next byte to read */
	__u8 phase;
	__u8 synced; /* next_seq is known */
	__u8 fresh;  /* nothing of the head has been read, `line` says nothing */
	__u8 _pad;
	struct cursor at;
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
	__u8 answer;    /* the response at hand is the open exchange's */
	__u8 seen;      /* requests by which the other end was looked for */
	__u8 _pad;
	__u16 unreported; /* requests sent early whose responses are to be skipped */
	__u16 response_status; /* of the response at hand */
	__u32 _pad2;
	struct http_exchange record;
	struct line_state request_line;
	struct line_state response_line;
};
_Static_assert(sizeof(struct http_conn) <= 1024, "socket storage is charged to the socket");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct http_conn);
} connections SEC(".maps");

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

/* The packet at hand, as it came. */
struct packet {
	struct __sk_buff *skb;
	struct bpf_sock *sk;
	__u32 off; /* of the payload */
	__u32 len;
	__u32 seq;
	__u32 ack;
	__u32 ports; /* source and destination, as they stand in the header */
	struct cursor *at;
	bool egress;
	bool paced;  /* what it is stamped with is when it shall leave */
	bool locked; /* by a user: we run in its context, where softirqs may interrupt us */
};

static __always_inline void count(__u32 index)
{
	__u64 *counter = bpf_map_lookup_elem(&counters, &index);

	if (counter)
		*counter += 1;
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

static __always_inline void hand_over(struct http_conn *c, __u8 end)
{
	__u32 length = c->record.head_length;

	c->open = 0;
	c->answered = 0;
	c->record.end = end;
	if (c->request.phase != PHASE_START && c->request.phase != PHASE_IGNORE)
		c->record.flags |= FLAG_REQUEST_INCOMPLETE;
	/* Masked, not compared: verifiers before 6.12 lose a bound that clang keeps elsewhere. */
	length = ((length - 1) & (HEAD_CAPACITY - 1)) + 1;
	length += __builtin_offsetof(struct http_exchange, head);
	if (bpf_ringbuf_output(&exchanges, &c->record, length, BPF_RB_NO_WAKEUP))
		count(COUNT_RING_FULL);
	else
		count(COUNT_RECORDS);
}

static __always_inline void ignore(struct http_conn *c)
{
	c->request.phase = PHASE_IGNORE;
	c->response.phase = PHASE_IGNORE;
}

/*
 * The current task owns the socket exactly when the socket is locked by a user, and only on the way
 * out: on the way in over loopback the lock may be the sender's.
 */
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
	if (own_pid && id->pid == own_pid)
		ignore(c);
}

/*
 * The barriers keep clang from merging loads of the two families into one through a computed
 * pointer, which the verifier forbids on sockets.
 */
static __always_inline void copy_addresses(struct socket_identity *id, struct bpf_sock *sk)
{
	__u32 *local = (__u32 *)id->local_address, *remote = (__u32 *)id->remote_address;

	if (sk->family == AF_INET6) {
		local[0] = sk->src_ip6[0];
		local[1] = sk->src_ip6[1];
		local[2] = sk->src_ip6[2];
		local[3] = sk->src_ip6[3];
		barrier();
		remote[0] = sk->dst_ip6[0];
		remote[1] = sk->dst_ip6[1];
		remote[2] = sk->dst_ip6[2];
		remote[3] = sk->dst_ip6[3];
		barrier();
		return;
	}
	local[2] = bpf_htonl(0xffff);
	local[3] = sk->src_ip4;
	barrier();
	remote[2] = bpf_htonl(0xffff);
	remote[3] = sk->dst_ip4;
}

/* What stays the same for the life of the socket. */
static __always_inline void identify(struct http_conn *c, struct packet *p, struct sock *sk)
{
	struct socket_identity *id = &c->record.socket;

	c->record.type = RECORD_HTTP_EXCHANGE;
	id->cookie = bpf_get_socket_cookie(p->skb);
	id->cgroup_id = bpf_skb_cgroup_id(p->skb);
	id->netns = sk->__sk_common.skc_net.net->ns.inum;
	id->local_port = p->sk->src_port;
	id->remote_port = bpf_ntohs(p->sk->dst_port);
	copy_addresses(id, p->sk);
}

/* Does the other end of this connection belong to this node? */
static __always_inline void meet_peer(struct http_conn *c, struct packet *p)
{
	__u64 key = (__u64)p->at->seq << 32 | p->at->ack;
	__u8 one = 1;

	if (p->egress)
		bpf_map_update_elem(&first_requests, &key, &one, BPF_ANY);
	else if (bpf_map_lookup_elem(&first_requests, &key))
		c->record.flags = FLAG_PEER_SEEN;
}

#endif
