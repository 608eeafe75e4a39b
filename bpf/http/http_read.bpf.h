/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Reading a packet: what is new in it, and which messages, heads, bodies and chunks it holds. Bodies
 * are stepped over by their length.
 */
#ifndef WAGGLE_HTTP_READ_H
#define WAGGLE_HTTP_READ_H

#include "http_exchange.bpf.h"
#include "http_proxy.bpf.h"

/*
 * Parts of messages that are read in one packet: a request without body has two. The verifier walks
 * the first few one by one and the others once, by bpf_loop; without that there are few.
 */
#define FIRST_STEPS 3
#define MORE_STEPS 400
#define FEW_STEPS 5
#define MAX_HELD 250 /* packets that one that is missing is waited for */

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

/* Reads the lines at hand, or takes what was found when they were read before; 0 = cannot be read. */
static __always_inline __u32 read_lines(struct packet *p, struct scan *scan, __s32 before)
{
	struct stream *s = p->at;
	__u32 used;

	if (s->kept)
		return scan->used;
	scan->owner = s->seq;
	scan->kept = 0;
	scan->before = before;
	if (s->fresh) {
		start_scan(scan);
	} else {
		load_lines(scan, p->line);
		scan->content_length = s->remaining;
		scan->loaded = 0;
	}
	used = scan_head(p->skb, s->off, s->len, s->slot);
	if (used > s->len || scan->owner != s->seq)
		return 0;
	scan->used = used;
	if (!(scan->found & FOUND_END)) {
		store_lines(scan, p->line);
		s->remaining = scan->content_length;
	} else if (p->egress && s->fresh && s->off == p->off && used <= WINDOW) {
		keep(scan, p);
	}
	return used;
}

/* Bytes of a request's head that were read before the packet at hand. */
static __always_inline __s32 head_so_far(struct http_conn *c)
{
	return c->target == TARGET_RECORD ? (__s32)c->record.request_head : NO_LINES;
}

/* A request's head goes into its record as far as there is room; a fresh one has begun there. */
static __noinline void keep_head(struct http_conn *c, struct packet *p)
{
	if (p->at->fresh)
		return;
	if (c->target == TARGET_RECORD) {
		if (c->record.head_length == c->record.request_head &&
		    c->record.head_length < HEAD_CAPACITY - 7)
			append_head(p->skb, p->at->off, p->at->len, p->at->slot);
	} else if (c->target != TARGET_NONE) {
		append_queued_head(p->skb, p->at->off, p->at->len, p->at->slot);
	}
}

/* `used` more bytes of it were read, which may have been its last. */
static __always_inline void count_head(struct http_conn *c, struct packet *p, __u32 used, bool last)
{
	struct http_exchange *r = &c->record;
	struct queued *q;

	if (c->target == TARGET_RECORD) {
		r->request_head += used;
		if (!last)
			return;
		if (r->head_length > r->request_head)
			r->head_length = r->request_head;
		if (r->request_head > r->head_length)
			r->flags |= FLAG_HEAD_TRUNCATED;
		return;
	}
	q = queued_target(c, p);
	if (!q)
		return;
	q->request_head += used;
	if (last && q->head_length > q->request_head)
		q->head_length = q->request_head;
}

/* What is no HTTP after all. A response that is none leaves its request without one. */
static __noinline void refuse(struct http_conn *c, bool request)
{
	count(COUNT_NOT_HTTP);
	if (depends_on_order(c)) {
		abandon(c);
		return;
	}
	if (request && c->target == TARGET_RECORD)
		c->open = 0;
	ignore(c);
}

/* Lines of a head or a trailer. */
static __always_inline void step_lines(struct http_conn *c, struct packet *p, bool request)
{
	struct stream *s = p->at;
	struct scan *scan = scan_of_this_cpu(s->kept ? s->kept - 1 : s->slot);
	bool head = s->phase == PHASE_HEAD;
	bool last;
	__u32 used;

	if (!scan) {
		abandon(c);
		return;
	}
	if (request && head)
		keep_head(c, p);
	used = read_lines(p, scan, request && head ? head_so_far(c) : NO_LINES);
	s->kept = 0;
	if (!used) {
		count(COUNT_LOST_SYNC);
		abandon(c);
		return;
	}
	s->fresh = 0;
	last = scan->found & FOUND_END;
	if (head && !scan->first && !(scan->found & FOUND_VERSION)) {
		refuse(c, request);
		return;
	}
	if (!request && head && !scan->first && !c->response_status)
		take_status(c, scan);
	if (request && head) {
		if (c->target == TARGET_RECORD)
			c->confirmed |= !scan->first;
		count_head(c, p, used, last);
		keep_lines(c, p, scan);
	}
	advance(p, used);
	if (!last)
		return;
	if (!head) {
		if (request)
			end_request(c, p);
		else
			end_response(c, p);
	} else if (request) {
		end_request_head(c, p, scan);
	} else {
		end_response_head(c, p, scan);
	}
}

/*
 * The end of the message at hand is not to be found any more, so its size is not known either. What
 * was not even understood is not told of at all.
 */
static __noinline void lose_end(struct http_conn *c, struct packet *p, bool request)
{
	bool known = request ? c->confirmed || c->target != TARGET_RECORD : is_own_answer(c);

	p->at->gathered = 0;
	if (!request && is_answer(c) && is_upgrade(c)) {
		end_upgrade(c, p);
		return;
	}
	/*
	 * Of a response nobody knows then whether it was the last one to its request; of a client that
	 * sends early, whether another request stood behind this one.
	 */
	if (depends_on_order(c) || c->pushed ||
	    (c->open && !known && (!request || c->head_only || c->connect))) {
		abandon(c);
		return;
	}
	p->at->phase = PHASE_OPEN_END;
	if (c->open && !known)
		forget(c);
	else if (c->open)
		c->record.flags |= request ? FLAG_REQUEST_SIZE_UNKNOWN : FLAG_RESPONSE_SIZE_UNKNOWN;
}

static __noinline void step_chunks(struct http_conn *c, struct packet *p, bool request)
{
	struct scan *scan = scan_of_this_cpu(p->at->slot);
	__u32 used;

	if (!scan) {
		abandon(c);
		return;
	}
	scan->owner = p->at->seq;
	scan->kept = 0;
	scan->body = 0;
	scan->chunk_state = p->line->chunk_state;
	scan->chunk_size = p->at->remaining;
	used = scan_chunks(p->skb, p->at->off, p->at->len, p->at->slot);
	if (!used || used > p->at->len || scan->owner != p->at->seq) {
		count(COUNT_BAD_FRAMING);
		lose_end(c, p, request);
		return;
	}
	p->line->chunk_state = scan->chunk_state;
	p->at->remaining = scan->chunk_size;
	advance(p, used);
	if (request)
		add_request_body(c, p, scan->body);
	else if (is_answer(c))
		c->record.response_body += scan->body;
	if (scan->chunk_state != CHUNK_DONE)
		return;
	p->at->phase = PHASE_TRAILER;
	p->at->remaining = 0;
	start_trailer(p->line);
}

static __always_inline void step_body(struct http_conn *c, struct packet *p, bool request)
{
	struct stream *s = p->at;
	__u32 bytes = s->len;

	if (s->remaining < bytes)
		bytes = s->remaining;
	s->remaining -= bytes;
	advance(p, bytes);
	if (s->remaining)
		return;
	if (request)
		end_request(c, p);
	else
		end_response(c, p);
}

/* Bytes whose end something else decides. */
static __always_inline void step_open_end(struct http_conn *c, struct packet *p, bool request)
{
	if (!request && is_answer(c)) {
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

/* One of a message's first four bytes, which do not come together. The word, once it is whole. */
static __noinline __u32 gather(struct packet *p)
{
	struct stream *s = p->at;
	__u32 have = s->gathered & 3;
	__u8 byte;

	if (bpf_skb_load_bytes(p->skb, s->off, &byte, 1))
		return 0;
	advance(p, 1);
	/* Empty lines before a request are allowed: RFC 9112 section 2.2. */
	if (!have && (byte == '\r' || byte == '\n'))
		return 0;
	if (!have)
		s->remaining = now(p);
	p->line->carry[have] = byte;
	s->gathered = have + 1;
	return have == 3 ? *(__u32 *)p->line->carry : 0;
}

/* Its first four bytes have been gathered, or stand at the front of scan->buf. */
static __always_inline void begin_message(struct http_conn *c, struct packet *p, struct scan *scan,
					  __u32 word, bool request)
{
	if (request && is_request(word)) {
		begin_request(c, p, scan, word);
		return;
	}
	if (!request && is_response(word)) {
		begin_response(c, p);
		return;
	}
	if (request && is_proxy(word, word_at(scan, 4))) {
		step_proxy(c, p);
		return;
	}
	count(COUNT_LOST_SYNC);
	if (depends_on_order(c) || (!request && c->open))
		abandon(c);
	else if (!request)
		p->at->phase = PHASE_OPEN_END;
	advance(p, p->at->len);
}

static __always_inline void step_start(struct http_conn *c, struct packet *p, bool request)
{
	struct stream *s = p->at;
	struct scan *scan;
	__u32 word;

	if (s->gathered || s->len < 4) {
		word = gather(p);
		if (s->gathered < 4)
			return;
		scan = scan_of_this_cpu(s->slot);
		if (scan) {
			start_message_line(p->line, 4);
			begin_message(c, p, scan, word, request);
		}
		s->gathered = 0;
		return;
	}
	scan = fetch_window(p);
	word = scan ? word_at(scan, 0) : 0;
	if (request && scan && ((__u8)word == '\r' || (__u8)word == '\n') &&
	    !is_proxy(word, word_at(scan, 4))) {
		advance(p, 1);
		return;
	}
	if (scan) {
		begin_message(c, p, scan, word, request);
		return;
	}
	count(COUNT_LOST_SYNC);
	abandon(c);
}

static __always_inline void step(struct http_conn *c, struct packet *p, bool request)
{
	switch (p->at->phase) {
	case PHASE_START:
		step_start(c, p, request);
		break;
	case PHASE_HEAD:
	case PHASE_TRAILER:
		step_lines(c, p, request);
		break;
	case PHASE_CHUNKS:
		step_chunks(c, p, request);
		break;
	case PHASE_LENGTH:
		step_body(c, p, request);
		break;
	case PHASE_OPEN_END:
		step_open_end(c, p, request);
		break;
	default:
		advance(p, p->at->len);
	}
}

/* Steps over `missing` bytes that are not at hand. False when what follows is not known then. */
static __always_inline bool step_over(struct http_conn *c, struct packet *p, __u32 missing,
				      bool request)
{
	struct stream *s = p->at;

	switch (s->phase) {
	case PHASE_OPEN_END:
		if (!request && is_answer(c))
			c->record.response_body += missing;
		return true;
	case PHASE_IGNORE:
	case PHASE_ABANDONED:
		return true;
	case PHASE_CHUNKS:
		if (p->line->chunk_state != CHUNK_DATA)
			break;
		/* fallthrough */
	case PHASE_LENGTH:
		if (s->remaining < missing)
			break;
		s->remaining -= missing;
		if (s->remaining)
			return true;
		if (s->phase == PHASE_CHUNKS)
			p->line->chunk_state = CHUNK_SIZE;
		else if (request)
			end_request(c, p);
		else
			end_response(c, p);
		return true;
	}
	return false;
}

/* `missing` bytes before this packet passed unseen. */
static __noinline void skip_gap(struct http_conn *c, struct packet *p, __u32 missing,
				     bool request)
{
	bool between = p->at->phase == PHASE_START && !p->at->gathered;

	count(COUNT_GAP);
	count_by(COUNT_PAYLOAD_MISSED, missing);
	if (c->open)
		c->record.flags |= FLAG_GAP;
	if (step_over(c, p, missing, request))
		return;
	if (between && !depends_on_order(c))
		return;
	count(COUNT_LOST_SYNC);
	lose_end(c, p, request);
}

/*
 * A packet that comes before its turn is only remembered, by where it ends: what it belongs to is
 * known when the missing one has come. False when that is waited for no longer.
 */
static __always_inline bool hold(struct packet *p)
{
	struct stream *s = p->at;
	__u32 end = s->seq + s->len;

	if (s->held >= MAX_HELD || s->phase >= PHASE_IGNORE)
		return false;
	if (!s->held || (__s32)(end - s->early_seq) > 0)
		s->early_seq = end;
	s->held++;
	return true;
}

/*
 * Had TCP all of this packet before we began to follow the connection? Then it was repeated on its way,
 * and its answer may have passed.
 */
static __always_inline bool came_before(struct packet *p)
{
	struct tcp_sock *tcp = (struct tcp_sock *)bpf_skc_to_tcp_sock(p->sk);

	return tcp && (__s32)(p->at->seq + p->at->len - tcp->rcv_nxt) <= 0;
}

/* Drops what was read before. False when nothing new is left. */
static __always_inline bool take_in_order(struct http_conn *c, struct packet *p, bool request)
{
	struct stream *s = p->at;
	__s32 ahead = s->seq - s->next_seq;

	if (!s->synced) {
		if (request && !p->egress && came_before(p))
			return false;
		s->synced = 1;
		/* Where a response begins is what its request has acknowledged; a SYN has nothing to. */
		ahead = !request && c->open && !c->answered && c->record.response_seq ?
				s->seq - c->record.response_seq :
				0;
		s->next_seq = s->seq - ahead;
	}
	if (ahead < 0) {
		if (-ahead >= (__s32)s->len)
			return false;
		advance(p, -ahead);
	}
	if (ahead > 0) {
		if (hold(p))
			return false;
		s->held = 0;
		skip_gap(c, p, ahead, request);
	}
	s->next_seq = s->seq + s->len;
	return true;
}

/* The packets that came before their turn follow now. */
static __noinline void take_early(struct http_conn *c, struct packet *p, bool request)
{
	struct stream *s = p->at;
	__s32 early = s->early_seq - s->next_seq;

	s->held = 0;
	if (early <= 0)
		return;
	s->next_seq = s->early_seq;
	if (step_over(c, p, early, request))
		return;
	count(COUNT_LOST_SYNC);
	lose_end(c, p, request);
}

/*
 * A body without an end is over when the next message begins at the front of a packet: a response
 * when no other is expected, a request when its sender has all of the last response.
 */
static __always_inline void find_next(struct http_conn *c, struct packet *p, bool request)
{
	__u32 word = first_word(p);
	bool answered = c->open ? c->answered : p->ack == c->response.next_seq;

	if (request && answered && is_request(word))
		p->at->phase = PHASE_START;
	if (!request && !c->open && is_response(word))
		p->at->phase = PHASE_START;
}

/* What the turns of the reading loop need. */
struct reading {
	struct http_conn *c;
	struct packet *p;
};

static __noinline int step_request(__u32 i, struct reading *r)
{
	if (!r->p->at->len)
		return 1;
	step(r->c, r->p, true);
	return 0;
}

static __noinline int step_response(__u32 i, struct reading *r)
{
	if (!r->p->at->len)
		return 1;
	step(r->c, r->p, false);
	return 0;
}

static __always_inline bool step_once(struct reading *r, bool request)
{
	return (request ? step_request(0, r) : step_response(0, r)) == 0;
}

static __always_inline void read_all(struct http_conn *c, struct packet *p, bool request, bool modern)
{
	struct reading r = {.c = c, .p = p};

#pragma clang loop unroll(disable)
	for (int i = 0; i < (modern ? FIRST_STEPS : FEW_STEPS); i++)
		if (!step_once(&r, request))
			return;
	if (modern && p->at->len)
		bpf_loop(MORE_STEPS, request ? step_request : step_response, &r, 0);
}

/*
 * What only the sender's side of the socket knows. That it is locked by a user says that we run in
 * the context of its owner, where softirqs may interrupt us. No branches: the verifier would walk
 * everything that follows once for each.
 */
static __always_inline void ask_sender(struct http_conn *c, struct packet *p)
{
	struct sock *sk = (struct sock *)bpf_skc_to_tcp_sock(p->sk);

	if (!sk)
		return;
	p->at->paced = sk->sk_pacing_status;
	p->at->slot = sk->sk_lock.owned & 1;
	if (p->at->slot)
		note_owner(c);
}

/* `modern`: there are bpf_loop (5.17) and atomic exchange (5.12). */
static __always_inline void read_packet(struct http_conn *c, struct packet *p, bool request,
					bool modern)
{
	struct stream *s = request ? &c->request : &c->response;

	p->at = s;
	p->line = request ? &c->request_line : &c->response_line;
	s->now = 0;
	s->off = p->off;
	s->len = p->len;
	s->seq = p->seq;
	s->ack = p->ack;
	s->paced = 0;
	s->slot = 0;
	s->kept = 0;
	if (p->egress)
		ask_sender(c, p);
	if (!take_in_order(c, p, request))
		return;
	if (s->phase == PHASE_OPEN_END)
		find_next(c, p, request);
	if (s->slot && modern)
		s->slot = claim_slot();
	read_all(c, p, request, modern);
	if (s->slot && modern)
		release_slot(s->slot);
	if (s->held)
		take_early(c, p, request);
	if (!s->len)
		return;
	/* More messages than one packet is read for. */
	count(COUNT_LOST_SYNC);
	if (s->phase == PHASE_START)
		abandon(c);
	else
		lose_end(c, p, request);
}

#endif
