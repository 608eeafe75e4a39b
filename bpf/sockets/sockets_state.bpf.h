/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is kept of a socket, and how a report is made of it. */
#ifndef WAGGLE_SOCKETS_STATE_H
#define WAGGLE_SOCKETS_STATE_H

#include "sockets.h"
#include "connect.bpf.h"
#include "counter.bpf.h"
#include "walk.bpf.h"

#define CHRONO_RWND_LIMITED 2 /* enum tcp_chrono of include/linux/tcp.h */
#define SOCK_DONE 1           /* enum sock_flags of include/net/sock.h: the peer's FIN has come */

/* The agent's own process, whose connections are left out; 0 = none. */
const volatile __u32 own_pid = 0;

/* What TCP's counters said when they were last told. */
struct socket_told {
	__u64 bytes_sent;
	__u64 bytes_received;
	__u32 packets_sent;
	__u32 packets_received;
	__u32 retransmits;
	__u32 out_of_order;
	__u32 rwnd_limited;
	__u32 listen_overflows;
};

/* What connect() was given. */
enum asked {
	ASKED_NOTHING = 0, /* nothing else than the peer */
	ASKED_NOW,         /* TCP has not begun; the address stands where the peer's will */
	ASKED_OTHER,       /* what storage `asked` has */
};

struct socket_state {
	struct bpf_spin_lock lock; /* of `told` and `pending`: the walk runs beside the others */
	__u8 role;
	__u8 ended; /* its end has been told */
	__u8 reset; /* enum reset_reason of the last reset */
	__u8 asked; /* enum asked */
	__u64 began_ns; /* when its SYN was sent; 0 = established */
	struct socket_identity socket;
	struct socket_told told;
	struct socket_events pending;
};
_Static_assert(sizeof(struct socket_state) <= 184, "socket storage is charged to the socket");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_state);
} sockets SEC(".maps");

/* Of a socket whose program asked for something else than it is connected to. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_endpoint);
} asked SEC(".maps");

/* The same as `sockets` where tracepoints have no socket storage; by the socket's address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct socket_state);
} sockets_5_10 SEC(".maps");

static const struct socket_state no_state; /* too large for the stack */

struct listener_key {
	__u8 address[16];
	__u32 netns;
	__u32 port;
};

struct listener {
	__u64 cookie;
	__u32 pid;
	__u32 tid;
	__u8 comm[16];
};

/* Who listens: an accepted socket belongs to it until its own process is seen at work. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct listener_key);
	__type(value, struct listener);
} listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 * 1024 * 1024);
} reports SEC(".maps");

WALK_REPORTS(walked, struct socket_report);

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* Processes whose connections are left out, by the agent's choice. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u8);
} excluded SEC(".maps");

static __always_inline void count(__u32 index)
{
	ADD_TO_COUNTER(counters, index, 1);
}

static __always_inline bool is_excluded(__u32 pid)
{
	return (own_pid && pid == own_pid) || bpf_map_lookup_elem(&excluded, &pid);
}

static __always_inline struct socket_state *state_of(struct sock *sk, bool modern)
{
	__u64 key = (__u64)sk;

	if (modern)
		return bpf_sk_storage_get(&sockets, sk, 0, 0);
	return bpf_map_lookup_elem(&sockets_5_10, &key);
}

/* Memory for a socket that opens, emptied where it had some. */
static __always_inline struct socket_state *begin(struct sock *sk, bool modern)
{
	__u64 key = (__u64)sk;
	struct socket_state *s;

	if (modern) {
		s = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	} else {
		bpf_map_update_elem(&sockets_5_10, &key, &no_state, BPF_ANY);
		s = bpf_map_lookup_elem(&sockets_5_10, &key);
	}
	if (!s) {
		count(COUNT_NO_STORAGE);
		return 0;
	}
	s->ended = 0;
	s->reset = 0;
	return s;
}

static __always_inline void forget(struct sock *sk)
{
	__u64 key = (__u64)sk;

	bpf_map_delete_elem(&sockets_5_10, &key);
}

static __always_inline void identify(struct socket_state *s, struct sock *sk, bool modern)
{
	__u64 cookie = 0;

	if (modern)
		cookie = bpf_get_socket_cookie(sk);
	describe_socket(&s->socket, sk, cookie, sk->sk_cgrp_data.cgroup->kn->id);
}

/* TCP begins: keeps what was asked for where it is not the peer. */
static __always_inline void compare_asked(struct socket_state *s, struct sock *sk)
{
	bool was_now = s->asked == ASKED_NOW;
	struct socket_endpoint endpoint = {}, *kept;

	s->asked = ASKED_NOTHING;
	if (!was_now)
		return;
	__builtin_memcpy(endpoint.address, s->socket.remote_address, 16);
	endpoint.port = s->socket.remote_port;
	if (!is_other_peer(&endpoint, sk))
		return;
	kept = bpf_sk_storage_get(&asked, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!kept) {
		count(COUNT_NO_ASKED);
		return;
	}
	*kept = endpoint;
	s->asked = ASKED_OTHER;
}

/* `out` is all zeros there. */
static __always_inline void fill_asked(struct socket_report *out, struct socket_state *s,
				       struct sock *sk, bool modern)
{
	struct socket_endpoint *kept = 0;

	if (modern && s->asked == ASKED_OTHER)
		kept = bpf_sk_storage_get(&asked, sk, 0, 0);
	if (kept)
		out->asked = *kept;
}

/* Nobody walks beside the others where there is no storage, and programs have no locks there. */
static __always_inline void lock(struct socket_state *s, bool modern)
{
	if (modern)
		bpf_spin_lock(&s->lock);
}

static __always_inline void unlock(struct socket_state *s, bool modern)
{
	if (modern)
		bpf_spin_unlock(&s->lock);
}

/* To be told with the next report. */
#define HAPPENED(s, field, times, modern)        \
	({                                       \
		lock(s, modern);                 \
		(s)->pending.field += (times);   \
		unlock(s, modern);               \
	})

static __always_inline void note_owner(struct socket_identity *id, struct task_struct *task)
{
	id->pid = BPF_CORE_READ(task, tgid);
	id->tid = BPF_CORE_READ(task, pid);
	BPF_CORE_READ_INTO(&id->comm, task, group_leader, comm);
}

/*
 * Who holds the socket's lock is who uses it. Of processes that accept from one listener only this
 * tells which one had the connection.
 */
static __always_inline void note_closer(struct socket_state *s, struct sock *sk)
{
	if (s->role == SOCKET_SERVER && sk->sk_lock.owned)
		note_owner(&s->socket, (struct task_struct *)bpf_get_current_task());
}

static __always_inline void key_of_listener(struct listener_key *key, struct socket_identity *id)
{
	__builtin_memcpy(key->address, id->local_address, 16);
	key->netns = id->netns;
	key->port = id->local_port;
}

static __always_inline void register_listener(struct socket_state *s, struct sock *sk)
{
	struct listener_key key = {};
	struct listener value = {};

	s->socket.local_port = sk->__sk_common.skc_num;
	value.cookie = s->socket.cookie;
	value.pid = s->socket.pid;
	value.tid = s->socket.tid;
	__builtin_memcpy(value.comm, s->socket.comm, 16);
	key_of_listener(&key, &s->socket);
	bpf_map_update_elem(&listeners, &key, &value, BPF_ANY);
}

static __always_inline void forget_listener(struct socket_state *s)
{
	struct listener_key key = {};
	struct listener *found;

	key_of_listener(&key, &s->socket);
	found = bpf_map_lookup_elem(&listeners, &key);
	/* Others may listen there, too: SO_REUSEPORT. */
	if (found && found->cookie == s->socket.cookie)
		bpf_map_delete_elem(&listeners, &key);
}

/* The listener at the socket's own address, or at any address of either family. */
static __always_inline struct listener *listener_of(struct sock *sk)
{
	struct socket_identity id = {};
	struct listener_key key = {};
	struct listener *found;
	__u32 *words = (__u32 *)key.address;

	copy_addresses(&id, sk);
	id.netns = sk->__sk_common.skc_net.net->ns.inum;
	id.local_port = sk->__sk_common.skc_num;
	key_of_listener(&key, &id);
	found = bpf_map_lookup_elem(&listeners, &key);
	if (found)
		return found;
	words[3] = 0;
	words[0] = words[1] = words[2] = 0;
	found = bpf_map_lookup_elem(&listeners, &key);
	if (found)
		return found;
	words[2] = bpf_htonl(0xffff);
	return bpf_map_lookup_elem(&listeners, &key);
}

static __always_inline void owner_from(struct socket_identity *id, struct listener *listener)
{
	id->pid = listener->pid;
	id->tid = listener->tid;
	__builtin_memcpy(id->comm, listener->comm, 16);
}

static __always_inline void listener_begins(struct sock *sk, bool modern)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct socket_state *s = begin(sk, modern);

	if (!s)
		return;
	s->role = SOCKET_LISTENER;
	identify(s, sk, modern);
	note_owner(&s->socket, task);
	s->told.listen_overflows = sk->sk_drops.counter;
	register_listener(s, sk);
}

static __always_inline __u64 payload_received(struct sock *sk, struct tcp_sock *tcp)
{
	/* A FIN is counted as a byte. */
	return tcp->bytes_received - (sk->__sk_common.skc_flags >> SOCK_DONE & 1);
}

static __always_inline __u32 rwnd_limited(struct tcp_sock *tcp, __u32 jiffies)
{
	__u32 sum = tcp->chrono_stat[CHRONO_RWND_LIMITED - 1];

	if (BPF_CORE_READ_BITFIELD(tcp, chrono_type) == CHRONO_RWND_LIMITED)
		sum += jiffies - tcp->chrono_start;
	return sum;
}

/* What has been counted so far is nobody's business. */
static __always_inline void skip_what_was(struct socket_state *s, struct sock *sk,
					  struct tcp_sock *tcp)
{
	__u32 jiffies = bpf_jiffies64();

	s->told.bytes_sent = tcp->bytes_sent - tcp->bytes_retrans;
	s->told.bytes_received = payload_received(sk, tcp);
	s->told.packets_sent = tcp->segs_out;
	s->told.packets_received = tcp->segs_in;
	s->told.retransmits = tcp->total_retrans;
	s->told.out_of_order = tcp->rcv_ooopack;
	s->told.rwnd_limited = rwnd_limited(tcp, jiffies);
	s->told.listen_overflows = sk->sk_drops.counter;
}

/*
 * The difference, and what has been told from now on. The walk reads beside a running connection, so
 * that a sum of two counters may come out a little smaller than before: that is made up for later.
 */
#define TELL(field, value)                                                   \
	({                                                                   \
		typeof(s->told.field) now_ = (value);                        \
		typeof(s->told.field) more_ = now_ - s->told.field;          \
		bool less_ = more_ >> (sizeof(more_) * 8 - 1);               \
		out->field = less_ ? 0 : more_;                              \
		s->told.field = less_ ? s->told.field : now_;                \
	})

static __always_inline void fill(struct socket_report *out, struct socket_state *s,
				 struct sock *sk, struct tcp_sock *tcp, __u16 error, bool modern)
{
	__u32 limited = rwnd_limited(tcp, bpf_jiffies64()), rtt;
	bool listener = s->role == SOCKET_LISTENER;

	/* When a connection began it had no port yet. */
	if (s->socket.local_port == 0)
		s->socket.local_port = bpf_ntohs(tcp->inet_conn.icsk_inet.inet_sport);
	lock(s, modern);
	TELL(bytes_sent, tcp->bytes_sent - tcp->bytes_retrans);
	TELL(bytes_received, payload_received(sk, tcp));
	TELL(packets_sent, tcp->segs_out);
	TELL(packets_received, tcp->segs_in);
	TELL(retransmits, tcp->total_retrans);
	TELL(out_of_order, tcp->rcv_ooopack);
	TELL(rwnd_limited, limited);
	if (listener)
		TELL(listen_overflows, sk->sk_drops.counter);
	else
		out->listen_overflows = 0;
	out->events = s->pending;
	__builtin_memset(&s->pending, 0, sizeof(s->pending));
	unlock(s, modern);
	out->type = RECORD_SOCKET_REPORT;
	out->role = s->role;
	out->reset = s->reset;
	out->error = error;
	out->socket = s->socket;
	out->srtt_us = tcp->srtt_us >> 3;
	rtt = tcp->rtt_min.s[0].v;
	out->min_rtt_us = rtt == ~0U ? 0 : rtt;
	out->rtt_var_us = tcp->srtt_us ? tcp->mdev_us >> 2 : 0;
	fill_asked(out, s, sk, modern);
}

/* What ends with a last report. */
enum socket_end {
	END_OF_NOTHING, /* a listener, or what was told before */
	END_OF_CONNECTION,
	END_OF_ATTEMPT, /* connect() came to nothing */
};

/* The end is in this report alone: a walk at the same time cannot tell it without its reason. */
static __always_inline void hand_over(struct socket_state *s, struct sock *sk, struct tcp_sock *tcp,
				      enum socket_end end, __u16 error, bool modern)
{
	struct socket_report out = {};
	__u64 size;

	fill(&out, s, sk, tcp, error, modern);
	out.events.closed += end == END_OF_CONNECTION;
	out.events.failed += end == END_OF_ATTEMPT;
	size = out.asked.port ? sizeof(out) : REPORT_WITHOUT_ASKED;
	if (bpf_ringbuf_output(&reports, &out, size, BPF_RB_NO_WAKEUP))
		count(COUNT_RING_FULL);
	else
		count(COUNT_RECORDS);
}

#endif
