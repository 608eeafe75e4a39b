/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Maps, socket storage and the ring buffer. Every value is an allocation, so that ASan sees its end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake_inside.h"

#define MAX_ENTRIES 4096 /* that a hash keeps, whatever it declares */

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

static struct map *maps;
static __u32 reserved;

void free_storages(struct fake_socket *socket)
{
	while (socket->storages) {
		struct storage *storage = socket->storages;

		socket->storages = storage->next;
		free(storage->value);
		free(storage);
	}
}

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

static bool is_lru(const struct map_definition *map)
{
	return map->type == BPF_MAP_TYPE_LRU_HASH || map->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
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
	if (!entry && !is_array(definition) && map->count >= room) {
		if (!is_lru(definition))
			return -E2BIG;
		drop_oldest(map);
	}
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

void walk_entries(const void *address, void (*visit)(const void *key, const void *value))
{
	for (struct map *map = maps; map; map = map->next)
		for (struct entry *entry = map->entries; entry && map->address == address;
		     entry = entry->next)
			visit(entry->key, entry->value[0]);
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

void walk_storages(const void *map, void (*visit)(const void *sk, void *value))
{
	for (struct fake_socket *socket = all_sockets(); socket; socket = socket->next)
		for (struct storage *storage = socket->storages; storage; storage = storage->next)
			if (storage->map == map)
				visit(socket->kernel, storage->value);
}

void expect_no_reservation(void)
{
	if (reserved)
		fake_refuse("%u records of the ring buffer neither submitted nor discarded", reserved);
}

void forget_maps(void)
{
	while (maps) {
		struct map *map = maps;

		while (map->count)
			drop_oldest(map);
		maps = map->next;
		free(map);
	}
}
