/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Reads the language of test/fuzz/corpus/README.md, a step a line. */
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

struct reader {
	struct script *script;
	const char *path;
	const char *at; /* in the line */
	__u32 line;
	__u32 connection;
	bool failed;
};

static void complain(struct reader *r, const char *what)
{
	if (!r->failed)
		fprintf(stderr, "%s:%u: %s at \"%.40s\"\n", r->path, r->line, what, r->at);
	r->failed = true;
}

static void skip_blanks(struct reader *r)
{
	while (*r->at == ' ' || *r->at == '\t')
		r->at++;
}

/* True and past it when the next word is this one. */
static bool take(struct reader *r, const char *word)
{
	size_t length = strlen(word);

	skip_blanks(r);
	if (strncmp(r->at, word, length) || isalnum(r->at[length]) || r->at[length] == '_')
		return false;
	r->at += length;
	return true;
}

static __u64 take_number(struct reader *r)
{
	char *end;
	__u64 number;

	skip_blanks(r);
	number = strtoull(r->at, &end, 0);
	if (end == r->at)
		complain(r, "expected a number");
	r->at = end;
	return number;
}

static __u32 take_one_of(struct reader *r, const char *const *words, __u32 count, const char *what)
{
	for (__u32 i = 0; i < count; i++)
		if (words[i] && take(r, words[i]))
			return i;
	complain(r, what);
	return 0;
}

static enum side take_side(struct reader *r)
{
	return take_one_of(r, side_names, SIDES, "expected client or server");
}

static __u8 take_escape(struct reader *r)
{
	char hex[3] = {0};

	switch (*r->at++) {
	case 'r':
		return '\r';
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case '0':
		return 0;
	case 'x':
		if (!isxdigit(r->at[0]) || !isxdigit(r->at[1])) {
			complain(r, "expected two hexadecimal digits");
			return 0;
		}
		memcpy(hex, r->at, 2);
		r->at += 2;
		return strtoul(hex, NULL, 16);
	default:
		return r->at[-1];
	}
}

/* One "text", or "text"*count. Returns its length. */
static __u32 take_text(struct reader *r)
{
	__u32 from = r->script->byte_count, length = 0;

	r->at++;
	while (*r->at && *r->at != '"') {
		__u8 byte = *r->at++;

		if (byte == '\\' && *r->at)
			byte = take_escape(r);
		add_bytes(r->script, &byte, 1);
		length++;
	}
	if (*r->at != '"')
		complain(r, "expected a closing quote");
	else
		r->at++;
	if (*r->at != '*')
		return length;
	r->at++;
	for (__u64 count = take_number(r); count > 1 && !r->failed; count--) {
		__u8 text[256];

		if (length > sizeof(text)) {
			complain(r, "expected a shorter text to repeat");
			break;
		}
		memcpy(text, r->script->bytes + from, length);
		add_bytes(r->script, text, length);
	}
	return r->script->byte_count - from;
}

static void take_bytes(struct reader *r, struct step *step)
{
	step->bytes = r->script->byte_count;
	for (skip_blanks(r); *r->at == '"' && !r->failed; skip_blanks(r))
		step->length += take_text(r);
}

static void read_connection(struct reader *r)
{
	static const char *const observed[] = {"none", "client", "server", "both"};
	struct step *step = add_step(r->script, STEP_CONNECTION);

	r->connection = take_number(r);
	if (r->connection >= MAX_CONNECTIONS)
		complain(r, "expected a connection from 0 to 3");
	*step = plain_connection(r->connection);
	if (take(r, "ends"))
		step->observed = take_one_of(r, observed, 4, "expected client, server or both");
	if (take(r, "family"))
		step->family = take_number(r);
	if (take(r, "seq")) {
		step->first_seq[CLIENT] = take_number(r);
		step->first_seq[SERVER] = take_number(r);
	}
	step->late = take(r, "late");
}

static void read_data(struct reader *r, enum side side)
{
	struct step *step = add_step(r->script, STEP_DATA);

	step->side = side;
	step->offset = NEXT;
	if (take(r, "out"))
		step->way |= WAY_OUT;
	if (take(r, "in"))
		step->way |= WAY_IN;
	if (take(r, "listener"))
		step->way |= WAY_LISTENER;
	if (!(step->way & (WAY_OUT | WAY_IN)))
		step->way |= WAY_OUT | WAY_IN;
	if (take(r, "softirq"))
		step->traits |= TRAIT_SOFTIRQ;
	if (take(r, "paced"))
		step->traits |= TRAIT_PACED;
	if (take(r, "shown"))
		step->traits |= TRAIT_SHOWN;
	if (take(r, "ack")) {
		step->traits |= TRAIT_ACK;
		step->number = take_number(r);
	}
	skip_blanks(r);
	if (*r->at == '@') {
		r->at++;
		step->offset = take_number(r);
	}
	take_bytes(r, step);
}

static void read_raw(struct reader *r)
{
	struct step *step = add_step(r->script, STEP_RAW);

	step->side = take_side(r);
	step->way = take(r, "in") ? WAY_IN : WAY_OUT;
	take(r, "out");
	step->number = take_number(r);
	step->number2 = take_number(r);
	take_bytes(r, step);
}

static void read_expectation(struct reader *r)
{
	struct expectation *wanted = add_expectation(r->script);

	wanted->connection = take_number(r);
	wanted->end = take_side(r);
	while (!r->failed) {
		skip_blanks(r);
		if (!*r->at || *r->at == '#')
			return;
		if (take(r, "exact")) {
			wanted->exact = true;
		} else if (take(r, "loose")) {
			wanted->loose = true;
		} else if (take(r, "counted")) {
			wanted->presence = PRESENCE_COUNTED;
		} else if (take(r, "may")) {
			wanted->presence = PRESENCE_MAY;
		} else if (take(r, "end")) {
			r->at += *r->at == '=';
			wanted->end_kind = take_one_of(r, end_names, COUNT_OF(end_names),
						       "expected how an exchange ends");
		} else if (take(r, "path")) {
			__u32 length = 0;

			r->at += *r->at == '=';
			while (*r->at > ' ' && length < sizeof(wanted->path) - 1)
				wanted->path[length++] = *r->at++;
		} else {
			__u32 i = 0;

			while (i < COUNT_OF(number_fields) && !take(r, number_fields[i].name))
				i++;
			if (i == COUNT_OF(number_fields)) {
				complain(r, "expected a field");
				return;
			}
			r->at += *r->at == '=';
			*number_at(wanted, number_fields[i].offset) = take_number(r);
		}
	}
}

static void read_counter(struct reader *r)
{
	struct counter_expectation *wanted = &r->script->counters[r->script->counter_count];

	if (r->script->counter_count == COUNT_OF(r->script->counters)) {
		complain(r, "expected fewer counters");
		return;
	}
	wanted->index = take_one_of(r, counter_names, COUNT_OF(counter_names), "expected a counter");
	wanted->value = take_number(r);
	r->script->counter_count++;
}

static void read_line(struct reader *r)
{
	struct step *step;

	skip_blanks(r);
	if (!*r->at || *r->at == '#')
		return;
	if (take(r, "client"))
		read_data(r, CLIENT);
	else if (take(r, "server"))
		read_data(r, SERVER);
	else if (take(r, "raw"))
		read_raw(r);
	else if (take(r, "connection"))
		read_connection(r);
	else if (take(r, "expect"))
		read_expectation(r);
	else if (take(r, "counter"))
		read_counter(r);
	else if (take(r, "only"))
		r->script->only = true;
	else if (take(r, "fin"))
		add_step(r->script, STEP_FIN)->side = take_side(r);
	else if (take(r, "reset"))
		add_step(r->script, STEP_RESET)->side = take_side(r);
	else if (take(r, "read"))
		add_step(r->script, STEP_READ)->side = take_side(r);
	else if (take(r, "walk"))
		add_step(r->script, STEP_WALK);
	else if (take(r, "exclude"))
		add_step(r->script, STEP_EXCLUDE)->side = take_side(r);
	else if (take(r, "sample"))
		add_step(r->script, STEP_SAMPLE)->number = take_number(r);
	else if (take(r, "old"))
		add_step(r->script, STEP_OLD);
	else if (take(r, "wait"))
		add_step(r->script, STEP_WAIT)->number = take_number(r);
	else if (take(r, "cpu"))
		add_step(r->script, STEP_CPU)->number = take_number(r);
	else if (take(r, "inside"))
		add_step(r->script, STEP_INSIDE)->number = take_number(r);
	else if (take(r, "state")) {
		step = add_step(r->script, STEP_STATE);
		step->side = take_side(r);
		step->number = take_number(r);
		step->number2 = take_number(r);
	} else if (take(r, "fail")) {
		step = add_step(r->script, STEP_FAIL);
		step->number2 = take_one_of(r, failure_names, COUNT_OF(failure_names),
					    "expected what fails");
		step->number = take_number(r);
	} else {
		complain(r, "expected a step");
	}
	skip_blanks(r);
	if (*r->at && *r->at != '#')
		complain(r, "expected the end of the line");
}

bool read_script(struct script *script, const char *path)
{
	struct reader r = {.script = script, .path = path};
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;

	clear_script(script);
	if (!file) {
		perror(path);
		return false;
	}
	while (!r.failed && getline(&line, &room, file) >= 0) {
		line[strcspn(line, "\n")] = 0;
		r.line++;
		r.at = line;
		__u32 first = script->step_count;

		read_line(&r);
		while (first < script->step_count)
			script->steps[first++].connection = r.connection;
	}
	free(line);
	fclose(file);
	return !r.failed;
}
