/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What of a packet at an interface is to be counted, and where it comes from and goes. */
#ifndef WAGGLE_FLOWS_FRAME_H
#define WAGGLE_FLOWS_FRAME_H

#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include "flows_identity.bpf.h"

#define MAX_EXTENSIONS 4

/* A flow in one direction, from `local` to `peer`. */
struct frame_key {
	struct endpoints ends;
	__u32 protocol;
	__u32 ifindex; /* where it is counted; 0 where that is looked up */
};

/*
 * A packet. Bytes are IP's, as IPFIX counts them (octetDeltaCount): with all headers from IP's on,
 * without the link's, which differ from one interface to the next.
 */
struct frame {
	struct frame_key key;
	__u64 bytes;
	__u64 packets;
	__u32 header;   /* of IP, with its extensions */
	bool unordered; /* a later part of a datagram: ports are in its first */
};

/* Headers of IPv6 between its own and that of the transport; those of AH count differently. */
struct extension {
	__u8 next;
	__u8 length;
	__u16 fragment; /* of a fragment header: where in its datagram it begins, and 3 bits */
	__u32 rest;
};

static __always_inline bool read_at(struct __sk_buff *skb, __u32 offset, void *to, __u32 size)
{
	return !bpf_skb_load_bytes_relative(skb, offset, to, size, BPF_HDR_START_NET);
}

/* 0 in the length's own field: a jumbo of more than 64 kB, made here (BIG TCP). */
static __always_inline __u64 whole_length(struct __sk_buff *skb, __u32 written)
{
	return written ?: skb->len - ETH_HLEN;
}

static __always_inline bool read_frame4(struct frame *f, struct __sk_buff *skb)
{
	struct iphdr ip;

	if (!read_at(skb, 0, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
		return false;
	f->key.protocol = ip.protocol;
	f->key.ends.local[2] = f->key.ends.peer[2] = bpf_htonl(0xffff);
	f->key.ends.local[3] = ip.saddr;
	f->key.ends.peer[3] = ip.daddr;
	f->header = ip.ihl * 4;
	f->bytes = whole_length(skb, bpf_ntohs(ip.tot_len));
	f->unordered = (ip.frag_off & bpf_htons(0x1fff)) != 0;
	return true;
}

static __always_inline bool is_extension(__u32 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_FRAGMENT || protocol == IPPROTO_DSTOPTS ||
	       protocol == IPPROTO_AH;
}

static __always_inline bool pass_extensions(struct frame *f, struct __sk_buff *skb)
{
	struct extension one;

	for (int i = 0; i < MAX_EXTENSIONS && is_extension(f->key.protocol); i++) {
		if (!read_at(skb, f->header, &one, sizeof(one)))
			return false;
		if (f->key.protocol == IPPROTO_FRAGMENT) {
			f->unordered = (one.fragment & bpf_htons(0xfff8)) != 0;
			f->header += sizeof(one);
		} else if (f->key.protocol == IPPROTO_AH) {
			f->header += (one.length + 2) * 4;
		} else {
			f->header += (one.length + 1) * 8;
		}
		f->key.protocol = one.next;
	}
	return true;
}

static __always_inline bool read_frame6(struct frame *f, struct __sk_buff *skb)
{
	struct ipv6hdr ip;

	if (!read_at(skb, 0, &ip, sizeof(ip)) || ip.version != 6)
		return false;
	f->key.protocol = ip.nexthdr;
	__builtin_memcpy(f->key.ends.local, &ip.saddr, 16);
	__builtin_memcpy(f->key.ends.peer, &ip.daddr, 16);
	f->header = sizeof(ip);
	f->bytes = ip.payload_len ? bpf_ntohs(ip.payload_len) + sizeof(ip) : whole_length(skb, 0);
	return pass_extensions(f, skb);
}

static __always_inline bool read_frame_ports(struct frame *f, struct __sk_buff *skb)
{
	__u16 ports[2];

	if ((f->key.protocol != IPPROTO_TCP && f->key.protocol != IPPROTO_UDP) || f->unordered)
		return true;
	if (!read_at(skb, f->header, ports, sizeof(ports)))
		return false;
	f->key.ends.local_port = ports[0];
	f->key.ends.peer_port = ports[1];
	return true;
}

static __always_inline __u32 transport_header(struct frame *f, struct __sk_buff *skb)
{
	__u8 offset;

	if (f->key.protocol == IPPROTO_UDP)
		return sizeof(struct udphdr);
	if (f->key.protocol != IPPROTO_TCP || !read_at(skb, f->header + 12, &offset, 1))
		return 0;
	return (offset >> 4) * 4;
}

/* One skb may be many packets; each of them has the headers that this one has once. */
static __always_inline void count_segments(struct frame *f, struct __sk_buff *skb)
{
	__u32 size = skb->gso_size, segments = skb->gso_segs, headers;

	f->packets = 1;
	if (!size)
		return;
	headers = f->header + transport_header(f, skb);
	/* A virtual machine leaves the number out. */
	if (!segments && f->bytes > headers)
		segments = (f->bytes - headers + size - 1) / size;
	if (segments < 2)
		return;
	f->packets = segments;
	f->bytes += (__u64)(segments - 1) * headers;
}

enum framed {
	FRAME_OTHER = 0, /* not IP */
	FRAME_READ,
	FRAME_FAILED,
};

static __always_inline enum framed read_frame(struct frame *f, struct __sk_buff *skb)
{
	bool read;

	if (skb->protocol == bpf_htons(ETH_P_IP))
		read = read_frame4(f, skb);
	else if (skb->protocol == bpf_htons(ETH_P_IPV6))
		read = read_frame6(f, skb);
	else
		return FRAME_OTHER;
	if (!read || !read_frame_ports(f, skb))
		return FRAME_FAILED;
	count_segments(f, skb);
	return FRAME_READ;
}

#endif
