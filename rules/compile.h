/* SPDX-License-Identifier: MIT */
/*
 * From the nodes of a document to rules and inline tests.
 */
#ifndef AGENTOS_RULES_COMPILE_H
#define AGENTOS_RULES_COMPILE_H

#include "rules/errors.h"
#include "rules/merged.h"

struct compile {
	struct arena *arena;
	const struct variable *variables;
	const struct source *source;
	struct policy_errors *errors;
	bool no_memory;
};

/**
 * compile_rule() - make one rule
 * @node:     an item of `rules`
 * @out_rule: in the arena; written only on success
 *
 * Return: whether it is good; else errors were added, or no_memory is set.
 */
bool compile_rule(struct compile *compile, const struct node *node, struct rule **out_rule);

/** compile_case() - make one inline test, as compile_rule(). */
bool compile_case(struct compile *compile, const struct node *node,
		  struct policy_case **out_case);

/** compile_fail() - add an error at @node. Return: false. */
bool compile_fail(struct compile *compile, const struct node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * compile_unknown() - add an error about the word @word at @node
 * @what:  "key", "action", ...
 * @words: @word_count valid ones, for the hint
 *
 * A word of the language that this version does not have is told apart. Return: false.
 */
bool compile_unknown(struct compile *compile, unsigned line, unsigned column, const char *what,
		     const char *word, const char *const *words, size_t word_count);

/** compile_text() - the text of a scalar, variables expanded; NULL after an error. */
const char *compile_text(struct compile *compile, const struct node *node);

/** compile_bool() - a scalar that is true or false. Return: whether it is. */
bool compile_bool(struct compile *compile, const struct node *node, bool *out);

/** compile_verdict() - a scalar that is a verdict. Return: whether it is. */
bool compile_verdict(struct compile *compile, const struct node *node, enum verdict *out);

#endif
