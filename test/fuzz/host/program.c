/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The programs themselves, compiled for the host. */
#include "http.bpf.c"

#include "fake_kernel.h"
#include "program.h"

int fake_ingress(struct __sk_buff *skb)
{
	return http_ingress(skb);
}

int fake_egress(struct __sk_buff *skb)
{
	return http_egress(skb);
}

void fake_state_change(const void *sk, int old_state, int new_state)
{
	unsigned long long arguments[] = {(unsigned long)sk, old_state, new_state};

	http_state(arguments);
}

void fake_read(const void *sk)
{
	unsigned long long arguments[] = {(unsigned long)sk};

	http_read(arguments);
}

static void visit(const void *sk, void *value)
{
	struct bpf_iter__bpf_sk_storage_map context = {.sk = (struct sock *)sk, .value = value};

	http_open(&context);
}

void fake_walk(void)
{
	walk_storages(&connections, visit);
}

__u64 fake_counter(__u32 index)
{
	__u32 cpu = fake.cpu;
	__u64 sum = 0;

	for (fake.cpu = 0; fake.cpu < FAKE_CPUS; fake.cpu++) {
		__u64 *value = bpf_map_lookup_elem(&counters, &index);

		sum += value ? *value : 0;
	}
	fake.cpu = cpu;
	return sum;
}
