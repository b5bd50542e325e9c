/* SPDX-License-Identifier: MIT */
#include "rules/surrogates.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ESCAPE 6  /* \u and four digits */
#define JOINED 10 /* \U and eight digits */

/* The number of "\uXXXX" at @text; 0 when it is none. */
static unsigned escape_at(const char *text, const char *end)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	unsigned number = 0;

	if (end - text < ESCAPE || text[0] != '\\' || text[1] != 'u')
		return 0;
	for (size_t i = 2; i < ESCAPE; i++) {
		const char *digit = memchr(digits, text[i], sizeof(digits) - 1);

		if (!digit)
			return 0;
		number = number * 16 + (unsigned)(digit - digits) % 16;
	}
	return number;
}

/* The character of the pair at @text; 0 when there is none. */
static unsigned pair_at(const char *text, const char *end)
{
	unsigned high = escape_at(text, end);
	unsigned low;

	if (high < 0xd800 || high > 0xdbff)
		return 0;
	low = escape_at(text + ESCAPE, end);
	if (low < 0xdc00 || low > 0xdfff)
		return 0;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

const char *surrogates_join(struct arena *arena, const char *text, size_t size, size_t *out_size)
{
	const char *end = text + size;
	char *copy, *out;
	bool is_in_string = false;

	*out_size = size;
	if (!memmem(text, size, "\\u", 2))
		return text;
	copy = arena_alloc(arena, size + 1);
	if (!copy)
		return NULL;
	out = copy;
	while (text < end) {
		unsigned pair = is_in_string ? pair_at(text, end) : 0;

		if (pair) {
			out += snprintf(out, JOINED + 1, "\\U%08X", pair);
			text += 2 * ESCAPE;
			continue;
		}
		if (*text == '"')
			is_in_string = !is_in_string;
		if (is_in_string && *text == '\\' && end - text > 1)
			*out++ = *text++; /* what is escaped ends no string */
		*out++ = *text++;
	}
	*out_size = (size_t)(out - copy);
	return copy;
}
