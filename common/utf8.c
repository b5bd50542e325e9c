/* SPDX-License-Identifier: MIT */
#include "common/utf8.h"

#include <stdbool.h>

static const struct {
	unsigned char mask, lead; /* of the first byte */
	uint32_t least;		  /* less would be an overlong form */
} forms[] = {
	{ 0x80, 0x00, 0 },
	{ 0xe0, 0xc0, 0x80 },
	{ 0xf0, 0xe0, 0x800 },
	{ 0xf8, 0xf0, 0x10000 },
};

static bool is_character(uint32_t value)
{
	return value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
}

size_t utf8_next(const char *text, size_t size, uint32_t *out_char)
{
	unsigned char first = (unsigned char)text[0];

	for (size_t more = 0; more < sizeof(forms) / sizeof(forms[0]); more++) {
		uint32_t value = first & (unsigned char)~forms[more].mask;

		if ((first & forms[more].mask) != forms[more].lead)
			continue;
		if (more >= size)
			return 0;
		for (size_t i = 1; i <= more; i++) {
			if (((unsigned char)text[i] & 0xc0) != 0x80)
				return 0;
			value = value << 6 | ((unsigned char)text[i] & 0x3f);
		}
		if (value < forms[more].least || !is_character(value))
			return 0;
		*out_char = value;
		return more + 1;
	}
	return 0;
}
