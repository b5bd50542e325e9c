/* SPDX-License-Identifier: MIT */
/*
 * Texts and numbers as they are written.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "rules/condition_tree.h"

int condition_read_number(const struct reading *reading, struct operand *out)
{
	const struct token *token = &reading->token;
	const char *at = reading->text + token->start;
	const char *end = reading->text + token->end;
	long long number = 0;
	uint64_t factor;
	bool fits = true;
	char shown[32];

	for (; at < end && *at >= '0' && *at <= '9'; at++)
		fits = fits && !__builtin_mul_overflow(number, 10LL, &number) &&
		       !__builtin_add_overflow(number, *at - '0', &number);
	condition_copy(reading, token->start, token->end, shown, sizeof(shown));
	if (*at == '.' && at < end)
		return condition_fail(reading, token->start, "'%s': numbers have no fraction",
				      shown);
	if (!unit_find(at, (size_t)(end - at), &out->unit, &factor))
		return condition_fail(reading, token->start,
				      "'%s' has no unit of ours; hint: s m h d for durations, "
				      "B KB MB GB TB KiB MiB GiB TiB for sizes",
				      shown);
	if (!fits || __builtin_mul_overflow(number, factor, &number))
		return condition_fail(reading, token->start, "'%s' is too large", shown);
	out->type = PROPERTY_NUMBER;
	out->value = (struct value){ .state = VALUE_KNOWN, .number = number };
	return 0;
}

/*
 * Texts.
 */

struct growing {
	char bytes[PATTERN_SIZE_MAX];
	size_t size;
	bool full;
};

static void grow(struct growing *out, char byte)
{
	if (out->size == sizeof(out->bytes))
		out->full = true;
	else
		out->bytes[out->size++] = byte;
}

static bool is_magic(char byte, enum quoting quoting)
{
	static const char *const magic[] = {
		[QUOTE_NONE] = "",
		[QUOTE_GLOB] = "*?[]{},\\~@", /* as rules/expand.c does in keys */
		[QUOTE_PATTERN] = "\\^$.[]|()?*+{}-#& \t\n",
	};

	return strchr(magic[quoting], byte);
}

/* Return: what one escaped byte stands for; 0 for none. */
static char unescape(char byte)
{
	static const char from[] = "\\'\"$nt";
	static const char to[] = "\\'\"$\n\t";
	const char *found = byte ? strchr(from, byte) : NULL;

	return found ? to[found - from] : '\0';
}

/* @at: of "${"; moved behind it. */
static int grow_variable(const struct reading *reading, const char **at, enum quoting quoting,
			 struct growing *out)
{
	const char *start = *at;
	const char *end = reading->text + reading->token.end - 1;
	size_t len = strcspn(start, "}'\"");
	struct expand_fault fault;
	const char *value;
	char *name;
	int r;

	if (start + len >= end || start[len] != '}')
		return condition_fail(reading, (size_t)(start - reading->text),
				      "a '${' is not closed; hint: write '\\$' for the character");
	name = arena_copy(reading->arena, start, len + 1);
	if (!name)
		return -ENOMEM;
	r = expand_variables(reading->arena, reading->scope->variables, name, false, &value,
			     &fault);
	if (r == -EINVAL)
		return condition_fail(reading, (size_t)(start - reading->text), "%s", fault.text);
	if (r < 0)
		return r;
	for (; *value; value++) {
		if (is_magic(*value, quoting))
			grow(out, '\\');
		grow(out, *value);
	}
	*at += len + 1;
	return 0;
}

static int fail_escape(const struct reading *reading, const char *at)
{
	size_t offset = (size_t)(at - reading->text);

	if ((unsigned char)at[1] <= ' ' || (unsigned char)at[1] > '~')
		return condition_fail(reading, offset,
				      "unknown escape; hint: write '\\\\' for a backslash");
	return condition_fail(reading, offset, "unknown escape '\\%c'; hint: write '\\\\%c'", at[1],
			      at[1]);
}

int condition_read_text(const struct reading *reading, enum quoting quoting, const char **out)
{
	const char *at = reading->text + reading->token.start + 1;
	const char *end = reading->text + reading->token.end - 1;
	struct growing growing = { .size = 0 };

	while (at < end) {
		if (at[0] == '\\' && !unescape(at[1]))
			return fail_escape(reading, at);
		if (at[0] == '$' && at[1] == '{') {
			int r = grow_variable(reading, &at, quoting, &growing);

			if (r < 0)
				return r;
		} else if (at[0] == '\\') {
			grow(&growing, unescape(at[1]));
			at += 2;
		} else {
			grow(&growing, *at++);
		}
	}
	if (growing.full)
		return condition_fail(reading, reading->token.start,
				      "with its variables it is longer than %d bytes",
				      PATTERN_SIZE_MAX);
	*out = arena_copy(reading->arena, growing.bytes, growing.size);
	return *out ? 0 : -ENOMEM;
}
