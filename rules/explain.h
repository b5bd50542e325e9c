/* SPDX-License-Identifier: MIT */
/*
 * Words about decisions, inline tests and the merged rules: for `agentos why`
 * and `agentos policy test|show`.
 */
#ifndef AGENTOS_RULES_EXPLAIN_H
#define AGENTOS_RULES_EXPLAIN_H

#include <stdio.h>

#include "rules/policy.h"

/**
 * decision_sentence() - the line an agent sees for a refusal (cli.md)
 * @event:    what was refused
 * @decision: by which rule
 * @text:     receives "agentos: denied ACTION 'TARGET': rule 'NAME' (FILE:LINE): MESSAGE; retrying
 *            will not help\n" (after a stop or kill: "the run is stopped", "the run is killed"; of an ask, why nobody agreed),
 *            control characters escaped, cut to @size, always ending in newline and NUL
 * @size:     at least 2
 *
 * Return: its length without the NUL.
 */
size_t decision_sentence(const struct event *event, const struct decision *decision, char *text,
			 size_t size);

/**
 * decision_json() - the same as one JSON object on a line (`--explain json`)
 * Keys: agentos ("denied"), action, target, rule, file, line, message, verdict; of an ask, answer. As
 * decision_sentence() otherwise, but what does not fit is left out: it stays JSON. @size is at least 32.
 */
size_t decision_json(const struct event *event, const struct decision *decision, char *text,
		     size_t size);

/** event_target() - what an event is about ("/etc/hosts", "example.com:443"); written to @text. */
char *event_target(const struct event *event, char *text, size_t size);

/**
 * policy_explain() - every rule that has @event's action, and whether it matched
 * @out: one line a rule: its name, origin, verdict, "matched" or the first key that did not
 */
void policy_explain(const struct policy *policy, const struct event *event, FILE *out);

/**
 * policy_show() - the merged rules with their origins, as text or (@as_json) one JSON object
 * Return: 0, or negative errno when it cannot be written.
 */
int policy_show(const struct policy *policy, bool as_json, FILE *out);

/**
 * policy_export() - all of it as one policy in JSON, which loads by itself and decides the same
 * Inline tests are those that policy_test() runs. Built-in rules become rules of the file.
 *
 * Return: 0, or negative errno when it cannot be written.
 */
int policy_export(const struct policy *policy, FILE *out);

/* A rule, as far as others than the engine need to know it; borrowed from the policy. */
struct rule_view {
	const char *name, *file;
	unsigned line;
	unsigned actions; /* ACTION_BITs */
	enum verdict verdict;
	bool is_enabled, has_limit;
	bool looks_at_image; /* at arguments, or at who acts */
};

typedef int rule_fn(const struct rule_view *rule, void *data);

/** policy_rules() - visit the merged rules in order; non-zero ends it. Return: 0, or what @visit did. */
int policy_rules(const struct policy *policy, rule_fn *visit, void *data);

struct policy_test_result {
	unsigned passed, failed;
};

/**
 * policy_test() - run the inline tests of the files that policy_load() was given (of `base`, when
 * there were none): what they extend, they may narrow
 * @out: one line for each failed test (FILE:LINE: what was expected, what was decided, by which rule)
 */
void policy_test(const struct policy *policy, FILE *out, struct policy_test_result *out_result);

/**
 * builtin_names() - the built-in policies
 * Return: a NULL-terminated array of names, "base" first.
 */
const char *const *builtin_names(void);

#endif
