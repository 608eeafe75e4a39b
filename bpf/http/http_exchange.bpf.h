/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The exchange that is open on a connection and those that wait behind it: how they begin, what is
 * learned of them, how they are handed over.
 */
#ifndef WAGGLE_HTTP_EXCHANGE_H
#define WAGGLE_HTTP_EXCHANGE_H

#include "http_conn.bpf.h"
#include "http_total.bpf.h"

static __always_inline struct http_extra *extra_of(struct packet *p)
{
	return bpf_sk_storage_get(&extras, p->sk, 0, 0);
}

static __always_inline struct http_extra *new_extra(struct packet *p)
{
	return bpf_sk_storage_get(&extras, p->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
}

static __always_inline __u32 waiting(struct http_conn *c)
{
	return (__u8)(c->pushed - c->popped);
}

/* Hands over one exchange of so many that this is asked for; both ends choose the same ones. */
static __always_inline bool is_sampled_out(struct http_exchange *r)
{
	__u32 zero = 0, shift, hash;
	struct settings *s = bpf_map_lookup_elem(&settings, &zero);

	if (!s || !s->sampling)
		return false;
	shift = s->sampling & 15;
	r->sampling = shift;
	hash = (r->request_seq * 0x9e3779b1) ^ r->response_seq;
	hash = (hash ^ hash >> 15) * 0x85ebca6b;
	return hash >> (31 - shift) >> 1;
}

static __noinline int write_record(struct http_exchange *r)
{
	__u32 length = r->head_length;

	/* Masked, not compared: verifiers before 6.12 lose a bound that clang keeps elsewhere. */
	length = ((length - 1) & (HEAD_CAPACITY - 1)) + 1;
	length += __builtin_offsetof(struct http_exchange, head);
	return bpf_ringbuf_output(&exchanges, r, length, BPF_RB_NO_WAKEUP);
}

static __noinline int write_extended(struct http_exchange *r, struct http_extra *extra)
{
	struct http_extended *out = bpf_ringbuf_reserve(&exchanges, sizeof(*out), 0);

	if (!out)
		return -1;
	bpf_probe_read_kernel(&out->exchange, sizeof(out->exchange), r);
	bpf_probe_read_kernel(&out->more, sizeof(out->more), &extra->more);
	out->exchange.flags |= FLAG_EXTENDED;
	bpf_ringbuf_submit(out, BPF_RB_NO_WAKEUP);
	return 0;
}

/* `extra` may be missing; then the record goes without. */
static __always_inline void write(struct http_conn *c, struct http_extra *extra)
{
	int failed;

	if (is_sampled_out(&c->record)) {
		count(add_to_total(&c->record) ? COUNT_TOTALS_FULL : COUNT_SAMPLED_OUT);
		return;
	}
	if (c->extended && extra) {
		if (!(c->extended & EXTENDED_PROXY))
			extra->more.proxy_length = 0;
		if (!(c->extended & EXTENDED_LINES))
			extra->more.host_length = extra->more.trace_length = 0;
		failed = write_extended(&c->record, extra);
	} else {
		failed = write_record(&c->record);
	}
	count(failed ? COUNT_RING_FULL : COUNT_RECORDS);
}

static __always_inline void hand_over(struct http_conn *c, struct http_extra *extra, __u8 end)
{
	c->open = 0;
	c->answered = 0;
	c->record.end = end;
	if (c->target == TARGET_RECORD) {
		c->target = TARGET_NONE;
		if (c->request.phase != PHASE_START && c->request.phase < PHASE_IGNORE)
			c->record.flags |= FLAG_REQUEST_INCOMPLETE;
	}
	write(c, extra);
}

static __noinline void hand_over_from(struct http_conn *c, struct packet *p, __u8 end)
{
	hand_over(c, c->extended ? extra_of(p) : 0, end);
}

/*
 * Makes the record that of a new exchange. It is open when all of it is there: its answer may come in
 * a softirq in between.
 */
static __always_inline void open_exchange(struct http_conn *c, __u32 seq, __u32 ack, __u64 ns)
{
	struct http_exchange *r = &c->record;

	c->confirmed = 0;
	c->answered = 0;
	c->reported = 0;
	c->extended &= EXTENDED_PROXY;
	r->flags &= FLAG_PEER_SEEN;
	r->status = 0;
	r->interim = 0;
	r->error = 0;
	r->request_ns = ns;
	r->request_end_ns = 0;
	r->response_ns = 0;
	r->response_end_ns = 0;
	r->read_ns = 0;
	r->request_body = 0;
	r->response_body = 0;
	r->request_head = 0;
	r->request_seq = seq;
	r->response_seq = ack;
}

static __always_inline void note_method(struct http_conn *c, __u32 word)
{
	c->head_only = word == WORD('H', 'E', 'A', 'D');
	c->connect = word == WORD('C', 'O', 'N', 'N');
}

/*
 * Are there requests whose responses are told apart by their order alone? Then nothing may be
 * guessed once one of these was not understood.
 */
static __always_inline bool depends_on_order(struct http_conn *c)
{
	return waiting(c) || c->skip || c->skipped;
}

/* The connection cannot be followed any more, and nothing can be said of what is open on it. */
static __noinline void abandon(struct http_conn *c)
{
	count_by(COUNT_ABANDONED, waiting(c) + c->open);
	c->open = 0;
	c->popped = c->pushed;
	c->request.phase = PHASE_ABANDONED;
	c->response.phase = PHASE_ABANDONED;
}

/* Nothing can be said of the open exchange, whose request was not understood; its response is skipped. */
static __always_inline void forget(struct http_conn *c)
{
	count(COUNT_ABANDONED);
	c->open = 0;
	c->answered = 0;
	c->answer = ANSWER_NONE;
	if (c->target == TARGET_RECORD)
		c->target = TARGET_NONE;
	c->skipped++;
}

/* Where a head that is being gathered begins: its first bytes are no longer in the packet. */
static __always_inline __u32 gathered_seq(struct packet *p)
{
	return p->at->seq - p->at->gathered;
}

/* And when the first of them came. */
static __always_inline __u64 gathered_ns(struct packet *p)
{
	return p->at->gathered ? p->at->remaining : now(p);
}

/* Is the response at hand the final one to the open exchange? */
static __always_inline bool is_own_answer(struct http_conn *c)
{
	return is_answer(c) && c->answered;
}

/*
 * Behind a response that nobody is known to have asked for, or whose head was not understood, only
 * the next request says where the next one begins: where its sender has all that came before. False
 * when that is not so.
 */
static __always_inline bool settle_response(struct http_conn *c, struct packet *p)
{
	if (c->response.phase != PHASE_OPEN_END || is_own_answer(c))
		return true;
	if (c->open || waiting(c) || (c->response.synced && p->at->ack != c->response.next_seq))
		return false;
	c->response.phase = PHASE_START;
	return true;
}

/*
 * A new request while the last one's response has not ended: was it sent early, or did the response
 * end without our seeing it? Its end is not to be found in a body without length; and the client has
 * acknowledged bytes of it that did not pass here when we were attached in the middle.
 */
static __always_inline bool response_is_over(struct http_conn *c, struct packet *p)
{
	__u32 expected = c->response.synced ? c->response.next_seq : c->record.response_seq;

	if (c->response.phase == PHASE_OPEN_END && is_own_answer(c))
		return true;
	if ((__s32)(p->at->ack - expected) <= 0)
		return false;
	c->record.flags |= FLAG_GAP;
	return true;
}

/* The next place in the queue, or 0 when it is full. */
static __always_inline struct queued *next_place(struct http_conn *c, struct packet *p)
{
	struct http_extra *extra;

	if (waiting(c) >= QUEUE)
		return 0;
	extra = new_extra(p);
	return extra ? &extra->queue[c->pushed & (QUEUE - 1)] : 0;
}

/* The first bytes of a request that has to wait. */
static __noinline void queue_request(struct http_conn *c, struct packet *p, struct scan *scan,
					  __u32 word)
{
	struct queued *q = next_place(c, p);
	__u32 length = p->at->len;

	if (!q) {
		count(COUNT_PIPELINED);
		c->skipped++;
		c->target = TARGET_NONE;
		/* How its response ends would have to be remembered, or 256 of them. */
		if (word == WORD('H', 'E', 'A', 'D') || word == WORD('C', 'O', 'N', 'N') || !c->skipped)
			abandon(c);
		return;
	}
	q->request_ns = gathered_ns(p);
	q->request_end_ns = 0;
	q->request_body = 0;
	q->request_seq = gathered_seq(p);
	q->request_head = p->at->gathered;
	q->flags = 0;
	q->skip = c->skipped;
	q->head_only = word == WORD('H', 'E', 'A', 'D');
	q->connect = word == WORD('C', 'O', 'N', 'N');
	if (p->at->gathered) {
		*(__u32 *)q->head = word;
		q->head_length = 4;
	} else {
		bpf_probe_read_kernel(q->head, QUEUED_HEAD, scan->buf);
		q->head_length = length < QUEUED_HEAD ? length : QUEUED_HEAD;
	}
	c->skipped = 0;
	c->target = TARGET_QUEUE + (c->pushed & (QUEUE - 1));
	c->pushed++;
}

/* The first bytes of a request: in scan->buf, or gathered in its line. */
static __always_inline void begin_request(struct http_conn *c, struct packet *p, struct scan *scan,
					  __u32 word)
{
	struct http_exchange *r = &c->record;
	__u32 length = p->at->len;

	if (c->open && response_is_over(c, p)) {
		r->flags |= FLAG_RESPONSE_SIZE_UNKNOWN;
		r->response_end_ns = r->response_end_ns ?: now(p);
		hand_over_from(c, p, END_NEXT);
		c->response.phase = PHASE_START;
		/* What the client has, and did not pass here. */
		if ((__s32)(p->at->ack - c->response.next_seq) > 0)
			c->response.synced = 0;
	}
	if (!settle_response(c, p)) {
		count(COUNT_LOST_SYNC);
		abandon(c);
		return;
	}
	p->at->phase = PHASE_HEAD;
	p->at->fresh = !p->at->gathered;
	if (c->open || waiting(c)) {
		queue_request(c, p, scan, word);
		p->at->remaining = 0;
		return;
	}
	open_exchange(c, gathered_seq(p), p->at->ack, gathered_ns(p));
	p->at->remaining = 0;
	note_method(c, word);
	if (c->seen < MEETINGS && !r->flags) {
		c->seen++;
		if (meet_peer(p->egress, r->request_seq, p->at->ack))
			r->flags = FLAG_PEER_SEEN;
	}
	c->target = TARGET_RECORD;
	c->skip = c->skipped;
	c->skipped = 0;
	if (p->at->gathered) {
		*(__u32 *)r->head = word;
		r->head_length = 4;
		r->request_head = 4;
		c->open = 1;
		return;
	}
	if (length > HEAD_CAPACITY)
		length = HEAD_CAPACITY;
	length = ((length - 1) & (HEAD_CAPACITY - 1)) + 1;
	bpf_probe_read_kernel(r->head, length, scan->buf);
	r->head_length = length;
	c->open = 1;
}

/* The exchange whose turn it is, when the one before it is over. */
static __noinline void take_next(struct http_conn *c, struct http_extra *extra)
{
	__u32 place = c->popped & (QUEUE - 1);
	struct http_exchange *r = &c->record;
	struct queued *q;

	if (c->open || !waiting(c) || !extra)
		return;
	q = &extra->queue[place];
	c->popped++;
	if (c->target == TARGET_QUEUE + place)
		c->target = TARGET_RECORD;
	open_exchange(c, q->request_seq, r->response_seq, q->request_ns);
	c->confirmed = 1;
	c->head_only = q->head_only;
	c->connect = q->connect;
	c->skip = q->skip;
	r->flags |= q->flags;
	r->request_end_ns = q->request_end_ns;
	r->request_body = q->request_body;
	r->request_head = q->request_head;
	bpf_probe_read_kernel(r->head, QUEUED_HEAD, q->head);
	r->head_length = q->head_length;
	if (r->request_head > r->head_length)
		r->flags |= FLAG_HEAD_TRUNCATED;
	c->open = 1;
}

/* The waiting request that is being read; 0 = it is another one. */
static __noinline struct queued *queued_target(struct http_conn *c, struct packet *p)
{
	struct http_extra *extra;

	if (c->target == TARGET_RECORD || c->target == TARGET_NONE)
		return 0;
	extra = extra_of(p);
	return extra ? &extra->queue[(c->target - TARGET_QUEUE) & (QUEUE - 1)] : 0;
}

static __always_inline void add_request_body(struct http_conn *c, struct packet *p, __u64 bytes)
{
	struct queued *q;

	if (c->target == TARGET_RECORD) {
		c->record.request_body += bytes;
		return;
	}
	q = queued_target(c, p);
	if (q)
		q->request_body += bytes;
}

static __noinline void flag_request(struct http_conn *c, struct packet *p, __u16 flag)
{
	struct queued *q;

	if (c->target == TARGET_RECORD) {
		c->record.flags |= flag;
		return;
	}
	q = queued_target(c, p);
	if (q)
		q->flags |= flag;
}

static __always_inline void end_request(struct http_conn *c, struct packet *p)
{
	struct queued *q;

	c->request.phase = PHASE_START;
	if (c->target == TARGET_RECORD) {
		c->record.request_end_ns = now(p);
		return;
	}
	q = queued_target(c, p);
	if (q)
		q->request_end_ns = now(p);
}

/*
 * More of a head that did not come in one piece: the packet's `bytes` from `off`. Eight at a time,
 * because the verifier follows one variable in an address but not the sum of a place and a length;
 * so the last seven places of `head` may stay empty.
 */
__noinline int append_head(struct __sk_buff *skb, __u32 off, __u32 bytes, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	struct bpf_sock *sk = skb->sk;
	__u64 to, end, at = 0;
	struct http_conn *c;

	if (!scan || !sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	c = bpf_sk_storage_get(&connections, sk, 0, 0);
	if (!c)
		return 0;
	if (bytes > WINDOW)
		bytes = WINDOW;
	bytes = ((bytes - 1) & (WINDOW - 1)) + 1;
	if (bpf_skb_load_bytes(skb, off, scan->buf, bytes))
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

/* The same for a request that waits. */
__noinline int append_queued_head(struct __sk_buff *skb, __u32 off, __u32 bytes, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	struct bpf_sock *sk = skb->sk;
	struct http_extra *extra;
	__u64 to, end, at = 0;
	struct http_conn *c;
	struct queued *q;

	if (!scan || !sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	c = bpf_sk_storage_get(&connections, sk, 0, 0);
	if (!c)
		return 0;
	extra = bpf_sk_storage_get(&extras, sk, 0, 0);
	if (!extra)
		return 0;
	q = &extra->queue[(c->target - TARGET_QUEUE) & (QUEUE - 1)];
	if (bytes > WINDOW)
		bytes = WINDOW;
	bytes = ((bytes - 1) & (WINDOW - 1)) + 1;
	if (bpf_skb_load_bytes(skb, off, scan->buf, bytes))
		return 0;
	to = q->head_length;
	/* There is a hole already, when the last piece did not go in whole. */
	if (to != q->request_head)
		return 0;
	end = to + bytes;
	for (int i = 0; i < QUEUED_HEAD / 8; i++, to += 8, at += 8) {
		barrier_var(to);
		if (to >= end || to > QUEUED_HEAD - 8)
			break;
		*(__u64 *)(q->head + to) = word_at(scan, at);
	}
	q->head_length = to < end ? to : end;
	return 0;
}

/* The lines that matter behind what a record keeps of the head. */
static __noinline void keep_lines(struct http_conn *c, struct packet *p, struct scan *scan)
{
	struct http_extra *extra;

	if (c->target != TARGET_RECORD || !(scan->found & (FOUND_HOST | FOUND_TRACE)))
		return;
	extra = new_extra(p);
	if (!extra)
		return;
	if (!(c->extended & EXTENDED_LINES))
		extra->more.host_length = extra->more.trace_length = 0;
	c->extended |= EXTENDED_LINES;
	if (scan->found & FOUND_HOST) {
		copy_line(extra->more.host, scan->host);
		extra->more.host_length = scan->host_length;
	}
	if (scan->found & FOUND_TRACE) {
		copy_line(extra->more.trace, scan->trace);
		extra->more.trace_length = scan->trace_length;
	}
	scan->found &= ~(FOUND_HOST | FOUND_TRACE);
}

/* The first bytes of a response. What it answers is known with its status, at the end of the line. */
static __always_inline void begin_response(struct http_conn *c, struct packet *p)
{
	__u64 ns = gathered_ns(p);

	p->at->phase = PHASE_HEAD;
	p->at->remaining = 0;
	p->at->fresh = !p->at->gathered;
	c->answer = ANSWER_NONE;
	c->response_status = 0;
	if (!c->open && waiting(c))
		take_next(c, extra_of(p));
	if (!c->open || c->answered || c->skip)
		return;
	c->answer = ANSWER_BEGUN;
	c->record.response_seq = gathered_seq(p);
	c->record.response_ns = ns > c->record.request_ns ? ns : c->record.request_ns;
}

static __always_inline void take_status(struct http_conn *c, struct scan *scan)
{
	c->response_status = scan->status;
	if (c->answer != ANSWER_BEGUN || !c->open) {
		if (!c->skip && !c->skipped)
			count(COUNT_RESPONSE_ONLY);
		return;
	}
	c->answer = ANSWER_OWN;
	if (scan->status < 200 && scan->status != 101) {
		c->record.interim++;
		return;
	}
	c->answered = 1;
	c->record.status = scan->status;
	c->record.version = scan->version;
}

static __always_inline void end_response(struct http_conn *c, struct packet *p)
{
	c->response.phase = PHASE_START;
	if (is_answer(c)) {
		c->record.response_end_ns = now(p);
		hand_over_from(c, p, END_COMPLETE);
	} else if (c->skip) {
		c->skip--;
	} else if (c->skipped) {
		c->skipped--;
	}
	c->answer = ANSWER_NONE;
}

/* Where a message's head ended, its body begins: RFC 9112 section 6.3. */
static __always_inline void begin_body(struct packet *p, struct scan *scan)
{
	if (scan->found & FOUND_CHUNKED) {
		p->at->phase = PHASE_CHUNKS;
		p->at->remaining = 0;
		p->line->chunk_state = CHUNK_SIZE;
		return;
	}
	p->at->remaining = scan->found & FOUND_LENGTH ? scan->content_length : 0;
	p->at->phase = PHASE_LENGTH;
}

static __always_inline void end_request_head(struct http_conn *c, struct packet *p,
					     struct scan *scan)
{
	if (scan->found & FOUND_BAD) {
		count(COUNT_BAD_FRAMING);
		flag_request(c, p, FLAG_REQUEST_SIZE_UNKNOWN);
		p->at->phase = PHASE_OPEN_END;
		return;
	}
	begin_body(p, scan);
	if (p->at->phase != PHASE_LENGTH)
		return;
	if (p->at->remaining)
		add_request_body(c, p, p->at->remaining);
	else
		end_request(c, p);
}

/* Does another protocol follow this response? */
static __always_inline bool is_upgrade(struct http_conn *c)
{
	return c->response_status == 101 || (c->connect && c->response_status / 100 == 2);
}

static __always_inline void end_upgrade(struct http_conn *c, struct packet *p)
{
	c->record.response_end_ns = now(p);
	hand_over_from(c, p, END_UPGRADE);
	ignore(c);
}

static __always_inline void end_response_head(struct http_conn *c, struct packet *p,
					      struct scan *scan)
{
	__u32 status = c->response_status;

	if (scan->found & FOUND_BAD)
		count(COUNT_BAD_FRAMING);
	if (is_answer(c) && is_upgrade(c)) {
		end_upgrade(c, p);
		return;
	}
	/* Whoever it was that asked for another protocol, it has come. */
	if (status == 101) {
		abandon(c);
		return;
	}
	if (status && status < 200) {
		p->at->phase = PHASE_START;
		c->answer = ANSWER_NONE;
		return;
	}
	if (status == 204 || status == 304 || (is_answer(c) && c->head_only)) {
		end_response(c, p);
		return;
	}
	/* Nor is the length believed of an answer to what may have been HEAD. */
	if (scan->found & FOUND_BAD || !(scan->found & (FOUND_CHUNKED | FOUND_LENGTH)) ||
	    !(is_answer(c) || c->skip || c->skipped)) {
		p->at->phase = PHASE_OPEN_END;
		return;
	}
	begin_body(p, scan);
	if (p->at->phase != PHASE_LENGTH)
		return;
	if (is_answer(c))
		c->record.response_body = p->at->remaining;
	if (!p->at->remaining)
		end_response(c, p);
}

#endif
