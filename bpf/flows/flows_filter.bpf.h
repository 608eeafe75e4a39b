/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Which flows are counted: by addresses and ports of either end. */
#ifndef WAGGLE_FLOWS_FILTER_H
#define WAGGLE_FLOWS_FILTER_H

#include "flows_maps.bpf.h"

#define MAX_PORT_RANGES 16

/* Both ends included; last is 0 behind the last range. */
struct port_range {
	__u16 first;
	__u16 last;
};

/* As it is, everything is counted. */
const volatile bool by_address = false;       /* `ranges` has something in it */
const volatile bool chosen_addresses = false; /* of these ranges some are chosen, not left out */
const volatile struct port_range chosen_ports[MAX_PORT_RANGES] = {};
const volatile struct port_range left_out_ports[MAX_PORT_RANGES] = {};

struct range_key {
	__u32 bits;
	__u32 address[4];
};

enum range_value {
	RANGE_CHOSEN = 1,
	RANGE_LEFT_OUT = 2,
};

/* The narrowest range that an address lies in decides. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024);
	__type(key, struct range_key);
	__type(value, __u32);
} ranges SEC(".maps");

static __always_inline __u32 range_of(const void *address)
{
	struct range_key key = {.bits = 128};
	__u32 *value;

	__builtin_memcpy(key.address, address, 16);
	value = bpf_map_lookup_elem(&ranges, &key);
	return value ? *value : 0;
}

static __always_inline bool is_address_wanted(const void *local, const void *peer)
{
	__u32 one, other;

	if (!by_address)
		return true;
	one = range_of(local);
	other = range_of(peer);
	if (one == RANGE_LEFT_OUT || other == RANGE_LEFT_OUT)
		return false;
	return !chosen_addresses || one == RANGE_CHOSEN || other == RANGE_CHOSEN;
}

static __always_inline bool is_in(const volatile struct port_range *list, __u16 one, __u16 other)
{
	for (int i = 0; i < MAX_PORT_RANGES && list[i].last; i++) {
		if (one >= list[i].first && one <= list[i].last)
			return true;
		if (other >= list[i].first && other <= list[i].last)
			return true;
	}
	return false;
}

/* Ports in this machine's byte order. */
static __always_inline bool is_port_wanted(__u16 local, __u16 peer)
{
	if (left_out_ports[0].last && is_in(left_out_ports, local, peer))
		return false;
	return !chosen_ports[0].last || is_in(chosen_ports, local, peer);
}

static __always_inline bool is_wanted(const struct socket_identity *id)
{
	return is_port_wanted(id->local_port, id->remote_port) &&
	       is_address_wanted(id->local_address, id->remote_address);
}

static __always_inline bool are_wanted(const struct endpoints *ends)
{
	return is_port_wanted(bpf_ntohs(ends->local_port), bpf_ntohs(ends->peer_port)) &&
	       is_address_wanted(ends->local, ends->peer);
}

#endif
