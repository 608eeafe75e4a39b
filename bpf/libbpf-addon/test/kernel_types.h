/* The few kernel types that the test programs need, by hand and relocated at load (CO-RE). */
#pragma once

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;

enum {
	BPF_NOEXIST = 1,
	BPF_RB_NO_WAKEUP = 1,
};

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_QUEUE = 22,
	BPF_MAP_TYPE_RINGBUF = 27,
};

#include <bpf/bpf_helpers.h>

#define __relocated __attribute__((preserve_access_index))

struct __sk_buff {
	__u32 len;
};

struct sock;
struct pt_regs;
struct seq_file {
	unsigned long count;
} __relocated;

struct task_struct {
	int pid;
	int tgid;
} __relocated;

struct bpf_iter_meta {
	struct seq_file *seq;
} __relocated;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __relocated;

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *key;
	void *value;
} __relocated;

struct bpf_prog_aux {
	__u32 id;
	char name[16];
} __relocated;

struct bpf_prog {
	struct bpf_prog_aux *aux;
} __relocated;

struct bpf_link {
	__u32 id;
	struct bpf_prog *prog;
} __relocated;

struct bpf_map {
	__u32 id;
	char name[16];
} __relocated;

struct bpf_iter__bpf_prog {
	struct bpf_iter_meta *meta;
	struct bpf_prog *prog;
} __relocated;

struct bpf_iter__bpf_link {
	struct bpf_iter_meta *meta;
	struct bpf_link *link;
} __relocated;

struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
} __relocated;
