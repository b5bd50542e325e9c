/* SPDX-License-Identifier: MIT */
/*
 * Terms and conditions of plain statements. Whether a condition looks at the row is what rules/sql_condition.c
 * says of the tree: there x = x does not, and so must nothing here look different that is the same in the tree.
 */
#include <string.h>

#include "rules/sql_functions.h"
#include "rules/sql_plain.h"

#define DEPTH_MAX 24 /* of parentheses and NOT: 600 bytes of the stack each */

static bool read_or(struct sql_plain *plain, struct sql_plain_node *node);

static void set_plain(struct sql_plain_node *node)
{
	node->answer = (struct sql_answer){ node->has_column, node->has_column };
}

static void add_part(struct sql_plain_node *node, const struct sql_plain_node *part)
{
	node->end = part->end;
	node->has_column = node->has_column || part->has_column;
	node->has_cast = node->has_cast || part->has_cast;
}

/* a, a.b, a.b.c; a.* where it may be. */
static bool read_column(struct sql_plain *plain, struct sql_plain_node *node)
{
	bool may_star = plain->may_star;

	node->has_column = true;
	sql_plain_next(plain);
	for (unsigned dots = 0; sql_plain_take(plain, SQL_PLAIN_DOT); dots++) {
		bool is_star = may_star && plain->token.what == SQL_PLAIN_STAR;

		if (dots == 2 || (!plain->token.is_name && !is_star))
			return false;
		sql_plain_next(plain);
		if (is_star) {
			plain->star = node->start;
			plain->star_end = plain->behind;
			return true;
		}
	}
	return plain->token.what != SQL_PLAIN_OPEN;
}

/* All parts of the list below @node. */
static bool read_list(struct sql_plain *plain, struct sql_plain_node *node)
{
	struct sql_plain_node part;

	do {
		if (!read_or(plain, &part))
			return false;
		add_part(node, &part);
	} while (sql_plain_take(plain, SQL_PLAIN_COMMA));
	return true;
}

/* To the end of a list in parentheses, or of "(*)". */
static bool read_arguments(struct sql_plain *plain, struct sql_plain_node *node)
{
	sql_plain_next(plain);
	if (sql_plain_take(plain, SQL_PLAIN_CLOSE))
		return true;
	if (!sql_plain_take(plain, SQL_PLAIN_STAR)) {
		(void)sql_plain_take(plain, SQL_PG_DISTINCT);
		if (!read_list(plain, node))
			return false;
	}
	return sql_plain_take(plain, SQL_PLAIN_CLOSE);
}

static bool is_harmless(const struct sql_plain_token *token)
{
	struct sql_name name;

	sql_name_init(&name);
	for (size_t i = 0; i < token->len; i++) {
		char c = token->text[i];

		name.text[name.len++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return sql_function_is_harmless(SQL_POSTGRESQL, &name);
}

/* A column, or a call: a function in quotes or with a schema is none that is known. */
static bool read_name(struct sql_plain *plain, struct sql_plain_node *node)
{
	const struct sql_plain_token name = plain->token;
	bool is_call = name.what == SQL_PLAIN_NAME && plain->at < plain->end && *plain->at == '(';

	if (!is_call)
		return read_column(plain, node);
	sql_plain_next(plain);
	return is_harmless(&name) && read_arguments(plain, node);
}

static bool read_coalesce(struct sql_plain *plain, struct sql_plain_node *node)
{
	sql_plain_next(plain);
	return sql_plain_take(plain, SQL_PLAIN_OPEN) && read_list(plain, node) &&
	       sql_plain_take(plain, SQL_PLAIN_CLOSE);
}

static bool read_parentheses(struct sql_plain *plain, struct sql_plain_node *node)
{
	const char *start = node->start;

	sql_plain_next(plain);
	if (!read_or(plain, node))
		return false;
	node->start = start;
	return sql_plain_take(plain, SQL_PLAIN_CLOSE);
}

/* A pattern that is "%" makes a tautology of LIKE. */
static bool is_wildcard(const struct sql_plain_token *token)
{
	return token->len == 3 && token->text[1] == '%';
}

/* -0 is 0, and -1::int is -(1::int): what begins with a minus is read only where neither can be. */
static bool read_negative(struct sql_plain *plain)
{
	sql_plain_next(plain);
	return plain->token.what == SQL_PLAIN_NUMBER && *plain->token.text != '0' &&
	       sql_plain_take(plain, SQL_PLAIN_NUMBER) && plain->token.what != SQL_PLAIN_CAST;
}

static bool read_word(struct sql_plain *plain, struct sql_plain_node *node)
{
	bool read = true;

	node->start = plain->token.text;
	switch (plain->token.what) {
	case SQL_PLAIN_STRING:
		read = !is_wildcard(&plain->token);
		sql_plain_next(plain);
		break;
	case SQL_PLAIN_NUMBER:
	case SQL_PLAIN_PARAMETER:
	case SQL_PG_NULL:
	case SQL_PG_TRUE:
	case SQL_PG_FALSE:
	case SQL_PG_CURRENT_DATE:
	case SQL_PG_CURRENT_TIMESTAMP:
		sql_plain_next(plain);
		break;
	case SQL_PLAIN_MINUS:
		read = read_negative(plain);
		break;
	case SQL_PLAIN_OPEN:
		return read_parentheses(plain, node);
	case SQL_PG_COALESCE:
		read = read_coalesce(plain, node);
		break;
	default:
		read = plain->token.is_name && read_name(plain, node);
	}
	set_plain(node);
	return read;
}

static bool read_primary(struct sql_plain *plain, struct sql_plain_node *node)
{
	*node = (struct sql_plain_node){ .has_column = false };
	if (plain->depth == DEPTH_MAX)
		return false;
	plain->depth++;
	if (!read_word(plain, node))
		return false;
	plain->depth--;
	plain->may_star = false;
	while (sql_plain_take(plain, SQL_PLAIN_CAST)) {
		if (!plain->token.is_type)
			return false;
		sql_plain_next(plain);
		node->has_cast = true;
		node->is_sum = false;
		set_plain(node);
	}
	node->end = plain->behind;
	return true;
}

/* Operators that bind tighter than comparisons: of no interest how. */
static bool read_term(struct sql_plain *plain, struct sql_plain_node *node)
{
	struct sql_plain_node right;

	if (!read_primary(plain, node))
		return false;
	while (plain->token.what == SQL_PLAIN_SUM || plain->token.what == SQL_PLAIN_MINUS ||
	       plain->token.what == SQL_PLAIN_STAR) {
		sql_plain_next(plain);
		if (!read_primary(plain, &right))
			return false;
		add_part(node, &right);
		node->is_sum = true;
	}
	return true;
}

/* Past what may stand in one of two texts of the same tree. */
static const char *skip(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r' || *at == '(' ||
			    *at == ')' || *at == '"'))
		at++;
	return at;
}

/* Letter case, and <> for !=. */
static char fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '!' ? '<' : c == '>' ? '=' : c;
}

/* False: they are not the same in the tree. */
static bool may_be_same(const struct sql_plain_node *left, const struct sql_plain_node *right)
{
	const char *a = skip(left->start, left->end), *b = skip(right->start, right->end);

	if (left->has_cast && right->has_cast) /* int is integer */
		return true;
	while (a < left->end && b < right->end) {
		if (fold(*a) != fold(*b))
			return false;
		a = skip(a + 1, left->end);
		b = skip(b + 1, right->end);
	}
	return a == left->end && b == right->end;
}

/* The same to the byte is the same in the tree. */
static bool is_same(const struct sql_plain_node *left, const struct sql_plain_node *right)
{
	size_t len = (size_t)(left->end - left->start);

	return (size_t)(right->end - right->start) == len &&
	       memcmp(left->start, right->start, len) == 0;
}

static bool read_compared(struct sql_plain *plain, struct sql_plain_node *node)
{
	struct sql_plain_node right;
	bool same;

	sql_plain_next(plain);
	if (!read_term(plain, &right))
		return false;
	same = is_same(node, &right);
	if (!same && may_be_same(node, &right))
		return false;
	add_part(node, &right);
	node->is_sum = false;
	set_plain(node);
	if (same)
		node->answer = (struct sql_answer){ false, false };
	return true;
}

static bool read_in(struct sql_plain *plain, struct sql_plain_node *node)
{
	sql_plain_next(plain);
	if (!sql_plain_take(plain, SQL_PLAIN_OPEN) || !read_list(plain, node) ||
	    !sql_plain_take(plain, SQL_PLAIN_CLOSE))
		return false;
	node->end = plain->behind;
	node->is_sum = false;
	set_plain(node);
	return true;
}

static bool read_between(struct sql_plain *plain, struct sql_plain_node *node)
{
	struct sql_plain_node low, high;

	sql_plain_next(plain);
	if (!read_term(plain, &low) || !sql_plain_take(plain, SQL_PG_AND) ||
	    !read_term(plain, &high))
		return false;
	add_part(node, &low);
	add_part(node, &high);
	node->is_sum = false;
	set_plain(node);
	return true;
}

/* IS [NOT] NULL, TRUE, FALSE */
static bool read_is(struct sql_plain *plain, struct sql_plain_node *node)
{
	struct sql_answer answer = node->answer;
	bool is_not, is_true;

	sql_plain_next(plain);
	is_not = sql_plain_take(plain, SQL_PG_NOT);
	is_true = plain->token.what == SQL_PG_TRUE;
	set_plain(node);
	if (is_true || plain->token.what == SQL_PG_FALSE) {
		if (node->is_sum)
			return false;
		node->answer = answer;
		if (is_true == is_not)
			node->answer = (struct sql_answer){ answer.negated, answer.plain };
	} else if (plain->token.what != SQL_PG_NULL) {
		return false;
	}
	sql_plain_next(plain);
	node->end = plain->behind;
	node->is_sum = false;
	return true;
}

static bool read_test(struct sql_plain *plain, struct sql_plain_node *node)
{
	bool is_not;

	if (!read_term(plain, node))
		return false;
	if (plain->token.what == SQL_PLAIN_EQUAL || plain->token.what == SQL_PLAIN_UNEQUAL)
		return read_compared(plain, node);
	if (plain->token.what == SQL_PG_IS)
		return read_is(plain, node);
	is_not = sql_plain_take(plain, SQL_PG_NOT);
	switch (plain->token.what) {
	case SQL_PG_LIKE:
	case SQL_PG_ILIKE:
		return read_compared(plain, node);
	case SQL_PG_IN:
		return read_in(plain, node);
	case SQL_PG_BETWEEN:
		return read_between(plain, node);
	default:
		return !is_not;
	}
}

static bool read_not(struct sql_plain *plain, struct sql_plain_node *node)
{
	const char *start = plain->token.text;

	if (!sql_plain_take(plain, SQL_PG_NOT))
		return read_test(plain, node);
	if (plain->depth == DEPTH_MAX)
		return false;
	plain->depth++;
	plain->may_star = false;
	if (!read_not(plain, node) || node->is_sum)
		return false;
	plain->depth--;
	node->start = start;
	node->answer = (struct sql_answer){ node->answer.negated, node->answer.plain };
	return true;
}

static bool read_and(struct sql_plain *plain, struct sql_plain_node *node)
{
	struct sql_plain_node right;

	if (!read_not(plain, node))
		return false;
	while (sql_plain_take(plain, SQL_PG_AND)) {
		if (!read_not(plain, &right) || node->is_sum || right.is_sum)
			return false;
		add_part(node, &right);
		node->answer.plain = node->answer.plain || right.answer.plain;
		node->answer.negated = node->answer.negated && right.answer.negated;
	}
	return true;
}

static bool read_or(struct sql_plain *plain, struct sql_plain_node *node)
{
	struct sql_plain_node right;

	if (!read_and(plain, node))
		return false;
	while (sql_plain_take(plain, SQL_PG_OR)) {
		if (!read_and(plain, &right) || node->is_sum || right.is_sum)
			return false;
		add_part(node, &right);
		node->answer.plain = node->answer.plain && right.answer.plain;
		node->answer.negated = node->answer.negated || right.answer.negated;
	}
	return true;
}

bool sql_plain_node(struct sql_plain *plain, struct sql_plain_node *node)
{
	return read_or(plain, node);
}

bool sql_plain_nodes(struct sql_plain *plain)
{
	struct sql_plain_node all = { .has_column = false };

	return read_list(plain, &all);
}
