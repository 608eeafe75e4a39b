/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fake_inside.h"
#include "sanitizer.h"

#define MAX_NEST 8
#define HEADER_SLOT 4096

struct fake_state fake;

struct skb {
	struct __sk_buff view; /* first: programs hold a pointer to it */
	const struct run *run;
	struct skb *outer;
};

static struct fake_socket *sockets;
static struct fake_task *tasks;
static struct skb *running;
static __u32 nesting;
static __u8 *header_memory;

void fake_refuse(const char *format, ...)
{
	va_list arguments;

	fputs("the verifier would refuse this: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	abort();
}

/* Sockets and tasks */

struct fake_socket *all_sockets(void)
{
	return sockets;
}

struct fake_socket *make_socket(void)
{
	struct fake_socket *socket = calloc(1, sizeof(*socket));

	socket->kernel = calloc(1, sizeof(*socket->kernel));
	socket->kernel->tcp.fake_base.__sk_common.skc_net.net = &socket->kernel->net;
	socket->kernel->tcp.fake_base.sk_cgrp_data.cgroup = &socket->kernel->cgroup;
	socket->kernel->cgroup.kn = &socket->kernel->folder;
	socket->next = sockets;
	sockets = socket;
	return socket;
}

void free_socket(struct fake_socket *socket)
{
	struct fake_socket **at = &sockets;

	while (*at != socket)
		at = &(*at)->next;
	*at = socket->next;
	free_storages(socket);
	free(socket->kernel);
	free(socket);
}

struct fake_task *make_task(int pid, const char *comm)
{
	struct fake_task *task = calloc(1, sizeof(*task));

	task->leader.tgid = task->leader.pid = pid;
	task->leader.group_leader = &task->leader;
	snprintf(task->leader.comm, sizeof(task->leader.comm), "%s", comm);
	task->thread = task->leader;
	task->thread.pid = pid + 1;
	strcpy(task->thread.comm, "a thread");
	task->next = tasks;
	tasks = task;
	return task;
}

struct fake_socket *socket_of(const void *pointer)
{
	for (struct fake_socket *socket = sockets; socket; socket = socket->next)
		if (pointer == &socket->view || pointer == socket->kernel)
			return socket;
	fake_refuse("%p is no socket", pointer);
}

struct bpf_sock *fake_fullsock(struct bpf_sock *sk)
{
	called();
	return sk->state == FAKE_TIME_WAIT || sk->state == FAKE_NEW_SYN_RECV ? NULL : sk;
}

void *fake_tcp_sock(const void *sk)
{
	struct fake_socket *socket = socket_of(sk);

	called();
	return socket->tcp ? socket->kernel : NULL;
}

__u64 fake_cookie(const void *context)
{
	called();
	if (running && context == &running->view)
		return running->run->socket ? running->run->socket->cookie : 0;
	return socket_of(context)->cookie;
}

__u64 fake_cgroup_id(const struct __sk_buff *skb)
{
	called();
	if (!running || skb != &running->view)
		fake_refuse("%p is not the packet at hand", (const void *)skb);
	return running->run->socket ? running->run->socket->cgroup_id : 0;
}

__u64 fake_current_task(void)
{
	called();
	return (__u64)&fake.current->thread;
}

__u64 fake_current_pid_tgid(void)
{
	const struct task_struct *task = &fake.current->thread;

	called();
	return (__u64)task->tgid << 32 | (__u32)task->pid;
}

__u32 fake_cpu(void)
{
	return fake.cpu;
}

__u64 fake_ktime(void)
{
	called();
	return fake.now;
}

long fake_sock_ops_flags(struct bpf_sock_ops *ops, int flags)
{
	ops->bpf_sock_ops_cb_flags = flags;
	return 0;
}

/* No script walks over files. */
struct socket *fake_sock_from_file(void *file)
{
	(void)file;
	return NULL;
}

long fake_seq_write(void *seq, const void *data, __u32 length)
{
	(void)seq, (void)data, (void)length;
	return 0;
}

int fake_has_helper(enum bpf_func_id helper)
{
	return !fake.old || helper < BPF_FUNC_for_each_map_elem;
}

/* Memory */

long fake_probe_read(void *to, __u32 size, const void *from)
{
	called();
	memcpy(to, from, size);
	return 0;
}

long fake_loop(__u32 count, void *callback, void *context, __u64 flags)
{
	int (*step)(__u32, void *) = callback;
	__u32 turn = 0;

	called();
	if (flags || count > 1 << 23)
		return -EINVAL;
	while (turn < count && !step(turn++, context))
		;
	return turn;
}

/* As skb_header_pointer and bpf_skb_load_bytes have it: on a failure `to` is zeroed. */
long fake_load_bytes(const struct __sk_buff *skb, __u32 offset, void *to, __u32 length)
{
	const struct run *run = running->run;

	called();
	if (skb != &running->view)
		fake_refuse("%p is not the packet at hand", (const void *)skb);
	if (!length)
		fake_refuse("bpf_skb_load_bytes of 0 bytes");
	if (fails(FAIL_LOAD) || offset > 0x7fffffff || offset > run->length ||
	    run->length - offset < length) {
		memset(to, 0, length);
		return -EFAULT;
	}
	memcpy(to, run->bytes + offset, length);
	return 0;
}

void forget_all(void)
{
	while (sockets)
		free_socket(sockets);
	while (tasks) {
		struct fake_task *task = tasks;

		tasks = task->next;
		free(task);
	}
	forget_maps();
	memset(&fake, 0, sizeof(fake));
}

/* Packets */

/*
 * __sk_buff has 32 bits for a pointer, so what data and data_end point to lies below 4 GiB. Beyond
 * data_end everything is poisoned.
 */
static __u8 *place_headers(const struct run *run)
{
	__u8 *slot;

	if (!header_memory) {
		header_memory = mmap((void *)0x10000000, MAX_NEST * HEADER_SLOT,
				     PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (header_memory == MAP_FAILED)
			fake_refuse("no memory below 4 GiB");
	}
	if (nesting == MAX_NEST || run->linear > HEADER_SLOT / 2)
		fake_refuse("a packet nested %u deep with %u linear bytes", nesting, run->linear);
	slot = header_memory + nesting * HEADER_SLOT;
	__asan_unpoison_memory_region(slot, HEADER_SLOT);
	memcpy(slot, run->bytes, run->linear);
	__asan_poison_memory_region(slot + run->linear, HEADER_SLOT - run->linear);
	return slot;
}

int run_program(const struct run *run, int (*program)(struct __sk_buff *))
{
	__u8 *headers = place_headers(run);
	struct skb skb = {
		.view = {
			.len = run->length,
			.protocol = __builtin_bswap16(run->protocol),
			.data = (__u32)(unsigned long)headers,
			.data_end = (__u32)(unsigned long)headers + run->linear,
			.tstamp = run->stamp,
			.wire_len = run->length,
			.gso_segs = run->length > 1500 ? run->length / 1448 + 1 : 0,
			.gso_size = run->length > 1500 ? 1448 : 0,
			.sk = run->socket ? &run->socket->view : NULL,
		},
		.run = run,
		.outer = running,
	};
	int verdict;

	nesting++;
	running = &skb;
	verdict = program(&skb.view);
	running = skb.outer;
	nesting--;
	if (!nesting)
		expect_no_reservation();
	return verdict;
}
