/* SPDX-License-Identifier: MIT */
/*
 * What one stream prints, on its way from the run to its reader: cut into lines, each of which is judged
 * before it leaves.
 *
 * A line that has ended is judged at once. The beginning of one waits a moment for the rest, so that what is
 * written byte by byte is seen as a whole, and then leaves: a prompt has no end. What comes of the line afterwards
 * is judged together with its beginning, and does not leave when both together are refused. What a search finds
 * in several lines is found in the last OUTLET_PAST_MAX bytes and what comes; then its last line is the one that
 * is refused.
 */
#ifndef AGENTOS_LAUNCHER_OUTLET_H
#define AGENTOS_LAUNCHER_OUTLET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/content.h"
#include "protocols/buffer.h"

#define OUTLET_PAST_MAX 4096		    /* bytes that have left and are looked at again */
#define OUTLET_HELD_MAX ((size_t)64 * 1024) /* of a line that does not end */

/* What an outlet asks; all of them with outlet->data. */
struct outlet_asker {
	/* whether a line leaves without a word: no rule is about it, and nothing counts it */
	bool (*is_plain)(void *data, struct text line);
	/* whether a line leaves; it is recorded, and a person may be asked */
	bool (*judge)(void *data, struct text line);
	/* whether a rule that searches finds something in several lines */
	bool (*finds)(void *data, struct text lines);
	/* as judge(), of several lines in which something was found: whether the last of them leaves */
	bool (*judge_lines)(void *data, struct text lines);
	void (*deliver)(void *data, const char *bytes, size_t size);
};

/* Zeroed but for these two at first. */
struct outlet {
	const struct outlet_asker *asker;
	void *data;
	int quiet_ms; /* how long the beginning of a line waits for the next byte; 0: not at all */
	int most_ms;  /* and for its end */
	struct buffer
		past; /* what has left: whole lines, as far as they fit, and the line that goes on */
	size_t line;  /* bytes of the latter */
	struct buffer held;
	int64_t first_ms, last_ms; /* when the first and the last of them came */
	bool is_dropping; /* the rest of a line whose beginning was refused, up to its end or an escape */
};

/** outlet_feed() - bytes came at @now_ms. Return: 0, or -ENOMEM: they are lost. */
int outlet_feed(struct outlet *outlet, const char *bytes, size_t size, int64_t now_ms);

/** outlet_wait_ms() - Return: how long until outlet_tick() is due; -1: it is not. */
int outlet_wait_ms(const struct outlet *outlet, int64_t now_ms);

/** outlet_tick() - let the beginning of a line leave that has waited long enough. */
void outlet_tick(struct outlet *outlet, int64_t now_ms);

/** outlet_end() - nothing comes any more: judge what is held, and free. */
void outlet_end(struct outlet *outlet);

#endif
