/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What has to hold for every record whatever was sent, and what a script expects. A record may say
 * less than happened, never what did not.
 */
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>

#include "fake_socket.h"
#include "http.h"
#include "play.h"
#include "program.h"
#include "words.h"

#define CHECK(condition, ...)                         \
	do {                                          \
		if (!(condition)) {                   \
			fail_play(play, __VA_ARGS__); \
			return;                       \
		}                                     \
	} while (0)

struct report {
	const struct http_exchange *record;
	const struct http_extension *more; /* NULL: it has none */
	struct connection *connection;
	enum side end;  /* whose socket */
	enum side asks; /* who sent the request */
	__u32 request, response; /* offsets in their streams */
};

static void check_form(struct play *play, const struct http_exchange *r, __u32 size)
{
	const __u32 front = offsetof(struct http_exchange, head);
	__u32 whole = r->flags & FLAG_EXTENDED ? sizeof(struct http_extended) :
			r->end == END_OPEN     ? sizeof(*r) :
						 front + r->head_length;

	CHECK(r->type == RECORD_HTTP_EXCHANGE, "a record of type %u", r->type);
	CHECK(r->head_length && r->head_length <= HEAD_CAPACITY && size == whole,
	      "a head of %u bytes in a record of %u", r->head_length, size);
	CHECK(r->request_head >= r->head_length, "%u bytes of a head of %u", r->head_length,
	      r->request_head);
	CHECK(!r->status || (r->status >= 100 && r->status <= 999), "status %u", r->status);
	CHECK(r->role == ROLE_SERVER || r->role == ROLE_CLIENT, "role %u", r->role);
	CHECK(r->end < COUNT_OF(end_names) && end_names[r->end], "end %u", r->end);
	CHECK(r->version <= 9, "version %u", r->version);
	CHECK(memchr(r->socket.comm, 0, sizeof(r->socket.comm)), "a name without an end");
}

static void check_times(struct play *play, const struct http_exchange *r)
{
	CHECK(r->request_ns, "no time of the request");
	CHECK(!r->request_end_ns || r->request_end_ns >= r->request_ns,
	      "a request that ends %llu ns before it begins", r->request_ns - r->request_end_ns);
	CHECK(!r->response_ns || r->response_ns >= r->request_ns,
	      "a response that begins %llu ns before the request", r->request_ns - r->response_ns);
	CHECK(!r->response_end_ns || r->response_end_ns >= r->request_ns,
	      "a response that ends %llu ns before the request", r->request_ns - r->response_end_ns);
	CHECK(!r->response_end_ns || r->response_end_ns >= r->response_ns,
	      "a response that ends %llu ns before it begins", r->response_ns - r->response_end_ns);
	CHECK(r->request_end_ns <= fake.now && r->response_end_ns <= fake.now,
	      "a time that lies ahead");
}

static void check_end_kind(struct play *play, const struct http_exchange *r)
{
	CHECK(!r->status || r->response_ns, "a status without a time of the response");
	CHECK(r->end != END_NO_RESPONSE || !r->status, "status %u of no response", r->status);
	CHECK(r->end != END_COMPLETE || (r->status >= 200 && r->response_end_ns),
	      "complete with status %u", r->status);
	CHECK(r->end != END_UPGRADE || r->status == 101 || r->status / 100 == 2,
	      "an upgrade with status %u", r->status);
}

static void check_identity(struct play *play, const struct report *report)
{
	const struct socket_identity *id = &report->record->socket;
	const struct end *end = &report->connection->ends[report->end];
	const struct bpf_sock *view = &end->socket->view;
	const __u8 *remote = (const __u8 *)view->dst_ip6, *local = (const __u8 *)view->src_ip6;

	CHECK(id->local_port == view->src_port && htons(id->remote_port) == view->dst_port,
	      "ports %u and %u", id->local_port, id->remote_port);
	CHECK(!memcmp(id->local_address, local, 16) && !memcmp(id->remote_address, remote, 16),
	      "wrong addresses");
	CHECK(id->cgroup_id == end->socket->cgroup_id, "cgroup %llu", id->cgroup_id);
	CHECK(id->netns == end->socket->kernel->net.ns.inum, "network namespace %u", id->netns);
	CHECK(!id->pid || (id->pid == end->task->leader.tgid && id->tid == end->task->thread.pid &&
			   !strcmp((const char *)id->comm, end->task->leader.comm)),
	      "sent by process %u, said to be %u \"%s\"", end->task->leader.tgid, id->pid, id->comm);
}

static __u32 common_length(const __u8 *a, const __u8 *b, __u32 most)
{
	__u32 length = 0;

	while (length < most && a[length] == b[length])
		length++;
	return length;
}

/* The method is one that was sent there, and so is the status. */
static void check_truth(struct play *play, const struct report *report)
{
	const struct stream_bytes *asked = &report->connection->streams[report->asks];
	const struct stream_bytes *answered = &report->connection->streams[!report->asks];
	const struct http_exchange *r = report->record;
	char line[14];
	__u32 same;

	if (asked->inconsistent || answered->inconsistent)
		return;
	CHECK(report->request < asked->length && r->head_length <= asked->length - report->request,
	      "a request at %u of %u", report->request, asked->length);
	same = common_length(asked->bytes + report->request, r->head, r->head_length);
	CHECK(same == r->head_length, "a head that was not sent at %u: from byte %u on \"%.8s\"",
	      report->request, same, r->head + same);
	if (!r->status)
		return;
	CHECK(report->response < answered->length, "a response at %u of %u", report->response,
	      answered->length);
	snprintf(line, sizeof(line), "HTTP/1.%u %u", r->version, r->status);
	CHECK(answered->length - report->response >= 12 &&
		      !memcmp(answered->bytes + report->response, line, 12),
	      "status %u was not sent at %u", r->status, report->response);
}

/* What was kept of lines that the record's head has no room for, and of what came before all. */
static void check_more(struct play *play, const struct report *report)
{
	const struct stream_bytes *asked = &report->connection->streams[report->asks];
	const struct http_exchange *r = report->record;
	const struct http_extension *more = report->more;
	__u32 left = asked->length - report->request;

	if (!more)
		return;
	CHECK(more->proxy_length <= PROXY_CAPACITY && more->host_length <= LINE_CAPACITY &&
		      more->trace_length <= LINE_CAPACITY,
	      "an extension of %u, %u and %u bytes", more->proxy_length, more->host_length,
	      more->trace_length);
	if (asked->inconsistent)
		return;
	if (left > r->request_head)
		left = r->request_head;
	CHECK(!more->proxy_length ||
		      memmem(asked->bytes, asked->length, more->proxy, more->proxy_length),
	      "a PROXY header that was not sent");
	CHECK(!more->host_length ||
		      (memmem(asked->bytes + report->request, left, more->host, more->host_length) &&
		       !strncasecmp((const char *)more->host, "host:", 5)),
	      "a Host line that was not sent");
	CHECK(!more->trace_length ||
		      (memmem(asked->bytes + report->request, left, more->trace, more->trace_length) &&
		       !strncasecmp((const char *)more->trace, "traceparent:", 12)),
	      "a traceparent line that was not sent");
}

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
	      "the line %s at %d of %u is kept as \"%.*s\"", name, at, r->head_length, kept_length, kept);
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

	CHECK(r->request_ns == time_at(c, asks, end, wanted->request), "the request came at %llu, not %llu",
	      time_at(c, asks, end, wanted->request), r->request_ns);
	CHECK(incomplete || r->request_end_ns == request_end, "the request ended at %llu, not %llu",
	      request_end, r->request_end_ns);
	CHECK(r->request_head == wanted->request_head_end - wanted->request, "a head of %u bytes, not %llu",
	      r->request_head, wanted->request_head_end - wanted->request);
	CHECK((r->flags & ~(FLAG_PEER_SEEN | FLAG_EXTENDED)) == flags, "flags 0x%x, not 0x%x",
	      r->flags, flags);
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
	CHECK(wanted->end_kind == ANY || r->end == wanted->end_kind || wanted->loose, "end \"%s\", not \"%s\"",
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

static void compare(struct play *play, const struct report *report)
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
			CHECK(!wanted->open++, "the request at %u was reported twice as open",
			      report->request);
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

static bool find_socket(struct play *play, const struct http_exchange *r, struct report *report)
{
	for (int i = 0; i < MAX_CONNECTIONS * SIDES; i++) {
		struct connection *c = &play->connections[i / SIDES];
		struct end *end = &c->ends[i % SIDES];

		if (!c->exists || !end->socket || end->socket->cookie != r->socket.cookie)
			continue;
		report->connection = c;
		report->end = i % SIDES;
		return true;
	}
	return false;
}

static void echo(struct play *play, const struct report *report)
{
	const struct http_exchange *r = report->record;

	fprintf(play->echo,
		"record %u %s request=%u response=%u status=%u end=%s request_body=%llu "
		"response_body=%llu interim=%u version=%u flags=%u error=%d request_head=%u "
		"head_length=%u times=%llu,%llu,%llu,%llu pid=%u\n",
		report->connection->opening.connection, side_names[report->end], report->request,
		report->response, r->status, end_names[r->end], r->request_body, r->response_body,
		r->interim, r->version, r->flags, r->error, r->request_head, r->head_length,
		r->request_ns, r->request_end_ns, r->response_ns, r->response_end_ns, r->socket.pid);
}

void check_record(struct play *play, const void *bytes, __u32 size)
{
	struct http_extended whole = {0};
	const struct http_exchange *r = &whole.exchange;
	struct report report = {.record = r};

	CHECK(size > offsetof(struct http_exchange, head) && size <= sizeof(whole),
	      "a record of %u bytes", size);
	memcpy(&whole, bytes, size);
	if (r->flags & FLAG_EXTENDED)
		report.more = &whole.more;
	check_form(play, r, size);
	if (play->failed)
		return;
	CHECK(find_socket(play, r, &report), "a socket %llu that there is not",
	      r->socket.cookie);
	report.asks = (r->role == ROLE_CLIENT) == (report.end == CLIENT) ? CLIENT : SERVER;
	report.request = r->request_seq - report.connection->opening.first_seq[report.asks];
	report.response = r->response_seq - report.connection->opening.first_seq[!report.asks];
	if (play->echo)
		echo(play, &report);
	check_times(play, r);
	check_end_kind(play, r);
	check_identity(play, &report);
	CHECK(r->sampling == play->sampling || !play->sampling, "sampling %u, not %u", r->sampling,
	      play->sampling);
	check_truth(play, &report);
	check_more(play, &report);
	compare(play, &report);
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
					    "abandoned", "sampled_out"};
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
		CHECK(wanted->presence != PRESENCE_MUST, "the request at %lld%s was not reported by the %s",
		      wanted->request, wanted->path, side_names[wanted->end]);
		missing += wanted->presence == PRESENCE_COUNTED;
	}
	/* What comes on a connection that was abandoned is not counted any more. */
	CHECK(missing <= lost || counter_called("abandoned"), "%llu requests are missing and %llu were counted", missing, lost);
	check_sample(play);
	for (__u32 i = 0; i < script->counter_count; i++) {
		const struct counter_expectation *wanted = &script->counters[i];

		CHECK(fake_counter(wanted->index) == wanted->value, "counter %s is %llu, not %llu",
		      counter_names[wanted->index], fake_counter(wanted->index), wanted->value);
	}
}
