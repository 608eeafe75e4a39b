/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What each side has sent, what of it has arrived, and when it went past whom. */
#include <stdlib.h>
#include <string.h>

#include "play.h"

#define MAX_STREAM (8 << 20)

void record_passage(struct passage *p, __u32 offset, __u32 length, __u64 time)
{
	if (offset + length <= p->next)
		return;
	if (p->count == p->room) {
		p->room = p->room ? p->room * 2 : 16;
		p->ends = realloc(p->ends, p->room * sizeof(*p->ends));
		p->times = realloc(p->times, p->room * sizeof(*p->times));
	}
	p->next = offset + length;
	p->ends[p->count] = p->next;
	p->times[p->count++] = time;
}

__u64 time_at(const struct connection *c, enum side sender, enum side end, __u32 offset)
{
	const struct passage *p = &c->streams[sender].passages[end];

	for (__u32 i = 0; i < p->count; i++)
		if (offset < p->ends[i])
			return p->times[i];
	return 0;
}

void note_bytes(struct stream_bytes *s, __u32 offset, const __u8 *bytes, __u32 length)
{
	/* Nobody remembers that much. */
	if (offset > MAX_STREAM || length > MAX_STREAM) {
		s->inconsistent = true;
		return;
	}
	if (offset + length > s->room) {
		__u32 room = (offset + length) * 2;

		s->bytes = realloc(s->bytes, room);
		s->known = realloc(s->known, room);
		memset(s->known + s->room, 0, room - s->room);
		s->room = room;
	}
	for (__u32 i = 0; i < length; i++) {
		if (s->known[offset + i] && s->bytes[offset + i] != bytes[i])
			s->inconsistent = true;
		s->bytes[offset + i] = bytes[i];
		s->known[offset + i] |= 1;
	}
	if (offset + length > s->length)
		s->length = offset + length;
}

#define ARRIVED 2

void note_arrival(struct stream_bytes *s, __u32 offset, __u32 length)
{
	for (__u32 i = offset; i < offset + length && i < s->length; i++)
		s->known[i] |= ARRIVED;
	while (s->arrived < s->length && s->known[s->arrived] & ARRIVED)
		s->arrived++;
}

void free_stream(struct stream_bytes *s)
{
	free(s->bytes);
	free(s->known);
	for (int end = 0; end < SIDES; end++) {
		free(s->passages[end].ends);
		free(s->passages[end].times);
	}
}
