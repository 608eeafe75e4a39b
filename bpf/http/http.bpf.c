/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * HTTP/1.x on every socket of the node, whatever network namespace it is in.
 *
 * The cgroup_skb hooks see each packet of a socket once, before reassembly. Each connection keeps
 * two message readers, one a direction, in its socket's storage, together with the record of the
 * exchange that is open. Bodies are followed by sequence numbers and never copied. The programs are
 * verdict programs: every path returns 1.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "http.h"
#include "kernel.h"
#include "http_scan.bpf.h"

#define PASS 1
#define AF_INET6 10
#define MAX_STEPS 24 /* messages, chunks and windows of a head that are read in one packet */
#define SK_PACING_NONE 0
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

/*
 * A new request while the last one's response has not ended: was it sent early, or did the response
 * end without our seeing it? Its end is not to be found in a body without length; and the client has
 * acknowledged bytes of it that did not pass here when we were attached in the middle.
 */
static __always_inline bool response_is_over(struct http_conn *c, struct packet *p)
{
	__u32 expected = c->response.synced ? c->response.next_seq : c->record.response_seq;

	if (c->response.phase == PHASE_OPEN_END)
		return true;
	if ((__s32)(p->at->ack - expected) <= 0)
		return false;
	c->record.flags |= FLAG_GAP;
	return true;
}

/* The first bytes of a request. */
static __always_inline void begin_request(struct http_conn *c, struct packet *p, struct scan *scan)
{
	struct http_exchange *r = &c->record;
	__u32 length = p->at->len;

	if (c->open && response_is_over(c, p)) {
		r->flags |= FLAG_RESPONSE_SIZE_UNKNOWN;
		r->response_end_ns = r->response_end_ns ?: now(p);
		hand_over(c, END_NEXT);
		c->response.phase = PHASE_START;
		c->response.synced = 0;
	}
	c->request.phase = PHASE_HEAD;
	c->request.fresh = 1;
	if (c->open) {
		count(COUNT_PIPELINED);
		c->unreported++;
		return;
	}
	r->flags &= FLAG_PEER_SEEN;
	if (c->seen < MEETINGS && !r->flags) {
		c->seen++;
		meet_peer(c, p);
	}
	c->open = 1;
	c->confirmed = 0;
	c->answered = 0;
	c->head_only = p->at->word == WORD('H', 'E', 'A', 'D');
	c->connect = p->at->word == WORD('C', 'O', 'N', 'N');
	r->status = 0;
	r->interim = 0;
	r->error = 0;
	r->request_ns = now(p);
	r->request_end_ns = 0;
	r->response_ns = 0;
	r->response_end_ns = 0;
	r->request_body = 0;
	r->response_body = 0;
	r->request_head = 0;
	r->request_seq = p->at->seq;
	r->response_seq = p->at->ack;
	if (length > HEAD_CAPACITY)
		length = HEAD_CAPACITY;
	length = ((length - 1) & (HEAD_CAPACITY - 1)) + 1;
	bpf_probe_read_kernel(r->head, length, scan->buf);
	r->head_length = length;
}

/*
 * More of a head that did not come in one piece: `bytes` from scan->buf at `from`. Eight at a time,
 * because the verifier follows one variable in an address but not the sum of two; so the last seven
 * places of `head` may stay empty.
 */
__noinline int append_head(struct __sk_buff *skb, __u32 from, __u32 bytes, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	struct bpf_sock *sk = skb->sk;
	__u64 to, end, at = from;
	struct http_conn *c;

	if (!scan || !sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	c = bpf_sk_storage_get(&connections, sk, 0, 0);
	if (!c)
		return 0;
	to = c->record.head_length;
	end = to + bytes;
	for (int i = 0; i < HEAD_CAPACITY / 8; i++, to += 8, at += 8) {
		barrier_var(to);
		if (to >= end || to > HEAD_CAPACITY - 8)
			break;
		*(__u64 *)(c->record.head + to) = word_at(scan, at);
	}
	c->record.head_length = to < end ? to : end;
	return 0;
}

/* The first bytes of a response. What it answers is known with its status, at the end of the line. */
static __always_inline void begin_response(struct http_conn *c, struct packet *p)
{
	c->response.phase = PHASE_HEAD;
	c->response.fresh = 1;
	c->answer = 0;
	c->response_status = 0;
	if (!c->open || c->answered)
		return;
	c->record.response_seq = p->at->seq;
	c->record.response_ns = now(p);
}

static __always_inline void take_status(struct http_conn *c, struct scan *scan)
{
	c->response_status = scan->status;
	if (!c->open || c->answered) {
		if (!c->unreported)
			count(COUNT_RESPONSE_ONLY);
		return;
	}
	c->answer = 1;
	if (scan->status < 200 && scan->status != 101) {
		c->record.interim++;
		return;
	}
	c->answered = 1;
	c->record.status = scan->status;
	c->record.version = scan->version;
}

static __always_inline void end_request(struct http_conn *c, struct packet *p)
{
	c->request.phase = PHASE_START;
	if (c->open && !c->record.request_end_ns)
		c->record.request_end_ns = now(p);
}

static __always_inline void end_response(struct http_conn *c, struct packet *p)
{
	c->response.phase = PHASE_START;
	if (c->answer) {
		c->record.response_end_ns = now(p);
		hand_over(c, END_COMPLETE);
	} else if (c->unreported && c->response_status >= 200) {
		c->unreported--;
	}
	c->answer = 0;
}

/* Where a message's head ended, its body begins: RFC 9112 section 6.3. */
static __always_inline void begin_body(struct stream *s, struct line_state *line,
				       struct scan *scan)
{
	if (scan->found & FOUND_CHUNKED) {
		s->phase = PHASE_CHUNK_LINE;
		s->remaining = 0;
		line->chunk_state = CHUNK_SIZE;
		return;
	}
	s->remaining = scan->found & FOUND_LENGTH ? scan->content_length : 0;
	s->phase = PHASE_LENGTH;
}

static __always_inline void end_request_head(struct http_conn *c, struct packet *p,
					     struct scan *scan)
{
	if (scan->found & FOUND_BAD) {
		count(COUNT_BAD_FRAMING);
		c->record.flags |= FLAG_REQUEST_SIZE_UNKNOWN;
		c->request.phase = PHASE_OPEN_END;
		return;
	}
	begin_body(&c->request, &c->request_line, scan);
	if (c->request.phase == PHASE_LENGTH && c->open)
		c->record.request_body = c->request.remaining;
	if (c->request.phase == PHASE_LENGTH && !c->request.remaining)
		end_request(c, p);
}

static __always_inline void end_response_head(struct http_conn *c, struct packet *p,
					      struct scan *scan)
{
	__u32 status = c->response_status;

	if (scan->found & FOUND_BAD)
		count(COUNT_BAD_FRAMING);
	if (c->answer && (status == 101 || (c->connect && status / 100 == 2))) {
		c->record.response_end_ns = now(p);
		ignore(c);
		hand_over(c, END_UPGRADE);
		return;
	}
	if (status && status < 200) {
		c->response.phase = PHASE_START;
		c->answer = 0;
		return;
	}
	if (status == 204 || status == 304 || (c->answer && c->head_only)) {
		end_response(c, p);
		return;
	}
	if (scan->found & FOUND_BAD || !(scan->found & (FOUND_CHUNKED | FOUND_LENGTH))) {
		c->response.phase = PHASE_OPEN_END;
		return;
	}
	begin_body(&c->response, &c->response_line, scan);
	if (c->answer && c->response.phase == PHASE_LENGTH)
		c->record.response_body = c->response.remaining;
	if (c->response.phase == PHASE_LENGTH && !c->response.remaining)
		end_response(c, p);
}

static __always_inline void advance(struct packet *p, __u32 bytes)
{
	if (bytes > p->at->len)
		bytes = p->at->len;
	p->at->off += bytes;
	p->at->seq += bytes;
	p->at->len -= bytes;
}

/* Remembers whose head was read here: see read_before. */
static __always_inline void keep(struct scan *scan, struct packet *p)
{
	scan->ack = p->ack;
	scan->ports = p->ports;
	scan->length = p->len;
	scan->kept = 1;
}

/* Reads the window at hand, or takes what was found when it was read before; 0 = cannot be read. */
static __always_inline __u32 read_window(struct packet *p, struct stream *s, struct line_state *line,
					 struct scan *scan)
{
	__u32 used;

	if (p->at->kept)
		return scan->used;
	scan->owner = p->at->seq;
	scan->kept = 0;
	if (s->fresh) {
		start_scan(scan);
	} else {
		load_lines(scan, line);
		scan->loaded = 0;
	}
	used = scan_lines(p->skb, p->at->off, p->at->len, p->at->slot);
	if (used > p->at->len || scan->owner != p->at->seq)
		return 0;
	scan->used = used;
	if (!(scan->found & FOUND_END))
		store_lines(scan, line);
	else if (p->egress && s->fresh && p->at->off == p->off)
		keep(scan, p);
	return used;
}

/* One window of a head or a trailer. */
static __always_inline void step_lines(struct http_conn *c, struct packet *p, bool request)
{
	struct stream *s = request ? &c->request : &c->response;
	struct line_state *line = request ? &c->request_line : &c->response_line;
	struct scan *scan = scan_of_this_cpu(p->at->kept ? p->at->kept - 1 : p->at->slot);
	__u32 used, carried = s->fresh ? 0 : line->carried;

	if (!scan) {
		ignore(c);
		return;
	}
	used = read_window(p, s, line, scan);
	p->at->kept = 0;
	if (!used) {
		count(COUNT_LOST_SYNC);
		ignore(c);
		return;
	}
	s->fresh = 0;
	if (s->phase == PHASE_HEAD && !scan->first && !(scan->found & FOUND_VERSION)) {
		count(COUNT_NOT_HTTP);
		c->open = 0;
		ignore(c);
		return;
	}
	if (!request && s->phase == PHASE_HEAD && !scan->first && !c->response_status)
		take_status(c, scan);
	if (request && s->phase == PHASE_HEAD && c->open && !c->answered) {
		c->confirmed |= !scan->first;
		c->record.request_head += used;
		if (c->record.request_head > c->record.head_length)
			append_head(p->skb, carried, used, p->at->slot);
	}
	advance(p, used);
	if (!(scan->found & FOUND_END))
		return;
	if (s->phase == PHASE_TRAILER) {
		if (request)
			end_request(c, p);
		else
			end_response(c, p);
		return;
	}
	if (request) {
		if (c->record.head_length > c->record.request_head)
			c->record.head_length = c->record.request_head;
		if (c->record.request_head > HEAD_CAPACITY)
			c->record.flags |= FLAG_HEAD_TRUNCATED;
		end_request_head(c, p, scan);
	} else {
		end_response_head(c, p, scan);
	}
}

static __always_inline void step_chunk_line(struct http_conn *c, struct packet *p, bool request)
{
	struct stream *s = request ? &c->request : &c->response;
	struct line_state *line = request ? &c->request_line : &c->response_line;
	struct scan *scan = scan_of_this_cpu(p->at->slot);
	__u32 used;

	if (!scan) {
		ignore(c);
		return;
	}
	scan->owner = p->at->seq;
	scan->kept = 0;
	scan->chunk_state = line->chunk_state;
	scan->chunk_size = s->remaining;
	used = scan_chunk_line(p->skb, p->at->off, p->at->len, p->at->slot);
	if (!used || used > p->at->len || scan->owner != p->at->seq ||
	    scan->chunk_state == CHUNK_BAD) {
		count(COUNT_BAD_FRAMING);
		s->phase = PHASE_OPEN_END;
		return;
	}
	line->chunk_state = scan->chunk_state;
	s->remaining = scan->chunk_size;
	advance(p, used);
	if (scan->chunk_state != CHUNK_DONE)
		return;
	if (!scan->chunk_size) {
		s->phase = PHASE_TRAILER;
		start_trailer(line);
		return;
	}
	if (request && c->open)
		c->record.request_body += scan->chunk_size;
	if (!request && c->answer)
		c->record.response_body += scan->chunk_size;
	s->remaining += 2;
	s->phase = PHASE_CHUNK;
}

static __always_inline void step_body(struct http_conn *c, struct packet *p, bool request)
{
	struct stream *s = request ? &c->request : &c->response;
	struct line_state *line = request ? &c->request_line : &c->response_line;
	__u32 bytes = p->at->len;

	if (s->remaining < bytes)
		bytes = s->remaining;
	s->remaining -= bytes;
	advance(p, bytes);
	if (s->remaining)
		return;
	if (s->phase == PHASE_CHUNK) {
		s->phase = PHASE_CHUNK_LINE;
		line->chunk_state = CHUNK_SIZE;
		return;
	}
	if (request)
		end_request(c, p);
	else
		end_response(c, p);
}

/* Bytes whose end something else decides. */
static __always_inline void step_open_end(struct http_conn *c, struct packet *p, bool request)
{
	if (!request && c->answer) {
		c->record.response_body += p->at->len;
		c->record.response_end_ns = now(p);
	}
	advance(p, p->at->len);
}

static __always_inline bool is_kept(struct scan *scan, struct packet *p)
{
	return scan && scan->kept && scan->owner == p->seq && scan->ack == p->ack &&
	       scan->ports == p->ports && scan->length == p->len;
}

/*
 * What comes in from a socket of this node has gone out on the same CPU just before: its head has
 * been read then. Returns 1 + the slot in which it was, or 0.
 */
static __always_inline __u8 read_before(struct packet *p)
{
	if (p->egress || p->at->off != p->off)
		return 0;
	if (is_kept(scan_of_this_cpu(1), p))
		return 2;
	return is_kept(scan_of_this_cpu(0), p) ? 1 : 0;
}

/* Has the first window of a message in scan->buf; 0 = cannot be read. */
static __always_inline struct scan *fetch_window(struct packet *p)
{
	__u32 length = p->at->len;
	struct scan *scan;

	p->at->kept = read_before(p);
	scan = scan_of_this_cpu(p->at->kept ? p->at->kept - 1 : p->at->slot);
	if (!scan || p->at->kept)
		return scan;
	scan->kept = 0;
	if (length > WINDOW)
		length = WINDOW;
	length = ((length - 1) & (WINDOW - 1)) + 1;
	if (bpf_skb_load_bytes(p->skb, p->at->off, scan->buf, length))
		return 0;
	scan->loaded = length;
	return scan;
}

static __always_inline void step_start(struct http_conn *c, struct packet *p, bool request)
{
	struct scan *scan = fetch_window(p);

	p->at->word = scan && p->at->len >= 4 ? word_at(scan, 0) : 0;
	if (scan && request && is_request(p->at->word)) {
		begin_request(c, p, scan);
		return;
	}
	if (!request && is_response(p->at->word)) {
		begin_response(c, p);
		return;
	}
	/* Empty lines before a request are allowed (RFC 9112 section 2.2); anything else is not ours. */
	if (request && ((__u8)p->at->word == '\r' || (__u8)p->at->word == '\n')) {
		advance(p, 1);
		return;
	}
	count(COUNT_LOST_SYNC);
	advance(p, p->at->len);
}

static __always_inline void step(struct http_conn *c, struct packet *p, bool request)
{
	switch (request ? c->request.phase : c->response.phase) {
	case PHASE_START:
		step_start(c, p, request);
		break;
	case PHASE_HEAD:
	case PHASE_TRAILER:
		step_lines(c, p, request);
		break;
	case PHASE_CHUNK_LINE:
		step_chunk_line(c, p, request);
		break;
	case PHASE_LENGTH:
	case PHASE_CHUNK:
		step_body(c, p, request);
		break;
	case PHASE_OPEN_END:
		step_open_end(c, p, request);
		break;
	default:
		advance(p, p->at->len);
	}
}

/* `missing` bytes before this packet passed unseen. */
static __always_inline void skip_gap(struct http_conn *c, struct stream *s, __u32 missing)
{
	count(COUNT_GAP);
	if (c->open)
		c->record.flags |= FLAG_GAP;
	switch (s->phase) {
	case PHASE_START:
	case PHASE_OPEN_END:
	case PHASE_IGNORE:
		return;
	case PHASE_LENGTH:
	case PHASE_CHUNK:
		if (s->remaining > missing) {
			s->remaining -= missing;
			return;
		}
	}
	count(COUNT_LOST_SYNC);
	s->phase = PHASE_OPEN_END;
}

/* Drops what was read before. False when nothing new is left. */
static __always_inline bool take_in_order(struct http_conn *c, struct stream *s, struct packet *p)
{
	__s32 ahead = p->at->seq - s->next_seq;

	if (!s->synced) {
		s->synced = 1;
		ahead = 0;
	}
	if (ahead < 0) {
		if (-ahead >= (__s32)p->at->len)
			return false;
		advance(p, -ahead);
	}
	if (ahead > 0)
		skip_gap(c, s, ahead);
	s->next_seq = p->at->seq + p->at->len;
	return true;
}

/* A body without an end is over when the next message begins at the front of a packet. */
static __always_inline void find_next(struct http_conn *c, struct stream *s, struct packet *p,
				      bool request)
{
	__u32 word = first_word(p);

	if (request && c->answered && is_request(word))
		s->phase = PHASE_START;
	if (!request && !c->open && is_response(word))
		s->phase = PHASE_START;
}

static __always_inline void read_packet(struct http_conn *c, struct packet *p, bool request)
{
	struct stream *s = request ? &c->request : &c->response;

	p->at = &s->at;
	s->at.now = 0;
	s->at.off = p->off;
	s->at.len = p->len;
	s->at.seq = p->seq;
	s->at.ack = p->ack;
	s->at.word = 0;
	s->at.paced = p->paced;
	s->at.slot = p->locked;
	s->at.kept = 0;
	if (!take_in_order(c, s, p))
		return;
	if (s->phase == PHASE_OPEN_END)
		find_next(c, s, p, request);
	for (int i = 0; i < MAX_STEPS && p->at->len; i++)
		step(c, p, request);
	if (!p->at->len)
		return;
	/* More messages or chunks than one packet is read for. */
	count(COUNT_LOST_SYNC);
	if (s->phase == PHASE_START)
		s->phase = PHASE_IGNORE;
	else
		s->phase = PHASE_OPEN_END;
}

static __always_inline struct http_conn *new_connection(struct packet *p)
{
	struct tcp_sock *tcp = (struct tcp_sock *)bpf_skc_to_tcp_sock(p->sk);
	struct http_conn *c;

	if (!tcp)
		return 0;
	c = bpf_sk_storage_get(&connections, p->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!c) {
		count(COUNT_NO_STORAGE);
		return 0;
	}
	c->record.role = p->egress ? ROLE_CLIENT : ROLE_SERVER;
	identify(c, p, (struct sock *)tcp);
	return c;
}

/* What only the sender's side of the socket knows. */
static __always_inline void ask_sender(struct http_conn *c, struct packet *p)
{
	struct sock *sk = (struct sock *)bpf_skc_to_tcp_sock(p->sk);

	if (!sk)
		return;
	p->paced = sk->sk_pacing_status != SK_PACING_NONE;
	p->locked = sk->sk_lock.owned;
	if (p->locked)
		note_owner(c);
}

static __always_inline void read_payload(struct packet *p, struct bpf_sock *socket)
{
	struct http_conn *c;

	p->sk = bpf_sk_fullsock(socket);
	if (!p->sk)
		return;
	if (p->sk->state == TCP_LISTEN) {
		if (is_request(first_word(p)))
			count(COUNT_LISTENER);
		return;
	}
	c = bpf_sk_storage_get(&connections, p->sk, 0, 0);
	if (!c && is_request(first_word(p)))
		c = new_connection(p);
	if (!c || c->request.phase == PHASE_IGNORE)
		return;
	if (p->egress)
		ask_sender(c, p);
	if (p->egress == (c->record.role == ROLE_CLIENT))
		read_packet(c, p, true);
	else
		read_packet(c, p, false);
}

/* Finds the payload. The linear part of a packet holds its IP and TCP headers and nothing else. */
static __always_inline int handle_packet(struct __sk_buff *skb, bool egress)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct packet p = {.skb = skb, .egress = egress};
	struct bpf_sock *socket = skb->sk;
	struct tcphdr *tcp;
	__u32 header;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = data;

		if ((void *)(ip + 1) > end || ip->protocol != IPPROTO_TCP)
			return PASS;
		header = (ip->ihl & 15) * 4;
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = data;

		if ((void *)(ip + 1) > end || ip->nexthdr != IPPROTO_TCP)
			return PASS;
		header = sizeof(*ip);
	} else {
		return PASS;
	}
	tcp = data + header;
	if ((void *)(tcp + 1) > end)
		return PASS;
	header += tcp->doff * 4;
	if (skb->len <= header)
		return PASS;
	p.off = header;
	p.len = skb->len - header;
	p.seq = bpf_ntohl(tcp->seq);
	p.ack = bpf_ntohl(tcp->ack_seq);
	p.ports = *(__u32 *)tcp;
	if (!socket)
		return PASS;
	read_payload(&p, socket);
	return PASS;
}

/*
 * A body that lasts until the end of the connection is whole once the sender's FIN has come
 * (the receiver enters CLOSE_WAIT) or is acknowledged (the sender enters FIN_WAIT2).
 */
static __always_inline void connection_changes(struct sock *sk, int state)
{
	struct http_conn *c;
	__u8 end = END_CUT;

	if (state != TCP_CLOSE && state != TCP_CLOSE_WAIT && state != TCP_FIN_WAIT2)
		return;
	c = bpf_sk_storage_get(&connections, sk, 0, 0);
	if (!c || !c->open || !c->confirmed)
		return;
	if (state == TCP_CLOSE_WAIT && c->record.role != ROLE_CLIENT)
		return;
	if (state == TCP_FIN_WAIT2 && c->record.role != ROLE_SERVER)
		return;
	if (c->answer && c->response.phase == PHASE_OPEN_END)
		end = END_CLOSE;
	else if (state != TCP_CLOSE)
		return;
	else if (!c->answered)
		end = END_NO_RESPONSE;
	c->record.error = sk->sk_err;
	if (!c->record.response_end_ns)
		c->record.response_end_ns = bpf_ktime_get_ns();
	hand_over(c, end);
	ignore(c);
}

SEC("cgroup_skb/ingress")
int http_ingress(struct __sk_buff *skb)
{
	return handle_packet(skb, false);
}

SEC("cgroup_skb/egress")
int http_egress(struct __sk_buff *skb)
{
	return handle_packet(skb, true);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(http_state, struct sock *sk, int old_state, int new_state)
{
	connection_changes(sk, new_state);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
