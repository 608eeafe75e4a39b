/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How checks fail: the first one ends the play. */
#ifndef CHECK_H
#define CHECK_H

#include "http.h"
#include "play.h"
#include "words.h"

#define CHECK(condition, ...)                         \
	do {                                          \
		if (!(condition)) {                   \
			fail_play(play, __VA_ARGS__); \
			return;                       \
		}                                     \
	} while (0)

#endif
