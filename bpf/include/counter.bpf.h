/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a program counts beside its records. */
#ifndef WAGGLE_COUNTER_BPF_H
#define WAGGLE_COUNTER_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/*
 * Adds to one of this CPU's counters. Nobody else's CPU writes there, but a packet interrupts what runs
 * for a process: what it counts meanwhile must not be written over.
 */
static __always_inline void add_to_counter(void *counters, __u32 index, __u64 amount)
{
	__u64 *counter = bpf_map_lookup_elem(counters, &index);

	if (counter)
		__sync_fetch_and_add(counter, amount);
}

#endif
