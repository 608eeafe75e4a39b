/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is told of reads and writes of files. Read by receivers/ebpf_files/record.ts. */
#ifndef WAGGLE_FILES_H
#define WAGGLE_FILES_H

#include <linux/types.h>

enum file_operation {
	FILE_READ = 0,
	FILE_WRITE,
	FILE_SYNC,
	FILE_MAX,
};

/* Whose operations of which sort ended how. */
struct file_key {
	__u64 cgroup_id;
	__u64 started_ns; /* when the process began, since boot; 0 where processes are not told apart */
	__u32 pid;        /* process (thread group); 0 likewise */
	__u16 error;      /* errno; 0 = none */
	__u8 operation;   /* enum file_operation */
	__u8 _pad;
};
_Static_assert(sizeof(struct file_key) == 24, "keep receivers/ebpf_files/record.ts in step");

/* Upper bounds of the buckets of a duration; one more bucket has none. */
#define FILE_BOUNDS 15

struct file_totals {
	__u64 bytes;
	__u64 total_ns;
	__u64 counts[FILE_BOUNDS + 1];
	__u32 first_pid; /* a process of those that these are of */
	__u32 _pad;
	__u8 comm[16];   /* its name, NUL-terminated */
};
_Static_assert(sizeof(struct file_totals) == 168, "keep receivers/ebpf_files/record.ts in step");

/* Bytes of a cgroup's path that are kept. */
#define CGROUP_PATH 256

/* Index of the per-CPU counters. Names: receivers/ebpf_files/record.ts. */
enum file_counter {
	COUNT_CALLS_FULL = 0, /* operations not followed: too many were under way */
	COUNT_TABLE_FULL,     /* operations not counted: no room in the table */
	COUNT_MAX,
};

#endif
