/* SPDX-License-Identifier: MIT */
#include "rules/sql_truth.h"

#include "common/hash.h"

/* Who makes two sides collide has a condition that counts as none. */
static uint64_t hash_token(const struct sql_token *token)
{
	uint64_t hash = HASH_START;

	for (size_t i = 0; i < token->len; i++) {
		char c = token->text[i];

		if (token->kind != SQL_TOKEN_STRING && c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		hash = hash_byte(hash, (unsigned char)c);
	}
	return hash;
}

static uint64_t mix(uint64_t hash, uint64_t part)
{
	return hash_bytes(hash, &part, sizeof(part));
}

static void clear_term(struct sql_truth *truth)
{
	truth->group = (struct sql_answer){ false, false };
	truth->is_group = truth->is_negated = truth->sees_column = false;
	truth->is_compared = truth->is_like = truth->is_wildcard = false;
	truth->count = 0;
	truth->is_empty = true;
	truth->left = truth->right = HASH_START;
}

void sql_truth_init(struct sql_truth *truth)
{
	*truth = (struct sql_truth){
		.any = { true, false },
		.all = { false, true },
		.hash = HASH_START,
	};
	clear_term(truth);
}

static void end_term(struct sql_truth *truth)
{
	bool is_same = truth->is_compared && truth->left == truth->right;
	bool is_like_all = truth->is_like && truth->is_wildcard && truth->count == 1;
	bool narrows = truth->sees_column && !is_same && !is_like_all;
	struct sql_answer answer = { narrows, narrows };

	if (truth->is_group)
		answer = truth->group;
	if (truth->is_negated)
		answer = (struct sql_answer){ answer.negated, answer.plain };
	truth->all.plain = truth->all.plain || answer.plain;
	truth->all.negated = truth->all.negated && answer.negated;
	clear_term(truth);
}

static void end_side(struct sql_truth *truth)
{
	end_term(truth);
	truth->any.plain = truth->any.plain && truth->all.plain;
	truth->any.negated = truth->any.negated || truth->all.negated;
	truth->all = (struct sql_answer){ false, true };
}

struct sql_answer sql_truth_answer(const struct sql_truth *truth)
{
	struct sql_truth copy = *truth;

	end_side(&copy);
	if (copy.has_xor)
		copy.any.negated = copy.any.plain;
	return copy.any;
}

/* A name; in MySQL "x" is a text. Not one: a charset before a string, what follows AS and COLLATE. */
static bool is_column(struct sql_truth *truth, const struct sql_token *token,
		      const struct sql_token *next)
{
	if (token->kind == SQL_TOKEN_QUOTED)
		return true;
	if (token->kind != SQL_TOKEN_WORD || token->keyword != SQL_KEY_NONE)
		return false;
	if (truth->wants_unit) {
		truth->wants_unit = false;
		return false;
	}
	return next->kind != SQL_TOKEN_STRING && !sql_token_is(next, "(");
}

static bool is_comparison(const struct sql_token *token)
{
	static const char *const marks[] = { "=", "==", "<=", ">=", "<=>" };

	if (token->kind != SQL_TOKEN_MARK)
		return token->keyword == SQL_KEY_LIKE || token->keyword == SQL_KEY_IS;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (sql_token_is(token, marks[i]))
			return true;
	return false;
}

static bool is_wildcard(const struct sql_token *token)
{
	if (token->kind != SQL_TOKEN_STRING)
		return false;
	for (size_t i = 1; i + 1 < token->len; i++)
		if (token->text[i] != '%')
			return false;
	return token->len > 2;
}

static void add_to_term(struct sql_truth *truth, const struct sql_token *token,
			const struct sql_token *next, uint64_t hash)
{
	truth->is_empty = truth->is_group = false;
	if (is_comparison(token)) {
		truth->is_compared = true;
		truth->is_like = token->keyword == SQL_KEY_LIKE;
		truth->left = truth->right;
		truth->right = HASH_START;
		truth->count = 0;
		return;
	}
	truth->right = mix(truth->right, hash);
	truth->is_wildcard = is_wildcard(token);
	truth->count++;
	if (is_column(truth, token, next))
		truth->sees_column = truth->has_column = true;
}

/* Whether AND and OR at this place join conditions. */
static bool joins(struct sql_truth *truth, const struct sql_token *token)
{
	if (truth->cases > 0)
		return false;
	if (token->keyword == SQL_KEY_AND && truth->betweens > 0) {
		truth->betweens--;
		return false;
	}
	return true;
}

static void note(struct sql_truth *truth, const struct sql_token *token)
{
	switch (token->keyword) {
	case SQL_KEY_BETWEEN:
		truth->betweens++;
		break;
	case SQL_KEY_CASE:
		truth->cases++;
		break;
	case SQL_KEY_END:
		truth->cases -= truth->cases > 0;
		break;
	case SQL_KEY_INTERVAL:
		truth->wants_unit = true;
		break;
	default:
		truth->has_comma = truth->has_comma || sql_token_is(token, ",");
	}
}

void sql_truth_add(struct sql_truth *truth, const struct sql_token *token,
		   const struct sql_token *next, enum sql_dialect dialect)
{
	bool of_mysql = dialect == SQL_MYSQL;
	uint64_t hash = hash_token(token);
	bool is_and = token->keyword == SQL_KEY_AND || (of_mysql && sql_token_is(token, "&&"));
	bool is_or = token->keyword == SQL_KEY_OR || token->keyword == SQL_KEY_XOR ||
		     (of_mysql && sql_token_is(token, "||"));

	truth->hash = mix(truth->hash, hash);
	note(truth, token);
	if ((is_and || is_or) && joins(truth, token)) {
		truth->has_xor = truth->has_xor || token->keyword == SQL_KEY_XOR;
		if (is_and)
			end_term(truth);
		else
			end_side(truth);
		return;
	}
	if (truth->is_empty && (token->keyword == SQL_KEY_NOT || sql_token_is(token, "!"))) {
		truth->is_negated = !truth->is_negated;
		return;
	}
	add_to_term(truth, token, next, hash);
}

void sql_truth_add_group(struct sql_truth *truth, const struct sql_truth *inner, bool is_query)
{
	bool was_empty = truth->is_empty;

	truth->hash = mix(truth->hash, inner->hash);
	truth->right = mix(truth->right, inner->hash);
	truth->count++;
	truth->is_empty = false;
	truth->is_wildcard = false;
	truth->is_group = was_empty;
	if (was_empty) {
		truth->group = sql_truth_answer(inner);
		if (is_query || inner->has_comma)
			truth->group = (struct sql_answer){ inner->has_column, inner->has_column };
	}
	if (inner->has_column)
		truth->sees_column = truth->has_column = true;
}
