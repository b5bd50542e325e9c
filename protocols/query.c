/* SPDX-License-Identifier: MIT */
#include "protocols/query.h"

#include <string.h>

#include "common/utf8.h"

int query_ask(const struct query_target *target, const void *text, size_t size)
{
	const struct content content = {
		.query = { .bytes = text, .size = size },
		.dialect = text_of(target->dialect),
		.database = text_of(target->database),
	};
	const struct stream_asker *asker = target->asker;

	return asker->ask(asker->data, ACTION_DATABASE_QUERY, &content, true) ? 0
									      : STREAM_E_REFUSED;
}

int query_ask_unread(const struct query_target *target, struct buffer *text)
{
	int r = buffer_add(text, "", 1, STREAM_ASK_MAX + 1);

	return r < 0 ? r : query_ask(target, text->bytes, text->size);
}

bool query_is_plain(const void *text, size_t size)
{
	const unsigned char *at = text;

	for (size_t i = 0; i < size; i++)
		if (at[i] >= 0x80 || at[i] == '\\')
			return false;
	return true;
}

/* Return: the letter in its small form, or the digit; 0 for what is skipped. */
static char squeezed(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '\0';
}

static bool begins(const char *at, const char *end, const char *word)
{
	for (; *word && at < end; at++) {
		char c = squeezed(*at);

		if (c && c != *word++)
			return false;
	}
	return *word == '\0';
}

bool query_mentions(const void *text, size_t size, const char *const *words)
{
	const char *start = text, *end = start + size;

	for (const char *at = start; at < end; at++) {
		char c = squeezed(*at);

		for (size_t i = 0; c && words[i]; i++)
			if (c == words[i][0] && begins(at, end, words[i]))
				return true;
	}
	return false;
}

size_t query_line(const char *text, char *out, size_t room)
{
	size_t left = strlen(text), used = 0;

	while (left > 0) {
		uint32_t c;
		size_t step = utf8_next(text, left, &c);
		bool is_shown = step > 1 || (step == 1 && c >= ' ' && c != 0x7f);

		step = step ? step : 1;
		if (step > room - used)
			break;
		memcpy(out + used, is_shown ? text : " ", step);
		used += step;
		text += step;
		left -= step;
	}
	return used;
}
