/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The addresses of this node, whatever network namespace has them. */
#ifndef WAGGLE_FLOWS_ADDRESS_H
#define WAGGLE_FLOWS_ADDRESS_H

#include "flows_identity.bpf.h"

/* Programs are at interfaces, and ask for these addresses. */
const volatile bool at_interfaces = false;

/*
 * User space adds and removes what the interfaces of all namespaces have, every few seconds. A socket
 * adds its own at once: a container may be younger.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32[4]);
	__type(value, __u32);
} own_addresses SEC(".maps");

static __always_inline void learn_address(const void *address)
{
	__u32 key[4], known = 1;

	__builtin_memcpy(key, address, 16);
	/* One that is not bound yet. */
	if (!key[3])
		return;
	if (!bpf_map_lookup_elem(&own_addresses, key))
		bpf_map_update_elem(&own_addresses, key, &known, BPF_ANY);
}

/* That of a TCP connection that begins. */
static __always_inline void learn_address_of(struct sock *sk)
{
	struct socket_identity id = {};

	if (!at_interfaces)
		return;
	copy_ends(&id, sk);
	learn_address(id.local_address);
}

/* As it is in a key: after ::ffff if it is of IPv4. */
static __always_inline bool is_loopback(const __u32 *address)
{
	return !address[0] && !address[1] && address[2] == bpf_htonl(0xffff) &&
	       (address[3] & bpf_htonl(0xff000000)) == bpf_htonl(0x7f000000);
}

static __always_inline bool is_own_address(const __u32 *address)
{
	return bpf_map_lookup_elem(&own_addresses, address) || is_loopback(address);
}

#endif
