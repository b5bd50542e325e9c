/* SPDX-License-Identifier: MIT */
#include "common/printable.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

/*
 * Invisible characters, and those that change the direction of what is around them: Unicode Standard
 * Annex 9, the format characters (general category Cf), and what may be shown as nothing at all
 * (Default_Ignorable_Code_Point: fillers, variation selectors, tags).
 */
static bool is_hidden(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x80, 0x9f },	      { 0xad, 0xad },	    { 0x34f, 0x34f },
		{ 0x600, 0x605 },     { 0x61c, 0x61c },	    { 0x6dd, 0x6dd },
		{ 0x70f, 0x70f },     { 0x890, 0x891 },	    { 0x8e2, 0x8e2 },
		{ 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },
		{ 0x200b, 0x200f },   { 0x2028, 0x202e },   { 0x2060, 0x206f },
		{ 0x3164, 0x3164 },   { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },   { 0x110bd, 0x110bd },
		{ 0x110cd, 0x110cd }, { 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 },
		{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* The next character of @text as it will be shown. Return: bytes of @text that it took. */
static size_t show(const char *text, size_t left, char *shown, size_t size)
{
	uint32_t c;
	size_t len = utf8_next(text, left, &c);

	if (len == 0 || c < ' ' || c == 0x7f) {
		(void)snprintf(shown, size, "\\x%02x", (unsigned char)*text);
		return 1;
	}
	if (is_hidden(c))
		(void)snprintf(shown, size, "\\u{%x}", (unsigned)c);
	else
		(void)snprintf(shown, size, "%.*s", (int)len, text);
	return len;
}

char *printable_copy(const char *text, char *out, size_t size)
{
	size_t left = strlen(text);
	size_t used = 0;

	while (left > 0) {
		char shown[16];
		size_t taken = show(text, left, shown, sizeof(shown));
		size_t len = strlen(shown);

		if (len >= size - used)
			break;
		memcpy(out + used, shown, len);
		used += len;
		text += taken;
		left -= taken;
	}
	out[used] = '\0';
	return out;
}
