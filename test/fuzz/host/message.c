/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Well-formed requests and responses, of the many forms that RFC 9112 allows. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"

#define PICK(source, list) (list)[below(source, sizeof(list) / sizeof((list)[0]))]

void append(struct text *text, const void *bytes, __u32 length)
{
	while (text->length + length > text->room) {
		text->room = text->room ? text->room * 2 : 1024;
		text->bytes = realloc(text->bytes, text->room);
	}
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

void append_text(struct text *text, const char *format, ...)
{
	char line[600];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	append(text, line, length);
}

static void append_run(struct text *text, __u8 byte, __u32 length)
{
	__u8 run[256];

	memset(run, byte, sizeof(run));
	for (; length > sizeof(run); length -= sizeof(run))
		append(text, run, sizeof(run));
	append(text, run, length);
}

/* Header lines of any length and number, so that the ones that matter stand anywhere. */
static void append_filler(struct text *text, struct source *s, __u32 features)
{
	__u32 lines = below(s, 4), longest = 40;

	if (chance(s, 20))
		lines = between(s, 8, 14);
	if (features & USE_LONG && chance(s, 10)) {
		lines = between(s, 5, 20);
		longest = 1500;
	}
	while (lines--) {
		append_text(text, "X-%u:", below(s, 1000));
		append_run(text, ' ', below(s, 3));
		append_run(text, 'f', below(s, longest));
		append_text(text, "\r\n");
	}
}

static __u32 body_size(struct source *s, __u32 features)
{
	if (features & USE_FLOOD && chance(s, 20))
		return 200000;
	switch (below(s, 8)) {
	case 0:
		return 0;
	case 1:
		return below(s, 70000);
	case 2:
		return between(s, 1400, 3000);
	default:
		return below(s, 200);
	}
}

/* What looks like messages, and is none because it stands in a body. */
static __u32 append_bait(struct text *text, struct source *s, __u32 id)
{
	__u32 from = text->length;

	if (chance(s, 50))
		append_text(text, "\r\n\r\nGET /bait%u HTTP/1.1\r\nHost: b\r\n\r\n", id);
	else
		append_text(text, "HTTP/1.1 599 Bait\r\nContent-Length: %u\r\n\r\n", below(s, 9));
	return text->length - from;
}

static void append_body(struct text *text, struct source *s, __u32 features, __u32 size, __u32 id)
{
	struct text bait = {0};
	__u32 length = features & USE_BAIT && chance(s, 30) ? append_bait(&bait, s, id) : 0;

	if (length && length <= size) {
		append(text, bait.bytes, length);
		size -= length;
	}
	free(bait.bytes);
	append_run(text, 'a' + id % 26, size);
}

static __u64 append_chunks(struct text *text, struct source *s, __u32 features, __u32 id)
{
	static const char *const forms[] = {"%x\r\n", "%X\r\n", "%04x\r\n", "%x;name=value\r\n",
					    "%x ;a=\"b\"\r\n"};
	__u32 chunks = features & USE_MANY && chance(s, 10) ? 50 : below(s, 5);
	__u64 size = 0;

	while (chunks--) {
		__u32 chunk = 1 + body_size(s, features);

		append_text(text, PICK(s, forms), chunk);
		append_body(text, s, features, chunk, id);
		append_text(text, "\r\n");
		size += chunk;
	}
	append_text(text, chance(s, 20) ? "000\r\n" : "0\r\n");
	if (chance(s, 20))
		append_text(text, "X-Trailer: %u\r\nContent-Length: 7\r\n", id);
	append_text(text, "\r\n");
	return size;
}

/* The framing headers and what follows them. Returns the body's size. */
static __u64 append_framed(struct text *text, struct source *s, __u32 features, __u32 id,
			   __u32 *head_end)
{
	static const char *const lengths[] = {"Content-Length: %u\r\n", "content-length:%u\r\n",
					      "CONTENT-LENGTH:  %u \r\n", "Content-Length: %08u\r\n"};
	static const char *const chunked[] = {"Transfer-Encoding: chunked\r\n",
					      "transfer-encoding:chunked\r\n",
					      "Transfer-Encoding: gzip, chunked\r\n"};
	__u32 size = body_size(s, features);
	bool in_chunks = chance(s, 40);

	if (in_chunks)
		append_text(text, PICK(s, chunked), 0);
	else
		append_text(text, PICK(s, lengths), size);
	append_filler(text, s, features);
	append_text(text, "\r\n");
	*head_end = text->length;
	if (in_chunks)
		return append_chunks(text, s, features, id);
	append_body(text, s, features, size, id);
	return size;
}

static void append_end(struct text *text, struct source *s, __u32 features, __u32 *head_end)
{
	append_filler(text, s, features);
	append_text(text, "\r\n");
	*head_end = text->length;
}

/* The lines that a record has to have, wherever they stand. */
static void append_named_lines(struct text *text, struct source *s, __u32 features, __u32 id)
{
	append_filler(text, s, features);
	append_text(text, chance(s, 50) ? "Host: h%u" : "host:%u.example", id);
	append_run(text, 'h', chance(s, 10) ? below(s, 100) : 0);
	append_text(text, "\r\n");
	append_filler(text, s, features);
	if (chance(s, 50))
		append_text(text, "traceparent: 00-%032x-%016x-01\r\n", id + 1, id + 2);
}

static const char *make_request(struct source *s, __u32 features, struct text *text,
				struct exchange *e, __u32 id)
{
	static const char *const methods[] = {"GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE",
					      "OPTIONS", "PATCH", "PROPFIND", "TRACE"};
	const char *method = e->tunnel ? "CONNECT" : PICK(s, methods);
	bool body = !e->tunnel && strcmp(method, "HEAD") && chance(s, 40);

	if (features & USE_BLANK && chance(s, 10))
		append_text(text, "\r\n");
	e->request = text->length;
	append_text(text, "%s /%u", method, id);
	append_run(text, 'p', chance(s, 10) ? below(s, 600) : below(s, 30));
	append_text(text, " HTTP/1.1\r\n");
	append_named_lines(text, s, features, id);
	if (body) {
		e->waits = chance(s, 20);
		if (e->waits)
			append_text(text, "Expect: 100-continue\r\n");
		e->request_body = append_framed(text, s, features, id, &e->request_head_end);
	} else {
		append_end(text, s, features, &e->request_head_end);
	}
	e->request_end = text->length;
	return method;
}

static void append_interim(struct text *text, struct source *s, __u32 features, const char *line)
{
	__u32 end;

	append_text(text, "HTTP/1.1 %s\r\n", line);
	append_end(text, s, features, &end);
}

static void make_response(struct source *s, __u32 features, struct text *text, struct exchange *e,
			  __u32 id, const char *method, bool last)
{
	static const __u32 statuses[] = {200, 200, 200, 201, 206, 301, 400, 404, 500, 503, 204, 304};
	bool head = !strcmp(method, "HEAD");

	if (e->waits || chance(s, 3)) {
		append_interim(text, s, features, e->waits ? "100 Continue" : "103 Early Hints");
		e->interim++;
	}
	e->interim_end = text->length;
	e->version = chance(s, 10) ? 0 : 1;
	e->status = PICK(s, statuses);
	/* Tells who is answered, where nothing speaks against a status of one's own. */
	if (e->status == 200 && chance(s, 80))
		e->status = 210 + id % 90;
	if (e->tunnel)
		e->status = 200;
	else if (features & USE_TUNNEL && last && chance(s, 10)) {
		e->status = 101;
		e->tunnel = true;
	}
	e->response = text->length;
	append_text(text, "HTTP/1.%u %u", e->version, e->status);
	append_text(text, chance(s, 10) ? "\r\n" : " Some Reason\r\n");
	append_filler(text, s, features);
	e->until_close = last && !head && !e->tunnel && chance(s, 30) && e->status != 204 &&
			 e->status != 304;
	if (e->tunnel || e->status == 204) {
		append_end(text, s, features, &e->response_head_end);
	} else if (e->status == 304 || head) {
		append_text(text, "Content-Length: %u\r\n", body_size(s, features));
		append_end(text, s, features, &e->response_head_end);
	} else if (e->until_close) {
		append_end(text, s, features, &e->response_head_end);
		e->response_body = body_size(s, features);
		append_body(text, s, features & ~USE_BAIT, e->response_body, id);
	} else {
		e->response_body = append_framed(text, s, features, id, &e->response_head_end);
	}
	e->response_end = text->length;
}

void make_exchange(struct source *source, __u32 features, struct text *client, struct text *server,
		   struct exchange *exchange, __u32 id, bool last)
{
	const char *method;

	memset(exchange, 0, sizeof(*exchange));
	exchange->tunnel = features & USE_TUNNEL && last && chance(source, 10);
	method = make_request(source, features, client, exchange, id);
	make_response(source, features, server, exchange, id, method, last);
}

void make_proxy(struct source *source, struct text *client)
{
	static const char signature[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11";
	__u8 length = between(source, 12, 90);

	if (chance(source, 50)) {
		append_text(client, "PROXY TCP%u 192.0.2.%u 198.51.100.7 %u 80\r\n",
			    chance(source, 50) ? 4 : 6, below(source, 256), below(source, 65536));
		return;
	}
	append(client, signature, sizeof(signature) - 1);
	append(client, (__u8[]){0, length}, 2);
	append_run(client, 'p', length);
}
