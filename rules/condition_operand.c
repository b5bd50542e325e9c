/* SPDX-License-Identifier: MIT */
/*
 * Operands: fields with their index, values, lists of values.
 */
#include <errno.h>
#include <string.h>

#include "common/nearest.h"
#include "rules/condition_tree.h"

#define WORDS_MAX 64
#define SHOWN 48

static const char *show_token(const struct reading *reading, char *out)
{
	return condition_copy(reading, reading->token.start, reading->token.end, out, SHOWN);
}

/* Words that stand between or before operands. */
static bool is_keyword(const struct reading *reading)
{
	static const char *const words[] = {
		"and", "or", "not", "in", "matches", "glob", "startswith", "endswith", "contains",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (token_is(reading, words[i]))
			return true;
	return false;
}

static int fail_field(const struct reading *reading, const char *name)
{
	const char *names[WORDS_MAX];
	size_t count = 0;
	const char *meant;
	char shown[SHOWN];

	for (; count < WORDS_MAX && property_at(count); count++)
		names[count] = property_at(count)->name;
	meant = nearest_word(name, names, count);
	show_token(reading, shown);
	if (meant)
		return condition_fail(reading, reading->token.start,
				      "unknown field '%s'; hint: did you mean '%s'?", shown, meant);
	return condition_fail(reading, reading->token.start,
			      "unknown field '%s'; hint: texts stand in quotes", shown);
}

static int expect_bracket(struct reading *reading)
{
	if (!token_is(reading, "]"))
		return condition_fail(reading, reading->token.start, "a ']' is needed here");
	return condition_next(reading);
}

static int read_item_number(struct reading *reading, struct operand *out)
{
	struct operand number = { .type = PROPERTY_NUMBER };
	int r;

	if (reading->token.kind != TOKEN_NUMBER)
		return condition_fail(reading, reading->token.start,
				      "a number from 0 is needed in these brackets");
	r = condition_read_number(reading, &number);
	if (r < 0)
		return r;
	if (number.unit != UNIT_NONE)
		return condition_fail(reading, reading->token.start,
				      "a number without a unit is needed in these brackets");
	out->has_index = true;
	out->index = (size_t)number.value.number;
	return 0;
}

static int read_header(struct reading *reading, struct operand *out)
{
	if (reading->token.kind != TOKEN_TEXT)
		return condition_fail(reading, reading->token.start,
				      "a name in quotes is needed in these brackets");
	if (reading->token.end - reading->token.start == 2)
		return condition_fail(reading, reading->token.start, "the name is empty");
	return condition_read_text(reading, QUOTE_NONE, &out->header);
}

static int read_index(struct reading *reading, struct operand *out)
{
	int r;

	if (out->type != PROPERTY_LIST && out->type != PROPERTY_MAP)
		return condition_fail(reading, reading->token.start,
				      "'%s' is no list, and has no items", out->property->name);
	r = condition_next(reading);
	if (r == 0)
		r = out->type == PROPERTY_LIST ? read_item_number(reading, out)
					       : read_header(reading, out);
	if (r == 0)
		r = condition_next(reading);
	if (r == 0)
		r = expect_bracket(reading);
	out->type = PROPERTY_TEXT;
	return r;
}

static int read_field(struct reading *reading, struct operand *out)
{
	const struct token token = reading->token;
	char *name = arena_copy(reading->arena, reading->text + token.start,
				token.end - token.start);
	int r;

	if (!name)
		return -ENOMEM;
	out->property = property_find(strcmp(name, "action.type") == 0 ? "action" : name);
	if (!out->property)
		return fail_field(reading, name);
	out->type = out->property->type;
	if (strcmp(name, "bytes") == 0)
		out->unit = UNIT_BYTES;
	if (!out->property->read)
		out->field = content_field_find(out->property->name);
	r = condition_next(reading);
	if (r == 0 && token_is(reading, "["))
		r = read_index(reading, out);
	if (r == 0 && out->type == PROPERTY_MAP)
		return condition_fail(reading, token.start,
				      "'%s' needs a name in brackets; hint: %s['host']", name,
				      name);
	return r;
}

/*
 * Values.
 */

static int read_value(struct reading *reading, enum quoting quoting, struct operand *out)
{
	const char *text;
	int r;

	if (reading->token.kind == TOKEN_NUMBER)
		return condition_read_number(reading, out);
	r = condition_read_text(reading, quoting, &text);
	if (r < 0)
		return r;
	out->type = PROPERTY_TEXT;
	out->value = (struct value){ .state = VALUE_KNOWN, .text = text_of(text) };
	return 0;
}

static int read_item(struct reading *reading, struct operand *item)
{
	char shown[SHOWN];
	int r;

	if (reading->token.kind != TOKEN_TEXT && reading->token.kind != TOKEN_NUMBER)
		return condition_fail(
			reading, reading->token.start,
			reading->token.kind == TOKEN_END
				? "a list is not closed"
				: "a list holds texts and numbers, and '%s' is neither",
			show_token(reading, shown));
	item->start = reading->token.start;
	item->end = reading->token.end;
	r = read_value(reading, QUOTE_NONE, item);
	return r < 0 ? r : condition_next(reading);
}

/* Commas at most, so that all items have room. */
static size_t count_items(const struct reading *reading)
{
	size_t count = 1;

	for (const char *at = reading->text + reading->token.start; *at; at++)
		count += *at == ',';
	return count;
}

static int read_list(struct reading *reading, struct operand *out)
{
	struct operand *items = arena_alloc(reading->arena, count_items(reading) * sizeof(*items));
	size_t start = reading->token.start;
	int r = items ? condition_next(reading) : -ENOMEM;

	if (r == 0 && token_is(reading, "]"))
		return condition_fail(reading, start, "an empty list holds nothing");
	for (; r == 0; r = condition_next(reading)) {
		struct operand *item = &items[out->item_count];

		r = read_item(reading, item);
		if (r < 0)
			return r;
		if (item->type != items[0].type || item->unit != items[0].unit)
			return condition_fail(reading, item->start,
					      "the values of a list are of one kind");
		out->item_count++;
		if (!token_is(reading, ","))
			break;
	}
	out->items = items;
	out->type = PROPERTY_LIST;
	out->unit = items ? items[0].unit : UNIT_NONE;
	out->value.state = VALUE_KNOWN;
	if (r < 0)
		return r;
	if (reading->token.kind == TOKEN_END)
		return condition_fail(reading, start, "a list is not closed");
	if (!token_is(reading, "]"))
		return condition_fail(reading, reading->token.start,
				      "a ',' or a ']' is needed here");
	return 0;
}

/* What stands alone; the token is left where it is. */
static int read_constant(struct reading *reading, enum quoting quoting, struct operand *out)
{
	char shown[SHOWN];

	if (token_is(reading, "["))
		return read_list(reading, out);
	if (token_is(reading, "true") || token_is(reading, "false")) {
		out->type = PROPERTY_BOOL;
		out->value.state = VALUE_KNOWN;
		out->value.number = token_is(reading, "true");
		return 0;
	}
	if (reading->token.kind == TOKEN_NUMBER || reading->token.kind == TOKEN_TEXT)
		return read_value(reading, quoting, out);
	if (reading->token.kind == TOKEN_END)
		return condition_fail(reading, reading->token.start,
				      "a field or a value is needed at the end");
	return condition_fail(reading, reading->token.start,
			      "a field or a value is needed here, not '%s'",
			      show_token(reading, shown));
}

int condition_read_operand(struct reading *reading, enum quoting quoting, struct operand *out)
{
	bool is_field = reading->token.kind == TOKEN_WORD && !is_keyword(reading) &&
			!token_is(reading, "true") && !token_is(reading, "false");
	int r;

	*out = (struct operand){ .start = reading->token.start };
	if (is_field) {
		r = read_field(reading, out);
	} else {
		r = read_constant(reading, quoting, out);
		if (r == 0)
			r = condition_next(reading);
	}
	/* Behind the blanks before the next token, which stand for nothing. */
	out->end = reading->token.start;
	while (out->end > out->start + 1 && strchr(" \t\r\n", reading->text[out->end - 1]))
		out->end--;
	return r;
}
