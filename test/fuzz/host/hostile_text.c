/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Bytes that mean harm or nothing, made of the right pieces in mostly the right order. */
#include <string.h>

#include "hostile.h"

__u32 niceness;


static const char *const methods[] = {
	"GET", "POST", "HEAD", "PUT", "CONNECT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "GE",
	"PRI", "GETGETGET", "G ET", "", "QUERY", "MKCOL", "\xff\xfe",
};
static const char *const targets[] = {"/", "*", "/a?b=c", "http://h/", "h:443", "", " ", "/\t/", "//"};
static const char *const versions[] = {
	"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.", "HTTP/1.10", "HTTP/2.0",
	"HTTP/11",  "http/1.1", "HTTP/",    "",         "HTTP/1.x", "HTTP/1.1 ",
};
static const char *const statuses[] = {
	"200", "200", "204", "304", "100", "101", "103", "199", "999", "099", "1000", "000",
	"-20", "2 0", "20",  "",    "20x", "600",
};
static const char *const numbers[] = {
	"0", "1", "5", "17", "400", "70000", "0005", "-1", "+5", "5,5", "5 5", " 5 ", "", "0x5", "5x",
	"18446744073709551615", "18446744073709551616", "999999999999999999", "4294967296",
	"4294967295", "9223372036854775807", "1e3", "\t7\t",
};
static const char *const chunk_sizes[] = {
	"0", "1", "5", "a", "F", "10", "1ff", "ffff", "00000005", "-1", "+1", "", " 5", "5 ", "0x5", "g",
	"ffffffffffffffff", "10000000000000000", "fffffffffff", "7fffffff", "80000000", "5;a=b",
	"5;a=\"\r\n\"", "5\t",
};
static const char *const line_ends[] = {
	"\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "", "\r\r\n", "\n\r",
};
static const char *const encodings[] = {
	"chunked", "chunked", "gzip, chunked", "chunked, gzip", "identity", "xchunked", "chunked ",
	"CHUNKED", "chunked,", ",chunked", "\tchunked", "chunked\r\n ,x", "",
};
static const char *const names[] = {
	"Content-Length", "Content-Length", "content-length", "Content-Length ", "Content-LengthX",
	"Transfer-Encoding", "transfer-encoding", "Transfer-Encoding ", "Host", "host", "Traceparent",
	"traceparent", "Connection", "Upgrade", "X", "", ":", "Content", "Transfer", " folded",
};
static const char tls[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
static const char proxy2[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11";

static void append_repeated(struct text *t, struct source *s, __u32 most)
{
	static const char bytes[] = "a \t\r\n:0fHG/\xff";
	__u32 length = below(s, most);
	__u8 byte = bytes[below(s, sizeof(bytes))];

	while (length--)
		append(t, &byte, 1);
}

void append_random(struct text *t, struct source *s, __u32 most)
{
	for (__u32 length = below(s, most); length; length--) {
		__u8 byte = draw(s);

		append(t, &byte, 1);
	}
}

static void append_value(struct text *t, struct source *s, const char *name)
{
	switch (chance(s, niceness) ? 7 : below(s, 8)) {
	case 0:
		append_text(t, "%s", PICK(s, encodings, 3));
		return;
	case 1:
		append_repeated(t, s, chance(s, 10) ? 5000 : 100);
		return;
	case 2:
		append_text(t, "00-%08x%08x%08x%08x-%08x%08x-%02x", draw(s), draw(s), draw(s), draw(s),
			    draw(s), draw(s), below(s, 256));
		return;
	case 3:
		append_random(t, s, 40);
		return;
	default:
		append_text(t, "%s", (*name | 0x20) == 't' ? PICK(s, encodings, 3) : PICK(s, numbers, 5));
	}
}

static void append_headers(struct text *t, struct source *s)
{
	__u32 lines = chance(s, 5) ? below(s, 300) : below(s, 6);

	while (lines--) {
		const char *name = PICK(s, names, 12);

		append_text(t, "%s%s", name, chance(s, 90) ? ": " : chance(s, 50) ? ":" : " ");
		append_value(t, s, name);
		append_text(t, "%s", PICK(s, line_ends, 4));
	}
}

static void append_hostile_body(struct text *t, struct source *s)
{
	__u32 chunks = chance(s, 5) ? below(s, 400) : below(s, 5);

	switch (below(s, 5)) {
	case 0:
		while (chunks--) {
			append_text(t, "%s%s", PICK(s, chunk_sizes, 6), PICK(s, line_ends, 4));
			append_repeated(t, s, 20);
			append_text(t, "%s", PICK(s, line_ends, 4));
		}
		append_text(t, "0%s%s", PICK(s, line_ends, 4), PICK(s, line_ends, 4));
		return;
	case 1:
		append_repeated(t, s, chance(s, 5) ? 100000 : 600);
		return;
	case 2:
		append_random(t, s, 300);
		return;
	}
}

void append_request(struct text *t, struct source *s)
{
	append_text(t, "%s %s", PICK(s, methods, 4), PICK(s, targets, 3));
	if (chance(s, 10))
		append_repeated(t, s, chance(s, 10) ? 70000 : 700);
	append_text(t, " %s%s", PICK(s, versions, 4), PICK(s, line_ends, 4));
	append_headers(t, s);
	append_text(t, "%s", PICK(s, line_ends, 4));
	append_hostile_body(t, s);
}

static void append_response(struct text *t, struct source *s)
{
	append_text(t, "%s %s", PICK(s, versions, 4), PICK(s, statuses, 5));
	if (chance(s, 5))
		append_repeated(t, s, 700);
	append_text(t, " OK%s", PICK(s, line_ends, 4));
	append_headers(t, s);
	append_text(t, "%s", PICK(s, line_ends, 4));
	append_hostile_body(t, s);
}

void append_proxy(struct text *t, struct source *s)
{
	__u8 size[2] = {chance(s, 10) ? draw(s) : 0, below(s, 255)};

	if (chance(s, 50)) {
		append_text(t, "PROXY TCP4 1.2.3.4 5.6.7.8 %s %s%s", PICK(s, numbers, 5),
			    PICK(s, numbers, 5), PICK(s, line_ends, 4));
		return;
	}
	append(t, proxy2, sizeof(proxy2) - 1);
	append(t, size, 2);
	append_repeated(t, s, size[1] + 1);
}

void append_piece(struct text *t, struct source *s, enum side side)
{
	switch (chance(s, niceness) ? 11 : below(s, 12)) {
	case 0:
		append_random(t, s, 200);
		return;
	case 1:
		append(t, tls, sizeof(tls) - 1);
		return;
	case 2:
		append_proxy(t, s);
		return;
	case 3:
		append_text(t, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
		return;
	case 4:
		side = !side;
		/* fallthrough */
	default:
		if (side == CLIENT)
			append_request(t, s);
		else
			append_response(t, s);
	}
}

/* Here and there a byte that is another one, or is missing. */
void spoil(struct text *t, struct source *s)
{
	for (__u32 times = chance(s, niceness) ? 0 : below(s, 5); times && t->length; times--) {
		__u32 at = below(s, t->length);

		if (chance(s, 50)) {
			t->bytes[at] = draw(s);
			continue;
		}
		memmove(t->bytes + at, t->bytes + at + 1, t->length - at - 1);
		t->length--;
	}
}
