/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Where messages begin and end, and what that means for the exchange. See http_read.bpf.h for how
 * their ends are found.
 */
#ifndef WAGGLE_HTTP_EXCHANGE_H
#define WAGGLE_HTTP_EXCHANGE_H

#include "http_conn.bpf.h"

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

#endif
