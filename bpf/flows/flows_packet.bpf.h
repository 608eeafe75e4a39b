/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is done with a packet that a socket sends or gets. */
#ifndef WAGGLE_FLOWS_PACKET_H
#define WAGGLE_FLOWS_PACKET_H

#include "flows_dns.bpf.h"

static __always_inline void see_packet(struct __sk_buff *skb, bool egress)
{
	struct datagram d = {.egress = egress};
	enum parsed parsed = parse(&d, skb);
	struct bpf_sock *sk = skb->sk;

	if (parsed == PARSED_OTHER || !sk)
		return;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return;
	if (parsed == PARSED_UDP && is_dns(sk, &d))
		see_dns(skb, &d);
	if (egress ? !count_sent : !count_received)
		return;
	if (sampling > 1 && bpf_get_prandom_u32() % sampling)
		return;
	if (parsed == PARSED_FAILED)
		count_by(FLOW_COUNT_UNREADABLE, 1);
	else
		count_datagram(skb, sk, &d);
}

#endif
