/* SPDX-License-Identifier: MIT */
/*
 * Whether a WHERE of PostgreSQL looks at the row: as rules/sql_truth.h, from the syntax tree.
 */
#include <string.h>

#include "rules/sql_postgres.h"

/* x = x, x <= x, x IS NOT DISTINCT FROM x, x LIKE '%' */
static bool is_tautology(const struct sql_open *open)
{
	static const char wildcard[] = "{\"A_Const\":{\"sval\":{\"sval\":\"%\"}";
	bool is_like = sql_span_is(open->word, "AEXPR_LIKE") ||
		       sql_span_is(open->word, "AEXPR_ILIKE");

	if (is_like && open->right.len > sizeof(wildcard) - 1 &&
	    memcmp(open->right.text, wildcard, sizeof(wildcard) - 1) == 0)
		return true;
	return open->left.len > 0 && sql_span_equal(open->left, open->right);
}

static struct sql_answer swap(struct sql_answer answer)
{
	return (struct sql_answer){ answer.negated, answer.plain };
}

static struct sql_answer answer_bool(const struct sql_open *open)
{
	if (sql_span_is(open->word, "AND_EXPR"))
		return open->all;
	if (sql_span_is(open->word, "OR_EXPR"))
		return open->any;
	return swap(open->all); /* NOT has one argument */
}

static struct sql_answer answer_of(const struct sql_open *open)
{
	struct sql_answer plain = { open->has_column, open->has_column };

	if (open->node && open->node->kind == SQL_NODE_BOOL)
		return answer_bool(open);
	if (open->node && open->node->kind == SQL_NODE_EXPR && is_tautology(open))
		return (struct sql_answer){ false, false };
	if (open->node && open->node->kind == SQL_NODE_TEST && open->has_answer) {
		if (sql_span_is(open->word, "IS_TRUE") || sql_span_is(open->word, "IS_NOT_FALSE"))
			return open->answer;
		if (sql_span_is(open->word, "IS_FALSE") || sql_span_is(open->word, "IS_NOT_TRUE"))
			return swap(open->answer);
	}
	return open->has_answer && !open->is_node ? open->answer : plain;
}

static bool query_narrows(const struct sql_open *open)
{
	return open->is_union ? open->sides_narrow : open->narrows;
}

static void tell_query(const struct sql_open *open, struct sql_open *parent,
		       struct sql_answer answer)
{
	if (sql_span_is(open->key, "whereClause") && !open->is_node && !open->is_array)
		parent->narrows = answer.plain;
	if (sql_span_is(open->key, "larg") || sql_span_is(open->key, "rarg")) {
		parent->is_union = true;
		parent->sides_narrow = parent->sides_narrow && query_narrows(open);
	}
}

static void tell_operator(const struct sql_open *open, struct sql_open *parent, const char *end)
{
	struct sql_span span = { open->start, (size_t)(end - open->start) };

	if (sql_span_is(open->key, "lexpr"))
		parent->left = span;
	else if (sql_span_is(open->key, "rexpr"))
		parent->right = span;
}

void sql_condition_close(struct sql_open *open, struct sql_open *parent, const char *end)
{
	struct sql_answer answer = answer_of(open);
	bool is_args = open->is_array && sql_span_is(open->key, "args");

	parent->has_column = parent->has_column || open->has_column;
	if (parent->is_array) {
		parent->all.plain = parent->all.plain || answer.plain;
		parent->all.negated = parent->all.negated && answer.negated;
		parent->any.plain = parent->any.plain && answer.plain;
		parent->any.negated = parent->any.negated || answer.negated;
	} else if (is_args) {
		parent->all = open->all;
		parent->any = open->any;
	} else if (parent->node && parent->node->kind == SQL_NODE_EXPR) {
		tell_operator(open, parent, end);
	} else if ((!parent->is_node && open->is_node) ||
		   (parent->node && parent->node->kind == SQL_NODE_TEST)) {
		parent->answer = answer;
		parent->has_answer = true;
	}
	tell_query(open, parent, answer);
}
