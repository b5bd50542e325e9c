/* SPDX-License-Identifier: MIT */
#include "rules/detect_scan.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Return: the size of the first of these that stands at @at; 0: none does. */
static size_t any_at(struct text text, size_t at, const char *const *spellings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t size = strlen(spellings[i]);

		if (at < text.size && text.size - at >= size &&
		    memcmp(text.bytes + at, spellings[i], size) == 0)
			return size;
	}
	return 0;
}

size_t blank_at(struct text text, size_t at)
{
	static const char *const blanks[] = {
		" ", "\u00a0", "\u202f", "\u2007", "\u2008", "\u2009", "\u200a", "&nbsp;", "%20",
	};

	return any_at(text, at, blanks, COUNT_OF(blanks));
}

size_t hyphen_at(struct text text, size_t at)
{
	static const char *const hyphens[] = { "-", "\u2010", "\u2011", "\u2012", "\u2013" };

	return any_at(text, at, hyphens, COUNT_OF(hyphens));
}

static bool is_of_word(char byte)
{
	return is_digit(byte) || is_letter(byte) || byte == '_';
}

/*
 * Of UTF-8: U+00A0 to U+00BF but for the ordinals and the micro sign, and U+2000 to U+206F, are blanks, quotes,
 * dashes and other marks. All else counts as letters.
 */
static bool is_mark(unsigned char first, unsigned char second)
{
	if (first == 0xc2)
		return second != 0xaa && second != 0xb5 && second != 0xba;
	return first == 0xe2 && (second == 0x80 || second == 0x81);
}

bool word_at(struct text text, size_t at)
{
	unsigned char byte = (unsigned char)byte_at(text, at);

	if (byte < 0x80)
		return is_of_word((char)byte);
	return !is_mark(byte, (unsigned char)byte_at(text, at + 1));
}

static bool is_hex(char byte)
{
	return is_digit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

bool word_before(struct text text, size_t at)
{
	char before = byte_at(text, at - 1);

	if ((unsigned char)before >= 0x80) {
		size_t first = at - 1;

		while (at - first < 3 && ((unsigned char)byte_at(text, first) & 0xc0) == 0x80)
			first--;
		return word_at(text, first);
	}
	if (!is_of_word(before))
		return false;
	if (byte_at(text, at - 2) == '\\' && strchr("bfnrt", before))
		return false;
	return !(byte_at(text, at - 3) == '%' && is_hex(byte_at(text, at - 2)) && is_hex(before));
}
