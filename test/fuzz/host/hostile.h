/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Inside the generator of hostile scripts. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "generate.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
/* Any of a list; most often, as far as this script means well, one of the first. */
#define PICK(source, list, good) \
	(list)[below(source, chance(source, niceness) ? (good) : COUNT(list))]

/* How much of it is as it should be, in percent. */
extern __u32 niceness;

/* hostile_text.c: what is sent. */
void append_random(struct text *text, struct source *source, __u32 most);
void append_request(struct text *text, struct source *source);
void append_proxy(struct text *text, struct source *source);
void append_piece(struct text *text, struct source *source, enum side side);
/* Here and there a byte that is another one, or is missing. */
void spoil(struct text *text, struct source *source);

#endif
