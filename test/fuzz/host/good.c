/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Well-formed connections over a network that splits, delays, repeats, loses and reorders. Each
 * exchange has a target of its own, and a size and mostly a status that tell it from the others, so
 * a wrong pairing shows.
 */
#include <string.h>

#include "good.h"

static bool is_done(const struct plan *plan)
{
	return plan->arrived[CLIENT] == plan->streams[CLIENT].length &&
	       plan->arrived[SERVER] == plan->streams[SERVER].length;
}

static void finish(struct generator *g, struct plan *plan)
{
	struct source *s = g->source;
	bool until_close = plan->exchanges[plan->count - 1].until_close;
	enum side first = until_close && !plan->broken ? SERVER : below(s, 2);
	enum step_kind kind = STEP_FIN;

	plan->finished = true;
	if (!until_close && chance(s, 20))
		return;
	if (chance(s, 20) && (plan->broken || !until_close))
		kind = STEP_RESET;
	/* A FIN behind bytes that are missing is not there yet. */
	if (plan->arrived[CLIENT] < plan->sent[CLIENT] || plan->arrived[SERVER] < plan->sent[SERVER])
		kind = STEP_RESET;
	for (int i = 0; i < 2; i++) {
		struct step *step = add_step(g->script, kind);

		step->connection = plan->number;
		step->side = i ? !first : first;
		if (kind == STEP_RESET)
			return;
	}
}

/*
 * A packet of another connection, or of the other direction, inside the run of the next one. What
 * is sent there does not know of it yet.
 */
static bool move_inside(struct generator *g, struct plan *outer, enum side outer_side)
{
	struct source *s = g->source;
	struct plan *plan = &g->plans[below(s, g->count)];
	__u32 at = g->script->step_count, before[SIDES];
	bool same = plan == outer, moved;

	if (!uses(outer, same ? USE_SAME : USE_INSIDE))
		return false;
	memcpy(before, outer->arrived, sizeof(before));
	add_step(g->script, STEP_INSIDE)->number = below(s, 12);
	moved = same ? land_one(g, plan, !outer_side) : move(g, plan, below(s, 2), true);
	memcpy(outer->arrived, before, sizeof(before));
	if (moved && g->script->step_count == at + 2) {
		struct step *inner = &g->script->steps[at + 1];

		if (inner->way == WAY_OUT && (g->old || !uses(outer, USE_PREEMPT)))
			inner->traits |= TRAIT_SOFTIRQ;
		return true;
	}
	g->script->steps[at].kind = STEP_WAIT;
	return false;
}

static void advance(struct generator *g, struct plan *plan)
{
	struct source *s = g->source;
	enum side side = below(s, 2);
	__u32 at = g->script->step_count;
	bool inside;

	if (uses(plan, USE_FAILURES) && chance(s, 10)) {
		struct step *step = add_step(g->script, STEP_FAIL);

		step->number2 = below(s, 3);
		step->number = 1 + below(s, 3);
	}
	if (uses(plan, USE_SLOW) && chance(s, 10)) {
		add_step(g->script, STEP_WAIT)->number = 4000000000ULL;
		add_step(g->script, STEP_WALK);
	}
	if (chance(s, 5)) {
		struct step *step = add_step(g->script, STEP_READ);

		step->connection = plan->number;
		step->side = below(s, 2);
	}
	at = g->script->step_count;
	inside = chance(s, 30) && move_inside(g, plan, side);
	if (!move(g, plan, side, false) && inside)
		g->script->steps[at].kind = STEP_WAIT;
	settle(plan, CLIENT);
	settle(plan, SERVER);
	plan->broken = plan->budget-- == 0;
	if (plan->broken || is_done(plan))
		finish(g, plan);
}

/* Leaves out what came before the programs did. */
static void drop_first(struct generator *g, struct plan *plan)
{
	__u32 count = below(g->source, 20);

	for (__u32 i = 0; i < g->script->step_count && count; i++) {
		struct step *step = &g->script->steps[i];
		bool inner = i && step[-1].kind == STEP_INSIDE;

		if (step->kind != STEP_DATA || step->connection != plan->number)
			continue;
		step->kind = STEP_WAIT;
		step->number = 0;
		if (inner)
			step[-1].kind = STEP_WAIT;
		count--;
	}
}

void generate_good(struct script *script, struct source *source, __u32 features)
{
	struct generator g = {.script = script, .source = source, .features = features};
	__u32 left;

	clear_script(script);
	g.count = chance(source, 60) ? 1 : between(source, 1, MAX_CONNECTIONS);
	left = g.count;
	if (!chance(source, 20))
		g.features &= ~(__u32)USE_FAILURES;
	g.old = features & USE_OLD && chance(source, 30);
	if (g.old)
		add_step(script, STEP_OLD);
	g.sampled = features & USE_SAMPLE && chance(source, 10);
	if (g.sampled)
		add_step(script, STEP_SAMPLE)->number = between(source, 1, 3);
	for (__u32 i = 0; i < g.count; i++) {
		make_plan(&g, &g.plans[i], i);
		open_plan(&g, &g.plans[i]);
	}
	for (__u32 turn = 0; left && turn < 20000; turn++) {
		struct plan *plan = &g.plans[below(source, g.count)];

		if (plan->finished)
			continue;
		advance(&g, plan);
		left -= plan->finished;
	}
	for (__u32 i = 0; i < g.count; i++) {
		struct plan *plan = &g.plans[i];

		plan->broken |= !plan->finished;
		if (uses(plan, USE_LATE))
			drop_first(&g, plan);
		for (__u32 k = 0; k < plan->count; k++)
			for (int end = 0; end < SIDES; end++)
				if (plan->observed >> end & 1)
					expect(&g, plan, k, end);
		free_plan(plan);
	}
	script->only = true;
}
