/* SPDX-License-Identifier: MIT */
/*
 * Which rules an event could match: by action, and by one key of each rule: its path, else its host, ip,
 * tables, verb, program, method or port.
 *
 * A path is walked once. At each of its names two hashes are looked up: of everything up to there,
 * for the globs that start with these literal names ("/usr/"), and of the name alone, for those
 * that look for a literal name anywhere ("(any)/.git/hooks/"). A host is walked from its last label on,
 * an address is looked up under each length of a network that there is, a program by its base name. The other
 * keys are looked up as they are. So the time depends on the depth of a path and the labels of a host, not on the number of rules.
 *
 * What cannot be looked up (all other globs, long ranges of ports, rules without such keys) is tried always. What an
 * event's program or statement is may be unknown, which counts as a match of what refuses: then all rules that are
 * found by it are tried.
 */
#ifndef AGENTOS_RULES_INDEX_H
#define AGENTOS_RULES_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/action.h"
#include "rules/arena.h"
#include "rules/rule.h"

/* A way to find a rule: a glob of its paths, or (@glob is NULL) something of it that is not looked at again. */
struct index_entry {
	const struct index_entry *next;
	const struct rule *rule;
	const struct glob *glob;
	uint64_t hash;
};

#define INDEX_BITS_MAX 128 /* of a network */

/* Of one action. */
struct index {
	const struct index_entry **buckets; /* @bucket_count, a power of two */
	size_t bucket_count;
	const struct index_entry *always;
	const struct index_entry *by_statement, *by_program; /* tried when those are unknown */
	uint64_t has_bits[INDEX_BITS_MAX / 64 + 1]; /* bit n: there is a network of n bits */
	bool has_hosts, has_tables, has_verbs, has_programs, has_methods, has_ports;
};

/**
 * index_build() - index the enabled rules of a list that have @action
 * Return: 0 or -ENOMEM.
 */
int index_build(struct arena *arena, const struct rule *rules, enum action action,
		struct index *out);

typedef void index_fn(const struct rule *rule, void *data);

/**
 * index_visit() - visit every rule that could match an event, and of those with a path only what fits it
 * @visit: the other fields are not yet looked at; a rule may be visited more than once
 */
void index_visit(const struct index *index, const struct event *event, index_fn *visit, void *data);

#endif
