/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The kernel types that our programs read, reduced to the members they use. CO-RE moves each access
 * to where the running kernel has it, so neither order nor size matter here.
 */
#ifndef WAGGLE_KERNEL_H
#define WAGGLE_KERNEL_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

/* Its name is taken by <linux/in6.h>; what follows the underscores does not count. */
struct in6_addr___kernel {
	union {
		__u32 u6_addr32[4];
	} in6_u;
};

struct sock_common {
	unsigned short skc_family;
	volatile unsigned char skc_state;
	__u16 skc_dport; /* network byte order */
	__u16 skc_num;
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	struct in6_addr___kernel skc_v6_daddr;
	struct in6_addr___kernel skc_v6_rcv_saddr;
	possible_net_t skc_net;
	unsigned long skc_flags;
};

typedef struct {
	int owned;
} socket_lock_t;

typedef struct {
	int counter;
} atomic_t;

struct kernfs_node {
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct super_block {
	unsigned long s_magic;
};

struct inode {
	unsigned short i_mode;
	struct super_block *i_sb;
};

struct file {
	struct inode *f_inode;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct bpf_local_storage;
struct seq_file {
	unsigned long count; /* bytes of output so far */
};

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	__u32 sk_pacing_status;
	int sk_err;
	atomic_t sk_drops;
	__u16 sk_protocol;
	struct sock_cgroup_data sk_cgrp_data;
	struct bpf_local_storage *sk_bpf_storage;
};

/* include/uapi/linux/net.h */
typedef enum {
	SS_FREE = 0,
	SS_UNCONNECTED,
} socket_state;

struct socket {
	socket_state state;
	struct sock *sk;
};

struct net_device {
	possible_net_t nd_net;
};

struct sk_buff {
	struct sock *sk;
	struct net_device *dev;
	__be16 protocol;
	__u16 network_header;   /* from head */
	__u16 transport_header; /* likewise */
	int skb_iif;
	unsigned char *head;
};

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct inet_sock {
	__u16 inet_sport; /* network byte order */
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
};

struct minmax_sample {
	__u32 v;
};

struct minmax {
	struct minmax_sample s[3];
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 rcv_nxt;
	__u32 snd_nxt;
	__u64 bytes_received;
	__u64 bytes_sent; /* with what was sent again */
	__u64 bytes_acked;
	__u64 bytes_retrans;
	__u32 segs_in;
	__u32 segs_out;
	__u32 total_retrans;
	__u32 rcv_ooopack;
	__u32 srtt_us; /* eight times the value */
	__u32 mdev_us; /* four times the value */
	struct minmax rtt_min;
	__u8 chrono_type;
	__u32 chrono_start; /* jiffies */
	__u32 chrono_stat[3];
};

struct task_struct {
	int pid;
	int tgid;
	struct task_struct *group_leader;
	struct files_struct *files;
	__u64 start_boottime;
	char comm[16];
};

#pragma clang attribute pop

struct bpf_map;

/* What a program is called with, so not to be moved. kernel/bpf/bpf_sk_storage: bpf_iter. */
struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta __attribute__((aligned(8)));
	struct bpf_map *map __attribute__((aligned(8)));
	struct sock *sk __attribute__((aligned(8)));
	void *value __attribute__((aligned(8)));
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta __attribute__((aligned(8)));
	struct task_struct *task __attribute__((aligned(8)));
	__u32 fd __attribute__((aligned(8)));
	struct file *file __attribute__((aligned(8)));
};

/* include/net/tcp_states.h */
enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_FIN_WAIT1 = 4,
	TCP_FIN_WAIT2 = 5,
	TCP_TIME_WAIT = 6,
	TCP_CLOSE = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LAST_ACK = 9,
	TCP_LISTEN = 10,
};

#endif
