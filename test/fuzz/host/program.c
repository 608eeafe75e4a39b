/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The programs themselves, compiled for the host. */
#include "http.bpf.c"

#include "fake_kernel.h"
#include "program.h"

int fake_ingress(struct __sk_buff *skb)
{
	return fake.old ? http_ingress_5_10(skb) : http_ingress(skb);
}

int fake_egress(struct __sk_buff *skb)
{
	return fake.old ? http_egress_5_10(skb) : http_egress(skb);
}

/* Tracepoints of old kernels have no socket storage; there the socket's own calls are listened to. */
static void call_sockops(const struct fake_socket *socket, int old_state, int new_state)
{
	struct bpf_sock_ops ops = {.op = BPF_SOCK_OPS_STATE_CB, .sk = (struct bpf_sock *)&socket->view};

	ops.args[0] = old_state;
	ops.args[1] = new_state;
	http_sockops(&ops);
}

void fake_state_change(const struct fake_socket *socket, int old_state, int new_state)
{
	unsigned long long arguments[] = {(unsigned long)socket->kernel, old_state, new_state};

	if (fake.old)
		call_sockops(socket, old_state, new_state);
	else
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

void fake_exclude(__u32 pid)
{
	__u8 one = 1;

	bpf_map_update_elem(&excluded, &pid, &one, BPF_ANY);
}

void fake_sample(__u32 sampling)
{
	struct settings wanted = {.sampling = sampling, .totals = sampling & 1};
	__u32 zero = 0;

	bpf_map_update_elem(&settings, &zero, &wanted, BPF_ANY);
}

void fake_totals(void (*visit)(const void *key, const void *value))
{
	walk_entries(&totals_0, visit);
	walk_entries(&totals_1, visit);
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
