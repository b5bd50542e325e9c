/* SPDX-License-Identifier: MIT */
/*
 * Comparisons that cannot hold together.
 */
#ifndef AGENTOS_RULES_CONDITION_CONFLICT_H
#define AGENTOS_RULES_CONDITION_CONFLICT_H

#include "rules/comparison.h"

/* A comparison as it must come out. */
struct literal {
	const struct comparison *comparison;
	bool holds;
};

/* How many patterns and globs are still tried: they may take their time. */
struct effort {
	unsigned tries;
};

/** literals_conflict() - whether no value fulfils both; in doubt, no. */
bool literals_conflict(struct literal a, struct literal b, struct effort *effort);

/**
 * literals_exhaust() - whether no value fulfils all that are about the field of one of them
 * @literals: @count
 * @at:       which one; only when it leaves few values, each is tried
 * @out_last: one that refused the last of these values
 *
 * Return: whether there is none; in doubt, no.
 */
bool literals_exhaust(const struct literal *literals, size_t count, size_t at, size_t *out_last,
		      struct effort *effort);

#endif
