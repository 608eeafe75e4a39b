/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What has to be reported of a planned exchange, given what happened to its connection. */
#include "good.h"

/* Directions that go on at the same time, on two CPUs, may find each other half done. */
static bool may_race(const struct plan *plan)
{
	return uses(plan, USE_SAME) && (plan->depth > 1 || uses(plan, USE_EARLY));
}

void expect(struct generator *g, const struct plan *plan, __u32 i, enum side end)
{
	const struct exchange *e = &plan->exchanges[i];
	struct expectation *wanted = add_expectation(g->script);
	bool whole = plan->arrived[SERVER] >= e->response_end && (!e->until_close || !plan->broken);
	bool parked = plan->listener && end == SERVER &&
		      (plan->depth > 1 || i == 1 || (!i && e->request > 0));
	bool sure = whole && !g->old && !parked && !plan->rough[end] &&
		    !uses(plan, USE_LATE | USE_FAILURES);

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
	wanted->exact = sure && !uses(plan, USE_MANY) && !may_race(plan) && (i || !plan->listener);
	wanted->loose = !wanted->exact;
	wanted->presence = !sure ? PRESENCE_MAY : PRESENCE_MUST;
	if (sure && (g->sampled || plan->depth > 1 || (plan->listener && end == SERVER)))
		wanted->presence = PRESENCE_COUNTED;
}
