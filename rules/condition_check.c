/* SPDX-License-Identifier: MIT */
/*
 * What may be compared with what.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "rules/condition_tree.h"

#define SHOWN 40

static const char *const compare_names[] = {
	[COMPARE_EQUAL] = "==",		 [COMPARE_LESS] = "<",
	[COMPARE_AT_MOST] = "<=",	 [COMPARE_GREATER] = ">",
	[COMPARE_AT_LEAST] = ">=",	 [COMPARE_IN] = "in",
	[COMPARE_MATCHES] = "matches",	 [COMPARE_GLOB] = "glob",
	[COMPARE_STARTS] = "startswith", [COMPARE_ENDS] = "endswith",
	[COMPARE_CONTAINS] = "contains",
};

static const char *show(const struct reading *reading, const struct operand *operand, char *out)
{
	return condition_quote(reading, operand, out, SHOWN);
}

static const char *kind_of(const struct operand *operand)
{
	switch (operand->type) {
	case PROPERTY_TEXT:
		return "a text";
	case PROPERTY_BOOL:
		return "true or false";
	case PROPERTY_LIST:
		return "a list";
	default:
		break;
	}
	if (operand->unit == UNIT_SECONDS)
		return "a duration";
	return operand->unit == UNIT_BYTES ? "a size" : "a number";
}

static bool is_number(const struct operand *operand)
{
	return operand->type == PROPERTY_NUMBER;
}

/* A number without a unit is a size where a size is meant. */
static bool units_agree(const struct operand *a, const struct operand *b)
{
	if (a->unit == b->unit)
		return true;
	return (a->unit == UNIT_BYTES && b->unit == UNIT_NONE && !b->property) ||
	       (b->unit == UNIT_BYTES && a->unit == UNIT_NONE && !a->property);
}

static int fail_pair(const struct reading *reading, const struct operand *left,
		     const struct operand *right)
{
	char left_text[SHOWN], right_text[SHOWN];

	return condition_fail(reading, right->start, "%s is %s, and %s is %s",
			      show(reading, left, left_text), kind_of(left),
			      show(reading, right, right_text), kind_of(right));
}

static int fail_needs(const struct reading *reading, const struct comparison *comparison,
		      const struct operand *operand, const char *what)
{
	char text[SHOWN];

	return condition_fail(reading, operand->start, "'%s' needs %s, and %s is %s",
			      compare_names[comparison->compare], what,
			      show(reading, operand, text), kind_of(operand));
}

static int check_equal(const struct reading *reading, const struct comparison *comparison)
{
	const struct operand *left = &comparison->left;
	const struct operand *right = &comparison->right;
	const struct operand *list = left->type == PROPERTY_LIST ? left : right;
	char text[SHOWN];

	if (list->type == PROPERTY_LIST)
		return condition_fail(reading, list->start,
				      "%s is a list; hint: ask what is 'in' it",
				      show(reading, list, text));
	if (left->type != right->type || !units_agree(left, right))
		return fail_pair(reading, left, right);
	return 0;
}

static int check_order(const struct reading *reading, const struct comparison *comparison)
{
	if (!is_number(&comparison->left))
		return fail_needs(reading, comparison, &comparison->left, "numbers");
	if (!is_number(&comparison->right))
		return fail_needs(reading, comparison, &comparison->right, "numbers");
	if (!units_agree(&comparison->left, &comparison->right))
		return fail_pair(reading, &comparison->left, &comparison->right);
	return 0;
}

static int check_in(const struct reading *reading, const struct comparison *comparison)
{
	const struct operand *left = &comparison->left;
	const struct operand *list = &comparison->right;
	const struct operand text = { .type = PROPERTY_TEXT };
	const struct operand *item = list->item_count ? list->items : &text;
	char left_text[SHOWN];

	if (list->type != PROPERTY_LIST)
		return fail_needs(reading, comparison, list, "a list on the right");
	if (left->type != PROPERTY_TEXT && !is_number(left))
		return fail_needs(reading, comparison, left, "a text or a number on the left");
	if (left->type != item->type || !units_agree(left, item))
		return condition_fail(reading, list->start,
				      "%s is %s, and what is in the list is %s",
				      show(reading, left, left_text), kind_of(left), kind_of(item));
	return 0;
}

/* matches, glob, startswith, endswith, contains. */
static int check_text(const struct reading *reading, const struct comparison *comparison)
{
	const struct operand *left = &comparison->left;
	const struct operand *right = &comparison->right;
	bool is_constant = comparison->compare == COMPARE_MATCHES ||
			   comparison->compare == COMPARE_GLOB;
	char text[SHOWN];

	if (left->type != PROPERTY_TEXT && left->type != PROPERTY_LIST)
		return fail_needs(reading, comparison, left, "a text on the left");
	if (left->type == PROPERTY_LIST && !left->property)
		return condition_fail(
			reading, left->start,
			"a field is needed here; hint: a list of values stands behind "
			"'in'");
	if (right->type != PROPERTY_TEXT)
		return fail_needs(reading, comparison, right, "a text on the right");
	if (is_constant && right->property)
		return condition_fail(
			reading, right->start, "'%s' needs a text in quotes, and %s is a field",
			compare_names[comparison->compare], show(reading, right, text));
	if (!right->property && right->value.text.size == 0)
		return condition_fail(reading, right->start, "an empty text is part of every text");
	return 0;
}

static int check_types(const struct reading *reading, const struct comparison *comparison)
{
	switch (comparison->compare) {
	case COMPARE_EQUAL:
		return check_equal(reading, comparison);
	case COMPARE_LESS:
	case COMPARE_AT_MOST:
	case COMPARE_GREATER:
	case COMPARE_AT_LEAST:
		return check_order(reading, comparison);
	case COMPARE_IN:
		return check_in(reading, comparison);
	default:
		return check_text(reading, comparison);
	}
}

/*
 * One form of what can be said in several.
 */

static void swap(struct comparison *comparison)
{
	struct operand left = comparison->left;

	comparison->left = comparison->right;
	comparison->right = left;
}

static void normalize(struct comparison *comparison)
{
	static const enum compare mirrored[] = {
		[COMPARE_EQUAL] = COMPARE_EQUAL,      [COMPARE_LESS] = COMPARE_GREATER,
		[COMPARE_AT_MOST] = COMPARE_AT_LEAST, [COMPARE_GREATER] = COMPARE_LESS,
		[COMPARE_AT_LEAST] = COMPARE_AT_MOST,
	};

	if (comparison->compare == COMPARE_CONTAINS && comparison->left.type == PROPERTY_LIST) {
		comparison->compare = COMPARE_IN;
		swap(comparison);
	} else if (comparison->compare <= COMPARE_AT_LEAST && !comparison->left.property &&
		   comparison->right.property) {
		comparison->compare = mirrored[comparison->compare];
		swap(comparison);
	}
}

/*
 * Patterns.
 */

static int make_pattern(const struct reading *reading, struct comparison *comparison)
{
	const struct operand *right = &comparison->right;
	struct pattern_fault fault = { 0 };
	char text[SHOWN];
	int r = pattern_compile(reading->arena, right->value.text.bytes, false,
				&comparison->pattern, &fault);

	if (r == -EINVAL)
		return condition_fail(reading, right->start,
				      "%s is no pattern: %s, at its byte %zu",
				      show(reading, right, text), fault.text, fault.offset + 1);
	return r;
}

static void set_globs_of(struct comparison *comparison)
{
	static const char *const paths[] = { "path", "dir", "script" };
	const struct property *property = comparison->left.property;

	comparison->globs_of = OF_TEXT;
	if (!property || comparison->left.type != PROPERTY_TEXT)
		return;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strcmp(property->name, paths[i]) == 0)
			comparison->globs_of = OF_PATH;
	if (strcmp(property->name, "program") == 0)
		comparison->globs_of = OF_PROGRAM;
}

static int add_glob(const struct reading *reading, struct comparison *comparison,
		    const char *pattern)
{
	bool is_path = comparison->globs_of == OF_PATH ||
		       (comparison->globs_of == OF_PROGRAM && strpbrk(pattern, "/~"));
	enum glob_kind kind = comparison->globs_of == OF_TEXT ? GLOB_TEXT : GLOB_PATH;
	size_t offset = comparison->right.start;
	struct expand_fault fault;
	const char *reason;
	struct glob *glob;
	int r = 0;

	if (is_path)
		r = expand_path(reading->arena, reading->scope->variables, pattern, &pattern,
				&fault);
	if (r == -EINVAL)
		return condition_fail(reading, offset, "%s", fault.text);
	if (r == 0)
		r = glob_compile(reading->arena, kind, pattern, &glob, &reason);
	if (r == -EINVAL)
		return condition_fail(reading, offset, "'%.80s' is no pattern: %s", pattern,
				      reason);
	if (r < 0)
		return r;
	glob->next = comparison->globs;
	comparison->globs = glob;
	return 0;
}

static int make_globs(const struct reading *reading, struct comparison *comparison)
{
	struct expansion *alternatives;
	struct expand_fault fault;
	int r = expand_braces(reading->arena, comparison->right.value.text.bytes, &alternatives,
			      &fault);

	if (r == -EINVAL)
		return condition_fail(reading, comparison->right.start, "%s", fault.text);
	set_globs_of(comparison);
	for (; r == 0 && alternatives; alternatives = alternatives->next)
		r = add_glob(reading, comparison, alternatives->text);
	return r;
}

static int make_part(struct reading *reading, struct comparison *comparison, struct part **out)
{
	struct part *part = arena_alloc(reading->arena, sizeof(*part));
	enum matched matched;

	if (!part)
		return -ENOMEM;
	*out = part;
	if (comparison->left.property || comparison->right.property) {
		comparison->number = reading->comparison_count;
		reading->comparisons[reading->comparison_count++] = comparison;
		part->kind = PART_COMPARISON;
		part->comparison = comparison;
		return 0;
	}
	matched = comparison_of(comparison, &comparison->left.value, &comparison->right.value);
	if (matched == MATCHED_UNDECIDED)
		return condition_fail(reading, comparison->start, "this takes too long to compare");
	part->kind = PART_CONSTANT;
	part->value = matched == MATCHED_YES;
	return 0;
}

int condition_check(struct reading *reading, struct comparison *comparison, struct part **out)
{
	int r;

	normalize(comparison);
	r = check_types(reading, comparison);
	if (r < 0)
		return r;
	if (comparison->left.property && operand_equals(&comparison->left, &comparison->right))
		return condition_fail(reading, comparison->start, "both sides are the same field");
	r = condition_check_value(reading, comparison);
	if (r == 0 && comparison->compare == COMPARE_MATCHES)
		r = make_pattern(reading, comparison);
	if (r == 0 && comparison->compare == COMPARE_GLOB)
		r = make_globs(reading, comparison);
	return r == 0 ? make_part(reading, comparison, out) : r;
}
