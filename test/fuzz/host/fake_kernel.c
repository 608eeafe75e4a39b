/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#include "fake_kernel.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fake_socket.h"
#include "sanitizer.h"

#define MAX_NEST 8
#define HEADER_SLOT 4096
#define MAX_ENTRIES 4096 /* that a hash keeps, whatever it declares */

struct fake_state fake;

struct entry {
	struct entry *next;
	__u8 *key;
	__u8 *value[FAKE_CPUS];
};

struct map {
	struct map *next;
	const void *address;
	__u32 count;
	struct entry *entries;
};

struct storage {
	struct storage *next;
	const void *map;
	void *value;
};

struct reservation {
	__u64 size;
	__u8 data[];
};

struct skb {
	struct __sk_buff view; /* first: programs hold a pointer to it */
	const struct run *run;
	struct skb *outer;
};

static struct map *maps;
static struct fake_socket *sockets;
static struct fake_task *tasks;
static struct skb *running;
static __u32 nesting, reserved;
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

static bool fails(enum failure failure)
{
	if (!fake.failing[failure])
		return false;
	fake.failing[failure]--;
	return true;
}

static void called(void)
{
	if (fake.on_helper)
		fake.on_helper();
}

/* Sockets and tasks */

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

static void free_storages(struct fake_socket *socket)
{
	while (socket->storages) {
		struct storage *storage = socket->storages;

		socket->storages = storage->next;
		free(storage->value);
		free(storage);
	}
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

static struct fake_socket *socket_of(const void *pointer)
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

/* Maps */

static struct map *map_of(const struct map_definition *definition)
{
	struct map *map = maps;

	while (map && map->address != definition->address)
		map = map->next;
	if (map)
		return map;
	map = calloc(1, sizeof(*map));
	map->address = definition->address;
	map->next = maps;
	maps = map;
	return map;
}

static bool is_array(const struct map_definition *map)
{
	return map->type == BPF_MAP_TYPE_ARRAY || map->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static bool is_per_cpu(const struct map_definition *map)
{
	return map->type == BPF_MAP_TYPE_PERCPU_ARRAY || map->type == BPF_MAP_TYPE_PERCPU_HASH ||
	       map->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static struct entry *find(struct map *map, const struct map_definition *definition, const void *key)
{
	for (struct entry *entry = map->entries; entry; entry = entry->next)
		if (!memcmp(entry->key, key, definition->key_size))
			return entry;
	return NULL;
}

static void free_entry(struct entry *entry)
{
	for (int cpu = 0; cpu < FAKE_CPUS; cpu++)
		free(entry->value[cpu]);
	free(entry->key);
	free(entry);
}

/* The oldest one goes: an LRU map may do that at any time. */
static void drop_oldest(struct map *map)
{
	struct entry **at = &map->entries;

	while ((*at)->next)
		at = &(*at)->next;
	free_entry(*at);
	*at = NULL;
	map->count--;
}

static struct entry *add(struct map *map, const struct map_definition *definition, const void *key)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	entry->key = malloc(definition->key_size);
	memcpy(entry->key, key, definition->key_size);
	for (int cpu = 0; cpu < (is_per_cpu(definition) ? FAKE_CPUS : 1); cpu++)
		entry->value[cpu] = calloc(1, definition->value_size);
	entry->next = map->entries;
	map->entries = entry;
	map->count++;
	return entry;
}

void *fake_map_lookup(const struct map_definition *definition, const void *key)
{
	struct map *map = map_of(definition);
	struct entry *entry = find(map, definition, key);

	called();
	if (is_array(definition) && *(const __u32 *)key >= definition->max_entries)
		return NULL;
	if (!is_array(definition) && fails(FAIL_MAP))
		return NULL;
	if (!entry && is_array(definition))
		entry = add(map, definition, key);
	if (!entry)
		return NULL;
	return entry->value[is_per_cpu(definition) ? fake.cpu : 0];
}

long fake_map_update(const struct map_definition *definition, const void *key, const void *value,
		     __u64 flags)
{
	struct map *map = map_of(definition);
	struct entry *entry = find(map, definition, key);
	__u32 room = definition->max_entries < MAX_ENTRIES ? definition->max_entries : MAX_ENTRIES;

	called();
	if (is_array(definition) && *(const __u32 *)key >= definition->max_entries)
		return -E2BIG;
	if (fails(FAIL_MAP))
		return -ENOMEM;
	if (entry && flags & BPF_NOEXIST)
		return -EEXIST;
	if (!entry && flags & BPF_EXIST)
		return -ENOENT;
	if (!entry && !is_array(definition) && map->count >= room)
		drop_oldest(map);
	if (!entry)
		entry = add(map, definition, key);
	memcpy(entry->value[is_per_cpu(definition) ? fake.cpu : 0], value, definition->value_size);
	return 0;
}

long fake_map_delete(const struct map_definition *definition, const void *key)
{
	struct map *map = map_of(definition);

	called();
	for (struct entry **at = &map->entries; *at; at = &(*at)->next) {
		struct entry *entry = *at;

		if (memcmp(entry->key, key, definition->key_size))
			continue;
		*at = entry->next;
		map->count--;
		free_entry(entry);
		return 0;
	}
	return -ENOENT;
}

void *fake_storage_get(const struct map_definition *map, const void *sk, const void *value,
		       __u64 flags)
{
	struct fake_socket *socket = socket_of(sk);
	struct storage *storage = socket->storages;

	called();
	while (storage && storage->map != map->address)
		storage = storage->next;
	if (storage)
		return storage->value;
	if (!(flags & BPF_SK_STORAGE_GET_F_CREATE) || fails(FAIL_STORAGE))
		return NULL;
	storage = calloc(1, sizeof(*storage));
	storage->map = map->address;
	storage->value = calloc(1, map->value_size);
	if (value)
		memcpy(storage->value, value, map->value_size);
	storage->next = socket->storages;
	socket->storages = storage;
	socket->kernel->tcp.fake_base.sk_bpf_storage = (void *)storage;
	return storage->value;
}

long fake_storage_delete(const struct map_definition *map, const void *sk)
{
	struct storage **at = &socket_of(sk)->storages;

	called();
	while (*at && (*at)->map != map->address)
		at = &(*at)->next;
	if (!*at)
		return -ENOENT;
	/* Freed after a grace period: who has it in hand may go on reading. */
	*at = (*at)->next;
	return 0;
}

long fake_ring_output(const void *map, const void *data, __u64 size, __u64 flags)
{
	(void)map;
	called();
	if (flags & ~(__u64)(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP))
		return -EINVAL;
	if (fails(FAIL_RING))
		return -EAGAIN;
	fake.on_record(data, size);
	return 0;
}

void *fake_ring_reserve(const void *map, __u64 size, __u64 flags)
{
	struct reservation *reservation;

	(void)map;
	called();
	if (flags)
		fake_refuse("bpf_ringbuf_reserve with flags %llu", flags);
	if (fails(FAIL_RING))
		return NULL;
	reservation = malloc(sizeof(*reservation) + size);
	/* The ring holds what was there before. */
	memset(reservation->data, 0xa5, size);
	reservation->size = size;
	reserved++;
	return reservation->data;
}

void fake_ring_discard(void *data, __u64 flags)
{
	(void)flags;
	reserved--;
	free((char *)data - offsetof(struct reservation, data));
}

void fake_ring_submit(void *data, __u64 flags)
{
	struct reservation *reservation =
		(void *)((char *)data - offsetof(struct reservation, data));

	called();
	fake.on_record(data, reservation->size);
	fake_ring_discard(data, flags);
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

void walk_storages(const void *map, void (*visit)(const void *sk, void *value))
{
	for (struct fake_socket *socket = sockets; socket; socket = socket->next)
		for (struct storage *storage = socket->storages; storage; storage = storage->next)
			if (storage->map == map)
				visit(socket->kernel, storage->value);
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
	while (maps) {
		struct map *map = maps;

		while (map->count)
			drop_oldest(map);
		maps = map->next;
		free(map);
	}
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
	if (reserved && !nesting)
		fake_refuse("%u records of the ring buffer neither submitted nor discarded", reserved);
	return verdict;
}
