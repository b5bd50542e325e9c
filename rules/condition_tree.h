/* SPDX-License-Identifier: MIT */
/*
 * A condition while it is compiled: read to a tree, checked, solved, then made a program
 * (rules/condition.h). Inside rules/condition_*.c only.
 *
 * There is no "not" in the tree: it is carried into the parts, down to the comparisons.
 */
#ifndef AGENTOS_RULES_CONDITION_TREE_H
#define AGENTOS_RULES_CONDITION_TREE_H

#include "rules/comparison.h"
#include "rules/condition.h"

enum part_kind {
	PART_COMPARISON,
	PART_CONSTANT, /* true or false */
	PART_ALL,      /* and */
	PART_ANY,      /* or */
};

struct part {
	struct part *next; /* in its group */
	enum part_kind kind;
	struct comparison *comparison;
	bool value;	    /* of a constant */
	struct part *parts; /* of a group: two or more */
};

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_TEXT, TOKEN_NUMBER, TOKEN_SYMBOL };

/* From @start to before @end; a text with its quotes. */
struct token {
	enum token_kind kind;
	size_t start, end;
};

struct reading {
	struct arena *arena;
	const char *text;
	const struct condition_scope *scope;
	struct condition_fault *fault;
	struct token token; /* the next one */
	unsigned depth, node_count;
	struct comparison *comparisons[CONDITION_NODES_MAX];
	size_t comparison_count;
};

/* How the variables of a text are made to stand for themselves. */
enum quoting { QUOTE_NONE, QUOTE_GLOB, QUOTE_PATTERN };

/*
 * All that can fail return 0, -EINVAL with the fault set, or -ENOMEM.
 */

/** condition_fail() - say what is wrong at a byte of the condition. Return: -EINVAL. */
int condition_fail(const struct reading *reading, size_t offset, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** condition_copy() - Return: that part of the condition, cut to @size bytes for a message; @out. */
char *condition_copy(const struct reading *reading, size_t start, size_t end, char *out,
		     size_t size);

/**
 * condition_quote() - an operand for a message: in single quotes, unless it has quotes of its own
 * Return: @out, of @size bytes.
 */
char *condition_quote(const struct reading *reading, const struct operand *operand, char *out,
		      size_t size);

/** condition_next() - go to the next token. */
int condition_next(struct reading *reading);

/** token_is() - whether the next token is this word or symbol. */
bool token_is(const struct reading *reading, const char *text);

/** condition_read_operand() - read a field, a value or a list, and go behind it. */
int condition_read_operand(struct reading *reading, enum quoting quoting, struct operand *out);

/** condition_read_text() - the value of the token, a text. */
int condition_read_text(const struct reading *reading, enum quoting quoting, const char **out);

/** condition_read_number() - the value of the token, a number. */
int condition_read_number(const struct reading *reading, struct operand *out);

/** condition_parse() - read all of the condition. */
int condition_parse(struct reading *reading, struct part **out);

/**
 * condition_check() - check the types of a comparison, and make its patterns
 * @out: in the arena: a comparison, or a constant when it is one of constants
 */
int condition_check(struct reading *reading, struct comparison *comparison, struct part **out);

/** condition_check_value() - whether the field on the left can have the constant on the right. */
int condition_check_value(const struct reading *reading, struct comparison *comparison);

/**
 * condition_fold() - the actions for which all fields that matter are there
 * Of those, the ones for which the action alone makes it false are left out, be it all.
 */
int condition_fold(const struct reading *reading, const struct part *root, unsigned *out_actions);

/**
 * condition_solve() - leave only actions for which it can be true
 * That it is for none, or for every event, is an error.
 */
int condition_solve(const struct reading *reading, const struct part *root, unsigned *actions);

/** comparison_is_of_action() - whether it compares the action with a constant. */
bool comparison_is_of_action(const struct comparison *comparison);

/** comparison_of_action() - what such a comparison is for an action. */
bool comparison_of_action(const struct comparison *comparison, enum action action);

#endif
