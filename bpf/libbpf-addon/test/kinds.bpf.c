// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* One program of every kind of attachment; each counts its runs. */
#include "kernel_types.h"

enum kind {
	KIND_CGROUP,
	KIND_TP_BTF,
	KIND_RAW_TP,
	KIND_TRACEPOINT,
	KIND_UPROBE,
	KIND_URETPROBE,
	KIND_FENTRY,
	KIND_KPROBE,
	KIND_FRAME,
	KIND_COUNT,
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, KIND_COUNT);
	__type(key, enum kind);
	__type(value, __u64);
} runs SEC(".maps");

/* Only count for this process; 0: for all. */
const volatile __u32 only_tgid = 0;

static int count(enum kind kind)
{
	__u64 *counter = bpf_map_lookup_elem(&runs, &kind);

	if (counter)
		__sync_fetch_and_add(counter, 1);
	return 0;
}

static int count_own(enum kind kind)
{
	if (only_tgid && bpf_get_current_pid_tgid() >> 32 != only_tgid)
		return 0;
	return count(kind);
}

SEC("cgroup_skb/egress")
int on_packet(struct __sk_buff *skb)
{
	count(KIND_CGROUP);
	return 1;
}

SEC("tp_btf/inet_sock_set_state")
int on_state_btf(__u64 *ctx)
{
	return count(KIND_TP_BTF);
}

SEC("raw_tp/inet_sock_set_state")
int on_state_raw(__u64 *ctx)
{
	return count(KIND_RAW_TP);
}

SEC("tracepoint/sock/inet_sock_set_state")
int on_state(void *ctx)
{
	return count(KIND_TRACEPOINT);
}

SEC("uprobe")
int on_call(struct pt_regs *ctx)
{
	return count_own(KIND_UPROBE);
}

SEC("uretprobe")
int on_return(struct pt_regs *ctx)
{
	return count_own(KIND_URETPROBE);
}

SEC("?fentry/bpf_fentry_test1")
int on_entry(__u64 *ctx)
{
	return count(KIND_FENTRY);
}

SEC("?kprobe/vfs_read")
int on_kernel_call(struct pt_regs *ctx)
{
	return count(KIND_KPROBE);
}

SEC("tc")
int on_frame(struct __sk_buff *skb)
{
	count(KIND_FRAME);
	return -1; /* TCX_NEXT, TC_ACT_UNSPEC */
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
