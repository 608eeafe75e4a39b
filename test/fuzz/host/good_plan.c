/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is said on a connection: its exchanges, whether they are pipelined, which ends are here. */
#include <stdlib.h>
#include <string.h>

#include "good.h"

const char *const feature_names[FEATURES] = {
	"tiny", "pipelining", "early", "again",  "reorder",  "loss",     "late",   "cut",
	"bait", "long",       "inside", "same",  "listener", "failures", "tunnel", "proxy",
	"softirq", "many",   "blank", "slow",   "old",     "preempt", "flood", "sample", "lost_order",
};

/* Each connection has some of what it may have, so that each also occurs by itself. */
static __u32 choose_features(struct source *s, __u32 features)
{
	/* A helper that fails may fail any connection: all know of it, or none has it. */
	__u32 chosen = features & USE_FAILURES;

	for (__u32 bit = 1; bit < 1U << FEATURES; bit <<= 1)
		if (features & bit && chance(s, bit & (USE_TINY | USE_BAIT | USE_LONG) ? 60 : 25))
			chosen |= bit;
	/* What a body looks like where bytes are missing cannot be told. */
	if (chosen & (USE_LATE | USE_LOSS | USE_REORDER | USE_FAILURES))
		chosen &= ~USE_BAIT;
	/* Nor whose answer comes first, or what is new, where something was before the programs. */
	if (chosen & USE_LATE)
		chosen &= ~(USE_PIPELINING | USE_AGAIN);
	/* Nor whose answer comes first where the first request was not followed. */
	if (chosen & (USE_LISTENER | USE_FAILURES))
		chosen &= ~USE_PIPELINING;
	if (chosen & (USE_LOSS | USE_REORDER) && !(features & USE_LOST_ORDER))
		chosen &= ~USE_PIPELINING;
	if (chosen & USE_PROXY)
		chosen &= ~(USE_LISTENER | USE_BLANK | USE_LATE | USE_AGAIN);
	/* A connection that begins with an empty line and a letter is not followed, nor is one found. */
	if (chosen & (USE_TINY | USE_LISTENER))
		chosen &= ~USE_BLANK;
	return chosen;
}

static void fill_tunnel(struct plan *plan, struct source *s)
{
	for (int side = 0; side < SIDES; side++)
		for (int i = below(s, 4); i > 0; i--)
			append_text(&plan->streams[side], side == CLIENT ?
							 "GET /tunnel HTTP/1.1\r\n\r\n" :
							 "HTTP/1.1 598 Tunnel\r\n\r\n");
}

void make_plan(struct generator *g, struct plan *plan, __u32 number)
{
	struct source *s = g->source;

	memset(plan, 0, sizeof(*plan));
	plan->number = number;
	plan->features = choose_features(s, g->features);
	if (g->old && !(g->features & USE_LOST_ORDER))
		plan->features &= ~USE_PIPELINING;
	plan->observed = 1 + below(s, 3);
	plan->depth = uses(plan, USE_PIPELINING) ? between(s, 2, MAX_EXCHANGES) : 1;
	plan->count = chance(s, 20) ? 1 : between(s, 1, MAX_EXCHANGES);
	plan->budget = uses(plan, USE_CUT) ? below(s, 40) : 100000;
	plan->listener = uses(plan, USE_LISTENER) && !uses(plan, USE_LATE);
	if (uses(plan, USE_PROXY))
		make_proxy(s, &plan->streams[CLIENT]);
	plan->proxy = plan->streams[CLIENT].length;
	for (__u32 i = 0; i < plan->count; i++) {
		plan->early[i] = uses(plan, USE_EARLY) && chance(s, 30);
		make_exchange(s, plan->features, &plan->streams[CLIENT], &plan->streams[SERVER],
			      &plan->exchanges[i], number * 100 + i, i + 1 == plan->count);
	}
	if (plan->exchanges[plan->count - 1].tunnel && !g->old &&
	    !uses(plan, USE_LATE | USE_LISTENER | USE_LOSS | USE_REORDER | USE_FAILURES))
		fill_tunnel(plan, s);
	for (int side = 0; side < SIDES; side++) {
		const struct text *text = &plan->streams[side];

		plan->base[side] = add_bytes(g->script, text->bytes, text->length);
		plan->got[side] = calloc(1, text->length + 1);
	}
}

void open_plan(struct generator *g, struct plan *plan)
{
	struct source *s = g->source;
	struct step *step = add_step(g->script, STEP_CONNECTION);

	step->connection = plan->number;
	step->observed = plan->observed;
	step->family = chance(s, 60) ? 4 : chance(s, 50) ? 6 : 46;
	step->late = uses(plan, USE_LATE);
	/* Sometimes numbers that wrap around. */
	for (int side = 0; side < SIDES; side++)
		step->first_seq[side] = chance(s, 20) ? 0U - below(s, 3000) : draw(s);
}

void free_plan(struct plan *plan)
{
	for (int side = 0; side < SIDES; side++) {
		free(plan->streams[side].bytes);
		free(plan->got[side]);
	}
}

/* How far a side may send, given what has arrived of the other. */
static __u32 client_limit(const struct plan *plan)
{
	const struct exchange *e = plan->exchanges;
	__u32 arrived = plan->arrived[SERVER];

	for (__u32 i = 0; i < plan->count; i++) {
		if (i >= plan->depth && arrived < e[i - plan->depth].response_end)
			return i ? e[i - 1].request_end : 0;
		if (e[i].waits && arrived < e[i].interim_end)
			return e[i].request_head_end;
	}
	if (e[plan->count - 1].tunnel && arrived < e[plan->count - 1].response_end)
		return e[plan->count - 1].request_end;
	return plan->streams[CLIENT].length;
}

static __u32 server_limit(const struct plan *plan)
{
	const struct exchange *e = plan->exchanges;
	__u32 arrived = plan->arrived[CLIENT];

	for (__u32 i = 0; i < plan->count; i++) {
		if (arrived < e[i].request_head_end)
			return i ? e[i - 1].response_end : 0;
		if (arrived < e[i].request_end && !plan->early[i])
			return e[i].interim_end;
	}
	return plan->streams[SERVER].length;
}

__u32 limit_of(const struct plan *plan, enum side side)
{
	return side == CLIENT ? client_limit(plan) : server_limit(plan);
}
