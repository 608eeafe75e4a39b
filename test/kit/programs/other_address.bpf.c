// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Connects sockets to another address than their program asks for, as load balancers do at sockets. */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Words and ports in network byte order. */
const volatile __u32 virtual_ipv4 = 0;
const volatile __u32 virtual_ipv6[4] = {};
const volatile __u16 virtual_port = 0;
const volatile __u32 real_ipv4 = 0;
const volatile __u32 real_ipv6[4] = {};
const volatile __u16 real_port = 0;
/* Connects to this one are refused. */
const volatile __u16 forbidden_port = 0;

static __always_inline int verdict(struct bpf_sock_addr *ctx)
{
	return ctx->user_port != forbidden_port;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	if (ctx->user_port == virtual_port && ctx->user_ip4 == virtual_ipv4) {
		ctx->user_ip4 = real_ipv4;
		ctx->user_port = real_port;
	}
	return verdict(ctx);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	if (ctx->user_port == virtual_port && ctx->user_ip6[0] == virtual_ipv6[0] &&
	    ctx->user_ip6[3] == virtual_ipv6[3]) {
		ctx->user_ip6[0] = real_ipv6[0];
		ctx->user_ip6[1] = real_ipv6[1];
		ctx->user_ip6[2] = real_ipv6[2];
		ctx->user_ip6[3] = real_ipv6[3];
		ctx->user_port = real_port;
	}
	return verdict(ctx);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
