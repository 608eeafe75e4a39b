/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#include "script.h"

#include <stdlib.h>
#include <string.h>

static void *grow(void *items, __u32 count, __u32 *room, size_t size)
{
	if (count < *room)
		return items;
	*room = *room ? *room * 2 : 64;
	return realloc(items, *room * size);
}

struct step plain_connection(__u32 number)
{
	struct step step = {
		.kind = STEP_CONNECTION,
		.connection = number,
		.observed = 3,
		.family = 4,
		.first_seq = {1000 * (number + 1), 5000000 * (number + 1)},
	};

	return step;
}

void clear_script(struct script *script)
{
	script->step_count = 0;
	script->byte_count = 0;
	script->expectation_count = 0;
	script->counter_count = 0;
	script->only = false;
}

void free_script(struct script *script)
{
	free(script->steps);
	free(script->bytes);
	free(script->expectations);
	memset(script, 0, sizeof(*script));
}

struct step *add_step(struct script *script, enum step_kind kind)
{
	struct step *step;

	script->steps = grow(script->steps, script->step_count, &script->step_room, sizeof(*step));
	step = &script->steps[script->step_count++];
	memset(step, 0, sizeof(*step));
	step->kind = kind;
	return step;
}

__u32 add_bytes(struct script *script, const void *bytes, __u32 length)
{
	__u32 at = script->byte_count;

	while (script->byte_count + length > script->byte_room) {
		script->byte_room = script->byte_room ? script->byte_room * 2 : 4096;
		script->bytes = realloc(script->bytes, script->byte_room);
	}
	if (length)
		memcpy(script->bytes + at, bytes, length);
	script->byte_count += length;
	return at;
}

struct expectation *add_expectation(struct script *script)
{
	struct expectation *wanted;

	script->expectations = grow(script->expectations, script->expectation_count,
				    &script->expectation_room, sizeof(*wanted));
	wanted = &script->expectations[script->expectation_count++];
	memset(wanted, 0, sizeof(*wanted));
	wanted->request = wanted->request_head_end = wanted->request_end = ANY;
	wanted->response = wanted->response_end = ANY;
	wanted->status = wanted->end_kind = wanted->request_body = wanted->response_body = ANY;
	wanted->interim = wanted->version = wanted->flags = wanted->error = ANY;
	wanted->proxy = ANY;
	return wanted;
}
