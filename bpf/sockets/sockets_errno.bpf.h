/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The errno of a connect() that came to nothing, where only programs at cgroups see it begin: they note
 * the socket for the thread, and the end of the system call says how it went.
 */
#ifndef WAGGLE_SOCKETS_ERRNO_H
#define WAGGLE_SOCKETS_ERRNO_H

#include "sockets_state.bpf.h"

/* A connect() that fails before TCP begins does so at once; what is older was none of this call. */
#define SAME_CALL_NS 1000000000ULL

#define ERESTARTSYS 512 /* first of the kernel's own, which no program gets to see */

/* What a tracepoint at the end of a system call has. */
struct call_end {
	__u64 common;
	__u64 number;
	long result;
};

struct connecting {
	__u64 sk;
	__u64 began_ns;
};

/* The socket that a thread connects. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct connecting);
} connecting SEC(".maps");

/* What its connect() returned last, by the socket. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u32);
} connect_errors SEC(".maps");

static __always_inline void call_begins(struct task_struct *task, void *sk)
{
	struct connecting now = {.sk = (__u64)(long)sk, .began_ns = bpf_ktime_get_ns()};
	__u64 thread = (__u64)BPF_CORE_READ(task, tgid) << 32 | (__u32)BPF_CORE_READ(task, pid);

	bpf_map_delete_elem(&connect_errors, &now.sk);
	bpf_map_update_elem(&connecting, &thread, &now, BPF_ANY);
}

static __always_inline void call_ends(struct call_end *call)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct connecting *begun = bpf_map_lookup_elem(&connecting, &thread);
	__u32 error = -call->result;

	if (!begun)
		return;
	if (call->result < 0 && error < ERESTARTSYS && error != EINPROGRESS &&
	    bpf_ktime_get_ns() - begun->began_ns < SAME_CALL_NS)
		bpf_map_update_elem(&connect_errors, &begun->sk, &error, BPF_ANY);
	bpf_map_delete_elem(&connecting, &thread);
}

/* 0 where it is not known. */
static __always_inline __u16 errno_of(void *sk)
{
	__u64 key = (__u64)(long)sk;
	__u32 *error = bpf_map_lookup_elem(&connect_errors, &key);

	return error ? *error : 0;
}

#endif
