// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A ring buffer that a test run fills: each run writes a burst of records of changing odd sizes. */
#include "kernel_types.h"

#define SHORTEST 17
#define LONGEST 1003
#define LENGTH_MASK 1023

/* What the test orders. */
struct burst {
	__u32 records;
	__u32 length;       /* 0: changes with the sequence number */
	__u32 discard_each; /* n: every n-th record is preceded by a discarded one; 0: never */
};

/* The test fills `fill`; the program marks first and last byte of what it sends. */
struct record {
	__u64 sequence;
	__u8 fill[LENGTH_MASK + 1 - 8];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct burst);
} order SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record);
} scratch SEC(".maps");

struct {
	__u64 sequence;
	__u64 refused;
} counters = {};

static void discard_one(void)
{
	void *space = bpf_ringbuf_reserve(&events, 40, 0);

	if (space)
		bpf_ringbuf_discard(space, 0);
}

static void write_record(struct record *record, const struct burst *burst)
{
	__u64 number = counters.sequence;
	__u32 length = burst->length;

	if (length == 0)
		length = SHORTEST + (number * 37) % (LONGEST - SHORTEST);
	length &= LENGTH_MASK;
	if (burst->discard_each && number % burst->discard_each == 0)
		discard_one();

	record->sequence = number;
	if (bpf_ringbuf_output(&events, record, length, BPF_RB_NO_WAKEUP) == 0)
		counters.sequence++;
	else
		counters.refused++;
}

SEC("cgroup_skb/egress")
int fill_ring(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct burst *burst = bpf_map_lookup_elem(&order, &zero);
	struct record *record = bpf_map_lookup_elem(&scratch, &zero);

	if (!burst || !record)
		return 1;
	for (int i = 0; i < 1000; i++) {
		if (i >= burst->records)
			break;
		write_record(record, burst);
	}
	return 1;
}

/* Holds a record unfinished for the time of `spins` million steps, and finishes one behind it. */
const volatile __u32 spins = 1;

static int spin(__u32 step, void *ctx)
{
	return 0;
}

SEC("?cgroup_skb/egress")
int hold_record(struct __sk_buff *skb)
{
	__u64 *held = bpf_ringbuf_reserve(&events, sizeof(*held), 0);

	if (!held)
		return 1;
	__u64 behind = 1;

	bpf_ringbuf_output(&events, &behind, sizeof(behind), BPF_RB_NO_WAKEUP);
	for (__u32 i = 0; i < 100; i++) {
		if (i >= spins)
			break;
		bpf_loop(1000000, spin, (void *)0, 0);
	}
	*held = 0;
	bpf_ringbuf_submit(held, BPF_RB_NO_WAKEUP);
	return 1;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
