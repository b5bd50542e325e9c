/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions (PCRE2), searched in bytes.
 *
 * Texts are what an agent chose, and some patterns take exponential time on some texts. Two bounds
 * hold whatever both are: PATTERN_STEPS_MAX from each byte at which a match may start, and
 * PATTERN_TIME_MS over all of them (quadratic searches take few steps at each; twice that, at most, and
 * in time that the thread has had). A search that is given up is undecided.
 *
 * A pattern with a character beyond ASCII, or one that asks for a property of characters, is
 * searched in characters; a text that is no UTF-8 is then undecided. All others are searched in bytes,
 * so that no byte that fits no character can hide what stands beside it.
 */
#ifndef AGENTOS_RULES_PATTERN_H
#define AGENTOS_RULES_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/content.h"
#include "rules/arena.h"
#include "rules/command.h"

#define PATTERN_SIZE_MAX 4096
#define PATTERN_STEPS_MAX 4000000u /* 10 ms with PCRE2's compiler, 200 ms without */
#define PATTERN_TIME_MS 100

struct pattern;

struct pattern_fault {
	size_t offset; /* in the pattern */
	char text[128];
};

/**
 * pattern_compile() - make a pattern
 * @text:     PCRE2 without the settings that may stand at its start, such as (*UTF)
 * @caseless: "(?-i)" at its start switches that off
 * @out:      in @arena; written only on success
 *
 * Return: 0; -EINVAL with @fault set; -ENOMEM.
 */
int pattern_compile(struct arena *arena, const char *text, bool caseless,
		    const struct pattern **out, struct pattern_fault *fault);

/**
 * pattern_matches() - whether a pattern matches anywhere in a text
 *
 * Thread-safe. Allocates in the first call of a thread, and where PCRE2 has no compiler for this
 * machine or may not use it, now and then; when memory is short, the result is undecided.
 */
enum matched pattern_matches(const struct pattern *pattern, struct text text);

/**
 * pattern_find() - the first match that begins at @start or behind it
 * @out: offsets of its first byte and of the one behind it; written only for MATCHED_YES
 *
 * As pattern_matches() otherwise.
 */
enum matched pattern_find(const struct pattern *pattern, struct text text, size_t start,
			  size_t out[2]);

#endif
