// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Constants of many types, which the program copies to where the test can read them. */
#include "kernel_types.h"

enum mode {
	MODE_OFF,
	MODE_SOME = 5,
	MODE_ALL = 1000,
};

struct inner {
	__u16 port;
	__u8 address[16];
};

typedef struct {
	__u64 when;
	union {
		__u32 v4;
		__u8 v6[16];
	};
	struct inner peer;
	__u32 flag_a : 3;
	__u32 flag_b : 5;
	__u16 grid[2][3];
	enum mode mode;
	struct {
		__u8 deep;
	};
} shape;

const volatile bool on = 0;
const volatile __u8 small = 1;
const volatile __s16 negative = -2;
const volatile __u32 middle = 3;
const volatile __u64 large = 4;
const volatile __u8 prefix[6] = {};
const volatile enum mode mode = MODE_OFF;
const volatile struct inner where = {};
/* Not volatile, so no constant to set: the compiler has already used the value. */
const __u32 table[4] = { 1, 2, 3, 4 };

struct seen {
	__u64 large;
	__u32 middle;
	__u32 mode;
	__s16 negative;
	__u16 port;
	__u8 on;
	__u8 small;
	__u8 prefix[6];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct seen);
} seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, shape);
} shapes SEC(".maps");

SEC("cgroup_skb/egress")
int copy_constants(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct seen *out = bpf_map_lookup_elem(&seen, &zero);

	if (!out)
		return 1;
	out->large = large;
	out->middle = middle;
	out->mode = mode;
	out->negative = negative;
	out->port = where.port;
	out->on = on;
	out->small = small;
	for (int i = 0; i < 6; i++)
		out->prefix[i] = prefix[i];
	return table[skb->len & 3] > 9 ? 0 : 1;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
