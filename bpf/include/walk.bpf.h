/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a walk over socket storage tells, beside its output.
 *
 * The kernel ends a read when 8 pages of output are full, and then finds its way back by counting from
 * the beginning of one of its few lists (kernel/bpf/bpf_iter.c, net/core/bpf_sk_storage.c): with reports
 * as output a walk costs the square of its sockets. So what is written is a short mark for each report,
 * and the report lies in a map that is read together with the output.
 */
#ifndef WAGGLE_WALK_BPF_H
#define WAGGLE_WALK_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "kernel.h"

#define WALK_MARK_SIZE 16 /* src/kernel/walks.ts has the same */
#define WALK_SLOTS 2047   /* marks for which 8 of the smallest pages have room */

/* What a walk returns to be shown the same socket again by the next read. */
#define WALK_AGAIN 1

/* Defines the map `name` with room for the reports of one read. */
#define WALK_REPORTS(name, report)                   \
	struct name##_slots {                        \
		report slots[WALK_SLOTS];            \
	};                                           \
	struct {                                     \
		__uint(type, BPF_MAP_TYPE_ARRAY);    \
		__uint(max_entries, 1);              \
		__type(key, __u32);                  \
		__type(value, struct name##_slots);  \
	} name SEC(".maps")

/* Where the next report belongs: emptied; 0 where this read has no more room. */
#define WALK_SLOT(name, seq)                                                            \
	({                                                                              \
		__u32 zero_ = 0, slot_ = (seq)->count / WALK_MARK_SIZE;                 \
		struct name##_slots *walked_ = bpf_map_lookup_elem(&(name), &zero_);    \
		typeof(&walked_->slots[0]) place_ = 0;                                  \
		if (walked_ && slot_ < WALK_SLOTS) {                                    \
			place_ = &walked_->slots[slot_];                                \
			__builtin_memset(place_, 0, sizeof(*place_));                   \
		}                                                                       \
		place_;                                                                 \
	})

/* The slot is filled. There is room for the mark as there was a slot. */
static __always_inline void walk_told(struct seq_file *seq)
{
	static const __u8 mark[WALK_MARK_SIZE];

	bpf_seq_write(seq, mark, sizeof(mark));
}

#endif
