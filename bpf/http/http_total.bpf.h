/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What is not handed over because the agent asked for fewer exchanges is counted here, so that
 * metrics have all of them. There is nothing to decide for the verifier: what depends on a value is
 * computed from it without a branch, or in a global function, which is checked once by itself.
 */
#ifndef WAGGLE_HTTP_TOTAL_H
#define WAGGLE_HTTP_TOTAL_H

#include "http_conn.bpf.h"

#define MAX_TOTALS 4096
#define UNKNOWN_SIZE (BUCKETS - 1)

/*
 * The agent has one filled while it empties the other, which it had filled until two seconds before:
 * nobody adds to a total that is being taken away. Adding is atomic: on two cores that costs no more
 * than values for each CPU, whose memory grows with the number of CPUs.
 */
#define TOTALS(name)                                        \
	struct {                                            \
		__uint(type, BPF_MAP_TYPE_HASH);            \
		__uint(map_flags, BPF_F_NO_PREALLOC);       \
		__uint(max_entries, MAX_TOTALS);            \
		__type(key, struct http_total_key);         \
		__type(value, struct http_total);           \
	} name SEC(".maps")

TOTALS(totals_0);
TOTALS(totals_1);

/* Too large for the stack. */
static const struct http_total no_total;

/*
 * Upper bounds of the buckets, inclusive; one more bucket holds what is above. Durations in
 * nanoseconds by the semantic conventions (http.server.request.duration), bodies in bytes.
 */
static const __u64 duration_bounds[] = {
	5000000, 10000000, 25000000, 50000000, 75000000, 100000000, 250000000,
	500000000, 750000000, 1000000000, 2500000000, 5000000000, 7500000000, 10000000000,
};
static const __u64 size_bounds[] = {
	0, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216,
};

static __always_inline int bucket_of(__u64 value, const __u64 *bounds, __u32 count)
{
	int bucket = 0;

	for (__u32 i = 0; i < count; i++)
		bucket += value > bounds[i];
	return bucket;
}

__noinline int duration_bucket(__u64 ns)
{
	return bucket_of(ns, duration_bounds, sizeof(duration_bounds) / 8);
}

__noinline int size_bucket(__u64 bytes)
{
	return bucket_of(bytes, size_bounds, sizeof(size_bounds) / 8);
}

/* Are the first bytes of a head this word and a blank? */
static __always_inline bool is_word(__u64 head, const char *word, __u32 length)
{
	__u64 wanted = 0;

	for (__u32 i = 0; i < length; i++)
		wanted |= (__u64)word[i] << 8 * i;
	wanted |= (__u64)' ' << 8 * length;
	return (head ^ wanted) << (56 - 8 * length) == 0;
}

#define IS_WORD(head, word) is_word(head, word, sizeof(word) - 1)

/* The method that a head begins with, by its first eight bytes. */
__noinline int method_of(__u64 head)
{
	if (IS_WORD(head, "GET"))
		return METHOD_GET;
	if (IS_WORD(head, "HEAD"))
		return METHOD_HEAD;
	if (IS_WORD(head, "POST"))
		return METHOD_POST;
	if (IS_WORD(head, "PUT"))
		return METHOD_PUT;
	if (IS_WORD(head, "DELETE"))
		return METHOD_DELETE;
	if (IS_WORD(head, "CONNECT"))
		return METHOD_CONNECT;
	if (IS_WORD(head, "OPTIONS"))
		return METHOD_OPTIONS;
	if (IS_WORD(head, "TRACE"))
		return METHOD_TRACE;
	if (IS_WORD(head, "PATCH"))
		return METHOD_PATCH;
	if (IS_WORD(head, "QUERY"))
		return METHOD_QUERY;
	return METHOD_OTHER;
}

static __always_inline void key_of(struct http_exchange *r, struct http_total_key *key)
{
	__u64 client = -(__u64)(r->role >> 1);            /* all ones at a client */
	__u64 nobody = -(((__u64)r->socket.pid - 1) >> 63); /* all ones where no process is known */
	__u64 *local = (__u64 *)key->socket.local_address;
	__u64 *remote = (__u64 *)key->socket.remote_address;

	key->socket = r->socket;
	key->socket.tid = 0;
	key->socket.cookie &= nobody;
	key->socket.local_port &= ~client;
	key->socket.remote_port &= client;
	local[0] &= ~client;
	local[1] &= ~client;
	remote[0] &= client;
	remote[1] &= client;
	key->error = r->error;
	key->status = r->status;
	key->role = r->role;
	key->end = r->end;
	key->version = r->version;
	key->method = method_of(*(__u64 *)r->head);
}

static __always_inline struct http_total *total_of(struct http_total_key *key, __u32 generation)
{
	if (generation)
		return bpf_map_lookup_elem(&totals_1, key);
	return bpf_map_lookup_elem(&totals_0, key);
}

/* The total, which is made where there is none; 0 = there is no room. */
static __always_inline struct http_total *make_total(struct http_total_key *key)
{
	__u32 zero = 0;
	struct settings *s = bpf_map_lookup_elem(&settings, &zero);
	__u32 generation = s ? s->totals : 0;
	struct http_total *total = total_of(key, generation);

	if (total)
		return total;
	/* When another CPU was quicker, its total is there all the same. */
	if (generation)
		bpf_map_update_elem(&totals_1, key, &no_total, BPF_NOEXIST);
	else
		bpf_map_update_elem(&totals_0, key, &no_total, BPF_NOEXIST);
	return total_of(key, generation);
}

static __always_inline void add_value(struct http_buckets *to, __u32 bucket, __u64 value)
{
	bucket &= BUCKETS - 1;
	__sync_fetch_and_add(&to->sums[bucket], value);
	__sync_fetch_and_add(&to->counts[bucket], 1);
}

/* No body has 2^53 bytes, whatever its sender says: that size is not known, either. */
static __always_inline void add_body(struct http_buckets *to, __u64 bytes, __u32 unknown)
{
	__u64 known = ((unknown | ((bytes >> 53) + 2047) >> 11) & 1) - 1ULL; /* all ones or 0 */

	bytes &= known;
	add_value(to, size_bucket(bytes) | (UNKNOWN_SIZE & ~known), bytes);
}

/* Returns 0, or -1 when there is no room for its total. */
static __noinline int add_to_total(struct http_exchange *r)
{
	__s64 duration = r->response_end_ns - r->request_ns;
	struct http_total_key key = {};
	struct http_total *total;

	key_of(r, &key);
	total = make_total(&key);
	if (!total)
		return -1;
	duration &= ~(duration >> 63);
	add_value(&total->duration_ns, duration_bucket(duration), duration);
	add_body(&total->request_body, r->request_body, r->flags >> 1 | r->flags >> 2);
	add_body(&total->response_body, r->response_body, r->flags >> 3);
	return 0;
}
_Static_assert(FLAG_REQUEST_INCOMPLETE == 1 << 1 && FLAG_REQUEST_SIZE_UNKNOWN == 1 << 2 &&
		       FLAG_RESPONSE_SIZE_UNKNOWN == 1 << 3,
	       "their bits are taken by their places");

#endif
