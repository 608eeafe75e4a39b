/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The doors of bpf/http: its programs and its counters. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <linux/bpf.h>

int fake_ingress(struct __sk_buff *skb);
int fake_egress(struct __sk_buff *skb);
/* A socket, as struct sock, changes its state; its program reads from it. */
void fake_state_change(const void *sk, int old_state, int new_state);
void fake_read(const void *sk);
/* The walk over all connections that the agent makes now and then. */
void fake_walk(void);
/* One of enum http_counter, of all CPUs. */
__u64 fake_counter(__u32 index);

#endif
