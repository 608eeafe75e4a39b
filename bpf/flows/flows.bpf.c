/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Bytes and packets of every flow of every socket of the node, whatever network namespace it is in,
 * once at each end, and what passes chosen interfaces and is no socket's. The programs at cgroup_skb
 * are verdict programs: every path returns 1.
 */
#include "flows_drop.bpf.h"
#include "flows_interface.bpf.h"
#include "flows_packet.bpf.h"
#include "flows_tcp.bpf.h"

#include <bpf/bpf_tracing.h>

#define PASS 1
#define NEXT -1 /* TCX_NEXT, and TC_ACT_UNSPEC of tc: whoever comes next decides */

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(flows_state, struct sock *sk, int old_state, int new_state)
{
	if (sk->sk_protocol == IPPROTO_TCP)
		tcp_changes(sk, old_state, new_state);
	return 0;
}

/*
 * The kernel does not run a program inside itself, and a system call that changes a state may be
 * interrupted by packets that change others. While flows_state is interrupted this one runs; what both
 * do is counted once.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(flows_packet, struct sock *sk, int old_state, int new_state)
{
	if (sk->sk_protocol == IPPROTO_TCP && !sk->sk_lock.owned)
		tcp_changes(sk, old_state, new_state);
	return 0;
}

/* At the function that connect() comes to, where the kernel has hooks there. */
SEC("?fentry/__inet_stream_connect")
int BPF_PROG(flows_connect, struct socket *socket, struct sockaddr *address)
{
	struct socket_endpoint asked;

	if (is_asked_for(&asked, socket, address))
		note_asked(socket->sk, &asked);
	return 0;
}

SEC("?fentry/inet_dgram_connect")
int BPF_PROG(flows_connect_udp, struct socket *socket, struct sockaddr *address)
{
	struct socket_endpoint asked;

	if (is_asked_for_udp(&asked, socket, address))
		note_asked(socket->sk, &asked);
	return 0;
}

/* The same where there are none. They run before others that change the address: Linux 6.17. */
SEC("?cgroup/connect4")
int flows_connect4(struct bpf_sock_addr *ctx)
{
	note_asked_at_cgroup(ctx, false);
	return PASS;
}

SEC("?cgroup/connect6")
int flows_connect6(struct bpf_sock_addr *ctx)
{
	note_asked_at_cgroup(ctx, true);
	return PASS;
}

SEC("cgroup/sock_release")
int flows_release(struct bpf_sock *ctx)
{
	struct udp_flow *flow;

	if (ctx->protocol != IPPROTO_UDP)
		return PASS;
	flow = bpf_sk_storage_get(&udp_flows, ctx, 0, 0);
	if (flow)
		udp_ends(flow);
	return PASS;
}

SEC("cgroup/post_bind4")
int flows_bind4(struct bpf_sock *ctx)
{
	udp_is_bound(ctx);
	return PASS;
}

SEC("cgroup/post_bind6")
int flows_bind6(struct bpf_sock *ctx)
{
	udp_is_bound(ctx);
	return PASS;
}

SEC("iter/bpf_sk_storage_map")
int flows_walk_tcp(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct flow_report *report;
	struct sock *sk = ctx->sk;
	struct tcp_flow *flow;

	if (!sk || !ctx->value || sk->__sk_common.skc_state == TCP_LISTEN)
		return 0;
	/* The same as `ctx->value`, but a place that can be locked. */
	flow = bpf_sk_storage_get(&tcp_flows, sk, 0, 0);
	if (!flow)
		return 0;
	report = WALK_SLOT(walked, ctx->meta->seq);
	if (!report)
		return WALK_AGAIN;
	if (report_tcp(report, flow, sk))
		walk_told(ctx->meta->seq);
	return 0;
}

SEC("iter/bpf_sk_storage_map")
int flows_walk_udp(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct sock *sk = ctx->sk;
	struct udp_flow *flow;

	if (!sk || !ctx->value)
		return 0;
	/* As above. */
	flow = bpf_sk_storage_get(&udp_flows, sk, 0, 0);
	if (flow)
		walk_udp(flow, ctx->meta->seq);
	return 0;
}

SEC("?iter/bpf_sk_storage_map")
int flows_walk_udp_5_10(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct udp_flow *flow = ctx->value;

	if (flow)
		walk_udp_5_10(flow, ctx->meta->seq);
	return 0;
}

/* One file of one process: where it is a socket, one that is older than the agent. */
SEC("iter/task_file")
int flows_older(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct sock *sk;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk)
		return 0;
	if (sk->sk_protocol == IPPROTO_TCP)
		meet_tcp(sk, task);
	else if (sk->sk_protocol == IPPROTO_UDP)
		meet_older_udp(sk, task);
	return 0;
}

/* The tracepoint has more arguments on newer kernels: the one is loaded that this kernel has. */
SEC("?tp_btf/kfree_skb")
int BPF_PROG(flows_drop_2, struct sk_buff *skb, void *location)
{
	see_drop(skb, 0, 0);
	return 0;
}

SEC("?tp_btf/kfree_skb")
int BPF_PROG(flows_drop_3, struct sk_buff *skb, void *location, __u32 reason)
{
	see_drop(skb, reason, 0);
	return 0;
}

SEC("?tp_btf/kfree_skb")
int BPF_PROG(flows_drop_4, struct sk_buff *skb, void *location, __u32 reason, struct sock *rx_sk)
{
	see_drop(skb, reason, rx_sk);
	return 0;
}

SEC("cgroup_skb/ingress")
int flows_ingress(struct __sk_buff *skb)
{
	see_packet(skb, false);
	return PASS;
}

SEC("cgroup_skb/egress")
int flows_egress(struct __sk_buff *skb)
{
	see_packet(skb, true);
	return PASS;
}

SEC("tc")
int flows_frame_in(struct __sk_buff *skb)
{
	see_frame(skb, false);
	return NEXT;
}

SEC("tc")
int flows_frame_out(struct __sk_buff *skb)
{
	see_frame(skb, true);
	return NEXT;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
