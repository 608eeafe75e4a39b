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
#include "http_park.bpf.h"

#define PASS 1
#define OPEN_AFTER_NS 10000000000LL /* an exchange that takes longer is reported before its end */

static __noinline struct http_conn *new_connection(struct packet *p)
{
	struct sock *sk = (struct sock *)bpf_skc_to_tcp_sock(p->sk);
	struct http_conn *c;

	if (!sk)
		return 0;
	c = bpf_sk_storage_get(&connections, p->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!c) {
		count(COUNT_NO_STORAGE);
		return 0;
	}
	c->record.role = p->egress ? ROLE_CLIENT : ROLE_SERVER;
	identify(c, sk, bpf_get_socket_cookie(p->skb), bpf_skb_cgroup_id(p->skb));
	return c;
}

/*
 * A socket's first bytes that are too few to tell what they are. They are followed when they may be
 * a request's, and only there, because a connection costs memory.
 */
static __noinline bool may_begin(struct packet *p)
{
	struct tcp_sock *tcp;
	__u8 byte;

	if (bpf_skb_load_bytes(p->skb, p->off, &byte, 1) || !may_begin_request(byte))
		return false;
	tcp = bpf_skc_to_tcp_sock(p->sk);
	if (!tcp)
		return false;
	return p->egress ? tcp->bytes_sent == p->len : tcp->bytes_received == 0;
}

static __always_inline bool begins_with_proxy(struct packet *p, __u32 word)
{
	__u64 behind;

	if (word != PROXY_1 && word != PROXY_2)
		return false;
	return !bpf_skb_load_bytes(p->skb, p->off + 4, &behind, 8) && is_proxy(word, behind);
}

/* The server's first response on a socket whose request was parked, and which has not taken it yet. */
static __noinline int take_parked(struct packet *p)
{
	struct sock *sk = (struct sock *)bpf_skc_to_tcp_sock(p->sk);
	struct park_key key;
	struct http_conn *c;
	struct parked *r;

	if (!sk)
		return 0;
	key.netns = netns_of(sk);
	key.ports = p->ports << 16 | p->ports >> 16;
	key.peer = p->peer;
	r = bpf_map_lookup_elem(&parked, &key);
	if (!r)
		return 0;
	c = new_connection(p);
	if (c)
		unpark(c, r, p->ack);
	bpf_map_delete_elem(&parked, &key);
	return 0;
}

/* Begins to follow the socket when its packet gives reason to. */
static __noinline int meet_socket(struct packet *p)
{
	__u32 word = first_word(p);

	/* Empty lines before a request are allowed: RFC 9112 section 2.2. */
	if ((word & 0xffff) == ('\r' | '\n' << 8) && p->len >= 6 && word != PROXY_2)
		bpf_skb_load_bytes(p->skb, p->off + 2, &word, 4);
	if (p->len < 4 ? may_begin(p) : is_request(word) || begins_with_proxy(p, word))
		new_connection(p);
	else if (p->egress && is_response(word))
		take_parked(p);
	return 0;
}

static __always_inline struct http_conn *connection_of(struct packet *p)
{
	struct http_conn *c = bpf_sk_storage_get(&connections, p->sk, 0, 0);

	if (c)
		return c;
	meet_socket(p);
	return bpf_sk_storage_get(&connections, p->sk, 0, 0);
}

/* Requests on a connection that cannot be followed any more, as far as they begin a packet. */
static __noinline int count_abandoned(struct http_conn *c, struct packet *p)
{
	if (p->egress == (c->record.role == ROLE_CLIENT) && is_request(first_word(p)))
		count(COUNT_ABANDONED);
	return 0;
}

static __always_inline void read_payload(struct packet *p, struct bpf_sock *socket, bool modern)
{
	struct http_conn *c;

	p->sk = bpf_sk_fullsock(socket);
	if (!p->sk)
		return;
	if (p->sk->state == TCP_LISTEN) {
		park(p);
		return;
	}
	c = connection_of(p);
	if (!c)
		return;
	if (c->response.phase >= PHASE_IGNORE) {
		if (c->response.phase == PHASE_ABANDONED)
			count_abandoned(c, p);
		return;
	}
	if (p->egress == (c->record.role == ROLE_CLIENT))
		read_packet(c, p, true, modern);
	else
		read_packet(c, p, false, modern);
}

/* Finds the payload. The linear part of a packet holds its IP and TCP headers and nothing else. */
static __always_inline int handle_packet(struct __sk_buff *skb, bool egress, bool modern)
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
		p.peer = egress ? ip->daddr : ip->saddr;
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = data;

		if ((void *)(ip + 1) > end || ip->nexthdr != IPPROTO_TCP)
			return PASS;
		header = sizeof(*ip);
		p.peer = egress ? ip->daddr.in6_u.u6_addr32[3] : ip->saddr.in6_u.u6_addr32[3];
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
	/* A SYN takes a number of its own. */
	p.seq = bpf_ntohl(tcp->seq) + tcp->syn;
	p.ack = bpf_ntohl(tcp->ack_seq);
	p.ports = *(__u32 *)tcp;
	if (!socket)
		return PASS;
	read_payload(&p, socket, modern);
	return PASS;
}

/* The socket of a connection whose first request came before it. */
static __always_inline void connection_begins(struct sock *sk)
{
	struct sock_common *common = &sk->__sk_common;
	bool v6 = common->skc_family == AF_INET6;
	struct park_key key;
	struct http_conn *c;
	struct parked *r;

	key.netns = netns_of(sk);
	key.ports = common->skc_dport | (__u32)bpf_htons(common->skc_num) << 16;
	key.peer = v6 ? common->skc_v6_daddr.in6_u.u6_addr32[3] : common->skc_daddr;
	r = bpf_map_lookup_elem(&parked, &key);
	if (!r)
		return;
	c = bpf_sk_storage_get(&connections, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!c) {
		count(COUNT_NO_STORAGE);
		return;
	}
	if (c->record.type != RECORD_HTTP_EXCHANGE) {
		identify(c, sk, bpf_get_socket_cookie(sk), sk->sk_cgrp_data.cgroup->kn->id);
		unpark(c, r, r->seq + r->len);
	}
	bpf_map_delete_elem(&parked, &key);
}

/* What TCP counted of a followed connection, and what of it did not pass here. */
static __always_inline void count_payload(struct http_conn *c, struct sock *sk)
{
	struct tcp_sock *tcp = (struct tcp_sock *)bpf_skc_to_tcp_sock(sk);
	bool client = c->record.role == ROLE_CLIENT;
	struct stream *in = client ? &c->response : &c->request;
	struct stream *out = client ? &c->request : &c->response;
	__s32 missed;

	if (!tcp || c->response.phase >= PHASE_IGNORE)
		return;
	count_by(COUNT_PAYLOAD, tcp->bytes_received + tcp->bytes_acked);
	missed = in->synced ? tcp->rcv_nxt - in->next_seq : 0;
	/* A FIN takes a number of its own. */
	if (missed > 1)
		count_by(COUNT_PAYLOAD_MISSED, missed - 1);
	missed = out->synced ? tcp->snd_nxt - out->next_seq : 0;
	if (missed > 1)
		count_by(COUNT_PAYLOAD_MISSED, missed - 1);
}

/* Hands over what is open on a connection that ends. */
static __always_inline void connection_ends(struct http_conn *c, struct http_extra *extra,
					    struct sock *sk, __u8 end)
{
	for (int i = 0; i <= QUEUE; i++) {
		if (c->open && c->confirmed) {
			c->record.error = sk->sk_err;
			if (!c->record.response_end_ns)
				c->record.response_end_ns = bpf_ktime_get_ns();
			hand_over(c, extra, c->answered ? end : END_NO_RESPONSE);
		}
		if (!waiting(c) || !extra)
			break;
		c->open = 0;
		take_next(c, extra);
		/* Something has to stand between the call and the loop's head: 5.10. */
		if (!c->open)
			break;
	}
	ignore(c);
}

/* Does the connection end in another way than by the sender's FIN? */
static __always_inline bool is_cut(struct sock *sk, int old_state, int state)
{
	if (state != TCP_CLOSE)
		return false;
	return sk->sk_err || old_state == TCP_ESTABLISHED || old_state == TCP_FIN_WAIT1 ||
	       old_state == TCP_CLOSE_WAIT;
}

/*
 * A body that lasts until the end of the connection is whole once the sender's FIN has come
 * (the receiver enters CLOSE_WAIT) or is acknowledged (the sender enters FIN_WAIT2).
 */
static __always_inline void connection_changes(struct http_conn *c, struct http_extra *extra,
					       struct sock *sk, int old_state, int state)
{
	__u8 end = END_CUT;

	if (state == TCP_CLOSE)
		count_payload(c, sk);
	if (!c->open && !waiting(c)) {
		if (state == TCP_CLOSE)
			ignore(c);
		return;
	}
	if (state == TCP_CLOSE_WAIT && c->record.role != ROLE_CLIENT)
		return;
	if (state == TCP_FIN_WAIT2 && c->record.role != ROLE_SERVER)
		return;
	if (is_answer(c) && c->response.phase == PHASE_OPEN_END && !is_cut(sk, old_state, state))
		end = END_CLOSE;
	else if (state != TCP_CLOSE)
		return;
	connection_ends(c, extra, sk, end);
}

static __always_inline bool may_end(int state)
{
	return state == TCP_CLOSE || state == TCP_CLOSE_WAIT || state == TCP_FIN_WAIT2;
}

static __always_inline void state_changes(struct sock *sk, int old_state, int state)
{
	struct http_conn *c;

	if (old_state == TCP_SYN_RECV && state == TCP_ESTABLISHED)
		connection_begins(sk);
	if (!may_end(state))
		return;
	c = bpf_sk_storage_get(&connections, sk, 0, 0);
	if (c)
		connection_changes(c, bpf_sk_storage_get(&extras, sk, 0, 0), sk, old_state, state);
}

/* The same where tracepoints have no socket storage: for connections that begin from now on. */
static __always_inline void socket_calls(struct bpf_sock_ops *ops)
{
	struct bpf_sock *sk = ops->sk;
	struct http_conn *c;
	struct sock *full;

	if (ops->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB ||
	    ops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB) {
		bpf_sock_ops_cb_flags_set(ops, ops->bpf_sock_ops_cb_flags |
						       BPF_SOCK_OPS_STATE_CB_FLAG);
		return;
	}
	if (ops->op != BPF_SOCK_OPS_STATE_CB || !may_end(ops->args[1]) || !sk)
		return;
	c = bpf_sk_storage_get(&connections, sk, 0, 0);
	full = (struct sock *)bpf_skc_to_tcp_sock(sk);
	if (c && full)
		connection_changes(c, bpf_sk_storage_get(&extras, sk, 0, 0), full, ops->args[0],
				   ops->args[1]);
}

/* The program that owns the socket reads from it: now, in this thread. */
static __always_inline void program_reads(struct sock *sk)
{
	struct socket_identity *id;
	struct http_conn *c;
	__u64 thread;

	if (!sk->sk_bpf_storage)
		return;
	c = bpf_sk_storage_get(&connections, sk, 0, 0);
	if (!c || c->record.role != ROLE_SERVER || !c->open || c->record.read_ns)
		return;
	c->record.read_ns = bpf_ktime_get_ns();
	/* A socket may be handed on: its owner is who reads now. */
	id = &c->record.socket;
	thread = bpf_get_current_pid_tgid();
	if (id->pid != thread >> 32) {
		id->pid = 0;
		note_owner(c);
	}
	id->tid = thread;
}

/* An exchange is reported when it has been open for so long, and whenever that has doubled. */
static __always_inline bool report_is_due(struct http_conn *c, __s64 age)
{
	__u8 due = 0;

	for (int i = 0; i < 30 && age >= OPEN_AFTER_NS << i; i++)
		due = i + 1;
	if (due <= c->reported)
		return false;
	c->reported = due;
	return true;
}

/*
 * Reports an exchange that has been open for long; it stays open. That it still is so is told again,
 * or who counts what is open would count for ever what ended unseen.
 */
static __always_inline void report_open(struct http_conn *c, struct sock *sk)
{
	struct http_exchange *out;
	__u64 now = bpf_ktime_get_ns();

	if (!c->open || !c->confirmed || c->response.phase >= PHASE_IGNORE ||
	    !report_is_due(c, now - c->record.request_ns))
		return;
	if (is_sampled_out(&c->record))
		return;
	out = bpf_ringbuf_reserve(&exchanges, sizeof(*out), 0);
	if (!out) {
		count(COUNT_RING_FULL);
		return;
	}
	bpf_probe_read_kernel(out, sizeof(*out), &c->record);
	out->end = END_OPEN;
	out->response_end_ns = now;
	/* The final response follows the 1xx ones. */
	if (out->interim && !c->answered && !c->skip && c->response.phase == PHASE_START)
		out->response_seq = c->response.next_seq;
	bpf_ringbuf_submit(out, BPF_RB_NO_WAKEUP);
	count(COUNT_RECORDS);
}

/* One file of one process: whose connection it is, when it is one. */
static __always_inline void tell_owner(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct socket_owner owner = {};
	struct file *file = ctx->file;
	struct socket *socket;
	struct sock *sk;

	if (!task || !file)
		return;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return;
	sk = socket->sk;
	if (!sk || sk->sk_protocol != IPPROTO_TCP || sk->__sk_common.skc_state == TCP_LISTEN)
		return;
	owner.cookie = bpf_get_socket_cookie(sk);
	owner.pid = task->tgid;
	bpf_seq_write(ctx->meta->seq, &owner, sizeof(owner));
}

/* The small ones first: what a kernel refuses of these costs the least time, and is tried again. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(http_state, struct sock *sk, int old_state, int new_state)
{
	state_changes(sk, old_state, new_state);
	return 0;
}

/*
 * The kernel does not run a program inside itself, and a system call that changes a state may be
 * interrupted by packets that change others. While http_state is interrupted this one runs; what both
 * do is done once.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(http_state_packet, struct sock *sk, int old_state, int new_state)
{
	if (!sk->sk_lock.owned)
		state_changes(sk, old_state, new_state);
	return 0;
}

SEC("?sockops")
int http_sockops(struct bpf_sock_ops *ops)
{
	socket_calls(ops);
	return PASS;
}

SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(http_read, struct sock *sk)
{
	program_reads(sk);
	return 0;
}

SEC("iter/bpf_sk_storage_map")
int http_open(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	if (ctx->sk && ctx->value)
		report_open(ctx->value, ctx->sk);
	return 0;
}

SEC("iter/task_file")
int http_owners(struct bpf_iter__task_file *ctx)
{
	tell_owner(ctx);
	return 0;
}

SEC("cgroup_skb/ingress")
int http_ingress(struct __sk_buff *skb)
{
	return handle_packet(skb, false, true);
}

SEC("cgroup_skb/egress")
int http_egress(struct __sk_buff *skb)
{
	return handle_packet(skb, true, true);
}

/* For kernels before 5.17, which have no bpf_loop. */
SEC("?cgroup_skb/ingress")
int http_ingress_5_10(struct __sk_buff *skb)
{
	return handle_packet(skb, false, false);
}

SEC("?cgroup_skb/egress")
int http_egress_5_10(struct __sk_buff *skb)
{
	return handle_packet(skb, true, false);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
