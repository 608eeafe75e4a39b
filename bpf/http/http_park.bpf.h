/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * First requests that arrive before their connection has a socket of its own: on the listener, with
 * TCP_DEFER_ACCEPT in the last packet of the handshake, with TCP Fast Open in its first. They are
 * read there, and taken over by the connection's socket once it is there.
 */
#ifndef WAGGLE_HTTP_PARK_H
#define WAGGLE_HTTP_PARK_H

#include "http_exchange.bpf.h"

struct park_key {
	__u32 netns;
	__u32 ports; /* source and destination, as they stand in the request's packet */
	__u32 peer;
};

struct parked {
	__u64 request_ns;
	__u64 content_length;
	__u32 seq;
	__u32 ack;
	__u32 len; /* bytes of the packet */
	__u32 request_head;
	__u32 found;
	__u32 word;
	struct line_state line; /* where the reading stands when the head is not whole */
	__u8 head[HEAD_CAPACITY];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct park_key);
	__type(value, struct parked);
} parked SEC(".maps");

/* Too large for the stack. Only softirqs use it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct parked);
} parking SEC(".maps");

static __always_inline __u32 netns_of(struct sock *sk)
{
	return sk->__sk_common.skc_net.net->ns.inum;
}

/* A request on the socket of a listener. */
static __noinline void park(struct packet *p)
{
	struct sock *sk = (struct sock *)bpf_skc_to_tcp_sock(p->sk);
	__u32 zero = 0, length = p->len, used;
	struct parked *r = bpf_map_lookup_elem(&parking, &zero);
	struct scan *scan = scan_of_this_cpu(0);
	struct park_key key;

	if (!r || !scan || !sk)
		return;
	/* An empty line may stand before a request. */
	if ((first_word(p) & 0xffff) == ('\r' | '\n' << 8) && p->len >= 6) {
		p->off += 2;
		p->len -= 2;
		p->seq += 2;
		length -= 2;
	}
	r->word = 0;
	if (bpf_skb_load_bytes(p->skb, p->off, &r->word, p->len < 4 ? 1 : 4))
		return;
	if (p->len < 4 ? !may_begin_request(r->word) : !is_request(r->word))
		return;
	scan->owner = p->seq;
	scan->kept = 0;
	scan->loaded = 0;
	scan->before = NO_LINES;
	start_scan(scan);
	used = scan_head(p->skb, p->off, p->len, 0);
	if (!used || (!scan->first && !(scan->found & FOUND_VERSION)) ||
	    (p->len < 4 && !scan->first)) {
		count(COUNT_NOT_HTTP);
		return;
	}
	store_lines(scan, &r->line);
	r->request_ns = bpf_ktime_get_ns();
	r->content_length = scan->content_length;
	r->seq = p->seq;
	r->ack = p->ack;
	r->len = p->len;
	r->request_head = used;
	r->found = scan->found;
	if (length > HEAD_CAPACITY)
		length = HEAD_CAPACITY;
	length = ((length - 1) & (HEAD_CAPACITY - 1)) + 1;
	key.netns = netns_of(sk);
	key.ports = p->ports;
	key.peer = p->peer;
	if (bpf_skb_load_bytes(p->skb, p->off, r->head, length) ||
	    bpf_map_update_elem(&parked, &key, r, BPF_ANY))
		count(COUNT_LISTENER);
}

/* What follows the head, up to `end_seq`, is the body's as far as its length says. */
static __always_inline void resume(struct http_conn *c, struct parked *r, __u32 end_seq)
{
	struct stream *s = &c->request;
	__u32 behind = end_seq - r->seq - r->request_head;

	s->synced = 1;
	s->next_seq = end_seq;
	if (!(r->found & FOUND_END) && end_seq == r->seq + r->len) {
		s->phase = PHASE_HEAD;
		s->fresh = 0;
		s->remaining = r->content_length;
		bpf_probe_read_kernel(&c->request_line, sizeof(c->request_line), &r->line);
		return;
	}
	if (!(r->found & FOUND_END)) {
		c->record.flags |= FLAG_REQUEST_SIZE_UNKNOWN;
		s->phase = PHASE_OPEN_END;
		return;
	}
	if (r->found & (FOUND_BAD | FOUND_CHUNKED) && (r->found & FOUND_BAD || behind)) {
		c->record.flags |= FLAG_REQUEST_SIZE_UNKNOWN;
		s->phase = PHASE_OPEN_END;
		return;
	}
	if (r->found & FOUND_CHUNKED) {
		s->phase = PHASE_CHUNKS;
		s->remaining = 0;
		c->request_line.chunk_state = CHUNK_SIZE;
		return;
	}
	s->remaining = r->found & FOUND_LENGTH ? r->content_length : 0;
	c->record.request_body = s->remaining;
	if (s->remaining > behind) {
		s->phase = PHASE_LENGTH;
		s->remaining -= behind;
		return;
	}
	s->phase = PHASE_START;
	c->record.request_end_ns = r->request_ns;
	if (behind == s->remaining)
		return;
	/* More requests, of which nobody knows how many: what answers them is told apart no more. */
	count(COUNT_LISTENER);
	s->phase = PHASE_IGNORE;
}

/* Too few bytes to tell what they begin. */
static __always_inline void gather_parked(struct http_conn *c, struct parked *r, __u32 end_seq)
{
	struct stream *s = &c->request;

	if (end_seq != r->seq + r->len) {
		count(COUNT_LISTENER);
		return;
	}
	s->synced = 1;
	s->next_seq = end_seq;
	s->remaining = r->request_ns;
	s->gathered = r->len;
	*(__u32 *)c->request_line.carry = *(__u32 *)r->head;
}

/* The connection's socket takes over what was parked for it; it has received up to `end_seq`. */
static __noinline int unpark(struct http_conn *c, struct parked *r, __u32 end_seq)
{
	c->record.role = ROLE_SERVER;
	c->record.flags = 0;
	if (r->len < 4) {
		gather_parked(c, r, end_seq);
		return 0;
	}
	open_exchange(c, r->seq, r->ack, r->request_ns);
	note_method(c, r->word);
	if (meet_peer(false, r->seq, r->ack))
		c->record.flags = FLAG_PEER_SEEN;
	c->confirmed = !r->line.first;
	c->target = TARGET_RECORD;
	c->record.request_head = r->request_head;
	bpf_probe_read_kernel(c->record.head, HEAD_CAPACITY, r->head);
	c->record.head_length = r->request_head;
	if (r->request_head > HEAD_CAPACITY) {
		c->record.head_length = HEAD_CAPACITY;
		c->record.flags |= FLAG_HEAD_TRUNCATED;
	}
	resume(c, r, end_seq);
	c->open = 1;
	return 0;
}

#endif
