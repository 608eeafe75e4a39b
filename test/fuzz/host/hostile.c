/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Packets that no TCP would send, with bytes that mean harm or nothing. */
#include <stdlib.h>
#include <string.h>

#include "hostile.h"

struct stage {
	struct script *script;
	struct source *source;
	__u32 base[MAX_CONNECTIONS][SIDES], length[MAX_CONNECTIONS][SIDES];
	__u32 next[MAX_CONNECTIONS][SIDES];
	__u32 connections;
};

static void open_one(struct stage *stage, __u32 number)
{
	struct source *s = stage->source;
	struct step *step = add_step(stage->script, STEP_CONNECTION);

	*step = plain_connection(number);
	step->observed = 1 + below(s, 3);
	step->family = chance(s, 60) ? 4 : chance(s, 50) ? 6 : 46;
	step->late = chance(s, 20);
	for (int side = 0; side < SIDES; side++) {
		struct text text = {0};

		step->first_seq[side] = chance(s, 20) ? 0U - below(s, 3000) : draw(s);
		if (chance(s, 5))
			append_proxy(&text, s);
		for (__u32 pieces = 1 + below(s, 6); pieces; pieces--)
			append_piece(&text, s, side);
		spoil(&text, s);
		stage->base[number][side] = add_bytes(stage->script, text.bytes, text.length);
		stage->length[number][side] = text.length;
		free(text.bytes);
		/* add_bytes does not move steps. */
	}
}

static void add_data(struct stage *stage, __u32 number, enum side side)
{
	struct source *s = stage->source;
	__u32 *next = &stage->next[number][side], length = stage->length[number][side];
	struct step *step = add_step(stage->script, STEP_DATA);
	__u32 from = *next, most;

	if (!chance(s, niceness) && chance(s, 20))
		from = below(s, length + 1);
	if (from > length)
		from = length;
	most = length - from;
	if (chance(s, 30) && most > 20)
		most = 20;
	step->connection = number;
	step->side = side;
	step->offset = from;
	step->bytes = stage->base[number][side] + from;
	step->length = chance(s, 40) ? most : below(s, most + 1);
	step->way = chance(s, niceness) || chance(s, 70) ? WAY_OUT | WAY_IN :
		    chance(s, 50)			  ? WAY_OUT :
							    WAY_IN;
	if (chance(s, 5))
		step->way |= WAY_LISTENER;
	step->traits = (chance(s, 20) ? TRAIT_SOFTIRQ : 0) | (chance(s, 10) ? TRAIT_PACED : 0) |
		       (chance(s, 10) ? TRAIT_SHOWN : 0);
	if (!chance(s, niceness) && chance(s, 10)) {
		step->traits |= TRAIT_ACK;
		step->number = chance(s, 50) ? draw(s) : below(s, 5000);
	}
	/* Bytes that contradict those sent before, and holes of any size. */
	if (!chance(s, niceness) && chance(s, 10))
		step->offset = chance(s, 30) ? draw(s) : from + below(s, 70000);
	if (step->offset == from && from + step->length > *next)
		*next = from + step->length;
}

static void add_raw(struct stage *stage, __u32 number)
{
	static const __u16 protocols[] = {0x0800, 0x0800, 0x86dd, 0x0806, 0};
	struct source *s = stage->source;
	struct step *step;
	struct text text = {0};
	__u8 first = chance(s, 50) ? 0x45 : draw(s);

	append(&text, &first, 1);
	append_random(&text, s, 90);
	if (text.length > 9 && chance(s, 80))
		text.bytes[chance(s, 70) ? 9 : 6] = 6;
	append_request(&text, s);
	step = add_step(stage->script, STEP_RAW);
	step->connection = number;
	step->side = below(s, 2);
	step->way = chance(s, 50) ? WAY_OUT : WAY_IN;
	step->number = below(s, text.length < 200 ? text.length + 1 : 200);
	step->number2 = PICK(s, protocols, 2);
	step->bytes = add_bytes(stage->script, text.bytes, text.length);
	step->length = text.length;
	free(text.bytes);
}

static void add_event(struct stage *stage, __u32 number)
{
	static const __u64 states[] = {1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	struct source *s = stage->source;
	struct step *step;

	if (chance(s, 30)) {
		add_raw(stage, number);
		return;
	}
	step = add_step(stage->script, STEP_WAIT + below(s, STEP_OLD - STEP_WAIT));
	step->connection = number;
	step->side = below(s, 2);
	step->number = 1 + below(s, 3);
	if (step->kind == STEP_FAIL)
		step->number2 = below(s, 4);
	if (step->kind == STEP_WAIT)
		step->number = chance(s, 50) ? 11000000000ULL : below(s, 100000);
	if (chance(s, 70))
		return;
	step->kind = chance(s, 40) ? STEP_FIN : chance(s, 50) ? STEP_RESET : STEP_STATE;
	if (step->kind == STEP_STATE) {
		step->number = PICK(s, states, 13);
		step->number2 = PICK(s, states, 13);
	}
}

/* A packet of another connection inside the run of the next one. */
static void add_inside(struct stage *stage, __u32 number)
{
	struct source *s = stage->source;

	add_step(stage->script, STEP_INSIDE)->number = below(s, 15);
	add_data(stage, number, below(s, 2));
	stage->script->steps[stage->script->step_count - 1].way = chance(s, 50) ? WAY_OUT : WAY_IN;
}

/* A well-formed script in which some steps are missing, doubled, or moved, and some bytes others. */
static void spoil_script(struct script *script, struct source *s)
{
	for (__u32 times = below(s, 20); times && script->byte_count; times--) {
		__u32 at = below(s, script->byte_count);

		script->bytes[at] = chance(s, 50) ? draw(s) : "\r\n :0;/"[below(s, 7)];
	}
	for (__u32 times = below(s, 10); times && script->step_count > 2; times--) {
		struct step *step = &script->steps[below(s, script->step_count)];

		if (step->kind != STEP_DATA)
			continue;
		switch (below(s, 4)) {
		case 0:
			step->kind = STEP_WAIT;
			break;
		case 1:
			step->offset += between(s, 1, 20);
			break;
		case 2:
			step->length -= below(s, step->length);
			break;
		case 3:
			step->traits |= TRAIT_SHOWN;
			break;
		}
	}
	script->expectation_count = 0;
	script->only = false;
}

static const __u32 kindnesses[] = {0, 50, 80, 95, 99, 100};

void generate_hostile(struct script *script, struct source *source)
{
	struct stage stage = {.script = script, .source = source};

	if (chance(source, 50)) {
		generate_good(script, source, ~(__u32)(USE_PREEMPT | USE_SAME | USE_FLOOD));
		spoil_script(script, source);
		return;
	}
	clear_script(script);
	niceness = kindnesses[below(source, COUNT(kindnesses))];
	if (chance(source, 20))
		add_step(script, STEP_OLD);
	stage.connections = chance(source, 70) ? 1 : 1 + below(source, 3);
	for (__u32 i = 0; i < stage.connections; i++)
		open_one(&stage, i);
	for (__u32 turns = 5 + below(source, 40); turns; turns--) {
		__u32 number = below(source, stage.connections);

		if (!chance(source, niceness) && chance(source, 30))
			add_event(&stage, number);
		if (stage.connections > 1 && chance(source, 10))
			add_inside(&stage, (number + 1) % stage.connections);
		add_data(&stage, number, chance(source, 50));
	}
}
