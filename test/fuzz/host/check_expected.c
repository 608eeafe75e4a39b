/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a script expects of its exchanges, and of the counters at the end. */
#include <string.h>
#include <strings.h>

#include "check.h"
#include "fake_kernel.h"
#include "fake_socket.h"
#include "program.h"

/* A line of the head by its name; returns its offset there, -1 when there is none. */
static __s32 line_called(const __u8 *head, __u32 size, const char *name, __u32 *length)
{
	for (__u32 at = 0; at < size;) {
		const __u8 *end = memchr(head + at, '\n', size - at);
		__u32 next = end ? end - head + 1 : size;

		if (!strncasecmp((const char *)head + at, name, strlen(name))) {
			*length = next - at - 1;
			*length -= *length && head[next - 2] == '\r';
			return at;
		}
		at = next;
	}
	return -1;
}

static void check_line(struct play *play, const struct report *report, const char *name,
		       const __u8 *kept, __u32 kept_length)
{
	const struct http_exchange *r = report->record;
	const __u8 *head = report->connection->streams[report->asks].bytes + report->request;
	__u32 length;
	__s32 at = line_called(head, r->request_head, name, &length);

	if (at < 0)
		return;
	/* A longer one may be cut, or left out. */
	if (length > LINE_CAPACITY)
		length = kept_length ? LINE_CAPACITY : 0;
	if (at + length <= r->head_length)
		return;
	CHECK(kept_length == length && !memcmp(kept, head + at, length),
	      "the line %s at %d of %u is kept as \"%.*s\"", name, at, r->head_length,
	      kept_length, kept);
}

/* The lines that matter are in the head or behind it. Of a request that waited they are not kept. */
static void check_lines(struct play *play, const struct report *report)
{
	const struct http_extension none = {0}, *more = report->more ?: &none;

	if (report->record->head_length < HEAD_CAPACITY - 7)
		return;
	check_line(play, report, "host:", more->host, more->host_length);
	check_line(play, report, "traceparent:", more->trace, more->trace_length);
}

static void check_exact(struct play *play, const struct report *report,
			const struct expectation *wanted)
{
	const struct http_exchange *r = report->record;
	const struct connection *c = report->connection;
	enum side asks = report->asks, end = report->end;
	__u64 request_end = time_at(c, asks, end, wanted->request_end - 1);
	__u64 response_end = wanted->response_end == ANY || r->end == END_CLOSE ?
				     fake.now :
				     time_at(c, !asks, end, wanted->response_end - 1);
	bool incomplete = !request_end || request_end > response_end ||
			  (r->flags & FLAG_REQUEST_INCOMPLETE && request_end == response_end);
	bool truncated = r->head_length < r->request_head;
	__u32 flags = (incomplete ? FLAG_REQUEST_INCOMPLETE : 0) |
		      (truncated ? FLAG_HEAD_TRUNCATED : 0);

	CHECK(r->request_ns == time_at(c, asks, end, wanted->request),
	      "the request came at %llu, not %llu",
	      time_at(c, asks, end, wanted->request), r->request_ns);
	CHECK(incomplete || r->request_end_ns == request_end, "the request ended at %llu, not %llu",
	      request_end, r->request_end_ns);
	CHECK(r->request_head == wanted->request_head_end - wanted->request,
	      "a head of %u bytes, not %llu",
	      r->request_head, wanted->request_head_end - wanted->request);
	CHECK((r->flags & ~(FLAG_PEER_SEEN | FLAG_EXTENDED)) == flags, "flags 0x%x, not 0x%x",
	      r->flags, flags);
	CHECK(r->sampling == play->sampling, "sampling %u, not %u", r->sampling, play->sampling);
	check_lines(play, report);
	if (wanted->response != ANY)
		CHECK(r->response_ns == time_at(c, !asks, end, wanted->response),
		      "the response came at %llu, not %llu",
		      time_at(c, !asks, end, wanted->response), r->response_ns);
	if (wanted->response_end != ANY && r->end != END_CLOSE)
		CHECK(r->response_end_ns == response_end, "the response ended at %llu, not %llu",
		      response_end, r->response_end_ns);
	if (c->ends[end].owned_ns && c->ends[end].owned_ns >= r->request_ns && r->status)
		CHECK(r->socket.pid, "the process is not said");
}

/* Who was answered, and with what: never wrong, whatever happened on the way. */
static void check_pair(struct play *play, const struct report *report,
		       const struct expectation *wanted)
{
	const struct http_exchange *r = report->record;
	bool sized = !wanted->loose || (!(r->flags & (FLAG_RESPONSE_SIZE_UNKNOWN | FLAG_GAP)) &&
					r->end != END_CUT && r->end != END_OPEN);
	bool asked = !(r->flags & FLAG_REQUEST_INCOMPLETE) &&
		     (!wanted->loose || (!(r->flags & (FLAG_REQUEST_SIZE_UNKNOWN | FLAG_GAP)) &&
					 r->end == END_COMPLETE));

	CHECK(wanted->status == ANY || r->status == wanted->status || (!r->status && wanted->loose),
	      "status %u for the request that was answered with %llu", r->status, wanted->status);
	CHECK(!r->status || wanted->response == ANY || report->response == wanted->response,
	      "the answer at %u for the one at %llu", report->response, wanted->response);
	CHECK(wanted->end_kind == ANY || r->end == wanted->end_kind || wanted->loose,
	      "end \"%s\", not \"%s\"",
	      end_names[r->end], end_names[wanted->end_kind]);
	CHECK(!sized || !r->status || wanted->response_body == ANY ||
		      r->response_body == wanted->response_body,
	      "a response of %llu bytes, not %llu", r->response_body, wanted->response_body);
	CHECK(!asked || wanted->request_body == ANY || r->request_body == wanted->request_body,
	      "a request of %llu bytes, not %llu", r->request_body, wanted->request_body);
	CHECK(wanted->flags == ANY || (r->flags & ~(FLAG_PEER_SEEN | FLAG_EXTENDED)) == wanted->flags,
	      "flags 0x%x, not 0x%llx", r->flags, wanted->flags);
	CHECK(wanted->loose || wanted->interim == ANY || r->interim == wanted->interim,
	      "%u interim responses, not %llu", r->interim, wanted->interim);
	CHECK(wanted->loose || !r->status || wanted->version == ANY || r->version == wanted->version,
	      "version 1.%u, not 1.%llu", r->version, wanted->version);
	CHECK(wanted->loose || wanted->proxy == ANY ||
		      wanted->proxy == (report->more ? report->more->proxy_length : 0),
	      "a PROXY header of %u bytes, not %llu", report->more ? report->more->proxy_length : 0,
	      wanted->proxy);
	CHECK(wanted->error == ANY || (__u64)r->error == wanted->error, "error %d, not %llu", r->error,
	      wanted->error);
}

static bool has_path(const struct http_exchange *r, const char *path)
{
	const __u8 *at = memchr(r->head, ' ', r->head_length);
	size_t left = at ? r->head + r->head_length - ++at : 0, length = strlen(path);

	return left > length && !memcmp(at, path, length) && at[length] <= ' ';
}

static bool is_for(const struct report *report, const struct expectation *wanted)
{
	if (wanted->connection != report->connection->opening.connection ||
	    wanted->end != report->end)
		return false;
	if (wanted->path[0])
		return has_path(report->record, wanted->path);
	if (wanted->request == ANY)
		return !wanted->seen;
	return wanted->request == report->request;
}

/* That an exchange is open is told after 10 s, and once whenever its age has doubled. */
static void check_open(struct play *play, const struct report *report, struct expectation *wanted)
{
	__u64 age = report->record->response_end_ns - report->record->request_ns;
	__u32 doubled = 0;

	for (__u64 due = 10000000000ULL; age >= due; due *= 2)
		doubled++;
	CHECK(doubled > wanted->open, "the request at %u was reported as open too early",
	      report->request);
	wanted->open = doubled;
}

void check_expected(struct play *play, const struct report *report)
{
	const struct script *script = play->script;
	bool any = false;

	for (__u32 i = 0; i < script->expectation_count; i++) {
		struct expectation *wanted = &script->expectations[i];

		any |= wanted->connection == report->connection->opening.connection;
		if (!is_for(report, wanted))
			continue;
		if (report->record->end == END_OPEN) {
			struct expectation so_far = *wanted;

			so_far.loose = true;
			check_open(play, report, wanted);
			check_pair(play, report, &so_far);
			return;
		}
		CHECK(!wanted->seen++, "the request at %u was reported twice", report->request);
		check_pair(play, report, wanted);
		if (wanted->exact)
			check_exact(play, report, wanted);
		return;
	}
	CHECK(!any && !script->only, "a request at %u that nobody made", report->request);
}

static __u64 counter_called(const char *name)
{
	for (__u32 i = 0; i < COUNT_OF(counter_names); i++)
		if (counter_names[i] && !strcmp(counter_names[i], name))
			return fake_counter(i);
	return 0;
}

/* Exchanges that were not reported are counted under one of these. */
static __u64 losses(void)
{
	static const char *const names[] = {"ring_full", "no_storage", "pipelined", "listener",
					    "abandoned", "sampled_out", "totals_full"};
	__u64 sum = 0;

	for (__u32 i = 0; i < COUNT_OF(names); i++)
		sum += counter_called(names[i]);
	return sum;
}

/* Both ends choose the same exchanges. */
static void check_sample(struct play *play)
{
	const struct script *script = play->script;

	for (__u32 i = 0; play->sampling && i < script->expectation_count; i++)
		for (__u32 k = 0; k < i; k++) {
			const struct expectation *one = &script->expectations[i];
			const struct expectation *other = &script->expectations[k];

			if (one->connection == other->connection && one->request == other->request &&
			    one->exact && other->exact)
				CHECK(one->seen == other->seen,
				      "the request at %llu was chosen by one end and not by the other",
				      one->request);
		}
}

static struct {
	__u64 exchanges, requests, responses;
	const char *wrong;
} totals;

static __u64 sum_of(const struct http_buckets *buckets)
{
	__u64 sum = 0;

	for (int i = 0; i < BUCKETS; i++)
		sum += buckets->counts[i];
	return sum;
}

static void take_total(const void *key, const void *value)
{
	static const __u8 nothing[sizeof(((struct http_total_key *)0)->_pad)];
	const struct http_total_key *k = key;
	const struct http_total *total = value;

	totals.exchanges += sum_of(&total->duration_ns);
	totals.requests += sum_of(&total->request_body);
	totals.responses += sum_of(&total->response_body);
	if (k->role != ROLE_SERVER && k->role != ROLE_CLIENT)
		totals.wrong = "role";
	if (k->status && (k->status < 100 || k->status > 999))
		totals.wrong = "status";
	if (k->method > METHOD_OTHER)
		totals.wrong = "method";
	if (memcmp(k->_pad, nothing, sizeof(nothing)))
		totals.wrong = "padding";
}

/* Each exchange that was left out is in one total, and counted there in each of three ways. */
static void check_totals(struct play *play)
{
	__u64 left_out = counter_called("sampled_out");

	memset(&totals, 0, sizeof(totals));
	fake_totals(take_total);
	CHECK(!totals.wrong, "a total with a wrong %s", totals.wrong);
	CHECK(totals.exchanges == left_out && totals.requests == left_out &&
		      totals.responses == left_out,
	      "%llu exchanges were left out, %llu, %llu and %llu are in totals", left_out,
	      totals.exchanges, totals.requests, totals.responses);
}

void check_end(struct play *play)
{
	const struct script *script = play->script;
	__u64 missing = 0, lost = losses();

	for (__u32 i = 0; play->echo && i < COUNT_OF(counter_names); i++)
		if (counter_names[i] && fake_counter(i))
			fprintf(play->echo, "counter %s %llu\n", counter_names[i], fake_counter(i));
	for (__u32 i = 0; i < script->expectation_count; i++) {
		const struct expectation *wanted = &script->expectations[i];

		if (wanted->seen)
			continue;
		CHECK(wanted->presence != PRESENCE_MUST,
		      "the request at %lld%s was not reported by the %s",
		      wanted->request, wanted->path, side_names[wanted->end]);
		missing += wanted->presence == PRESENCE_COUNTED;
	}
	/* What comes on a connection that was abandoned is not counted any more. */
	CHECK(missing <= lost || counter_called("abandoned"),
	      "%llu requests are missing and %llu were counted", missing, lost);
	check_sample(play);
	check_totals(play);
	for (__u32 i = 0; i < script->counter_count; i++) {
		const struct counter_expectation *wanted = &script->counters[i];

		CHECK(fake_counter(wanted->index) == wanted->value, "counter %s is %llu, not %llu",
		      counter_names[wanted->index], fake_counter(wanted->index), wanted->value);
	}
}
