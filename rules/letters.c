/* SPDX-License-Identifier: MIT */
#include "rules/letters.h"

#include <stdint.h>
#include <string.h>

#define NAME_BYTES 4096 /* no name is longer, nor a path */

/* What becomes of the characters of a range: they are moved by a distance, or one of these. */
enum { DROPPED = 1 << 24, PAIRED };

struct range {
	uint32_t first, last;
	int32_t moved; /* PAIRED: each even one is the capital of the next */
};

/* The first that holds a character counts. */
static const struct range ranges[] = {
	{ 0x00ad, 0x00ad, DROPPED },
	{ 0x00b5, 0x00b5, 0x307 },   /* micro sign: mu */
	{ 0x0300, 0x036f, DROPPED }, /* combining marks */
	{ 0x037e, 0x037e, ';' - 0x37e },
	{ 0x0386, 0x0386, 0x26 },
	{ 0x0388, 0x038a, 0x25 },
	{ 0x038c, 0x038c, 0x40 },
	{ 0x038e, 0x038f, 0x3f },
	{ 0x0391, 0x03ab, 0x20 },
	{ 0x03c2, 0x03c2, 1 },	  /* final sigma */
	{ 0x0400, 0x0400, 0x35 }, /* io, short i and yi as the letters below their marks */
	{ 0x0401, 0x0401, 0x34 },
	{ 0x0407, 0x0407, 0x4f },
	{ 0x0402, 0x040f, 0x50 },
	{ 0x0419, 0x0419, 0x1f },
	{ 0x0410, 0x042f, 0x20 },
	{ 0x0439, 0x0439, -1 },
	{ 0x0450, 0x0450, -0x1b },
	{ 0x0451, 0x0451, -0x1c },
	{ 0x0457, 0x0457, -1 },
	{ 0x0460, 0x0481, PAIRED },
	{ 0x048a, 0x04bf, PAIRED },
	{ 0x04d0, 0x052f, PAIRED },
	{ 0x0531, 0x0556, 0x30 },
	{ 0x061c, 0x061c, DROPPED },
	{ 0x115f, 0x1160, DROPPED },
	{ 0x17b4, 0x17b5, DROPPED },
	{ 0x180b, 0x180f, DROPPED },
	{ 0x1e00, 0x1eff, PAIRED },
	{ 0x1fef, 0x1fef, '`' - 0x1fef },
	{ 0x200b, 0x200f, DROPPED },
	{ 0x202a, 0x202e, DROPPED },
	{ 0x2060, 0x206f, DROPPED },
	{ 0x2126, 0x2126, 0x3c9 - 0x2126 }, /* ohm sign: omega */
	{ 0x212a, 0x212a, 'k' - 0x212a },   /* Kelvin sign */
	{ 0x212b, 0x212b, 'a' - 0x212b },   /* angstrom sign */
	{ 0x3164, 0x3164, DROPPED },
	{ 0xfe00, 0xfe0f, DROPPED },
	{ 0xfeff, 0xfeff, DROPPED },
	{ 0xff01, 0xff5e, '!' - 0xff01 }, /* fullwidth forms of ASCII */
	{ 0xffa0, 0xffa0, DROPPED },
	{ 0xfff0, 0xfff8, DROPPED },
	{ 0x1bca0, 0x1bca3, DROPPED },
	{ 0x1d173, 0x1d17a, DROPPED },
	{ 0xe0000, 0xe0fff, DROPPED },
};

/* U+00C0 to U+017F without their accents; '*' and '/' are no letters. */
static const char latin[] = "aaaaaaaceeeeiiiidnooooo*ouuuuyts"
			    "aaaaaaaceeeeiiiidnooooo/ouuuuyty"
			    "aaaaaaccccccccddddeeeeeeeeeegggg"
			    "gggghhhhiiiiiiiiiiiijjkkklllllll"
			    "lllnnnnnnnnnoooooooorrrrrrssssss"
			    "ssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

_Static_assert(sizeof(latin) == 0x180 - 0xc0 + 1, "one letter each");

/* What folds to several letters: sharp s, and the ligatures from U+FB00 on. */
static const char *several(uint32_t character)
{
	static const char *const ligatures[] = { "ff", "fi", "fl", "ffi", "ffl", "st", "st" };

	if (character == 0xdf || character == 0x1e9e)
		return "ss";
	return character >= 0xfb00 && character <= 0xfb06 ? ligatures[character - 0xfb00] : NULL;
}

static uint32_t fold_ascii(uint32_t character)
{
	return character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character;
}

/* 0: nothing is left of it. */
static uint32_t fold_one(uint32_t character)
{
	if (character >= 0xc0 && character < 0x180 && latin[character - 0xc0] >= 'a')
		return (unsigned char)latin[character - 0xc0];
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		const struct range *range = &ranges[i];

		if (character < range->first || character > range->last)
			continue;
		if (range->moved == DROPPED)
			return 0;
		if (range->moved == PAIRED)
			return character | 1;
		return fold_ascii((uint32_t)((int32_t)character + range->moved));
	}
	return character;
}

/* The character beyond ASCII at @text and its bytes; 0 bytes when it is none. */
static size_t decode(const char *text, size_t len, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char lead = (unsigned char)text[0];
	size_t size = lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t character = lead & (0xffu >> (size + 1));

	if (size == 0 || size > len || lead > 0xf4)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | ((unsigned char)text[i] & 0x3f);
	}
	*out = character;
	return character < least[size] ? 0 : size;
}

static size_t encode(uint32_t character, char *out)
{
	size_t size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;

	if (size == 1) {
		out[0] = (char)character;
		return 1;
	}
	for (size_t i = size; i-- > 1; character >>= 6)
		out[i] = (char)(0x80 | (character & 0x3f));
	out[0] = (char)((0xff00u >> size) | character);
	return size;
}

static size_t fold_wide(uint32_t character, char *out)
{
	const char *letters = several(character);

	if (letters) {
		memcpy(out, letters, strlen(letters));
		return strlen(letters);
	}
	character = fold_one(character);
	return character ? encode(character, out) : 0;
}

size_t letters_fold(const char *text, size_t len, char *out)
{
	size_t used = 0;

	for (size_t at = 0; at < len;) {
		uint32_t character = (unsigned char)text[at];
		size_t size = character < 0x80 ? 0 : decode(text + at, len - at, &character);

		if (size == 0) { /* ASCII, or no UTF-8 */
			out[used++] = (char)fold_ascii((unsigned char)text[at++]);
			continue;
		}
		at += size;
		used += fold_wide(character, out + used);
	}
	return used;
}

size_t letters_trim(const char *name, size_t len, bool may_be_empty)
{
	size_t left = len;

	while (left > 0 && (name[left - 1] == '.' || name[left - 1] == ' '))
		left--;
	return left || may_be_empty ? left : len;
}

/* Bytes before a stream of NTFS: "NAME::$DATA", "NAME:stream:$DATA". */
static size_t without_stream(const char *name, size_t len)
{
	const char *colon = memchr(name, ':', len);

	return colon && colon > name && memmem(colon, len - (size_t)(colon - name), ":$", 2)
		       ? (size_t)(colon - name)
		       : len;
}

static size_t fold_name(const char *name, size_t len, char *out)
{
	size_t folded = letters_fold(name, len, out);

	return letters_trim(out, without_stream(out, folded), false);
}

char *letters_fold_path(const char *path, char *out)
{
	char *end = out;

	for (;;) {
		size_t len = strcspn(path, "/");
		bool is_last = path[len] == '\0';

		end += fold_name(path, len, end);
		*end = is_last ? '\0' : '/';
		if (is_last)
			return out;
		end++;
		path += len + 1;
	}
}

bool letters_equal(const char *name, size_t len, const char *word)
{
	char folded[NAME_BYTES];

	if (len > sizeof(folded))
		return false;
	len = fold_name(name, len, folded);
	return len == strlen(word) && memcmp(folded, word, len) == 0;
}

/* The eight bytes of a short name, and the three of its ending. */
#define SHORT_STEM 8
#define SHORT_ENDING 3

static bool is_short_name(const char *name, size_t len)
{
	const char *dot = memchr(name, '.', len);
	size_t stem = dot ? (size_t)(dot - name) : len;
	size_t digits = 0;

	if (stem > SHORT_STEM ||
	    (dot && (len - stem - 1 > SHORT_ENDING || memchr(dot + 1, '.', len - stem - 1))))
		return false;
	while (digits < stem && name[stem - 1 - digits] >= '0' && name[stem - 1 - digits] <= '9')
		digits++;
	return digits > 0 && stem > digits + 1 && name[stem - 1 - digits] == '~';
}

bool letters_has_short_name(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (is_short_name(path, len))
			return true;
		if (path[len] == '\0')
			return false;
		path += len + 1;
	}
}
