/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * fuzz replay FILE...                plays scripts
 * fuzz frames FILE...                the same, and prints their packets: frame PROTOCOL HEX
 * fuzz good|hostile [OPTION...]      plays scripts made by chance
 *   --seed N --count N --seconds N   the first seed, and how far to go
 *   --without FEATURE, --only FEATURE
 *   --frames                         prints the packets
 *   --print                          only prints the script of --seed
 *   --shrink                         leaves out of a script that fails what it does not need
 *   --all                            goes on after a failure, and lists the kinds of them
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "generate.h"
#include "play.h"
#include "sanitizer.h"

struct options {
	__u64 seed, count, seconds;
	__u32 features;
	bool hostile, print, all, shrink;
};

static struct play play;
static struct script script;

static void print_current(void)
{
	fputs("--- the script at hand:\n", stderr);
	print_script(stderr, &script);
}

static int replay(int count, char **paths)
{
	int failures = 0;

	play.echo = getenv("ECHO_RECORDS") ? stdout : NULL;
	for (int i = 0; i < count; i++) {
		if (!read_script(&script, paths[i]))
			return 2;
		if (play_script(&play, &script))
			continue;
		printf("%s: %s\n", paths[i], play.failure);
		failures++;
	}
	printf("%d scripts, %d failed\n", count, failures);
	return failures != 0;
}

static void generate(const struct options *options, __u64 seed)
{
	struct source source = {.state = seed};

	if (options->hostile)
		generate_hostile(&script, &source);
	else
		generate_good(&script, &source, options->features);
}

static bool time_is_up(const struct options *options, __u64 done)
{
	static struct timespec begun;
	struct timespec now;

	if (options->count && done >= options->count)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!begun.tv_sec)
		begun = now;
	return options->seconds && (__u64)(now.tv_sec - begun.tv_sec) >= options->seconds;
}

/* Failures that differ only in their numbers are one kind. */
struct kind {
	char message[sizeof(play.failure)];
	__u64 count, seed; /* the seed of its shortest script */
	__u32 steps;
};
#define KINDS 64
static struct kind kinds[KINDS];

static void squash(char *to, const char *from)
{
	for (const char *begin = to; *from; from++)
		if (!isdigit(*from) || to == begin || to[-1] != '#')
			*to++ = isdigit(*from) ? '#' : *from;
	*to = 0;
}

static void note_failure(__u64 seed)
{
	char message[sizeof(play.failure)];
	struct kind *kind = kinds;

	squash(message, play.failure);
	while (kind->count && strcmp(kind->message, message) && kind < kinds + KINDS - 1)
		kind++;
	if (!kind->count++ || script.step_count < kind->steps) {
		strcpy(kind->message, message);
		kind->seed = seed;
		kind->steps = script.step_count;
	}
}

static bool fails_alike(const char *message)
{
	char kept[sizeof(play.failure)];

	if (play_script(&play, &script))
		return false;
	squash(kept, play.failure);
	return !strcmp(kept, message);
}

/* Leaves out what the failure does not need: right where missing packets excuse nothing. */
static void shrink(void)
{
	char message[sizeof(play.failure)];

	squash(message, play.failure);
	for (__u32 size = script.step_count / 2; size; size /= 2)
		for (__u32 at = 0; at < script.step_count;) {
			__u32 count = script.step_count, cut = at + size < count ? size : count - at;
			struct step *kept = malloc(count * sizeof(*kept));

			memcpy(kept, script.steps, count * sizeof(*kept));
			script.step_count -= cut;
			memmove(script.steps + at, script.steps + at + cut,
				(script.step_count - at) * sizeof(*kept));
			if (!fails_alike(message)) {
				memcpy(script.steps, kept, count * sizeof(*kept));
				script.step_count = count;
				at += size;
			}
			free(kept);
		}
	fails_alike(message);
}

static int report_failure(const struct options *options, __u64 seed)
{
	generate(options, seed);
	play_script(&play, &script);
	if (options->shrink)
		shrink();
	printf("# seed %llu: %s\n", seed, play.failure);
	print_script(stdout, &script);
	return 1;
}

static int search(const struct options *options)
{
	__u64 done = 0, steps = 0, failures = 0;

	for (; !time_is_up(options, done); done++) {
		generate(options, options->seed + done);
		steps += script.step_count;
		if (play_script(&play, &script))
			continue;
		if (!options->all)
			return report_failure(options, options->seed + done);
		note_failure(options->seed + done);
		failures++;
	}
	printf("%llu scripts from seed %llu, %llu steps, %llu records, %llu failed\n", done,
	       options->seed, steps, play.records, failures);
	for (const struct kind *kind = kinds; kind < kinds + KINDS && kind->count; kind++)
		printf("%llu times, --seed %llu (%u steps): %s\n", kind->count, kind->seed,
		       kind->steps, kind->message);
	return failures != 0;
}

static __u32 feature_called(const char *name)
{
	for (__u32 i = 0; i < FEATURES; i++)
		if (!strcmp(feature_names[i], name))
			return 1U << i;
	fprintf(stderr, "no feature \"%s\"\n", name);
	exit(2);
}

static void read_options(struct options *options, int count, char **words)
{
	for (int i = 0; i < count; i++) {
		const char *value = i + 1 < count ? words[i + 1] : "";

		if (!strcmp(words[i], "--print"))
			options->print = true;
		else if (!strcmp(words[i], "--shrink"))
			options->shrink = true;
		else if (!strcmp(words[i], "--frames"))
			play.frames = stdout;
		else if (!strcmp(words[i], "--all"))
			options->all = true;
		else if (!strcmp(words[i], "--seed"))
			options->seed = strtoull(value, NULL, 0), i++;
		else if (!strcmp(words[i], "--count"))
			options->count = strtoull(value, NULL, 0), i++;
		else if (!strcmp(words[i], "--seconds"))
			options->seconds = strtoull(value, NULL, 0), i++;
		else if (!strcmp(words[i], "--without"))
			options->features &= ~feature_called(value), i++;
		else if (!strcmp(words[i], "--only"))
			options->features = feature_called(value), i++;
		else if (!strcmp(words[i], "--none"))
			options->features = 0;
		else if (!strcmp(words[i], "--with"))
			options->features |= feature_called(value), i++;
		else
			exit(fprintf(stderr, "unknown option %s\n", words[i]) ? 2 : 2);
	}
}

int main(int count, char **words)
{
	struct options options = {.seed = 1, .count = 0, .features = (1U << FEATURES) - 1};

	__sanitizer_set_death_callback(print_current);
	if (count > 2 && !strcmp(words[1], "frames"))
		play.frames = stdout;
	if (count > 2 && (play.frames || !strcmp(words[1], "replay")))
		return replay(count - 2, words + 2);
	if (count < 2 || (strcmp(words[1], "good") && strcmp(words[1], "hostile"))) {
		fputs("usage: fuzz replay FILE... | fuzz good|hostile [OPTION...]\n", stderr);
		return 2;
	}
	options.hostile = words[1][0] == 'h';
	read_options(&options, count - 2, words + 2);
	if (!options.count && !options.seconds)
		options.count = 1000;
	if (!options.print)
		return search(&options);
	generate(&options, options.seed);
	print_script(stdout, &script);
	return 0;
}
