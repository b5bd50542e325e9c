/* SPDX-License-Identifier: MIT */
#include "protocols/refusal.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

#define ESCAPE_SIZE 8

/* One character as a JSON string has it. Return: its length, 0: left out. */
static size_t escape(const char *at, size_t size, uint32_t c, char *out)
{
	if (c == '"' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		return 2;
	}
	if (c < ' ' || c == 0x7f)
		return (size_t)snprintf(out, ESCAPE_SIZE, "\\u%04x", (unsigned)c);
	memcpy(out, at, size);
	return size;
}

size_t refusal_json(const char *before, const char *text, const char *after, char *out, size_t size)
{
	size_t at = strlen(before), end = strlen(after), left = strlen(text);

	if (at + end > size)
		return 0;
	memcpy(out, before, at);
	while (left > 0) {
		char escaped[ESCAPE_SIZE];
		uint32_t c = 0;
		size_t taken = utf8_next(text, left, &c);
		size_t length = taken ? escape(text, taken, c, escaped) : 0;

		if (length > size - end - at)
			break;
		memcpy(out + at, escaped, length);
		at += length;
		text += taken ? taken : 1;
		left -= taken ? taken : 1;
	}
	memcpy(out + at, after, end);
	return at + end;
}

size_t refusal_bytes(char *out, size_t size, size_t at, const void *bytes, size_t count)
{
	if (at > size || count > size - at)
		return 0;
	memcpy(out + at, bytes, count);
	return at + count;
}
