/* SPDX-License-Identifier: MIT */
/*
 * Whether a condition looks at the row, found while its tokens pass: inside rules/ only.
 *
 * A condition narrows when it names a column, in each of its cases: of OR all sides must, of AND one
 * is enough; under NOT the other way round. So each part has two answers, as it is and negated.
 */
#ifndef AGENTOS_RULES_SQL_TRUTH_H
#define AGENTOS_RULES_SQL_TRUTH_H

#include <stdint.h>

#include "rules/sql_tokens.h"

struct sql_answer {
	bool plain, negated;
};

/* Of one level of parentheses. */
struct sql_truth {
	struct sql_answer any; /* of the sides of OR that are complete */
	struct sql_answer all; /* of the sides of AND since then */
	uint64_t hash;	       /* of all tokens */
	bool has_column, has_comma, has_xor;
	unsigned betweens; /* whose AND is still to come */
	unsigned cases;	   /* CASE without END */
	bool wants_unit;   /* INTERVAL: the next word is none */

	/* Since the last AND, OR or NOT. */
	struct sql_answer group; /* of the parentheses that it consists of */
	bool is_group, is_negated, sees_column, is_compared, is_like, is_wildcard;
	unsigned count; /* tokens since the last comparison */
	bool is_empty;
	uint64_t left, right; /* hashes of both sides of the comparison */
};

/** sql_truth_init() - before the first token. */
void sql_truth_init(struct sql_truth *truth);

/**
 * sql_truth_add() - a token that is no parenthesis
 * @next: the one after it
 */
void sql_truth_add(struct sql_truth *truth, const struct sql_token *token,
		   const struct sql_token *next, enum sql_dialect dialect);

/** sql_truth_add_group() - a pair of parentheses; of a query only its columns count. */
void sql_truth_add_group(struct sql_truth *truth, const struct sql_truth *inner, bool is_query);

/** sql_truth_answer() - Return: whether the condition up to here narrows. */
struct sql_answer sql_truth_answer(const struct sql_truth *truth);

#endif
