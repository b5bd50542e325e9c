/* SPDX-License-Identifier: MIT */
/*
 * What changes between two policies, by example.
 */
#ifndef AGENTOS_RULES_DIFF_H
#define AGENTOS_RULES_DIFF_H

#include "rules/policy.h"

/* One example that is decided otherwise; borrowed for the time of a visit. */
struct difference {
	const struct event *event;
	const struct decision *old, *new;
};

typedef int diff_fn(const struct difference *difference, void *data);

/**
 * policy_diff() - visit the examples of two policies about which they disagree
 * @visit: called once for each action, target, program and arguments; non-zero ends the walk
 *
 * Examples come from both policies (rules/witness.h). That there are none proves nothing.
 *
 * Return: 0, what @visit returned, or -ENOMEM.
 */
int policy_diff(const struct policy *old, const struct policy *new, diff_fn *visit, void *data);

#endif
