/* SPDX-License-Identifier: MIT */
/*
 * How people are reached: mail and telephone.
 */
#include <string.h>
#include <strings.h>

#include "rules/detect_scan.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Mail: the usual part of what RFC 5321, 4.1.2 allows, and no quoted names.
 */

#define LOCAL_MAX 64   /* RFC 5321, 4.5.3.1.1 */
#define DOMAIN_MAX 255 /* 4.5.3.1.2 */

static bool is_local(char byte)
{
	return is_digit(byte) || is_letter(byte) || (byte && strchr("._+'-", byte));
}

static bool is_domain(char byte)
{
	return is_digit(byte) || is_letter(byte) || byte == '-' || byte == '.';
}

/* Return: how many bytes before @at may be a name; it has a letter or digit at least. */
static size_t local_before(struct text text, size_t at)
{
	size_t size = 0;
	bool has_word = false;

	while (size < LOCAL_MAX && size < at && is_local(byte_at(text, at - size - 1))) {
		has_word = has_word || is_digit(byte_at(text, at - size - 1)) ||
			   is_letter(byte_at(text, at - size - 1));
		size++;
	}
	return has_word ? size : 0;
}

/* The name of a program's file, not of a domain: icon@2x.png. */
static bool is_file_ending(const char *ending, size_t size)
{
	static const char *const endings[] = { "png",  "jpg", "jpeg", "gif", "svg",
					       "webp", "js",  "css",  "json" };

	for (size_t i = 0; i < COUNT_OF(endings); i++)
		if (strlen(endings[i]) == size && strncasecmp(endings[i], ending, size) == 0)
			return true;
	return false;
}

/* 18.2.0, as behind the name of a package; not 163.com. */
static bool is_version(struct text text, size_t at)
{
	size_t digits = digits_at(text, at, LOCAL_MAX);

	return digits > 0 && byte_at(text, at + digits) == '.' &&
	       is_digit(byte_at(text, at + digits + 1));
}

/* Whether a domain of two labels at least follows, the last of them of letters alone. */
static bool domain_follows(struct text text, size_t at, size_t *out_end)
{
	size_t size = 0;
	size_t label = 0; /* where the last begins */
	size_t i;

	while (size < DOMAIN_MAX && is_domain(byte_at(text, at + size)))
		size++;
	/* The stop of a sentence, and what joins it to the next word. */
	while (size > 0 && !is_digit(byte_at(text, at + size - 1)) &&
	       !is_letter(byte_at(text, at + size - 1)))
		size--;
	for (i = 0; i < size; i++) {
		if (byte_at(text, at + i) != '.')
			continue;
		if (i == label)
			return false;
		label = i + 1;
	}
	for (i = label; i < size && is_letter(byte_at(text, at + i)); i++)
		;
	*out_end = at + size;
	return label > 0 && i == size && size - label >= 2 && !is_version(text, at) &&
	       !is_file_ending(text.bytes + at + label, size - label);
}

/* git@host:path, and the password of scheme://user:password@host. */
static bool is_login(struct text text, size_t local, size_t end)
{
	size_t i = local;

	if (byte_at(text, end) == ':' && strncmp(text.bytes + local, "git@", 4) == 0)
		return true;
	for (size_t back = 0; back < LOCAL_MAX && i > 0; back++, i--) {
		char before = byte_at(text, i - 1);

		if (before == '/')
			return i >= 3 && strncmp(text.bytes + i - 3, "://", 3) == 0;
		if (!is_local(before) && before != ':')
			return false;
	}
	return false;
}

/* At the '@', which addresses of pages write as %40. */
bool detect_email(struct text text, size_t at)
{
	size_t mark = byte_at(text, at) == '@' ? 1 : 0;
	size_t local, end;

	if (byte_at(text, at) == '%' && byte_at(text, at + 1) == '4' &&
	    byte_at(text, at + 2) == '0')
		mark = 3;
	if (mark == 0)
		return false;
	local = local_before(text, at);
	return local > 0 && domain_follows(text, at + mark, &end) &&
	       !is_login(text, at - local, end);
}

/*
 * Telephone: ITU-T E.164 for the international form; the North American plan (NANPA), France
 * (ARCEP), the United Kingdom (Ofcom) and Germany (DIN 5008) for national ones. Digits in a row
 * without any of these marks are left alone.
 */

#define PHONE_MIN 9
#define PHONE_MAX 15

/* NXX-NXX-XXXX: areas and exchanges begin with 2 to 9; N11 are services. */
static bool is_nanp(const char *digits)
{
	return digits[0] >= '2' && digits[3] >= '2' && strncmp(digits + 1, "11", 2) != 0 &&
	       strncmp(digits + 4, "11", 2) != 0;
}

static bool is_e164(const char *digits, size_t count)
{
	if (count < PHONE_MIN || digits[0] == '0')
		return false;
	if (digits[0] == '1')
		return count == 11 && is_nanp(digits + 1);
	return digits[0] != '7' || count == 11;
}

/* The marks between groups: two of them where brackets are. */
static size_t marks_at(struct text text, size_t at)
{
	size_t count = 0;

	while (count < 2 && byte_at(text, at + count) &&
	       strchr(" -.()/", byte_at(text, at + count)))
		count++;
	return count;
}

/* Groups of digits from @at on, until they make a number. @least: digits of one that has no marks. */
static bool are_groups(struct text text, size_t at, size_t least)
{
	char digits[PHONE_MAX];
	size_t count = 0;
	size_t marks = 0;
	bool is_fraction = false; /* as far as it goes: 12.345 */

	for (;;) {
		size_t size = digits_at(text, at, PHONE_MAX + 1);
		size_t between = marks_at(text, at + size);

		if (size == 0 || size > PHONE_MAX - count)
			return false;
		memcpy(digits + count, text.bytes + at, size);
		count += size;
		at += size;
		if (is_e164(digits, count) && !is_word(byte_at(text, at)) && !is_fraction &&
		    (marks > 0 || count >= least))
			return true;
		if (between == 0)
			return false;
		is_fraction = marks == 0 && between == 1 && byte_at(text, at) == '.';
		marks += between;
		at += between;
	}
}

/* +49 171 1234567; 0049 171 1234567 only with marks, as there are other numbers of this length. */
static bool is_international(struct text text, size_t at)
{
	char before = byte_at(text, at - 1);

	if (byte_at(text, at) == '+')
		return !is_word(before) && before != '+' && are_groups(text, at + 1, 10);
	return byte_at(text, at) == '0' && byte_at(text, at + 1) == '0' &&
	       begins_number(text, at) && are_groups(text, at + 2, PHONE_MAX + 1);
}

/*
 * National forms: "N" is a digit from 2 to 9, "Z" one from 1 to 9, "D" any; "-" is a mark, the same
 * throughout, "_" one that may be a blank; "*" is up to four digits more.
 */
static const char *const national[] = {
	"(NDD) NDD-DDDD",  "(NDD)NDD-DDDD", "1-NDD-NDD-DDDD", "NDD-NDD-DDDD",
	"0Z_DD_DD_DD_DD", /* France */
	"0DD DDDD DDDD",  /* United Kingdom: London and the like */
	"(0DD) DDDD DDDD", "07DDD DDDDDD",  "0DDD DDD DDDD",  "0DDDD/DDDDD*", /* Germany */
	"0DDD/DDDDD*",	   "0DD/DDDDD*",    "01DD-DDDDDDD*",
};

static bool fits(char form, char byte, char *mark)
{
	switch (form) {
	case 'N':
		return byte >= '2' && byte <= '9';
	case 'Z':
		return byte >= '1' && byte <= '9';
	case 'D':
		return is_digit(byte);
	case '-':
	case '_':
		if (!*mark && (byte == '-' || byte == '.' || (form == '_' && byte == ' ')))
			*mark = byte;
		return byte && byte == *mark;
	default:
		return byte == form;
	}
}

/* Return: where the number of this form ends; 0: there is none. */
static size_t form_end(struct text text, size_t at, const char *form)
{
	char mark = '\0';

	for (; *form && *form != '*'; form++, at++) {
		if (!fits(*form, byte_at(text, at), &mark))
			return 0;
		/* N11 are services of the North American plan. */
		if (*form == 'N' && byte_at(text, at + 1) == '1' && byte_at(text, at + 2) == '1')
			return 0;
	}
	return *form == '*' ? at + digits_at(text, at, 4) : at;
}

/* Two digits of a row of bytes: 0a 1b 2c. */
static bool is_pair(struct text text, size_t at)
{
	static const char hex[] = "0123456789abcdefABCDEF";

	return byte_at(text, at) && strchr(hex, byte_at(text, at)) && byte_at(text, at + 1) &&
	       strchr(hex, byte_at(text, at + 1)) && !is_word(byte_at(text, at + 2));
}

/* Whether the number is only a part of something longer. */
static bool goes_on(struct text text, size_t from, size_t to)
{
	char after = byte_at(text, to);

	return !ends_number(text, to) || (after == '-' && is_word(byte_at(text, to + 1))) ||
	       (after == ' ' && is_pair(text, to + 1)) ||
	       (byte_at(text, from - 1) == ' ' && is_digit(byte_at(text, from - 2)));
}

static bool is_national(struct text text, size_t at)
{
	char first = byte_at(text, at);

	if (first != '(' && (!is_digit(first) || !begins_number(text, at)))
		return false;
	for (size_t i = 0; i < COUNT_OF(national); i++) {
		size_t end = form_end(text, at, national[i]);

		if (end > 0 && !goes_on(text, at, end))
			return true;
	}
	return false;
}

bool detect_phone(struct text text, size_t at)
{
	char byte = byte_at(text, at);

	if (byte != '+' && byte != '(' && !is_digit(byte))
		return false;
	return is_international(text, at) || is_national(text, at);
}
