/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The helpers that programs call, as functions of fake_kernel.c. */
#ifndef FAKE_HELPERS_H
#define FAKE_HELPERS_H

#include <linux/bpf.h>

struct socket;

/* A map as its declaration has it; `address` names it. */
struct map_definition {
	const void *address;
	__u32 type;
	__u32 max_entries;
	__u32 key_size;
	__u32 value_size;
};

void *fake_map_lookup(const struct map_definition *map, const void *key);
long fake_map_update(const struct map_definition *map, const void *key, const void *value,
		     __u64 flags);
long fake_map_delete(const struct map_definition *map, const void *key);
void *fake_storage_get(const struct map_definition *map, const void *sk, const void *value,
		       __u64 flags);
long fake_storage_delete(const struct map_definition *map, const void *sk);
long fake_ring_output(const void *map, const void *data, __u64 size, __u64 flags);
long fake_load_bytes(const struct __sk_buff *skb, __u32 offset, void *to, __u32 length);
struct bpf_sock *fake_fullsock(struct bpf_sock *sk);
void *fake_tcp_sock(const void *sk);
__u64 fake_cookie(const void *context);
__u64 fake_cgroup_id(const struct __sk_buff *skb);
__u64 fake_current_task(void);
__u64 fake_current_pid_tgid(void);
__u32 fake_cpu(void);
__u64 fake_ktime(void);
long fake_probe_read(void *to, __u32 size, const void *from);
long fake_loop(__u32 count, void *callback, void *context, __u64 flags);
void *fake_ring_reserve(const void *map, __u64 size, __u64 flags);
void fake_ring_submit(void *data, __u64 flags);
void fake_ring_discard(void *data, __u64 flags);
long fake_sock_ops_flags(struct bpf_sock_ops *ops, int flags);
struct socket *fake_sock_from_file(void *file);
long fake_seq_write(void *seq, const void *data, __u32 length);
int fake_has_helper(enum bpf_func_id helper);

#endif
