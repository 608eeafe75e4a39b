/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Reading a packet: what is new in it, and which messages, heads, bodies and chunks it holds. Bodies
 * are stepped over by their length.
 */
#ifndef WAGGLE_HTTP_READ_H
#define WAGGLE_HTTP_READ_H

#include "http_exchange.bpf.h"

#define MAX_STEPS 24 /* messages, chunks and windows of a head that are read in one packet */

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
		/* A request that is none is forgotten; one that got such an answer is told of at close. */
		if (request)
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

/* The end of the message at hand is not to be found any more, so its size is not known either. */
static __always_inline void lose_end(struct http_conn *c, struct stream *s, bool request)
{
	s->phase = PHASE_OPEN_END;
	if (c->open)
		c->record.flags |= request ? FLAG_REQUEST_SIZE_UNKNOWN : FLAG_RESPONSE_SIZE_UNKNOWN;
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
		lose_end(c, s, request);
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
static __always_inline void skip_gap(struct http_conn *c, struct stream *s, __u32 missing,
				     bool request)
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
	lose_end(c, s, request);
}

/* Drops what was read before. False when nothing new is left. */
static __always_inline bool take_in_order(struct http_conn *c, struct stream *s, struct packet *p,
					  bool request)
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
		skip_gap(c, s, ahead, request);
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
	if (!take_in_order(c, s, p, request))
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
		lose_end(c, s, request);
}

#endif
