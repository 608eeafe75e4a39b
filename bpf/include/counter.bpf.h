/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a program counts beside its records. */
#ifndef WAGGLE_COUNTER_BPF_H
#define WAGGLE_COUNTER_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/*
 * Adds to one of this CPU's counters in the map `name`. No other CPU writes there, but a packet interrupts
 * what runs for a process: what it counts meanwhile must not be written over.
 */
#define ADD_TO_COUNTER(name, index, amount)                                 \
	({                                                                  \
		__u32 index_ = (index);                                     \
		__u64 *counter_ = bpf_map_lookup_elem(&(name), &index_);    \
		if (counter_)                                               \
			__sync_fetch_and_add(counter_, amount);             \
	})

#endif
