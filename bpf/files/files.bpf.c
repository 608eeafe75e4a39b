/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * How often files are read and written, how much, how long it takes and what goes wrong, by cgroup or
 * process. All of it is counted here: nothing is handed over for one operation.
 *
 * System calls are looked at when they begin and when they end; what a call is for a file is only known
 * at its beginning, what comes of it at its end.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "files.h"
#include "files_regular.bpf.h"
#include "counter.bpf.h"
#include "kernel.h"

/* Threads that may be in such a call at the same time. */
#define CALLS 8192
/* Cgroups whose paths are kept from when they were made. */
#define CGROUPS 1024
/* Errors from here on are the kernel's own, of calls that a signal has interrupted. */
#define ERESTARTSYS 512

/* The agent's own process, whose files are left out; 0 = none. */
const volatile __u32 own_pid = 0;
/* Whether the processes of a cgroup are told apart. */
const volatile bool by_process = false;
/* Upper bounds of the buckets in nanoseconds, ascending and inclusive. */
const volatile __u64 bounds_ns[FILE_BOUNDS] = {};

/* What a system call of a tracepoint is called with. */
struct call_begins {
	__u64 common;
	long number;
	__u64 arguments[6];
};

struct call_ends {
	__u64 common;
	long number;
	long result;
};

/* A call that has begun. */
struct file_call {
	__u64 began_ns;
	__u64 operation; /* enum file_operation */
};

/* The calls under way, by thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CALLS);
	__type(key, __u32);
	__type(value, struct file_call);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct file_key);
	__type(value, struct file_totals);
} totals SEC(".maps");

/* Paths of cgroups by their id: they may be gone before anybody asks. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CGROUPS);
	__type(key, __u64);
	__type(value, char[CGROUP_PATH]);
} paths SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static __always_inline void count(enum file_counter counter)
{
	ADD_TO_COUNTER(counters, counter, 1);
}

static __always_inline int begins(struct call_begins *call, enum file_operation operation)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct file_call begun = { .operation = operation };
	__u32 tid = id;

	if (id >> 32 == own_pid || !is_regular(call->arguments[0]))
		return 0;
	begun.began_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&calls, &tid, &begun, BPF_ANY) != 0)
		count(COUNT_CALLS_FULL);
	return 0;
}

static __always_inline struct file_totals *totals_of(struct file_key *key)
{
	struct file_totals *known = bpf_map_lookup_elem(&totals, key);
	struct file_totals none = {};

	if (known)
		return known;
	none.first_pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(none.comm, sizeof(none.comm));
	/* Another CPU may have been quicker. */
	bpf_map_update_elem(&totals, key, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&totals, key);
}

/*
 * How many bounds it is above. A branch for each would be 2^15 ways to verifiers that follow all of
 * them (seen with 5.10), so the sign of the difference is added up.
 */
static __always_inline __u32 bucket_of(__u64 ns)
{
	__u64 bucket = 0;

#pragma unroll
	for (int i = 0; i < FILE_BOUNDS; i++)
		bucket += (bounds_ns[i] - ns) >> 63;
	/* Else clang drops the mask, which is what the verifier goes by. */
	barrier_var(bucket);
	return bucket & FILE_BOUNDS;
}
_Static_assert((FILE_BOUNDS & (FILE_BOUNDS + 1)) == 0, "FILE_BOUNDS is a mask, too");

static __always_inline void add(struct file_key *key, __u64 ns, __u64 bytes)
{
	struct file_totals *sums = totals_of(key);
	__u32 bucket = bucket_of(ns);

	if (!sums) {
		count(COUNT_TABLE_FULL);
		return;
	}
	__sync_fetch_and_add(&sums->counts[bucket], 1);
	__sync_fetch_and_add(&sums->total_ns, ns);
	if (bytes)
		__sync_fetch_and_add(&sums->bytes, bytes);
}

static __always_inline __u16 error_of(long result)
{
	if (result >= 0)
		return 0;
	return -result >= ERESTARTSYS ? EINTR : -result;
}

static __always_inline void name_process(struct file_key *key)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	key->pid = bpf_get_current_pid_tgid() >> 32;
	key->started_ns = BPF_CORE_READ(task, group_leader, start_boottime);
}

static __always_inline int ends(struct call_ends *call)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct file_call *begun = bpf_map_lookup_elem(&calls, &tid);
	struct file_key key = {};
	__u64 bytes, ns;

	if (!begun)
		return 0;
	ns = bpf_ktime_get_ns() - begun->began_ns;
	key.cgroup_id = bpf_get_current_cgroup_id();
	key.operation = begun->operation;
	key.error = error_of(call->result);
	bytes = key.error || key.operation == FILE_SYNC ? 0 : call->result;
	bpf_map_delete_elem(&calls, &tid);
	if (by_process)
		name_process(&key);
	add(&key, ns, bytes);
	return 0;
}

/* Each is attached to the tracepoints of many system calls: receivers/ebpf_files/programs.ts. */
SEC("tracepoint")
int files_read(struct call_begins *call)
{
	return begins(call, FILE_READ);
}

SEC("tracepoint")
int files_write(struct call_begins *call)
{
	return begins(call, FILE_WRITE);
}

SEC("tracepoint")
int files_sync(struct call_begins *call)
{
	return begins(call, FILE_SYNC);
}

SEC("tracepoint")
int files_end(struct call_ends *call)
{
	return ends(call);
}

/* Only the hierarchy of version 2, whose number is 0, has the ids that the others count by. */
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(files_cgroup, struct cgroup *cgroup, const char *path)
{
	__u64 id = cgroup->kn->id;
	char kept[CGROUP_PATH] = {};

	if (cgroup->root->hierarchy_id != 0)
		return 0;
	bpf_probe_read_kernel_str(kept, sizeof(kept), path);
	bpf_map_update_elem(&paths, &id, kept, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
