/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What has to hold for every record: it may say less than happened, never what did not. */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "check.h"
#include "fake_socket.h"

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
			   (!*id->comm || !strcmp((const char *)id->comm, end->task->leader.comm))),
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
	check_truth(play, &report);
	check_more(play, &report);
	check_expected(play, &report);
}

