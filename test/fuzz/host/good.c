/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Well-formed connections over a network that splits, delays, repeats, loses and reorders. Each
 * exchange has a target of its own, and a size and mostly a status that tell it from the others, so
 * a wrong pairing shows.
 */
#include <stdlib.h>
#include <string.h>

#include "generate.h"

#define MAX_EXCHANGES 12
#define MAX_FLIGHT 32
#define LARGEST 65000
#define SAFE_START 16 /* a packet that has so much of a message tells what it is */

const char *const feature_names[FEATURES] = {
	"tiny", "pipelining", "early", "again",  "reorder",  "loss",     "late",   "cut",
	"bait", "long",       "inside", "same",  "listener", "failures", "tunnel", "proxy",
	"softirq", "many",   "blank", "slow",   "old",     "preempt", "flood", "sample",
};

struct packet {
	enum side side;
	__u32 offset, length;
};

struct plan {
	__u32 number, observed, features, depth;
	struct exchange exchanges[MAX_EXCHANGES];
	__u32 count;
	bool early[MAX_EXCHANGES];
	struct text streams[SIDES];
	__u8 *got[SIDES]; /* which bytes have arrived */
	__u32 base[SIDES], sent[SIDES], arrived[SIDES];
	struct packet flight[MAX_FLIGHT];
	__u32 flying;
	bool rough[SIDES]; /* what this end gets comes with holes */
	bool listener, broken, finished;
	__u32 proxy; /* bytes in front of everything, which have to come together */
	__u32 budget; /* steps until it ends in the middle */
};

struct generator {
	struct script *script;
	struct source *source;
	__u32 features;
	bool old, sampled;
	struct plan plans[MAX_CONNECTIONS];
	__u32 count;
};

static bool uses(const struct plan *plan, enum feature feature)
{
	return plan->features & feature;
}

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
	/* Nor whose answer comes first, or what is new, where there was something before the programs. */
	if (chosen & USE_LATE)
		chosen &= ~(USE_PIPELINING | USE_AGAIN);
	/* Nor whose answer comes first where the first request was not followed. */
	if (chosen & (USE_LISTENER | USE_FAILURES))
		chosen &= ~USE_PIPELINING;
	if (chosen & USE_PROXY)
		chosen &= ~(USE_LISTENER | USE_BLANK | USE_LATE | USE_AGAIN);
	/* A connection that begins with an empty line and a letter is not followed. */
	if (chosen & USE_TINY)
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

static void make_plan(struct generator *g, struct plan *plan, __u32 number)
{
	struct source *s = g->source;

	memset(plan, 0, sizeof(*plan));
	plan->number = number;
	plan->features = choose_features(s, g->features);
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

static void open_plan(struct generator *g, struct plan *plan)
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

static __u32 limit_of(const struct plan *plan, enum side side)
{
	return side == CLIENT ? client_limit(plan) : server_limit(plan);
}

/* Moves the end of a packet behind the first bytes of the message that it would cut there. */
static __u32 spare_starts(const struct plan *plan, enum side side, __u32 end)
{
	for (__u32 i = 0; i < plan->count; i++) {
		const struct exchange *e = &plan->exchanges[i];
		__u32 starts[] = {
			side == CLIENT ? e->request : i ? e[-1].response_end : 0,
			side == CLIENT ? e->request : e->response,
		};

		for (int k = 0; k < 2; k++)
			if (end > starts[k] && end < starts[k] + SAFE_START)
				return starts[k] + SAFE_START;
	}
	return end;
}

static __u32 packet_length(struct source *s, const struct plan *plan, enum side side, __u32 offset,
			   __u32 limit)
{
	__u32 length = limit - offset, kind = below(s, 10);

	if (length > LARGEST)
		length = LARGEST;
	if (kind == 5 || kind == 6 || uses(plan, USE_FLOOD))
		length = length < 1448 ? length : 1448;
	else if (kind == 7)
		length = 1 + below(s, length);
	else if (kind == 8)
		length = 1 + below(s, length < 100 ? length : 100);
	else if (kind == 9 && uses(plan, USE_TINY))
		length = 1 + below(s, length < 10 ? length : 10);
	if (side == CLIENT && offset + length < plan->proxy)
		length = plan->proxy - offset;
	if (!uses(plan, USE_TINY))
		length = spare_starts(plan, side, offset + length) - offset;
	return offset + length > limit ? limit - offset : length;
}

static void emit(struct generator *g, struct plan *plan, const struct packet *packet, __u8 way,
		 __u8 traits)
{
	struct step *step = add_step(g->script, STEP_DATA);

	step->connection = plan->number;
	step->side = packet->side;
	step->way = way;
	step->traits = traits;
	step->offset = packet->offset;
	step->bytes = plan->base[packet->side] + packet->offset;
	step->length = packet->length;
}

static void settle(struct plan *plan, enum side side)
{
	while (plan->got[side][plan->arrived[side]])
		plan->arrived[side]++;
}

static void arrive(struct plan *plan, const struct packet *packet)
{
	__u8 *got = plan->got[packet->side];

	if (packet->offset > plan->arrived[packet->side])
		plan->rough[!packet->side] = true;
	memset(got + packet->offset, 1, packet->length);
	settle(plan, packet->side);
}

static void land(struct generator *g, struct plan *plan, __u32 index)
{
	struct packet packet = plan->flight[index];

	plan->flying--;
	memmove(&plan->flight[index], &plan->flight[index + 1],
		(plan->flying - index) * sizeof(packet));
	emit(g, plan, &packet, WAY_IN, 0);
	arrive(plan, &packet);
}

/* One packet of this side that was delayed: the first, or any. */
static bool land_one(struct generator *g, struct plan *plan, enum side side)
{
	__u32 mine[MAX_FLIGHT], count = 0, index;

	for (__u32 i = 0; i < plan->flying; i++)
		if (plan->flight[i].side == side)
			mine[count++] = i;
	if (!count)
		return false;
	index = mine[uses(plan, USE_REORDER) ? below(g->source, count) : 0];
	if (uses(plan, USE_LOSS) && chance(g->source, 15)) {
		plan->flying--;
		memmove(&plan->flight[index], &plan->flight[index + 1],
			(plan->flying - index) * sizeof(plan->flight[0]));
		return false;
	}
	land(g, plan, index);
	return true;
}

static __u8 traits_of(struct generator *g, struct plan *plan)
{
	if (!uses(plan, USE_SOFTIRQ))
		return 0;
	return (chance(g->source, 20) ? TRAIT_SOFTIRQ : 0) |
	       (chance(g->source, 20) ? TRAIT_PACED : 0);
}

static void launch(struct generator *g, struct plan *plan, struct packet *packet, __u8 traits,
		   bool single)
{
	bool first = packet->side == CLIENT && !plan->arrived[CLIENT] && plan->listener;

	if (first) {
		emit(g, plan, packet, WAY_OUT | WAY_IN | WAY_LISTENER, traits);
		arrive(plan, packet);
	} else if (plan->flying < MAX_FLIGHT && (single || chance(g->source, 40))) {
		emit(g, plan, packet, WAY_OUT, traits);
		plan->flight[plan->flying++] = *packet;
	} else if (!plan->flying) {
		emit(g, plan, packet, WAY_OUT | WAY_IN, traits);
		arrive(plan, packet);
	} else {
		emit(g, plan, packet, WAY_OUT, traits);
		plan->flight[plan->flying++ % MAX_FLIGHT] = *packet;
	}
}

/* Bytes once more, with other boundaries, sometimes with new ones behind. */
static bool send_again(struct generator *g, struct plan *plan, enum side side, bool single)
{
	struct packet packet = {.side = side};
	struct source *s = g->source;
	__u32 limit = limit_of(plan, side), end;

	if (!plan->sent[side])
		return false;
	packet.offset = chance(s, 50) ? plan->arrived[side] : below(s, plan->sent[side]);
	if (packet.offset == plan->sent[side])
		packet.offset = below(s, plan->sent[side]);
	end = chance(s, 30) ? limit : plan->sent[side];
	packet.length = 1 + below(s, end - packet.offset);
	if (packet.length > LARGEST)
		packet.length = LARGEST;
	end = packet.offset + packet.length;
	if (end > plan->sent[side] && !uses(plan, USE_TINY)) {
		end = spare_starts(plan, side, end);
		packet.length = end - packet.offset;
	}
	if (end > plan->sent[side])
		plan->sent[side] = end;
	launch(g, plan, &packet, chance(s, 80) ? TRAIT_SOFTIRQ : 0, single);
	return true;
}

static bool send_new(struct generator *g, struct plan *plan, enum side side, bool single)
{
	struct packet packet = {.side = side, .offset = plan->sent[side]};
	__u32 limit = limit_of(plan, side);

	if (plan->sent[side] >= limit || plan->flying >= MAX_FLIGHT)
		return false;
	packet.length = packet_length(g->source, plan, side, packet.offset, limit);
	plan->sent[side] += packet.length;
	launch(g, plan, &packet, traits_of(g, plan), single);
	return true;
}

/* What was lost has to be sent again, or nothing goes on. */
static bool repair(struct generator *g, struct plan *plan, enum side side)
{
	struct packet packet = {.side = side, .offset = plan->arrived[side]};

	if (plan->flying || plan->arrived[side] >= plan->sent[side])
		return false;
	packet.length = plan->sent[side] - plan->arrived[side];
	if (packet.length > LARGEST)
		packet.length = LARGEST;
	launch(g, plan, &packet, TRAIT_SOFTIRQ, false);
	return true;
}

/* One thing of one side. False when there is nothing to do. */
static bool move(struct generator *g, struct plan *plan, enum side side, bool single)
{
	struct source *s = g->source;

	if (plan->finished)
		return false;
	if (chance(s, 30) && land_one(g, plan, side))
		return true;
	if (uses(plan, USE_AGAIN) && !plan->listener && chance(s, 20) && plan->flying < MAX_FLIGHT)
		return send_again(g, plan, side, single);
	if (send_new(g, plan, side, single))
		return true;
	return land_one(g, plan, side) || repair(g, plan, side);
}

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

/* Directions that go on at the same time, on two CPUs, may find each other half done. */
static bool may_race(const struct plan *plan)
{
	return uses(plan, USE_SAME) && (plan->depth > 1 || uses(plan, USE_EARLY));
}

static void expect(struct generator *g, const struct plan *plan, __u32 i, enum side end)
{
	const struct exchange *e = &plan->exchanges[i];
	struct expectation *wanted = add_expectation(g->script);
	bool whole = plan->arrived[SERVER] >= e->response_end && (!e->until_close || !plan->broken);
	bool parked = plan->listener && end == SERVER &&
		      (plan->depth > 1 || i == 1 || (!i && e->request > 0));
	bool sure = !g->old && !parked && !uses(plan, USE_LATE | USE_FAILURES) && !plan->rough[end] && whole;

	wanted->connection = plan->number;
	wanted->end = end;
	wanted->request = e->request;
	wanted->proxy = plan->proxy;
	wanted->request_head_end = e->request_head_end;
	wanted->request_end = e->request_end;
	wanted->response = e->response;
	wanted->response_end = e->response_end;
	wanted->status = e->status;
	wanted->interim = e->interim;
	wanted->version = e->version;
	wanted->request_body = e->request_body;
	wanted->response_body = e->until_close && !whole ? ANY : e->response_body;
	wanted->exact = sure && !uses(plan, USE_MANY) && !g->old && !may_race(plan) && (i || !plan->listener);
	wanted->loose = !wanted->exact;
	wanted->presence = !sure ? PRESENCE_MAY : PRESENCE_MUST;
	if (sure && (g->sampled || plan->depth > 1 || (plan->listener && end == SERVER)))
		wanted->presence = PRESENCE_COUNTED;
}

static void free_plan(struct plan *plan)
{
	for (int side = 0; side < SIDES; side++) {
		free(plan->streams[side].bytes);
		free(plan->got[side]);
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
