/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What programs meet in a kernel, as far as ours use it: sockets, packets, maps, helpers. */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

#include "fake_helpers.h"

#define FAKE_CPUS 2

struct fake_task;
struct kernel_socket;

/* A socket: what __sk_buff.sk points to, what tracepoints are given, and what its storage holds. */
struct fake_socket {
	struct bpf_sock view;
	struct kernel_socket *kernel; /* struct sock, of bpf/include/kernel.h */
	bool tcp;
	__u64 cookie;
	__u64 cgroup_id;
	struct fake_task *task; /* its process */
	struct storage *storages;
	struct fake_socket *next;
};

enum failure {
	FAIL_STORAGE, /* socket storage refused */
	FAIL_RING,    /* no room in the ring buffer */
	FAIL_MAP,     /* an entry that is not there any more */
	FAIL_LOAD,    /* bytes that cannot be read */
	FAILURES,
};

/* What the helpers look at; set between runs. */
struct fake_state {
	__u64 now; /* CLOCK_MONOTONIC */
	__u32 cpu;
	struct fake_task *current;
	bool old; /* lacks what came after 5.10 */
	__u32 failing[FAILURES]; /* how many of the next calls fail */
	/* Called at each helper's begin, for what interrupts a program there; may run others. */
	void (*on_helper)(void);
	void (*on_record)(const void *record, __u32 size);
};
extern struct fake_state fake;

struct fake_socket *make_socket(void);
void free_socket(struct fake_socket *socket);
struct fake_task *make_task(int pid, const char *comm);
/* Forgets all maps, sockets and tasks. */
void forget_all(void);

/* A packet as one run of a program sees it: the first `linear` bytes by data and data_end. */
struct run {
	struct fake_socket *socket; /* may be NULL */
	const __u8 *bytes;
	__u32 length;
	__u32 linear;
	__u16 protocol; /* ETH_P_IP and kin, host byte order */
	__u64 stamp;
};
/* Runs a program on it and returns its verdict. Runs may nest. */
int run_program(const struct run *run, int (*program)(struct __sk_buff *));

/* Calls back for each socket that has this storage. */
/* The entries of a map whose values are not one a CPU. */
void walk_entries(const void *map, void (*visit)(const void *key, const void *value));
void walk_storages(const void *map, void (*visit)(const void *sk, void *value));

/* Stops with a message when a program does what the verifier would not let it. */
void fake_refuse(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
