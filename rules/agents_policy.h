/* SPDX-License-Identifier: MIT */
/*
 * The policy that follows from an AGENTS.md.
 */
#ifndef AGENTOS_RULES_AGENTS_POLICY_H
#define AGENTOS_RULES_AGENTS_POLICY_H

#include <stdio.h>

#include "rules/agents_md.h"

/* What a row of `tests` came to, other than the document says. */
struct agents_answer {
	unsigned row;	     /* from 0 */
	const char *verdict; /* borrowed */
	const char *rule;    /* that decided; borrowed */
};

/**
 * agents_policy_write() - write it, with comments that name the line each rule comes from
 * @md:           read only
 * @answers:      @answer_count of them, in the order of their rows: grants that something stricter takes back
 * @out_first:    the line of the first row of `tests` in what is written, from 1; each is a line
 * @out_rows:     how many there are
 * @out_contents: whether a rule is about content and more than a grant (a run needs --level no-content)
 *
 * Nothing that the document does not say is granted: a list of what the agent can do refuses what
 * changes files and is not in it, and content that is not in it.
 *
 * Return: 0, or negative errno when it cannot be written.
 */
int agents_policy_write(const struct agents_md *md, const struct agents_answer *answers,
			size_t answer_count, FILE *out, unsigned *out_first, unsigned *out_rows,
			bool *out_contents);

#endif
