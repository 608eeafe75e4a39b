/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Bytes that mean harm or nothing, in packets that no TCP would send. Made of the right pieces in
 * mostly the right order, so that they get far.
 */
#include <stdlib.h>
#include <string.h>

#include "generate.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
/* Any of a list; most often, as far as this script means well, one of the first. */
#define PICK(source, list, good) \
	(list)[below(source, chance(source, niceness) ? (good) : COUNT(list))]

/* How much of it is as it should be, in percent. */
static __u32 niceness;

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
static const char *const line_ends[] = {"\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "", "\r\r\n", "\n\r"};
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

static void append_random(struct text *t, struct source *s, __u32 most)
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
		append_text(t, "%s", *name == 'T' || *name == 't' ? PICK(s, encodings, 3) : PICK(s, numbers, 5));
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

static void append_request(struct text *t, struct source *s)
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

static void append_proxy(struct text *t, struct source *s)
{
	__u8 size[2] = {chance(s, 10) ? draw(s) : 0, below(s, 255)};

	if (chance(s, 50)) {
		append_text(t, "PROXY TCP4 1.2.3.4 5.6.7.8 %s %s%s", PICK(s, numbers, 5), PICK(s, numbers, 5),
			    PICK(s, line_ends, 4));
		return;
	}
	append(t, proxy2, sizeof(proxy2) - 1);
	append(t, size, 2);
	append_repeated(t, s, size[1] + 1);
}

static void append_piece(struct text *t, struct source *s, enum side side)
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
static void spoil(struct text *t, struct source *s)
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

struct stage {
	struct script *script;
	struct source *source;
	__u32 base[MAX_CONNECTIONS][SIDES], length[MAX_CONNECTIONS][SIDES];
	__u32 next[MAX_CONNECTIONS][SIDES];
	__u32 connections;
};

static void open_one(struct stage *stage, __u32 number)
{
	struct source *s = stage->source;
	struct step *step = add_step(stage->script, STEP_CONNECTION);

	*step = plain_connection(number);
	step->observed = 1 + below(s, 3);
	step->family = chance(s, 60) ? 4 : chance(s, 50) ? 6 : 46;
	step->late = chance(s, 20);
	for (int side = 0; side < SIDES; side++) {
		struct text text = {0};

		step->first_seq[side] = chance(s, 20) ? 0U - below(s, 3000) : draw(s);
		if (chance(s, 5))
			append_proxy(&text, s);
		for (__u32 pieces = 1 + below(s, 6); pieces; pieces--)
			append_piece(&text, s, side);
		spoil(&text, s);
		stage->base[number][side] = add_bytes(stage->script, text.bytes, text.length);
		stage->length[number][side] = text.length;
		free(text.bytes);
		/* add_bytes does not move steps. */
	}
}

static void add_data(struct stage *stage, __u32 number, enum side side)
{
	struct source *s = stage->source;
	__u32 *next = &stage->next[number][side], length = stage->length[number][side];
	struct step *step = add_step(stage->script, STEP_DATA);
	__u32 from = *next, most;

	if (!chance(s, niceness) && chance(s, 20))
		from = below(s, length + 1);
	if (from > length)
		from = length;
	most = length - from;
	if (chance(s, 30) && most > 20)
		most = 20;
	step->connection = number;
	step->side = side;
	step->offset = from;
	step->bytes = stage->base[number][side] + from;
	step->length = chance(s, 40) ? most : below(s, most + 1);
	step->way = chance(s, niceness) || chance(s, 70) ? WAY_OUT | WAY_IN : chance(s, 50) ? WAY_OUT : WAY_IN;
	if (chance(s, 5))
		step->way |= WAY_LISTENER;
	step->traits = (chance(s, 20) ? TRAIT_SOFTIRQ : 0) | (chance(s, 10) ? TRAIT_PACED : 0) |
		       (chance(s, 10) ? TRAIT_SHOWN : 0);
	if (!chance(s, niceness) && chance(s, 10)) {
		step->traits |= TRAIT_ACK;
		step->number = chance(s, 50) ? draw(s) : below(s, 5000);
	}
	/* Bytes that contradict those sent before, and holes of any size. */
	if (!chance(s, niceness) && chance(s, 10))
		step->offset = chance(s, 30) ? draw(s) : from + below(s, 70000);
	if (step->offset == from && from + step->length > *next)
		*next = from + step->length;
}

static void add_raw(struct stage *stage, __u32 number)
{
	static const __u16 protocols[] = {0x0800, 0x0800, 0x86dd, 0x0806, 0};
	struct source *s = stage->source;
	struct step *step;
	struct text text = {0};
	__u8 first = chance(s, 50) ? 0x45 : draw(s);

	append(&text, &first, 1);
	append_random(&text, s, 90);
	if (text.length > 9 && chance(s, 80))
		text.bytes[chance(s, 70) ? 9 : 6] = 6;
	append_request(&text, s);
	step = add_step(stage->script, STEP_RAW);
	step->connection = number;
	step->side = below(s, 2);
	step->way = chance(s, 50) ? WAY_OUT : WAY_IN;
	step->number = below(s, text.length < 200 ? text.length + 1 : 200);
	step->number2 = PICK(s, protocols, 2);
	step->bytes = add_bytes(stage->script, text.bytes, text.length);
	step->length = text.length;
	free(text.bytes);
}

static void add_event(struct stage *stage, __u32 number)
{
	static const __u64 states[] = {1, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11};
	struct source *s = stage->source;
	struct step *step;

	if (chance(s, 30)) {
		add_raw(stage, number);
		return;
	}
	step = add_step(stage->script, STEP_WAIT + below(s, STEP_OLD - STEP_WAIT));
	step->connection = number;
	step->side = below(s, 2);
	step->number = 1 + below(s, 3);
	if (step->kind == STEP_FAIL)
		step->number2 = below(s, 4);
	if (step->kind == STEP_WAIT)
		step->number = chance(s, 50) ? 11000000000ULL : below(s, 100000);
	if (chance(s, 70))
		return;
	step->kind = chance(s, 40) ? STEP_FIN : chance(s, 50) ? STEP_RESET : STEP_STATE;
	if (step->kind == STEP_STATE) {
		step->number = PICK(s, states, 11);
		step->number2 = PICK(s, states, 11);
	}
}

/* A packet of another connection inside the run of the next one. */
static void add_inside(struct stage *stage, __u32 number)
{
	struct source *s = stage->source;

	add_step(stage->script, STEP_INSIDE)->number = below(s, 15);
	add_data(stage, number, below(s, 2));
	stage->script->steps[stage->script->step_count - 1].way = chance(s, 50) ? WAY_OUT : WAY_IN;
}

/* A well-formed script in which some steps are missing, doubled, or moved, and some bytes others. */
static void spoil_script(struct script *script, struct source *s)
{
	for (__u32 times = below(s, 20); times && script->byte_count; times--) {
		__u32 at = below(s, script->byte_count);

		script->bytes[at] = chance(s, 50) ? draw(s) : "\r\n :0;/"[below(s, 7)];
	}
	for (__u32 times = below(s, 10); times && script->step_count > 2; times--) {
		struct step *step = &script->steps[below(s, script->step_count)];

		if (step->kind != STEP_DATA)
			continue;
		switch (below(s, 4)) {
		case 0:
			step->kind = STEP_WAIT;
			break;
		case 1:
			step->offset += between(s, 1, 20);
			break;
		case 2:
			step->length -= below(s, step->length);
			break;
		case 3:
			step->traits |= TRAIT_SHOWN;
			break;
		}
	}
	script->expectation_count = 0;
	script->only = false;
}

static const __u32 kindnesses[] = {0, 50, 80, 95, 99, 100};

void generate_hostile(struct script *script, struct source *source)
{
	struct stage stage = {.script = script, .source = source};

	if (chance(source, 50)) {
		generate_good(script, source, ~(__u32)(USE_PREEMPT | USE_SAME | USE_FLOOD));
		spoil_script(script, source);
		return;
	}
	clear_script(script);
	niceness = kindnesses[below(source, COUNT(kindnesses))];
	if (chance(source, 20))
		add_step(script, STEP_OLD);
	stage.connections = chance(source, 70) ? 1 : 1 + below(source, 3);
	for (__u32 i = 0; i < stage.connections; i++)
		open_one(&stage, i);
	for (__u32 turns = 5 + below(source, 40); turns; turns--) {
		__u32 number = below(source, stage.connections);

		if (!chance(source, niceness) && chance(source, 30))
			add_event(&stage, number);
		if (stage.connections > 1 && chance(source, 10))
			add_inside(&stage, (number + 1) % stage.connections);
		add_data(&stage, number, chance(source, 50));
	}
}
