/* SPDX-License-Identifier: MIT */
/*
 * Of one field: values that are named, ranges of numbers, starts and ends of texts.
 */
#include "rules/condition_conflict.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#define RANGE_MAX 256 /* numbers that are tried one by one */

/* Whether it says something about the values of one field. */
static bool is_of_value(const struct comparison *comparison)
{
	return comparison->left.property && comparison->left.type != PROPERTY_LIST &&
	       !comparison->right.property;
}

static bool is_of_same_field(struct literal a, struct literal b)
{
	return is_of_value(a.comparison) && is_of_value(b.comparison) &&
	       operand_equals(&a.comparison->left, &b.comparison->left);
}

/* Whether its operator must hold, "!=" and "not" taken into account. */
static bool is_positive(struct literal literal)
{
	return literal.holds != literal.comparison->negated;
}

/* Whether the literal refuses a value for certain. */
static bool refuses(struct literal literal, const struct value *value, struct effort *effort)
{
	const struct comparison *comparison = literal.comparison;
	bool is_pattern = comparison->compare == COMPARE_MATCHES ||
			  comparison->compare == COMPARE_GLOB;

	if (is_pattern && effort->tries == 0)
		return false;
	effort->tries -= is_pattern;
	return comparison_of(comparison, value, &comparison->right.value) ==
	       (literal.holds ? MATCHED_NO : MATCHED_YES);
}

/* The numbers that fields have, where not all are possible; and fields that are never without one. */
static const struct limits {
	const char *name;
	long long last;
	bool may_be_none;
} limits[] = {
	{ "port", UINT16_MAX, true }, { "hour", 23, false },	 { "ring", 3, false },
	{ "uid", UINT32_MAX, false }, { "pid", INT_MAX, false }, { "argc", LLONG_MAX, false },
};

static struct limits limits_of(const struct comparison *comparison)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (strcmp(limits[i].name, comparison->left.property->name) == 0)
			return limits[i];
	return (struct limits){ "", LLONG_MAX, true };
}

/*
 * Values that are named: those of "==" and "in", both of a bool, and those of short ranges.
 */

struct values {
	const struct operand *items; /* @count; NULL: the numbers from @first */
	long long first;
	size_t count;
};

/* The numbers for which it holds; @out_none: whether to have none is enough. */
static void range_of(struct literal literal, long long *out_first, long long *out_last,
		     bool *out_none)
{
	long long bound = literal.comparison->right.value.number;
	bool is_less;

	*out_first = 0;
	*out_last = LLONG_MAX;
	*out_none = !is_positive(literal);
	switch (literal.comparison->compare) {
	case COMPARE_EQUAL:
		if (*out_none)
			return;
		*out_first = *out_last = bound;
		return;
	case COMPARE_LESS:
	case COMPARE_AT_LEAST:
		is_less = (literal.comparison->compare == COMPARE_LESS) == is_positive(literal);
		if (is_less)
			*out_last = bound - 1;
		else
			*out_first = bound;
		return;
	case COMPARE_AT_MOST:
	case COMPARE_GREATER:
		is_less = (literal.comparison->compare == COMPARE_AT_MOST) == is_positive(literal);
		if (is_less)
			*out_last = bound;
		else
			*out_first = bound < LLONG_MAX ? bound + 1 : bound;
		return;
	default:
		return;
	}
}

/* Return: whether it leaves few values. */
static bool values_of(struct literal literal, struct values *out)
{
	const struct comparison *comparison = literal.comparison;

	*out = (struct values){ .items = &comparison->right, .count = 1 };
	if (comparison->left.type == PROPERTY_BOOL) {
		*out = (struct values){ .first = 0, .count = 2 };
		return true;
	}
	if (!is_positive(literal))
		return false;
	if (comparison->compare == COMPARE_IN) {
		out->items = comparison->right.items;
		out->count = comparison->right.item_count;
	}
	return comparison->compare == COMPARE_IN || comparison->compare == COMPARE_EQUAL;
}

static struct value value_at(const struct values *values, size_t index)
{
	if (values->items)
		return values->items[index].value;
	return (struct value){ .state = VALUE_KNOWN, .number = values->first + (long long)index };
}

static bool is_possible(const struct comparison *comparison, const struct value *value)
{
	return comparison->left.type != PROPERTY_NUMBER ||
	       value->number <= limits_of(comparison).last;
}

/* The numbers that all literals about the field of @literals[@at] leave. */
static bool range_of_all(const struct literal *literals, size_t count, size_t at,
			 struct values *out)
{
	struct limits all;
	long long first = 0;

	if (literals[at].comparison->left.type != PROPERTY_NUMBER)
		return false;
	all = limits_of(literals[at].comparison);
	for (size_t i = 0; i < count; i++) {
		long long one_first, one_last;
		bool none;

		if (!is_of_same_field(literals[i], literals[at]))
			continue;
		range_of(literals[i], &one_first, &one_last, &none);
		first = one_first > first ? one_first : first;
		all.last = one_last < all.last ? one_last : all.last;
		all.may_be_none = all.may_be_none && none;
	}
	if (all.may_be_none || (all.last >= first && all.last - first >= RANGE_MAX))
		return false;
	*out = (struct values){ .first = first,
				.count = all.last < first ? 0 : (size_t)(all.last - first) + 1 };
	return true;
}

bool literals_exhaust(const struct literal *literals, size_t count, size_t at, size_t *out_last,
		      struct effort *effort)
{
	struct values values;

	if (!is_of_value(literals[at].comparison) ||
	    (!values_of(literals[at], &values) && !range_of_all(literals, count, at, &values)))
		return false;
	*out_last = at;
	for (size_t i = 0; i < values.count; i++) {
		struct value value = value_at(&values, i);
		size_t j = is_possible(literals[at].comparison, &value) ? 0 : count + 1;

		while (j < count && (!is_of_same_field(literals[j], literals[at]) ||
				     !refuses(literals[j], &value, effort)))
			j++;
		if (j == count)
			return false;
		if (j < count && j != at)
			*out_last = j;
	}
	return true;
}

/*
 * Pairs.
 */

static bool ranges_conflict(struct literal a, struct literal b)
{
	long long a_first, a_last, b_first, b_last;
	bool a_none, b_none;

	range_of(a, &a_first, &a_last, &a_none);
	range_of(b, &b_first, &b_last, &b_none);
	return (a_last < b_first || b_last < a_first) && !(a_none && b_none);
}

static bool starts(struct text text, struct text with)
{
	return with.size <= text.size && memcmp(text.bytes, with.bytes, with.size) == 0;
}

static bool ends(struct text text, struct text with)
{
	return with.size <= text.size &&
	       memcmp(text.bytes + text.size - with.size, with.bytes, with.size) == 0;
}

/* Whether to have part @a in the way of @compare is to have part @b in the way of @other. */
static bool implies(enum compare compare, struct text a, enum compare other, struct text b)
{
	if (other == COMPARE_CONTAINS)
		return memmem(a.bytes, a.size, b.bytes, b.size);
	if (other != compare)
		return false;
	return compare == COMPARE_STARTS ? starts(a, b) : ends(a, b);
}

static bool is_of_part(const struct comparison *comparison)
{
	return comparison->compare >= COMPARE_STARTS;
}

static bool parts_conflict(struct literal a, struct literal b)
{
	enum compare compare = a.comparison->compare;
	struct text a_text = a.comparison->right.value.text;
	struct text b_text = b.comparison->right.value.text;

	if (!is_positive(a))
		return false;
	if (!is_positive(b))
		return implies(compare, a_text, b.comparison->compare, b_text);
	if (compare != b.comparison->compare || compare == COMPARE_CONTAINS)
		return false;
	return !implies(compare, a_text, compare, b_text) &&
	       !implies(compare, b_text, compare, a_text);
}

static bool is_contrary(struct literal a, struct literal b)
{
	return a.comparison->compare == b.comparison->compare && is_positive(a) != is_positive(b) &&
	       operand_equals(&a.comparison->left, &b.comparison->left) &&
	       operand_equals(&a.comparison->right, &b.comparison->right);
}

bool literals_conflict(struct literal a, struct literal b, struct effort *effort)
{
	const struct literal both[] = { a, b };
	size_t last;

	if (is_contrary(a, b))
		return true;
	if (!is_of_same_field(a, b))
		return false;
	if (a.comparison->left.type == PROPERTY_NUMBER && ranges_conflict(a, b))
		return true;
	if (is_of_part(a.comparison) && is_of_part(b.comparison))
		return parts_conflict(a, b) || parts_conflict(b, a);
	return literals_exhaust(both, 2, 0, &last, effort) ||
	       literals_exhaust(both, 2, 1, &last, effort);
}
