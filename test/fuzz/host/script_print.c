/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A script as text that script_read.c reads back. */
#include <stddef.h>
#include <string.h>

#include "words.h"

#define SHORTEST_RUN 12

static void print_byte(FILE *out, __u8 byte)
{
	switch (byte) {
	case '\r':
		fputs("\\r", out);
		return;
	case '\n':
		fputs("\\n", out);
		return;
	case '"':
	case '\\':
		fputc('\\', out);
		break;
	default:
		if (byte < ' ' || byte > '~') {
			fprintf(out, "\\x%02x", byte);
			return;
		}
	}
	fputc(byte, out);
}

static __u32 run_length(const __u8 *bytes, __u32 left)
{
	__u32 run = 1;

	while (run < left && bytes[run] == bytes[0])
		run++;
	return run;
}

static void print_bytes(FILE *out, const __u8 *bytes, __u32 length)
{
	bool open = false;

	for (__u32 at = 0; at < length;) {
		__u32 run = run_length(bytes + at, length - at);

		if (run < SHORTEST_RUN)
			run = 1;
		if (run > 1 && open)
			fputc('"', out);
		if (run > 1 || !open)
			fputs(" \"", out);
		print_byte(out, bytes[at]);
		open = run == 1;
		if (run > 1)
			fprintf(out, "\"*%u", run);
		at += run;
	}
	if (open)
		fputc('"', out);
	if (!length)
		fputs(" \"\"", out);
}

static void print_connection(FILE *out, const struct step *step)
{
	static const char *const observed[] = {"none", "client", "server", "both"};

	fprintf(out, "connection %u ends %s family %u seq %u %u%s\n", step->connection,
		observed[step->observed & 3], step->family, step->first_seq[CLIENT],
		step->first_seq[SERVER], step->late ? " late" : "");
}

static void print_data(FILE *out, const struct script *script, const struct step *step)
{
	fputs(side_names[step->side], out);
	if (step->way == WAY_OUT)
		fputs(" out", out);
	if (step->way == WAY_IN)
		fputs(" in", out);
	if (step->way & WAY_LISTENER)
		fputs(" listener", out);
	if (step->traits & TRAIT_SOFTIRQ)
		fputs(" softirq", out);
	if (step->traits & TRAIT_PACED)
		fputs(" paced", out);
	if (step->traits & TRAIT_SHOWN)
		fputs(" shown", out);
	if (step->traits & TRAIT_ACK)
		fprintf(out, " ack %llu", step->number);
	if (step->offset != NEXT)
		fprintf(out, " @%u", step->offset);
	print_bytes(out, script->bytes + step->bytes, step->length);
	fputc('\n', out);
}

static void print_step(FILE *out, const struct script *script, const struct step *step)
{
	switch (step->kind) {
	case STEP_CONNECTION:
		print_connection(out, step);
		return;
	case STEP_DATA:
		print_data(out, script, step);
		return;
	case STEP_RAW:
		fprintf(out, "raw %s %s %llu 0x%llx", side_names[step->side],
			step->way & WAY_IN ? "in" : "out", step->number, step->number2);
		print_bytes(out, script->bytes + step->bytes, step->length);
		fputc('\n', out);
		return;
	case STEP_FIN:
		fprintf(out, "fin %s\n", side_names[step->side]);
		return;
	case STEP_RESET:
		fprintf(out, "reset %s\n", side_names[step->side]);
		return;
	case STEP_STATE:
		fprintf(out, "state %s %llu %llu\n", side_names[step->side], step->number,
			step->number2);
		return;
	case STEP_WAIT:
		fprintf(out, "wait %llu\n", step->number);
		return;
	case STEP_FAIL:
		fprintf(out, "fail %s %llu\n", failure_names[step->number2], step->number);
		return;
	case STEP_CPU:
		fprintf(out, "cpu %llu\n", step->number);
		return;
	case STEP_READ:
		fprintf(out, "read %s\n", side_names[step->side]);
		return;
	case STEP_WALK:
		fputs("walk\n", out);
		return;
	case STEP_EXCLUDE:
		fprintf(out, "exclude %s\n", side_names[step->side]);
		return;
	case STEP_SAMPLE:
		fprintf(out, "sample %llu\n", step->number);
		return;
	case STEP_OLD:
		fputs("old\n", out);
		return;
	case STEP_INSIDE:
		fprintf(out, "inside %llu\n", step->number);
	}
}

static void print_expectation(FILE *out, struct expectation *wanted)
{
	static const char *const presence[] = {"", " counted", " may"};

	fprintf(out, "expect %u %s", wanted->connection, side_names[wanted->end]);
	if (wanted->path[0])
		fprintf(out, " path=%s", wanted->path);
	if (wanted->end_kind != ANY)
		fprintf(out, " end=%s", end_names[wanted->end_kind]);
	for (__u32 i = 0; i < COUNT_OF(number_fields); i++) {
		__u64 value = *number_at(wanted, number_fields[i].offset);

		if (value != ANY)
			fprintf(out, " %s=%llu", number_fields[i].name, value);
	}
	fprintf(out, "%s%s%s\n", wanted->exact ? " exact" : "", wanted->loose ? " loose" : "",
		presence[wanted->presence]);
}

void print_script(FILE *out, const struct script *script)
{
	__u32 connection = 0;

	for (__u32 i = 0; i < script->step_count; i++) {
		const struct step *step = &script->steps[i];

		if (step->connection != connection && step->kind != STEP_CONNECTION &&
		    step->kind != STEP_INSIDE)
			fprintf(out, "connection %u\n", step->connection);
		if (step->kind != STEP_INSIDE)
			connection = step->connection;
		print_step(out, script, step);
	}
	for (__u32 i = 0; i < script->expectation_count; i++)
		print_expectation(out, &script->expectations[i]);
	for (__u32 i = 0; i < script->counter_count; i++)
		fprintf(out, "counter %s %llu\n", counter_names[script->counters[i].index],
			script->counters[i].value);
	if (script->only)
		fputs("only\n", out);
}
