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
#define PROXY_2_FRONT 16 /* bytes of a version 2 header before its addresses, section 2.2 */

/* `behind` are the eight bytes behind the first four. */
static __always_inline bool is_proxy(__u32 word, __u64 behind)
{
	return word == PROXY_1 ||
	       (word == PROXY_2 && behind == EIGHT(0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'));
}

/*
 * Takes the header from the packet's `len` bytes at `off`, into the connection's extras. Returns its
 * length, of which the packet may have less; 0 = it is none, or cut: it comes in one piece (section
 * 2: senders must not split it).
 */
__noinline int read_proxy(struct __sk_buff *skb, __u32 off, __u32 len)
{
	struct bpf_sock *sk = skb->sk;
	struct http_extra *extra;
	__u8 *header;

	if (!sk || len < 8)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	extra = bpf_sk_storage_get(&extras, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!extra)
		return 0;
	header = extra->more.proxy;
	if (len > PROXY_CAPACITY)
		len = PROXY_CAPACITY;
	/* Longer than it is for verifiers before 6.8, which lose the bound; the map has the room. */
	len = ((len - 1) & 127) + 1;
	if (bpf_skb_load_bytes(skb, off, header, len))
		return 0;
	if (*header != 'P' && len < PROXY_2_FRONT)
		return 0;
	if (*header != 'P')
		return PROXY_2_FRONT + (header[14] << 8 | header[15]);
	for (__u32 i = 0; i < PROXY_CAPACITY; i += 8) {
		__u64 hit = newlines(*(__u64 *)(header + i));

		if (hit)
			return i + first_byte(hit) + 1;
	}
	return 0;
}

/* The header in front of a connection's first request. */
static __noinline void step_proxy(struct http_conn *c, struct packet *p)
{
	__u32 length = read_proxy(p->skb, p->at->off, p->at->len);
	struct http_extra *extra = extra_of(p);

	if (!extra || !length || length > p->at->len || p->at->gathered ||
	    c->extended & EXTENDED_PROXY) {
		count(COUNT_NOT_HTTP);
		advance(p, p->at->len);
		return;
	}
	c->extended |= EXTENDED_PROXY;
	extra->more.proxy_length = length < PROXY_CAPACITY ? length : PROXY_CAPACITY;
	advance(p, length);
}

#endif
