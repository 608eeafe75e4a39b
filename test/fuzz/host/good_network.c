/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A network that splits, delays, repeats, loses and reorders. */
#include <string.h>

#include "good.h"

#define LARGEST 65000
#define SAFE_START 16 /* a packet that has so much of a message tells what it is */

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

void settle(struct plan *plan, enum side side)
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
bool land_one(struct generator *g, struct plan *plan, enum side side)
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
bool move(struct generator *g, struct plan *plan, enum side side, bool single)
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
