/* SPDX-License-Identifier: MIT */
/*
 * The grammar, by recursive descent:
 *
 *   any        = all { "or" all }
 *   all        = not { "and" not }
 *   not        = "not" not | "(" any ")" | comparison
 *   comparison = operand [ operator operand ]
 */
#include <errno.h>

#include "common/nearest.h"
#include "rules/condition_tree.h"

#define SHOWN 48

static const struct infix {
	const char *text;
	enum compare compare;
	bool negated;
	enum quoting quoting;
} operators[] = {
	{ "==", COMPARE_EQUAL, false, QUOTE_NONE },
	{ "!=", COMPARE_EQUAL, true, QUOTE_NONE },
	{ "<", COMPARE_LESS, false, QUOTE_NONE },
	{ "<=", COMPARE_AT_MOST, false, QUOTE_NONE },
	{ ">", COMPARE_GREATER, false, QUOTE_NONE },
	{ ">=", COMPARE_AT_LEAST, false, QUOTE_NONE },
	{ "in", COMPARE_IN, false, QUOTE_NONE },
	{ "not", COMPARE_IN, true, QUOTE_NONE }, /* "in" follows */
	{ "matches", COMPARE_MATCHES, false, QUOTE_PATTERN },
	{ "glob", COMPARE_GLOB, false, QUOTE_GLOB },
	{ "startswith", COMPARE_STARTS, false, QUOTE_NONE },
	{ "endswith", COMPARE_ENDS, false, QUOTE_NONE },
	{ "contains", COMPARE_CONTAINS, false, QUOTE_NONE },
};

#define OPERATOR_COUNT (sizeof(operators) / sizeof(operators[0]))

/* The operator that comes next; NULL when none does. */
static const struct infix *find_infix(const struct reading *reading)
{
	for (size_t i = 0; i < OPERATOR_COUNT; i++)
		if (token_is(reading, operators[i].text))
			return &operators[i];
	return NULL;
}

static int parse_any(struct reading *reading, struct part **out);

/* One more node of the tree. */
static int count_node(struct reading *reading, size_t offset)
{
	if (++reading->node_count > CONDITION_NODES_MAX)
		return condition_fail(reading, offset, "a condition has at most %d parts",
				      CONDITION_NODES_MAX);
	return 0;
}

/* By the laws of De Morgan, which hold with undecided as well. */
static void part_negate(struct part *part)
{
	switch (part->kind) {
	case PART_COMPARISON:
		part->comparison->negated = !part->comparison->negated;
		part->comparison->inverted = !part->comparison->inverted;
		return;
	case PART_CONSTANT:
		part->value = !part->value;
		return;
	case PART_ALL:
	case PART_ANY:
		part->kind = part->kind == PART_ALL ? PART_ANY : PART_ALL;
		for (struct part *one = part->parts; one; one = one->next)
			part_negate(one);
		return;
	}
}

/*
 * Comparisons.
 */

/* @is_complete: a comparison came before it. */
static int fail_operator(const struct reading *reading, bool is_complete)
{
	static const char *const words[] = {
		"and",	"or",	      "not in",	  "in",	      "matches",
		"glob", "startswith", "endswith", "contains",
	};
	const struct token *token = &reading->token;
	char shown[SHOWN];
	const char *meant;

	condition_copy(reading, token->start, token->end, shown, sizeof(shown));
	meant = nearest_word(shown, words, sizeof(words) / sizeof(words[0]));
	if (meant && token->kind == TOKEN_WORD)
		return condition_fail(reading, token->start,
				      "unknown operator '%s'; hint: did you mean '%s'?", shown,
				      meant);
	if (is_complete)
		return condition_fail(reading, token->start, "'and' or 'or' is needed before '%s'",
				      shown);
	if (token->kind != TOKEN_WORD)
		return condition_fail(reading, token->start, "an operator is needed here");
	return condition_fail(reading, token->start, "unknown operator '%s'", shown);
}

/* An operand without an operator: one that is true or false. */
static int parse_alone(struct reading *reading, struct comparison *comparison, struct part **out)
{
	const struct token *token = &reading->token;
	char shown[SHOWN];

	if (token->kind != TOKEN_END && !token_is(reading, ")") && !token_is(reading, "and") &&
	    !token_is(reading, "or"))
		return fail_operator(reading, false);
	if (comparison->left.type != PROPERTY_BOOL)
		return condition_fail(
			reading, comparison->start,
			"%s is neither true nor false; hint: compare it",
			condition_quote(reading, &comparison->left, shown, sizeof(shown)));
	comparison->compare = COMPARE_EQUAL;
	comparison->end = comparison->left.end;
	comparison->right = (struct operand){
		.type = PROPERTY_BOOL,
		.value = { .state = VALUE_KNOWN, .number = 1 },
		.start = comparison->start,
		.end = comparison->end,
	};
	return condition_check(reading, comparison, out);
}

static int parse_operator(struct reading *reading, struct comparison *comparison,
			  enum quoting *out_quoting)
{
	const struct infix *infix = find_infix(reading);
	int r;

	comparison->compare = infix->compare;
	comparison->negated = infix->negated;
	*out_quoting = infix->quoting;
	r = condition_next(reading);
	if (r < 0 || infix->compare != COMPARE_IN || !infix->negated)
		return r;
	if (!token_is(reading, "in"))
		return condition_fail(
			reading, reading->token.start,
			"'in' is needed behind 'not' here; hint: of other comparisons, "
			"'not' stands in front");
	return condition_next(reading);
}

static int parse_comparison(struct reading *reading, struct part **out)
{
	struct comparison *comparison = arena_alloc(reading->arena, sizeof(*comparison));
	enum quoting quoting;
	int r;

	if (!comparison)
		return -ENOMEM;
	comparison->start = reading->token.start;
	r = condition_read_operand(reading, QUOTE_NONE, &comparison->left);
	if (r < 0)
		return r;
	if (!find_infix(reading))
		return parse_alone(reading, comparison, out);
	r = parse_operator(reading, comparison, &quoting);
	if (r == 0)
		r = condition_read_operand(reading, quoting, &comparison->right);
	if (r < 0)
		return r;
	comparison->end = comparison->right.end;
	if (find_infix(reading))
		return condition_fail(reading, reading->token.start,
				      "one comparison follows another; hint: join them with 'and'");
	return condition_check(reading, comparison, out);
}

/*
 * Groups.
 */

static int parse_group(struct reading *reading, struct part **out)
{
	size_t start = reading->token.start;
	int r = condition_next(reading);

	if (r == 0)
		r = parse_any(reading, out);
	if (r < 0)
		return r;
	if (!token_is(reading, ")"))
		return reading->token.kind == TOKEN_END
			       ? condition_fail(reading, start, "a '(' is not closed")
			       : fail_operator(reading, true);
	r = condition_next(reading);
	if (r == 0 && find_infix(reading))
		return condition_fail(reading, reading->token.start,
				      "parentheses hold conditions, which are not compared");
	return r;
}

static int parse_not(struct reading *reading, struct part **out)
{
	bool is_not = token_is(reading, "not");
	int r;

	if (!is_not && !token_is(reading, "(")) {
		r = count_node(reading, reading->token.start);
		return r < 0 ? r : parse_comparison(reading, out);
	}
	if (++reading->depth > CONDITION_DEPTH_MAX)
		return condition_fail(reading, reading->token.start,
				      "a condition is at most %d deep", CONDITION_DEPTH_MAX);
	if (is_not) {
		r = condition_next(reading);
		if (r == 0)
			r = parse_not(reading, out);
		if (r == 0)
			part_negate(*out);
	} else {
		r = parse_group(reading, out);
	}
	reading->depth--;
	return r;
}

typedef int parse_fn(struct reading *reading, struct part **out);

/* Parts that are joined by one word; a single one stays itself. */
static int parse_parts(struct reading *reading, parse_fn *parse, const char *word,
		       enum part_kind kind, struct part **out)
{
	struct part *first;
	struct part **end;
	int r = parse(reading, &first);

	*out = first;
	if (r < 0 || !token_is(reading, word))
		return r;
	r = count_node(reading, reading->token.start);
	*out = arena_alloc(reading->arena, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->kind = kind;
	(*out)->parts = first;
	for (end = &first->next; r == 0 && token_is(reading, word); end = &(*end)->next) {
		r = condition_next(reading);
		if (r == 0)
			r = parse(reading, end);
		if (r < 0)
			return r;
	}
	return r;
}

static int parse_all(struct reading *reading, struct part **out)
{
	return parse_parts(reading, parse_not, "and", PART_ALL, out);
}

static int parse_any(struct reading *reading, struct part **out)
{
	return parse_parts(reading, parse_all, "or", PART_ANY, out);
}

int condition_parse(struct reading *reading, struct part **out)
{
	int r = condition_next(reading);

	if (r < 0)
		return r;
	if (reading->token.kind == TOKEN_END)
		return condition_fail(reading, 0, "the condition is empty");
	r = parse_any(reading, out);
	if (r < 0)
		return r;
	if (token_is(reading, ")"))
		return condition_fail(reading, reading->token.start, "a ')' closes nothing");
	return reading->token.kind == TOKEN_END ? 0 : fail_operator(reading, true);
}
