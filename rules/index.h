/* SPDX-License-Identifier: MIT */
/*
 * Which rules an event could match: by action, and by what its path has in common with them.
 *
 * A path is walked once. At each of its names two hashes are looked up: of everything up to there,
 * for the globs that start with these literal names ("/usr/"), and of the name alone, for those
 * that look for a literal name anywhere ("(any)/.git/hooks/"). All other globs, and the rules
 * without a path, are tried always. So the time depends on the depth of the path, not on the number
 * of rules.
 */
#ifndef AGENTOS_RULES_INDEX_H
#define AGENTOS_RULES_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "common/action.h"
#include "rules/arena.h"
#include "rules/rule.h"

/* A glob of a rule, or a whole rule without a path (@glob is NULL). */
struct index_entry {
	const struct index_entry *next;
	const struct rule *rule;
	const struct glob *glob;
	uint32_t hash;
};

/* Of one action. */
struct index {
	const struct index_entry **buckets; /* @bucket_count, a power of two */
	size_t bucket_count;
	const struct index_entry *always;
};

/**
 * index_build() - index the enabled rules of a list that have @action
 * Return: 0 or -ENOMEM.
 */
int index_build(struct arena *arena, const struct rule *rules, enum action action,
		struct index *out);

typedef void index_fn(const struct rule *rule, void *data);

/**
 * index_visit() - visit every rule one of whose globs matches the event's path, or that has none
 * @visit: the other fields are not yet looked at; a rule may be visited more than once
 */
void index_visit(const struct index *index, const struct event *event, index_fn *visit, void *data);

#endif
