/* SPDX-License-Identifier: MIT */
/*
 * From the nodes of a document to rules and inline tests. What is wrong is added
 * to a list, and the rest is looked at as well, so that a person sees all of it at once.
 */
#ifndef AGENTOS_RULES_COMPILE_H
#define AGENTOS_RULES_COMPILE_H

#include "rules/errors.h"
#include "rules/merged.h"

#define COMPILE_PATTERNS_MAX 50000 /* of all merged files, after their braces */

struct compile {
	struct arena *arena;
	const struct variable *variables; /* of the file */
	const struct source *source;
	struct policy_errors *errors;
	size_t pattern_count;
	bool no_memory;
};

/* Reads one value into @out. Return: whether it is good; else errors were added, or no_memory set. */
typedef bool compile_fn(struct compile *compile, const struct node *node, void *out);

/* A key of a map. */
struct key {
	const char *name;
	compile_fn *read; /* of the value */
};

/**
 * compile_map() - read each entry of a map by its key's row
 * @node: a map
 * @keys: @key_count rows
 * @out:  passed on
 *
 * Return: whether all are good.
 */
bool compile_map(struct compile *compile, const struct node *node, const struct key *keys,
		 size_t key_count, void *out);

/** compile_items() - read a value, or each of a list that is not empty. Return: as compile_fn. */
bool compile_items(struct compile *compile, const struct node *node, compile_fn *item, void *out);

/** compile_fail() - add an error at @node. Return: false. */
bool compile_fail(struct compile *compile, const struct node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * compile_unknown() - add an error about the word @word at @line, @column
 * @what:  "key", "action", ...
 * @words: @word_count valid ones, for the hint
 *
 * Return: false.
 */
bool compile_unknown(struct compile *compile, unsigned line, unsigned column, const char *what,
		     const char *word, const char *const *words, size_t word_count);

/** compile_short() - memory is short. Return: false. */
bool compile_short(struct compile *compile);

/** compile_is_word() - whether @node is a scalar with something in it; else an error was added. */
bool compile_is_word(struct compile *compile, const struct node *node);

/*
 * Values: each a compile_fn.
 */

/** compile_any() - nothing is looked at here. */
bool compile_any(struct compile *compile, const struct node *node, void *out);

/** compile_words() - a text for people, as it is; @out: const char **. */
bool compile_words(struct compile *compile, const struct node *node, void *out);

/** compile_text() - a text with its variables; @out: const char **. */
bool compile_text(struct compile *compile, const struct node *node, void *out);

/** compile_bool() - true or false; @out: bool *. */
bool compile_bool(struct compile *compile, const struct node *node, void *out);

/** compile_verdict() - @out: enum verdict *. */
bool compile_verdict(struct compile *compile, const struct node *node, void *out);

/** compile_signal() - SIGSTOP or SIGKILL, as the verdict of that name; @out: enum verdict *. */
bool compile_signal(struct compile *compile, const struct node *node, void *out);

/** compile_action() - one action, added to a set; @out: unsigned *. */
bool compile_action(struct compile *compile, const struct node *node, void *out);

/** compile_field() - the value of the field that the entry @node is named after; @out: struct match *. */
bool compile_field(struct compile *compile, const struct node *node, void *out);

/**
 * compile_condition() - make the condition of a match
 * @node:      its text
 * @actions:   of the rule
 * @are_named: whether the rule has an `on`
 */
bool compile_condition(struct compile *compile, const struct node *node, unsigned actions,
		       bool are_named, struct match *match);

/** compile_protocol() - one protocol, added to a set of bits; @out: unsigned *. */
bool compile_protocol(struct compile *compile, const struct node *node, void *out);

/**
 * compile_rule() - make one rule
 * @node:     an item of `rules`
 * @out_rule: in the arena; written only on success
 *
 * Return: whether it is good; else errors were added, or no_memory is set.
 */
bool compile_rule(struct compile *compile, const struct node *node, struct rule **out_rule);

/** compile_case() - make one inline test, as compile_rule(). */
bool compile_case(struct compile *compile, const struct node *node, struct policy_case **out_case);

#endif
