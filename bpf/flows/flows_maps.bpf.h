/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The memory of the programs, and what user space sets in them. */
#ifndef WAGGLE_FLOWS_MAPS_H
#define WAGGLE_FLOWS_MAPS_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "flows.h"
#include "counter.bpf.h"
#include "kernel.h"
#include "walk.bpf.h"

#define AF_INET 2
#define AF_INET6 10

/* The agent's own process, whose traffic is left out; 0 = none. */
const volatile __u32 own_pid = 0;

/* Which directions are counted. */
const volatile bool count_sent = true;
const volatile bool count_received = true;

/* Of so many UDP packets one is counted, as so many. */
const volatile __u32 sampling = 1;

/* A TCP connection, or a listener whose connections inherit the owner. */
struct tcp_flow {
	struct flow_counts reported;
	__u32 pid;
	__u32 tid;
	__u8 comm[16];
	__u8 role;
	__u8 asked; /* something else than it is connected to: storage `asked` */
	__u8 _pad[2];
	struct bpf_spin_lock lock; /* of `reported`: the walk runs beside the end */
};

/* A UDP socket. */
struct udp_flow {
	struct flow_report known; /* whose it is; of a connected one its peer too; counts: all so far */
	struct flow_counts reported;
	struct flow_counts rest; /* with peers for which there was no room */
	struct flow_counts rest_reported;
	__u64 address; /* of the kernel's struct sock */
	__u8 connected;
	__u8 left_out; /* its peer is */
	__u8 _pad[2];
	struct bpf_spin_lock lock; /* of what is reported: the walk runs beside the end */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct tcp_flow);
} tcp_flows SEC(".maps");

WALK_REPORTS(walked, struct flow_report);

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct udp_flow);
} udp_flows SEC(".maps");

/* Reports of sockets that closed. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} closed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, FLOW_COUNT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* Both ends of packets. Addresses and ports as packets have them; IPv4 after ::ffff. */
struct endpoints {
	__u32 local[4];
	__u32 peer[4];
	__u16 local_port;
	__u16 peer_port;
};

/* A peer of an unconnected socket. */
struct peer_key {
	__u64 cookie;
	struct endpoints ends;
	__u32 _pad; /* 0 */
};

/* Packets that the kernel gave up. */
struct drop_key {
	struct endpoints ends;
	__u32 netns;
	__u32 reason;
	__u32 protocol;
};

/*
 * Each of these is there twice: one of them is filled while the other, which nobody adds to any more,
 * is emptied.
 */
struct peer_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct peer_key);
	__type(value, struct flow_report);
} peers_0 SEC(".maps"), peers_1 SEC(".maps");

struct drop_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct drop_key);
	__type(value, struct flow_report);
} drops_0 SEC(".maps"), drops_1 SEC(".maps");

/* Which of the two is filled: 0 or 1. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} filled SEC(".maps");

static __always_inline void count_by(__u32 index, __u64 amount)
{
	ADD_TO_COUNTER(counters, index, amount);
}

static __always_inline bool first_is_filled(void)
{
	__u32 zero = 0, *which = bpf_map_lookup_elem(&filled, &zero);

	return !which || !*which;
}

#endif
