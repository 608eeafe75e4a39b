/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Inside the generator of well-formed scripts: a connection as it is planned, and as it goes. */
#ifndef GOOD_H
#define GOOD_H

#include "generate.h"

#define MAX_EXCHANGES 12
#define MAX_FLIGHT 32

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

static inline bool uses(const struct plan *plan, enum feature feature)
{
	return plan->features & feature;
}

/* good_plan.c: what is said on a connection, and how far a side may go on with it. */
void make_plan(struct generator *g, struct plan *plan, __u32 number);
void open_plan(struct generator *g, struct plan *plan);
void free_plan(struct plan *plan);
__u32 limit_of(const struct plan *plan, enum side side);

/* good_network.c: one packet of one side, new or not. False when there is nothing to do. */
bool move(struct generator *g, struct plan *plan, enum side side, bool single);
bool land_one(struct generator *g, struct plan *plan, enum side side);
/* Counts what has arrived without a hole. */
void settle(struct plan *plan, enum side side);

/* good_expect.c: what an end has to report of exchange `i`. */
void expect(struct generator *g, const struct plan *plan, __u32 i, enum side end);

#endif
