/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * DNS over UDP: each question waits in a map for its answer, which leaves with it. Both ends are seen,
 * a client's and a name server's. Message format: RFC 1035, section 4.1.
 */
#ifndef WAGGLE_FLOWS_DNS_BPF_H
#define WAGGLE_FLOWS_DNS_BPF_H

#include "flows_dns.h"
#include "flows_udp.bpf.h"

#define MAX_DNS_PORTS 4

/* Ports of name servers, as packets have them; 0 behind the last one. None: DNS is not read. */
const volatile __u16 dns_ports[MAX_DNS_PORTS] = {bpf_htons(53)};

#define DNS_ANSWER 0x8000
#define DNS_OPERATION 0x7800 /* 0 = a query */
#define DNS_TRUNCATED 0x0200
#define DNS_RCODE 0x000f
#define DNS_MAX_NAME 255
#define DNS_MAX_LABEL 63 /* longer ones are references to other names, which a question has none of */

struct dns_header {
	__u16 id;
	__u16 flags;
	__u16 questions;
	__u16 answers;
	__u16 authorities;
	__u16 others;
};

struct dns_tail {
	__u16 type;
	__u16 class;
};

/* Questions that wait for their answer. Full of them, new ones are counted and lost. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct dns_key);
	__type(value, struct dns_lookup);
} lookups SEC(".maps");

/* Questions that were answered, or given up. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} looked_up SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DNS_COUNT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} dns_counters SEC(".maps");

static const struct dns_lookup no_lookup;

static __always_inline void count_dns_by(__u32 index, __u64 amount)
{
	ADD_TO_COUNTER(dns_counters, index, amount);
}

static __always_inline void count_dns(__u32 index)
{
	count_dns_by(index, 1);
}

static __always_inline bool is_dns_port(__u16 port)
{
	for (int i = 0; i < MAX_DNS_PORTS && dns_ports[i]; i++)
		if (port == dns_ports[i])
			return true;
	return false;
}

/*
 * A connected socket says whom its program asked, where a packet shows whom the kernel's NAT has made
 * of it. Before Linux 5.18 the port is read as 32 bits or not at all.
 */
static __always_inline __u16 asked_port(struct bpf_sock *sk, struct datagram *d)
{
	return (__u16)*(volatile __u32 *)&sk->dst_port ?: d->ends.peer_port;
}

static __always_inline bool is_dns(struct bpf_sock *sk, struct datagram *d)
{
	if (!dns_ports[0])
		return false;
	return is_dns_port(asked_port(sk, d)) || is_dns_port(d->ends.local_port);
}

static __always_inline void set_asked_peer(struct dns_key *key, struct bpf_sock *sk,
					   struct datagram *d)
{
	key->peer_port = asked_port(sk, d);
	if (sk->state != TCP_ESTABLISHED) {
		__builtin_memcpy(key->peer, d->ends.peer, 16);
		return;
	}
	if (sk->family == AF_INET) {
		key->peer[2] = bpf_htonl(0xffff);
		key->peer[3] = sk->dst_ip4;
		return;
	}
	key->peer[0] = sk->dst_ip6[0];
	key->peer[1] = sk->dst_ip6[1];
	key->peer[2] = sk->dst_ip6[2];
	key->peer[3] = sk->dst_ip6[3];
}

/* The question of a packet that waits already, or was answered: its name and what follows it. */
static __always_inline bool is_same_question(struct __sk_buff *skb, __u32 at,
					     struct dns_lookup *lookup)
{
	__u32 length = lookup->name_length;
	struct dns_tail tail;

	for (__u32 i = 0; i < sizeof(lookup->name) && i < length; i += 8) {
		__u64 theirs = 0, ours = *(__u64 *)(lookup->name + i), mask = ~0ULL;
		__u32 size = length - i;

		if (size < 8)
			mask = (1ULL << size * 8) - 1;
		else
			size = 8;
		size = ((size - 1) & 7) + 1;
		if (bpf_skb_load_bytes(skb, at + i, &theirs, size))
			return false;
		/* Servers may write letters as they like. No other characters of hosts differ by that bit. */
		if ((theirs ^ ours) & mask & ~0x2020202020202020ULL)
			return false;
	}
	return !bpf_skb_load_bytes(skb, at + length, &tail, sizeof(tail)) &&
	       bpf_ntohs(tail.type) == lookup->type && bpf_ntohs(tail.class) == lookup->class;
}

/* The length of the name that stands at the front of `name`; 0 where it does not end in `size` bytes. */
static __always_inline __u32 name_length(const __u8 *name, __u32 size, bool *bad)
{
	__u32 at = 0;

	/* Labels are at least two bytes long. */
	for (int i = 0; i <= DNS_MAX_NAME / 2; i++) {
		__u8 label;

		if (at >= size)
			break;
		label = name[at & 255];
		if (!label)
			return at + 1;
		if (label > DNS_MAX_LABEL) {
			*bad = true;
			break;
		}
		at += label + 1;
	}
	*bad |= at >= DNS_MAX_NAME;
	return 0;
}

/* False, with a count of the reason, where the message holds no question. */
static __always_inline bool read_question(struct __sk_buff *skb, __u32 at, struct dns_lookup *lookup)
{
	__u32 size = skb->len - at, length;
	struct dns_tail tail;
	bool bad = false;

	if (skb->len <= at) {
		count_dns(DNS_COUNT_SHORT);
		return false;
	}
	if (size > DNS_MAX_NAME)
		size = DNS_MAX_NAME;
	/* For verifiers before 6.8, which lose the bound. */
	size = ((size - 1) & 255) + 1;
	if (bpf_skb_load_bytes(skb, at, lookup->name, size)) {
		count_dns(DNS_COUNT_SHORT);
		return false;
	}
	length = name_length(lookup->name, size, &bad);
	if (bad) {
		count_dns(DNS_COUNT_BAD_NAME);
		return false;
	}
	if (!length || bpf_skb_load_bytes(skb, at + length, &tail, sizeof(tail))) {
		count_dns(DNS_COUNT_SHORT);
		return false;
	}
	lookup->name_length = length;
	lookup->type = bpf_ntohs(tail.type);
	lookup->class = bpf_ntohs(tail.class);
	return true;
}

/*
 * Takes a question out of those that wait and hands it over. Whoever takes it out first does; what has
 * been taken out may be another question already, so it is copied before.
 */
static __always_inline void end_lookup(struct dns_key *key, struct dns_lookup *waiting, __u8 end,
				       struct dns_header *answer, struct udp_flow *flow)
{
	struct dns_lookup *told = bpf_ringbuf_reserve(&looked_up, sizeof(*told), 0);

	if (!told) {
		if (!bpf_map_delete_elem(&lookups, key))
			count_dns(DNS_COUNT_RING_FULL);
		return;
	}
	__builtin_memcpy(told, waiting, sizeof(*told));
	told->duration_ns = bpf_ktime_get_ns() - told->asked_ns;
	told->end = end;
	if (answer) {
		__u16 flags = bpf_ntohs(answer->flags);

		told->answers = bpf_ntohs(answer->answers);
		told->rcode = flags & DNS_RCODE;
		told->truncated = !!(flags & DNS_TRUNCATED);
	}
	if (!told->socket.pid) {
		told->socket.pid = flow->known.socket.pid;
		told->socket.tid = flow->known.socket.tid;
		__builtin_memcpy(told->socket.comm, flow->known.socket.comm, 16);
	}
	if (bpf_map_delete_elem(&lookups, key)) {
		bpf_ringbuf_discard(told, BPF_RB_NO_WAKEUP);
		return;
	}
	count_dns(end == DNS_ANSWERED ? DNS_COUNT_ANSWERED : DNS_COUNT_REPLACED);
	bpf_ringbuf_submit(told, BPF_RB_NO_WAKEUP);
}

static __always_inline void begin_lookup(struct __sk_buff *skb, __u32 at, struct dns_key *key,
					 struct datagram *d, struct udp_flow *flow)
{
	struct dns_lookup *lookup;

	if (bpf_map_update_elem(&lookups, key, &no_lookup, BPF_NOEXIST)) {
		count_dns(DNS_COUNT_LOOKUPS_FULL);
		return;
	}
	lookup = bpf_map_lookup_elem(&lookups, key);
	if (!lookup)
		return;
	if (!read_question(skb, at, lookup)) {
		bpf_map_delete_elem(&lookups, key);
		return;
	}
	__builtin_memcpy(&lookup->socket, &flow->known.socket, sizeof(lookup->socket));
	write_ends(&lookup->socket, &d->ends);
	__builtin_memcpy(lookup->socket.remote_address, key->peer, 16);
	lookup->socket.remote_port = bpf_ntohs(key->peer_port);
	lookup->role = key->role;
	lookup->times_asked = 1;
	count_dns(DNS_COUNT_ASKED);
	barrier();
	lookup->asked_ns = bpf_ktime_get_ns();
}

static __always_inline void see_question(struct __sk_buff *skb, __u32 at, struct dns_key *key,
					 struct datagram *d, struct udp_flow *flow)
{
	struct dns_lookup *waiting = bpf_map_lookup_elem(&lookups, key);

	if (waiting && waiting->asked_ns) {
		if (is_same_question(skb, at, waiting)) {
			if (waiting->times_asked < 255)
				waiting->times_asked++;
			count_dns(DNS_COUNT_ASKED_AGAIN);
			return;
		}
		end_lookup(key, waiting, DNS_GIVEN_UP, 0, flow);
	}
	begin_lookup(skb, at, key, d, flow);
}

static __always_inline void see_answer(struct __sk_buff *skb, __u32 at, struct dns_key *key,
				       struct dns_header *header, struct udp_flow *flow)
{
	struct dns_lookup *waiting = bpf_map_lookup_elem(&lookups, key);

	if (!waiting || !waiting->asked_ns)
		count_dns(DNS_COUNT_UNMATCHED);
	/* Who could not read a question need not repeat it. */
	else if (header->questions && !is_same_question(skb, at, waiting))
		count_dns(DNS_COUNT_OTHER_QUESTION);
	else
		end_lookup(key, waiting, DNS_ANSWERED, header, flow);
}

/* True where the header is that of a question, or of an answer to one; else the reason is counted. */
static __always_inline bool is_lookup(struct dns_header *header)
{
	__u16 flags = bpf_ntohs(header->flags);
	bool is_refusal = flags & DNS_ANSWER && flags & DNS_RCODE && !header->questions;

	if (flags & DNS_OPERATION) {
		count_dns(DNS_COUNT_OPERATION);
		return false;
	}
	if (header->questions != bpf_htons(1) && !is_refusal) {
		count_dns(DNS_COUNT_QUESTIONS);
		return false;
	}
	return true;
}

/* A packet from or to the port of a name server. */
static __noinline int see_dns(struct __sk_buff *skb, struct datagram *d)
{
	struct dns_key key = {};
	struct bpf_sock *sk = skb->sk;
	struct dns_header header;
	struct udp_flow *flow;
	bool is_answer;

	if (!sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk || !d || !are_wanted(&d->ends))
		return 0;
	flow = known_udp(skb, sk, d);
	if (!flow) {
		count_dns(DNS_COUNT_NO_STORAGE);
		return 0;
	}
	if (is_own(flow->known.socket.pid))
		return 0;
	if (skb->gso_segs > 1)
		count_dns_by(DNS_COUNT_JOINED, skb->gso_segs - 1);
	if (bpf_skb_load_bytes(skb, d->payload, &header, sizeof(header))) {
		count_dns(DNS_COUNT_SHORT);
		return 0;
	}
	is_answer = header.flags & bpf_htons(DNS_ANSWER);
	key.role = d->egress == is_answer ? FLOW_SERVER : FLOW_CLIENT;
	set_asked_peer(&key, sk, d);
	if (!is_dns_port(key.role == FLOW_CLIENT ? key.peer_port : d->ends.local_port)) {
		count_dns(DNS_COUNT_MISDIRECTED);
		return 0;
	}
	if (!is_lookup(&header))
		return 0;
	key.cookie = flow->known.socket.cookie;
	key.id = header.id;
	if (is_answer)
		see_answer(skb, d->payload + sizeof(header), &key, &header, flow);
	else
		see_question(skb, d->payload + sizeof(header), &key, d, flow);
	return 0;
}

#endif
