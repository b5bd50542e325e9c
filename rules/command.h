/* SPDX-License-Identifier: MIT */
/*
 * A glob over an argument vector, as if its arguments stood in one text with blanks between; and
 * over one text.
 */
#ifndef AGENTOS_RULES_COMMAND_H
#define AGENTOS_RULES_COMMAND_H

#include <stddef.h>

#include "rules/glob.h"

/* Tri-state: the third is what a rule makes the stricter of the two. */
enum matched {
	MATCHED_NO,
	MATCHED_YES,
	MATCHED_UNDECIDED, /* COMMAND_STEPS_MAX was not enough */
};

#define COMMAND_STEPS_MAX 4000000u /* bytes looked at in one match: about 10 ms */

/**
 * command_matches() - match argv[1], argv[2], ... joined by single blanks
 * @glob: of GLOB_TEXT
 * @argv: @argc strings; without a second one the text is empty
 *
 * No allocation; the text is never put together.
 */
enum matched command_matches(const struct glob *glob, const char *const *argv, size_t argc);

/** command_matches_text() - match all of @size bytes, as command_matches(); @bytes may be NULL when none. */
enum matched command_matches_text(const struct glob *glob, const char *bytes, size_t size);

#endif
