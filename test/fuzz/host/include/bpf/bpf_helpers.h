/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Stands in for libbpf's header of the same name when a program is compiled for the host: helpers
 * are functions of ../../fake_kernel.c. A helper that is missing here is a compile error: add it.
 *
 * Maps keep libbpf's form; their sizes are read off their members' types.
 */
#ifndef FAKE_BPF_HELPERS_H
#define FAKE_BPF_HELPERS_H

#include <stddef.h>
#include "../../fake_helpers.h"

#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define SEC(name) __attribute__((used))

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))
#define __weak __attribute__((weak))
#define __hidden __attribute__((visibility("hidden")))
#define barrier() asm volatile("" ::: "memory")
#define barrier_var(var) asm volatile("" : "+r"(var))

#define MAP_UINT(member) (sizeof(*(member)) / sizeof(int))
#define MAP_OF(map)                                                          \
	(&(struct map_definition){.address = (map),                          \
				  .type = MAP_UINT((map)->type),             \
				  .max_entries = MAP_UINT((map)->max_entries), \
				  .key_size = sizeof(*(map)->key),           \
				  .value_size = sizeof(*(map)->value)})
#define STORAGE_OF(map) \
	(&(struct map_definition){.address = (map), .value_size = sizeof(*(map)->value)})

#define bpf_map_lookup_elem(map, key) fake_map_lookup(MAP_OF(map), key)
#define bpf_map_update_elem(map, key, value, flags) fake_map_update(MAP_OF(map), key, value, flags)
#define bpf_map_delete_elem(map, key) fake_map_delete(MAP_OF(map), key)
#define bpf_sk_storage_get(map, sk, value, flags) \
	fake_storage_get(STORAGE_OF(map), sk, value, flags)
#define bpf_sk_storage_delete(map, sk) fake_storage_delete(STORAGE_OF(map), sk)
#define bpf_ringbuf_output(map, data, size, flags) fake_ring_output(map, data, size, flags)
#define bpf_ringbuf_reserve(map, size, flags) fake_ring_reserve(map, size, flags)
#define bpf_ringbuf_submit(data, flags) fake_ring_submit(data, flags)
#define bpf_ringbuf_discard(data, flags) fake_ring_discard(data, flags)
#define bpf_skb_load_bytes(skb, offset, to, len) fake_load_bytes(skb, offset, to, len)
#define bpf_sk_fullsock(sk) fake_fullsock(sk)
#define bpf_skc_to_tcp_sock(sk) ((struct tcp_sock *)fake_tcp_sock(sk))
#define bpf_get_socket_cookie(context) fake_cookie(context)
#define bpf_skb_cgroup_id(skb) fake_cgroup_id(skb)
#define bpf_get_current_task() fake_current_task()
#define bpf_get_current_pid_tgid() fake_current_pid_tgid()
#define bpf_get_smp_processor_id() fake_cpu()
#define bpf_ktime_get_ns() fake_ktime()
#define bpf_probe_read_kernel(to, size, from) fake_probe_read(to, size, from)
#define bpf_sock_ops_cb_flags_set(ops, flags) fake_sock_ops_flags(ops, flags)
#define bpf_sock_from_file(file) fake_sock_from_file(file)
#define bpf_seq_write(seq, data, length) fake_seq_write(seq, data, length)
#define bpf_loop(count, callback, context, flags) fake_loop(count, (void *)(callback), context, flags)

#endif
