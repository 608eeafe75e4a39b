/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The insides of sockets and tasks, which need the kernel's types. */
#ifndef FAKE_SOCKET_H
#define FAKE_SOCKET_H

#include "fake_kernel.h"
/*
 * A copy of bpf/include/kernel.h made for the host: tcp_sock begins with a struct sock called
 * fake_base, because programs cast between the two.
 */
#include "kernel.h"

#define FAKE_TIME_WAIT 6
#define FAKE_NEW_SYN_RECV 12

struct kernel_socket {
	struct tcp_sock tcp;
	struct net net;
	struct cgroup cgroup;
	struct kernfs_node folder;
};

struct fake_task {
	struct task_struct leader;
	struct task_struct thread;
	struct fake_task *next;
};

#endif
