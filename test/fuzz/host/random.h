/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Where a generator's decisions come from: a seed, or the bytes of a fuzzer's input. */
#ifndef RANDOM_H
#define RANDOM_H

#include <linux/types.h>
#include <stdbool.h>

struct source {
	__u64 state;
	const __u8 *bytes; /* unless NULL; when they are used up, every decision is 0 */
	__u32 left;
};

static inline __u32 draw(struct source *s)
{
	if (s->bytes) {
		__u32 number = 0;

		for (int i = 0; i < 2 && s->left; i++, s->left--)
			number = number << 8 | *s->bytes++;
		return number;
	}
	/* splitmix64 */
	s->state += 0x9e3779b97f4a7c15ULL;
	__u64 z = s->state;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (z ^ z >> 31) >> 32;
}

/* From 0 to limit - 1. */
static inline __u32 below(struct source *s, __u32 limit)
{
	return limit < 2 ? 0 : draw(s) % limit;
}

static inline __u32 between(struct source *s, __u32 least, __u32 most)
{
	return least + below(s, most - least + 1);
}

static inline bool chance(struct source *s, __u32 percent)
{
	return below(s, 100) >= 100 - percent;
}

#endif
