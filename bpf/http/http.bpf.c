/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * HTTP/1.x on every socket of the node, whatever network namespace it is in.
 *
 * The cgroup_skb hooks see each packet of a socket once, before reassembly. Each connection keeps
 * two message readers, one a direction, in its socket's storage, together with the record of the
 * exchange that is open. Bodies are followed by sequence numbers and never copied. The programs are
 * verdict programs: every path returns 1.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "http_read.bpf.h"

#define PASS 1
#define SK_PACING_NONE 0

static __always_inline struct http_conn *new_connection(struct packet *p)
{
	struct tcp_sock *tcp = (struct tcp_sock *)bpf_skc_to_tcp_sock(p->sk);
	struct http_conn *c;

	if (!tcp)
		return 0;
	c = bpf_sk_storage_get(&connections, p->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!c) {
		count(COUNT_NO_STORAGE);
		return 0;
	}
	c->record.role = p->egress ? ROLE_CLIENT : ROLE_SERVER;
	identify(c, p, (struct sock *)tcp);
	return c;
}

/* What only the sender's side of the socket knows. */
static __always_inline void ask_sender(struct http_conn *c, struct packet *p)
{
	struct sock *sk = (struct sock *)bpf_skc_to_tcp_sock(p->sk);

	if (!sk)
		return;
	p->paced = sk->sk_pacing_status != SK_PACING_NONE;
	p->locked = sk->sk_lock.owned;
	if (p->locked)
		note_owner(c);
}

static __always_inline void read_payload(struct packet *p, struct bpf_sock *socket)
{
	struct http_conn *c;

	p->sk = bpf_sk_fullsock(socket);
	if (!p->sk)
		return;
	if (p->sk->state == TCP_LISTEN) {
		if (is_request(first_word(p)))
			count(COUNT_LISTENER);
		return;
	}
	c = bpf_sk_storage_get(&connections, p->sk, 0, 0);
	if (!c && is_request(first_word(p)))
		c = new_connection(p);
	if (!c || c->request.phase == PHASE_IGNORE)
		return;
	if (p->egress)
		ask_sender(c, p);
	if (p->egress == (c->record.role == ROLE_CLIENT))
		read_packet(c, p, true);
	else
		read_packet(c, p, false);
}

/* Finds the payload. The linear part of a packet holds its IP and TCP headers and nothing else. */
static __always_inline int handle_packet(struct __sk_buff *skb, bool egress)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct packet p = {.skb = skb, .egress = egress};
	struct bpf_sock *socket = skb->sk;
	struct tcphdr *tcp;
	__u32 header;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = data;

		if ((void *)(ip + 1) > end || ip->protocol != IPPROTO_TCP)
			return PASS;
		header = (ip->ihl & 15) * 4;
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = data;

		if ((void *)(ip + 1) > end || ip->nexthdr != IPPROTO_TCP)
			return PASS;
		header = sizeof(*ip);
	} else {
		return PASS;
	}
	tcp = data + header;
	if ((void *)(tcp + 1) > end)
		return PASS;
	header += tcp->doff * 4;
	if (skb->len <= header)
		return PASS;
	p.off = header;
	p.len = skb->len - header;
	p.seq = bpf_ntohl(tcp->seq);
	p.ack = bpf_ntohl(tcp->ack_seq);
	p.ports = *(__u32 *)tcp;
	if (!socket)
		return PASS;
	read_payload(&p, socket);
	return PASS;
}

/*
 * A body that lasts until the end of the connection is whole once the sender's FIN has come
 * (the receiver enters CLOSE_WAIT) or is acknowledged (the sender enters FIN_WAIT2).
 */
static __always_inline void connection_changes(struct sock *sk, int state)
{
	struct http_conn *c;
	__u8 end = END_CUT;

	if (state != TCP_CLOSE && state != TCP_CLOSE_WAIT && state != TCP_FIN_WAIT2)
		return;
	c = bpf_sk_storage_get(&connections, sk, 0, 0);
	if (!c || !c->open || !c->confirmed)
		return;
	if (state == TCP_CLOSE_WAIT && c->record.role != ROLE_CLIENT)
		return;
	if (state == TCP_FIN_WAIT2 && c->record.role != ROLE_SERVER)
		return;
	if (c->answer && c->response.phase == PHASE_OPEN_END)
		end = END_CLOSE;
	else if (state != TCP_CLOSE)
		return;
	else if (!c->answered)
		end = END_NO_RESPONSE;
	c->record.error = sk->sk_err;
	if (!c->record.response_end_ns)
		c->record.response_end_ns = bpf_ktime_get_ns();
	hand_over(c, end);
	ignore(c);
}

SEC("cgroup_skb/ingress")
int http_ingress(struct __sk_buff *skb)
{
	return handle_packet(skb, false);
}

SEC("cgroup_skb/egress")
int http_egress(struct __sk_buff *skb)
{
	return handle_packet(skb, true);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(http_state, struct sock *sk, int old_state, int new_state)
{
	connection_changes(sk, new_state);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
