/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Which file descriptors are files that somebody keeps something in. */
#ifndef WAGGLE_FILES_REGULAR_H
#define WAGGLE_FILES_REGULAR_H

#include <linux/magic.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "kernel.h"

/* include/uapi/linux/stat.h */
#define S_IFMT 00170000
#define S_IFREG 0100000

/* What <linux/magic.h> lacks on some machines. */
#define CONFIGFS_MAGIC 0x62656570

/*
 * Files that the kernel makes up when they are read. Whether the anonymous ones (eventfd, timerfd) are
 * regular inside the kernel is its own affair, so they are named, too.
 */
static __always_inline bool is_made_up(unsigned long filesystem)
{
	switch (filesystem) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case SECURITYFS_MAGIC:
	case SELINUX_MAGIC:
	case CONFIGFS_MAGIC:
	case BPF_FS_MAGIC:
	case NSFS_MAGIC:
	case ANON_INODE_FS_MAGIC:
		return true;
	}
	return false;
}

/*
 * The current process's open files, as many as there may be. Since Linux 5.11 a program may follow the
 * pointers itself, which is cheaper.
 */
static __always_inline struct file **files_of(__u32 *room)
{
	struct task_struct *task;
	struct fdtable *table;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		table = bpf_get_current_task_btf()->files->fdt;
		*room = table->max_fds;
		return table->fd;
	}
	task = (struct task_struct *)bpf_get_current_task();
	table = BPF_CORE_READ(task, files, fdt);
	*room = BPF_CORE_READ(table, max_fds);
	return BPF_CORE_READ(table, fd);
}

/* The current process's open file of that number; NULL where there is none. */
static __always_inline struct file *file_of(__u32 fd)
{
	struct file *file = NULL;
	struct file **files;
	__u32 room;

	files = files_of(&room);
	if (fd >= room)
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), &files[fd]);
	return file;
}

static __always_inline bool is_regular(__u32 fd)
{
	struct file *file = file_of(fd);
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFREG)
		return false;
	return !is_made_up(BPF_CORE_READ(inode, i_sb, s_magic));
}

#endif
