/* SPDX-License-Identifier: MIT */
#include "rules/comparison.h"

#include <string.h>
#include <strings.h>

enum matched matched_not(enum matched matched)
{
	if (matched == MATCHED_UNDECIDED)
		return MATCHED_UNDECIDED;
	return matched == MATCHED_YES ? MATCHED_NO : MATCHED_YES;
}

static enum matched matched_from(bool yes)
{
	return yes ? MATCHED_YES : MATCHED_NO;
}

static struct value value_of_text(struct text text)
{
	return (struct value){ .state = text.bytes ? VALUE_KNOWN : VALUE_NONE, .text = text };
}

static struct value read_item(const struct operand *operand, const struct event *event)
{
	struct value list = property_get(operand->property, event);

	if (list.state == VALUE_UNKNOWN)
		return list;
	return value_of_text(
		text_of(operand->index < list.count ? list.items[operand->index] : NULL));
}

/*
 * Both operands of a comparison may be fields. What property_get() puts together for them stands in one
 * buffer for arguments and in one for addresses, and the fields that share one have the same text in it.
 */
struct value operand_read(const struct operand *operand, const struct event *event)
{
	if (!operand->property)
		return operand->value;
	if (operand->has_index)
		return read_item(operand, event);
	if (!operand->field && !operand->header)
		return property_get(operand->property, event);
	if (!(operand->property->actions & ACTION_BIT(event->action)))
		return value_of_text((struct text){ 0 });
	return value_of_text(operand->header ? content_header(event->content, operand->header)
					     : content_get(event->content, operand->field));
}

/*
 * Texts.
 */

static bool text_equals(struct text a, struct text b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

static bool text_starts(struct text text, struct text with)
{
	return with.size <= text.size &&
	       (with.size == 0 || memcmp(text.bytes, with.bytes, with.size) == 0);
}

static bool text_ends(struct text text, struct text with)
{
	return with.size <= text.size &&
	       (with.size == 0 ||
		memcmp(text.bytes + text.size - with.size, with.bytes, with.size) == 0);
}

static bool text_contains(struct text text, struct text part)
{
	return part.size == 0 ||
	       (text.size > 0 && memmem(text.bytes, text.size, part.bytes, part.size));
}

static struct text base_name(struct text path)
{
	const char *slash = memrchr(path.bytes, '/', path.size);

	if (!slash)
		return path;
	return (struct text){ slash + 1, path.size - (size_t)(slash + 1 - path.bytes) };
}

static enum matched match_glob(const struct comparison *comparison, const struct glob *glob,
			       struct text text)
{
	if (comparison->globs_of == OF_TEXT)
		return command_matches_text(glob, text.bytes, text.size);
	if (!text.bytes)
		return MATCHED_NO;
	if (comparison->globs_of == OF_PROGRAM && glob_is_base_name(glob))
		text = base_name(text);
	return matched_from(glob_matches(glob, text.bytes, text.size));
}

static enum matched match_globs(const struct comparison *comparison, struct text text)
{
	enum matched matched = MATCHED_NO;

	for (const struct glob *glob = comparison->globs; glob; glob = glob->next) {
		enum matched one = match_glob(comparison, glob, text);

		if (one == MATCHED_YES)
			return one;
		if (one == MATCHED_UNDECIDED)
			matched = one;
	}
	return matched;
}

static enum matched match_text(const struct comparison *comparison, struct text left,
			       struct text right)
{
	switch (comparison->compare) {
	case COMPARE_MATCHES:
		return pattern_matches(comparison->pattern, left);
	case COMPARE_GLOB:
		return match_globs(comparison, left);
	case COMPARE_STARTS:
		return matched_from(text_starts(left, right));
	case COMPARE_ENDS:
		return matched_from(text_ends(left, right));
	case COMPARE_CONTAINS:
		return matched_from(text_contains(left, right));
	default:
		return matched_from(text_equals(left, right));
	}
}

/* Of a list, the items one by one. */
static enum matched match_texts(const struct comparison *comparison, const struct value *left,
				const struct value *right)
{
	enum matched matched = MATCHED_NO;

	if (comparison->left.type != PROPERTY_LIST)
		return match_text(comparison, left->text, right->text);
	for (size_t i = 0; i < left->count; i++) {
		enum matched one = match_text(comparison, text_of(left->items[i]), right->text);

		if (one == MATCHED_YES)
			return one;
		if (one == MATCHED_UNDECIDED)
			matched = one;
	}
	return matched;
}

/*
 * Numbers, and what is equal.
 */

static bool value_equals(enum property_type type, const struct value *left,
			 const struct value *right)
{
	if (type == PROPERTY_TEXT)
		return text_equals(left->text, right->text);
	if (type == PROPERTY_BOOL)
		return left->number == right->number;
	return left->state == VALUE_KNOWN && right->state == VALUE_KNOWN &&
	       left->number == right->number;
}

static bool value_in(const struct comparison *comparison, const struct value *left,
		     const struct value *right)
{
	const struct operand *list = &comparison->right;

	for (size_t i = 0; i < list->item_count; i++)
		if (value_equals(comparison->left.type, left, &list->items[i].value))
			return true;
	for (size_t i = 0; list->property && i < right->count; i++)
		if (text_equals(left->text, text_of(right->items[i])))
			return true;
	return false;
}

static bool number_compares(enum compare compare, const struct value *left,
			    const struct value *right)
{
	if (left->state != VALUE_KNOWN || right->state != VALUE_KNOWN)
		return false;
	switch (compare) {
	case COMPARE_LESS:
		return left->number < right->number;
	case COMPARE_AT_MOST:
		return left->number <= right->number;
	case COMPARE_GREATER:
		return left->number > right->number;
	default:
		return left->number >= right->number;
	}
}

static enum matched compare_values(const struct comparison *comparison, const struct value *left,
				   const struct value *right)
{
	switch (comparison->compare) {
	case COMPARE_EQUAL:
		return matched_from(value_equals(comparison->left.type, left, right));
	case COMPARE_IN:
		return matched_from(value_in(comparison, left, right));
	case COMPARE_LESS:
	case COMPARE_AT_MOST:
	case COMPARE_GREATER:
	case COMPARE_AT_LEAST:
		return matched_from(number_compares(comparison->compare, left, right));
	default:
		return match_texts(comparison, left, right);
	}
}

enum matched comparison_of(const struct comparison *comparison, const struct value *left,
			   const struct value *right)
{
	enum matched matched;

	if (left->state == VALUE_UNKNOWN || right->state == VALUE_UNKNOWN)
		return MATCHED_UNDECIDED;
	matched = compare_values(comparison, left, right);
	return comparison->negated ? matched_not(matched) : matched;
}

enum matched comparison_holds(const struct comparison *comparison, const struct event *event)
{
	struct value left = operand_read(&comparison->left, event);
	struct value right = operand_read(&comparison->right, event);

	return comparison_of(comparison, &left, &right);
}

static bool constants_equal(const struct operand *a, const struct operand *b)
{
	if (a->type != b->type || a->item_count != b->item_count)
		return false;
	if (a->type != PROPERTY_LIST)
		return value_equals(a->type, &a->value, &b->value);
	for (size_t i = 0; i < a->item_count; i++)
		if (a->items[i].type != b->items[i].type ||
		    !value_equals(a->items[i].type, &a->items[i].value, &b->items[i].value))
			return false;
	return true;
}

bool operand_equals(const struct operand *a, const struct operand *b)
{
	if (a->property != b->property)
		return false;
	if (!a->property)
		return constants_equal(a, b);
	if (a->has_index != b->has_index || a->index != b->index || !a->header != !b->header)
		return false;
	return !a->header || strcasecmp(a->header, b->header) == 0;
}
