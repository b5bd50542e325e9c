/* SPDX-License-Identifier: MIT */
#include "audit/arguments.h"

#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

/* Always left free: what closes a cut text, `"},{"cut":18446744073709551615}]` and the NUL. */
#define RESERVE 40

struct out {
	char *text;
	size_t used, end; /* filled up to @end; what closes a text may lie behind it */
};

static bool put(struct out *out, const char *bytes, size_t size)
{
	if (out->used > out->end || size > out->end - out->used)
		return false;
	memcpy(out->text + out->used, bytes, size);
	out->used += size;
	return true;
}

/* Closing text: there is always room for it. */
static void close_with(struct out *out, const char *text)
{
	size_t len = strlen(text);

	memcpy(out->text + out->used, text, len + 1);
	out->used += len;
}

static bool is_utf8(const char *text, size_t len)
{
	uint32_t value;
	size_t step;

	for (; len > 0; text += step, len -= step) {
		step = utf8_next(text, len, &value);
		if (step == 0)
			return false;
	}
	return true;
}

static bool put_character(struct out *out, const char *at, size_t len)
{
	char escaped[8];
	unsigned char c = (unsigned char)*at;

	if (c == '"' || c == '\\')
		(void)snprintf(escaped, sizeof(escaped), "\\%c", c);
	else if (c < 0x20 || c == 0x7f)
		(void)snprintf(escaped, sizeof(escaped), "\\u%04x", c);
	else
		return put(out, at, len);
	return put(out, escaped, strlen(escaped));
}

static bool put_string(struct out *out, const char *text, size_t len)
{
	bool whole = true;
	uint32_t value;

	for (size_t step; len > 0 && whole; text += step, len -= step) {
		step = utf8_next(text, len, &value);
		whole = put_character(out, text, step);
	}
	close_with(out, "\"");
	return whole;
}

static bool put_hex(struct out *out, const char *text, size_t len)
{
	bool whole = true;

	for (size_t i = 0; i < len && whole; i++) {
		char digits[4];

		(void)snprintf(digits, sizeof(digits), "%02x", (unsigned char)text[i]);
		whole = put(out, digits, 2);
	}
	close_with(out, "\"}");
	return whole;
}

/* Return: whether the whole argument found room. */
static bool put_argument(struct out *out, const char *argument, bool is_first)
{
	size_t len = strlen(argument);
	bool text = is_utf8(argument, len);
	const char *start = text ? ",\"" : ",{\"hex\":\"";

	start += is_first;
	if (!put(out, start, strlen(start)))
		return false;
	return text ? put_string(out, argument, len) : put_hex(out, argument, len);
}

bool arguments_to_json(const char *const *argv, size_t argc, char *text, size_t size)
{
	struct out out = { .text = text, .end = size - RESERVE };
	char cut[RESERVE];
	size_t i = 0;

	close_with(&out, "[");
	while (i < argc && put_argument(&out, argv[i], i == 0))
		i++;
	if (i < argc) {
		(void)snprintf(cut, sizeof(cut), "%s{\"cut\":%zu}", out.used > 1 ? "," : "",
			       argc - i);
		close_with(&out, cut);
	}
	close_with(&out, "]");
	return i < argc;
}
