/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a program asks connect() for, seen at its beginning. */
#ifndef WAGGLE_CONNECT_BPF_H
#define WAGGLE_CONNECT_BPF_H

#include <linux/in.h>
#include "socket.bpf.h"

/* What the kernel has read of the program's memory: struct sockaddr_in, or sockaddr_in6. */
struct asked_address {
	__u16 family;
	__be16 port;
	__u32 ipv4; /* or IPv6's flow label */
	__u32 ipv6[4];
};

static __always_inline void endpoint_of_ipv4(struct socket_endpoint *to, __u32 address, __be16 port)
{
	__u32 *words = (__u32 *)to->address;

	words[0] = words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = address;
	to->port = bpf_ntohs(port);
	to->_pad = 0;
}

/* False where it is no address of IP's. */
static __always_inline bool read_asked(struct socket_endpoint *to, struct sockaddr *address)
{
	struct asked_address asked = {};

	if (bpf_probe_read_kernel(&asked, sizeof(asked), address))
		return false;
	if (asked.family == AF_INET) {
		endpoint_of_ipv4(to, asked.ipv4, asked.port);
		return true;
	}
	__builtin_memcpy(to->address, asked.ipv6, 16);
	to->port = bpf_ntohs(asked.port);
	to->_pad = 0;
	return asked.family == AF_INET6;
}

/* At __inet_stream_connect(). False where it is no connection of TCP's that begins. */
static __always_inline bool is_asked_for(struct socket_endpoint *to, struct socket *socket,
					 struct sockaddr *address)
{
	struct sock *sk = socket->sk;

	if (!sk || sk->sk_protocol != IPPROTO_TCP)
		return false;
	if (socket->state != SS_UNCONNECTED || sk->__sk_common.skc_state != TCP_CLOSE)
		return false;
	return read_asked(to, address);
}

/* At inet_dgram_connect(). A socket may be connected again and again. */
static __always_inline bool is_asked_for_udp(struct socket_endpoint *to, struct socket *socket,
					     struct sockaddr *address)
{
	struct sock *sk = socket->sk;

	return sk && sk->sk_protocol == IPPROTO_UDP && read_asked(to, address);
}

/* The same at cgroup/connect4 and connect6, whatever the protocol. */
static __always_inline bool is_asked_for_at_cgroup(struct socket_endpoint *to,
						   struct bpf_sock_addr *ctx, bool v6)
{
	__u32 *words = (__u32 *)to->address;

	if (!ctx->sk)
		return false;
	if (!v6) {
		endpoint_of_ipv4(to, ctx->user_ip4, ctx->user_port);
		return true;
	}
	words[0] = ctx->user_ip6[0];
	words[1] = ctx->user_ip6[1];
	words[2] = ctx->user_ip6[2];
	words[3] = ctx->user_ip6[3];
	to->port = bpf_ntohs((__be16)ctx->user_port);
	to->_pad = 0;
	return true;
}

/* Whether a socket is connected to something else. */
static __always_inline bool is_other_peer(const struct socket_endpoint *asked, struct sock *sk)
{
	const __u64 *words = (const __u64 *)asked->address, *peer;
	struct socket_identity wire = {};

	copy_addresses(&wire, sk);
	peer = (const __u64 *)wire.remote_address;
	return words[0] != peer[0] || words[1] != peer[1] ||
	       asked->port != bpf_ntohs(sk->__sk_common.skc_dport);
}

#endif
