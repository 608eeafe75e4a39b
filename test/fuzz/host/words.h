/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The words of scripts, as both its reader and its printer have them. */
#ifndef WORDS_H
#define WORDS_H

#include "script.h"

/* From bpf/http/http.h when the harness is built: counter_names, end_names. */
#include "names.h"

static const char *const side_names[] = {"client", "server"};
static const char *const failure_names[] = {"storage", "ring", "map", "load"};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The numbers of an expectation that are written as name=value. */
struct number_field {
	const char *name;
	size_t offset;
};

#define FIELD(name) {#name, offsetof(struct expectation, name)}
static const struct number_field number_fields[] = {
	FIELD(status),   FIELD(request_body), FIELD(response_body), FIELD(interim),
	FIELD(version),  FIELD(flags),        FIELD(error),         FIELD(request),
	FIELD(proxy), FIELD(request_head_end), FIELD(request_end), FIELD(response), FIELD(response_end),
};

static inline __u64 *number_at(struct expectation *wanted, size_t offset)
{
	return (__u64 *)((char *)wanted + offset);
}

#endif
