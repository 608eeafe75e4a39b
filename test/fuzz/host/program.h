/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The doors of bpf/http: its programs and its counters. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <linux/bpf.h>

struct fake_socket;

int fake_ingress(struct __sk_buff *skb);
int fake_egress(struct __sk_buff *skb);
/* A socket changes its state. */
void fake_state_change(const struct fake_socket *socket, int old_state, int new_state);
/* The program of a socket, as struct sock, reads from it. */
void fake_read(const void *sk);
/* The walk over all connections that the agent makes now and then. */
void fake_walk(void);
/* What the agent sets: processes to leave out, and how many exchanges it wants. */
void fake_exclude(__u32 pid);
void fake_sample(__u32 sampling);
/* The totals of what was not handed over. */
void fake_totals(void (*visit)(const void *key, const void *value));
/* One of enum http_counter, of all CPUs. */
__u64 fake_counter(__u32 index);

#endif
