/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What programs tell of a socket: struct socket_identity, filled in. */
#ifndef WAGGLE_SOCKET_BPF_H
#define WAGGLE_SOCKET_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "kernel.h"
#include "record.h"

#define AF_INET 2
#define AF_INET6 10

/*
 * The barriers keep clang from merging loads of the two families into one through a computed
 * pointer, which the verifier forbids on sockets.
 */
static __always_inline void copy_addresses(struct socket_identity *id, struct sock *sk)
{
	__u32 *local = (__u32 *)id->local_address, *remote = (__u32 *)id->remote_address;
	struct sock_common *common = &sk->__sk_common;

	if (common->skc_family == AF_INET6) {
		local[0] = common->skc_v6_rcv_saddr.in6_u.u6_addr32[0];
		local[1] = common->skc_v6_rcv_saddr.in6_u.u6_addr32[1];
		local[2] = common->skc_v6_rcv_saddr.in6_u.u6_addr32[2];
		local[3] = common->skc_v6_rcv_saddr.in6_u.u6_addr32[3];
		barrier();
		remote[0] = common->skc_v6_daddr.in6_u.u6_addr32[0];
		remote[1] = common->skc_v6_daddr.in6_u.u6_addr32[1];
		remote[2] = common->skc_v6_daddr.in6_u.u6_addr32[2];
		remote[3] = common->skc_v6_daddr.in6_u.u6_addr32[3];
		barrier();
		return;
	}
	local[2] = bpf_htonl(0xffff);
	local[3] = common->skc_rcv_saddr;
	barrier();
	remote[2] = bpf_htonl(0xffff);
	remote[3] = common->skc_daddr;
}

/* What stays the same for the life of a connected socket. */
static __always_inline void describe_socket(struct socket_identity *id, struct sock *sk,
					    __u64 cookie, __u64 cgroup)
{
	id->cookie = cookie;
	id->cgroup_id = cgroup;
	id->netns = sk->__sk_common.skc_net.net->ns.inum;
	id->local_port = sk->__sk_common.skc_num;
	id->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	copy_addresses(id, sk);
}

#endif
