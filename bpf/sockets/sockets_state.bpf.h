/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is kept of a socket, and of who listens. */
#ifndef WAGGLE_SOCKETS_STATE_H
#define WAGGLE_SOCKETS_STATE_H

#include "sockets.h"
#include "connect.bpf.h"
#include "counter.bpf.h"
#include "walk.bpf.h"

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

#endif
