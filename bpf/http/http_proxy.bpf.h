/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The PROXY protocol header that a proxy may send in front of everything, with the address of its
 * client (haproxy.org, doc/proxy-protocol.txt, versions 1 and 2). It is kept as it is, and read by
 * user space.
 */
#ifndef WAGGLE_HTTP_PROXY_H
#define WAGGLE_HTTP_PROXY_H

#include "http_exchange.bpf.h"

#define PROXY_1 WORD('P', 'R', 'O', 'X')
#define PROXY_2 WORD('\r', '\n', '\r', '\n')
#define PROXY_1_MAX 107 /* bytes of a version 1 header, section 2.1 */
#define PROXY_2_FRONT 16 /* bytes of a version 2 header before its addresses, section 2.2 */

/* `behind` are the eight bytes behind the first four. */
static __always_inline bool is_proxy(__u32 word, __u64 behind)
{
	return word == PROXY_1 ||
	       (word == PROXY_2 && behind == EIGHT(0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'));
}

static __noinline void begin_proxy(struct http_conn *c, struct packet *p, __u32 word)
{
	struct http_extra *extra = new_extra(p);

	if (c->extended & EXTENDED_PROXY || !extra) {
		count(COUNT_LOST_SYNC);
		advance(p, p->at->len);
		return;
	}
	c->extended |= EXTENDED_PROXY;
	p->at->phase = PHASE_PROXY;
	p->at->remaining = 0;
	extra->more.proxy_length = 0;
	if (p->at->gathered) {
		*(__u32 *)extra->more.proxy = word;
		extra->more.proxy_length = 4;
	}
}

/*
 * Takes the header's bytes from the packet's `len` at `off`, one at a time: it is short, and comes
 * once. Returns how many it took; 0 = it is none. `scan->value` says whether it is whole.
 */
__noinline int read_proxy(struct __sk_buff *skb, __u32 off, __u32 len, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	struct bpf_sock *sk = skb->sk;
	struct http_extra *extra;
	__u32 total;
	__u64 have;

	if (!scan || !sk || !len)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	extra = bpf_sk_storage_get(&extras, sk, 0, 0);
	if (!extra)
		return 0;
	if (len > PROXY_CAPACITY)
		len = PROXY_CAPACITY;
	len = ((len - 1) & 127) + 1;
	if (bpf_skb_load_bytes(skb, off, scan->buf, len))
		return 0;
	scan->value = 0;
	have = extra->more.proxy_length;
	for (__u32 i = 0; i < PROXY_CAPACITY; i++) {
		__u8 byte;

		if (i >= len)
			return i;
		byte = byte_at(scan, i);
		barrier_var(have);
		if (have >= PROXY_CAPACITY)
			return 0;
		extra->more.proxy[have++] = byte;
		extra->more.proxy_length = have;
		if (extra->more.proxy[0] == 'P') {
			if (byte == '\n')
				scan->value = 1;
			else if (have >= PROXY_1_MAX)
				return 0;
		} else if (have >= PROXY_2_FRONT) {
			total = extra->more.proxy[14] << 8 | extra->more.proxy[15];
			scan->value = have == PROXY_2_FRONT + total;
			/* What follows the addresses is not kept, but stepped over. */
			if (have == PROXY_CAPACITY && !scan->value) {
				scan->value = 2;
				scan->length = PROXY_2_FRONT + total - have;
			}
		}
		if (scan->value)
			return i + 1;
	}
	return len;
}

static __noinline void step_proxy(struct http_conn *c, struct packet *p)
{
	struct scan *scan = scan_of_this_cpu(p->at->slot);
	__u32 used;

	if (!scan) {
		abandon(c);
		return;
	}
	if (p->at->remaining) {
		used = p->at->remaining < p->at->len ? p->at->remaining : p->at->len;
		p->at->remaining -= used;
		advance(p, used);
		if (!p->at->remaining)
			p->at->phase = PHASE_START;
		return;
	}
	scan->owner = p->at->seq;
	scan->kept = 0;
	used = read_proxy(p->skb, p->at->off, p->at->len, p->at->slot);
	if (!used || used > p->at->len || scan->owner != p->at->seq) {
		count(COUNT_NOT_HTTP);
		ignore(c);
		return;
	}
	advance(p, used);
	if (scan->value == 1)
		p->at->phase = PHASE_START;
	else if (scan->value == 2)
		p->at->remaining = scan->length;
}

#endif
