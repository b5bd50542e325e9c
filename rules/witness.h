/* SPDX-License-Identifier: MIT */
/*
 * Examples: events that the rules of a policy speak of, made from their patterns.
 */
#ifndef AGENTOS_RULES_WITNESS_H
#define AGENTOS_RULES_WITNESS_H

#include "rules/policy.h"

/* Who acts, where no rule says anything about it. */
#define WITNESS_PROGRAM "/usr/bin/example"

/** A visit's event is borrowed for its time. Non-zero ends the walk. */
typedef int witness_fn(const struct event *event, void *data);

/**
 * policy_witnesses() - visit examples of each enabled rule, of its exceptions, and of inline tests
 *
 * For every action of a rule and every item of its lists there is one that the item fits; whether
 * the rule as a whole matches it is for the caller to ask. No list is complete.
 *
 * Return: 0, what @visit returned, or -ENOMEM.
 */
int policy_witnesses(const struct policy *policy, witness_fn *visit, void *data);

#endif
