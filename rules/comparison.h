/* SPDX-License-Identifier: MIT */
/*
 * One comparison of a condition: of a field of the event with a value, or of two fields.
 */
#ifndef AGENTOS_RULES_COMPARISON_H
#define AGENTOS_RULES_COMPARISON_H

#include "rules/pattern.h"
#include "rules/property.h"
#include "rules/quantity.h"

enum compare {
	COMPARE_EQUAL,
	COMPARE_LESS,
	COMPARE_AT_MOST,
	COMPARE_GREATER,
	COMPARE_AT_LEAST,
	COMPARE_IN,
	COMPARE_MATCHES,
	COMPARE_GLOB,
	COMPARE_STARTS,
	COMPARE_ENDS,
	COMPARE_CONTAINS,
};

/* A field, or a constant. Borrowed from the arena of the condition. */
struct operand {
	enum property_type type;	   /* of its value, so that of argv[0] is a text */
	const struct property *property;   /* NULL: a constant */
	const struct content_field *field; /* of a text of a content: where it is */
	const char *header;		   /* of headers['host']; else NULL */
	bool has_index;			   /* argv[0] */
	size_t index;
	enum unit unit;
	struct value value;    /* of a constant that is no list */
	struct operand *items; /* of a constant list: @item_count constants of one type */
	size_t item_count;
	size_t start, end; /* where it stands in the condition */
};

struct comparison {
	enum compare compare;
	bool negated;		    /* by "!=", "not in", or "not" in front */
	bool inverted;		    /* by "not" in front alone */
	struct operand left, right; /* a constant that is compared with a field is on the right */
	const struct pattern *pattern;
	const struct glob *globs; /* one of them must match */
	enum { OF_TEXT, OF_PATH, OF_PROGRAM } globs_of;
	size_t number; /* in its condition, from 0 */
	size_t start, end;
};

/** operand_read() - Return: the value of an operand in an event, as property_get(). */
struct value operand_read(const struct operand *operand, const struct event *event);

/** operand_equals() - whether two are the same field, or constants of the same value. */
bool operand_equals(const struct operand *a, const struct operand *b);

/**
 * comparison_of() - compare two values
 * @comparison: says how; its own operands count only as lists of constants
 *
 * What is not known is undecided. A number that the event does not have is neither less nor greater than
 * any, nor equal to one. A list compares as that of its items which does.
 */
enum matched comparison_of(const struct comparison *comparison, const struct value *left,
			   const struct value *right);

/** comparison_holds() - compare in an event. No allocation but that of patterns; thread-safe. */
enum matched comparison_holds(const struct comparison *comparison, const struct event *event);

/** matched_not() - Return: the contrary; of undecided, undecided. */
enum matched matched_not(enum matched matched);

#endif
