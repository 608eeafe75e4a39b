/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Addresses and headers: IPv4 or IPv6, TCP with a timestamp option as Linux sends it. */
#include <arpa/inet.h>
#include <string.h>

#include "fake_socket.h"
#include "play.h"

#define TCP_WORDS 8
#define SERVER_PORT 8080
#define CLIENT_PORT 40000

static void address_of(__u8 *address, const struct connection *c, enum side side)
{
	static const __u8 mapped[12] = {[10] = 0xff, [11] = 0xff};
	__u32 number = c->opening.connection;

	memset(address, 0, 16);
	if (c->opening.family == 6) {
		address[0] = 0xfd;
		address[15] = 1 + number * 2 + side;
		return;
	}
	memcpy(address, mapped, 12);
	address[12] = 10;
	address[15] = 1 + number * 2 + side;
}

static __u16 port_of(const struct connection *c, enum side side)
{
	return side == SERVER ? SERVER_PORT : CLIENT_PORT + c->opening.connection;
}

void name_socket(struct connection *c, enum side end, struct fake_socket *socket)
{
	struct sock *sk = &socket->kernel->tcp.fake_base;
	struct bpf_sock *view = &socket->view;
	__u8 local[16], remote[16];

	address_of(local, c, end);
	address_of(remote, c, !end);
	view->family = c->opening.family == 4 ? AF_INET : AF_INET6;
	view->type = 1;
	view->protocol = IPPROTO_TCP;
	view->src_port = port_of(c, end);
	view->dst_port = htons(port_of(c, !end));
	memcpy(&view->src_ip4, local + 12, 4);
	memcpy(&view->dst_ip4, remote + 12, 4);
	memcpy(view->src_ip6, local, 16);
	memcpy(view->dst_ip6, remote, 16);
	sk->__sk_common.skc_family = view->family;
	sk->sk_protocol = IPPROTO_TCP;
	sk->__sk_common.skc_num = view->src_port;
	sk->__sk_common.skc_dport = view->dst_port;
	sk->__sk_common.skc_rcv_saddr = view->src_ip4;
	sk->__sk_common.skc_daddr = view->dst_ip4;
	memcpy(&sk->__sk_common.skc_v6_rcv_saddr, local, 16);
	memcpy(&sk->__sk_common.skc_v6_daddr, remote, 16);
	socket->kernel->net.ns.inum = 4026531840U + end;
	socket->tcp = true;
	socket->cookie = 100 + c->opening.connection * 2 + end;
	socket->cgroup_id = 7000 + socket->cookie;
	socket->kernel->folder.id = socket->cgroup_id;
	socket->task = c->ends[end].task;
}

static void put16(__u8 *to, __u16 value)
{
	value = htons(value);
	memcpy(to, &value, 2);
}

static void put32(__u8 *to, __u32 value)
{
	value = htonl(value);
	memcpy(to, &value, 4);
}

static __u32 make_ip4(__u8 *to, const __u8 *from, const __u8 *dest, __u32 payload)
{
	memset(to, 0, 20);
	to[0] = 0x45;
	put16(to + 2, payload + 20 > 0xffff ? 0 : payload + 20);
	to[8] = 64;
	to[9] = IPPROTO_TCP;
	memcpy(to + 12, from + 12, 4);
	memcpy(to + 16, dest + 12, 4);
	return 20;
}

static __u32 make_ip6(__u8 *to, const __u8 *from, const __u8 *dest, __u32 payload)
{
	memset(to, 0, 8);
	to[0] = 0x60;
	put16(to + 4, payload > 0xffff ? 0 : payload);
	to[6] = IPPROTO_TCP;
	to[7] = 64;
	memcpy(to + 8, from, 16);
	memcpy(to + 24, dest, 16);
	return 40;
}

__u32 make_headers(__u8 *to, const struct connection *c, enum side sender, __u32 seq, __u32 ack,
		   __u32 payload, bool fin)
{
	static const __u8 timestamps[12] = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
	__u32 tcp_length = TCP_WORDS * 4, at;
	__u8 from[16], dest[16];

	address_of(from, c, sender);
	address_of(dest, c, !sender);
	if (c->opening.family == 6)
		at = make_ip6(to, from, dest, tcp_length + payload);
	else
		at = make_ip4(to, from, dest, tcp_length + payload);
	to += at;
	memset(to, 0, 20);
	put16(to, port_of(c, sender));
	put16(to + 2, port_of(c, !sender));
	put32(to + 4, seq);
	put32(to + 8, ack);
	to[12] = TCP_WORDS << 4;
	to[13] = 0x10 | (payload ? 0x08 : 0) | (fin ? 0x01 : 0);
	put16(to + 14, 512);
	memcpy(to + 20, timestamps, 12);
	return at + tcp_length;
}
