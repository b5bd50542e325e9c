/* SPDX-License-Identifier: MIT */
/*
 * How people are reached: telephone.
 */
#include <string.h>
#include <strings.h>

#include "rules/detect_scan.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Telephone: ITU-T E.164 for the international form; the North American plan (NANPA), France
 * (ARCEP), the United Kingdom (Ofcom), Australia (ACMA) and Germany (DIN 5008) for national ones.
 * Digits in a row without any of these marks are one where a word before them says so.
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

/* The mark at @at, in any of its spellings: how many bytes it has. */
static size_t mark_at(struct text text, size_t at)
{
	size_t blank = blank_at(text, at);

	if (blank > 0)
		return blank;
	if (byte_at(text, at) && strchr(".()/", byte_at(text, at)))
		return 1;
	return hyphen_at(text, at);
}

/* The marks between groups: two of them where brackets are; " -1" begins another number. */
static size_t marks_at(struct text text, size_t at)
{
	size_t first = mark_at(text, at);
	size_t second = first > 0 ? mark_at(text, at + first) : 0;

	if (byte_at(text, at) == ' ' && byte_at(text, at + first) == '-')
		return 0;
	return first + second;
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
		if (is_e164(digits, count) && !word_at(text, at) && !is_fraction &&
		    (marks > 0 || count >= least))
			return true;
		if (between == 0)
			return false;
		is_fraction = marks == 0 && between == 1 && byte_at(text, at) == '.';
		marks += between;
		at += between;
	}
}

/* A later group of another number, a later column of a table. */
static bool follows_number(struct text text, size_t at)
{
	return byte_at(text, at - 1) == ' ' && is_digit(byte_at(text, at - 2));
}

/* +49 171 1234567; 0049 171 1234567 only with marks, as there are other numbers of this length. */
static bool is_international(struct text text, size_t at)
{
	if (byte_at(text, at) == '+')
		return !word_before(text, at) && byte_at(text, at - 1) != '+' &&
		       are_groups(text, at + 1, 10);
	/* As addresses of pages write it. */
	if (at >= 3 && strncasecmp(text.bytes + at - 3, "%2B", 3) == 0)
		return are_groups(text, at, 10);
	return byte_at(text, at) == '0' && byte_at(text, at + 1) == '0' &&
	       begins_number(text, at) && !follows_number(text, at) &&
	       are_groups(text, at + 2, PHONE_MAX + 1);
}

/*
 * National forms: "N" is a digit from 2 to 9, "Z" one from 1 to 9, "D" any; "-" is a mark, the same
 * throughout, "_" one that may be a blank; "~" is any mark, with blanks around it or without; "*" is
 * up to four digits more.
 */
static const char *const national[] = {
	"(NDD) NDD-DDDD",  "(NDD)NDD-DDDD",  "1 (NDD) NDD-DDDD", "1-NDD-NDD-DDDD",
	"NDD-NDD-DDDD",	   "0Z_DD_DD_DD_DD", /* France */
	"0DD DDDD DDDD",		     /* United Kingdom: London and the like */
	"(0DD) DDDD DDDD", "07DDD DDDDDD",   "07DDD DDD DDD",	 "01DDD DDDDDD",
	"0DDD DDD DDDD",   "04DD DDD DDD",					  /* Australia */
	"0DDDD/DDDDD*",	   "0DDD/DDDDD*",    "0DD/DDDDD*",	 "01DD~DDDDDDD*", /* Germany */
	"0ZD~ZDDDD~DDD*",  "0ZDD~ZDDD~DDD*", "(0ZD) DDDDD~DDD*", "(0ZDD) DDDD~DDD*",
};

/* Those that need a word before them. */
static const char *const called[] = {
	"NDD NDD DDDD", "NDD-DDDD", "NDDNDDDDDD", "1NDDNDDDDDD", "0ZDDDDDDD*",
};

static bool fits(char form, char byte)
{
	switch (form) {
	case 'N':
		return byte >= '2' && byte <= '9';
	case 'Z':
		return byte >= '1' && byte <= '9';
	case 'D':
		return is_digit(byte);
	default:
		return byte == form;
	}
}

enum mark { MARK_NONE, MARK_HYPHEN, MARK_DOT, MARK_BLANK };

/* Return: how many bytes a mark has that is of the kind of those before; 0: there is none. */
static size_t same_mark_at(struct text text, size_t at, bool may_be_blank, enum mark *kind)
{
	size_t hyphen = hyphen_at(text, at);
	size_t blank = may_be_blank ? blank_at(text, at) : 0;
	enum mark found = hyphen > 0		     ? MARK_HYPHEN
			  : byte_at(text, at) == '.' ? MARK_DOT
			  : blank > 0		     ? MARK_BLANK
						     : MARK_NONE;

	if (found == MARK_NONE || (*kind != MARK_NONE && *kind != found))
		return 0;
	*kind = found;
	return found == MARK_DOT ? 1 : hyphen + blank;
}

/* Return: how many bytes " / " and the like have, and those without blanks; 0: there is no mark. */
static size_t loose_mark_at(struct text text, size_t at)
{
	size_t blank = blank_at(text, at);
	size_t mark = byte_at(text, at + blank) == '/' ? 1 : hyphen_at(text, at + blank);

	return blank + mark + (mark > 0 ? blank_at(text, at + blank + mark) : 0);
}

/* Return: how many bytes fit one letter of a form; 0: they do not. */
static size_t fit_at(struct text text, size_t at, char form, enum mark *kind)
{
	switch (form) {
	case '-':
	case '_':
		return same_mark_at(text, at, form == '_', kind);
	case '~':
		return loose_mark_at(text, at);
	case ' ':
		return blank_at(text, at);
	default:
		return fits(form, byte_at(text, at)) ? 1 : 0;
	}
}

/* Return: where the number of this form ends; 0: there is none. */
static size_t form_end(struct text text, size_t at, const char *form)
{
	enum mark kind = MARK_NONE;

	for (; *form && *form != '*'; form++) {
		size_t size = fit_at(text, at, *form, &kind);

		if (size == 0)
			return 0;
		/* N11 are services of the North American plan. */
		if (*form == 'N' && byte_at(text, at + 1) == '1' && byte_at(text, at + 2) == '1')
			return 0;
		at += size;
	}
	return *form == '*' ? at + digits_at(text, at, 4) : at;
}

/* Two digits of a row of bytes: 0a 1b 2c. */
static bool is_pair(struct text text, size_t at)
{
	static const char hex[] = "0123456789abcdefABCDEF";

	return byte_at(text, at) && strchr(hex, byte_at(text, at)) && byte_at(text, at + 1) &&
	       strchr(hex, byte_at(text, at + 1)) && !word_at(text, at + 2);
}

/* Whether the number is only a part of something longer. */
static bool goes_on(struct text text, size_t from, size_t to)
{
	size_t hyphen = hyphen_at(text, to);

	return !ends_number(text, to) || (hyphen > 0 && word_at(text, to + hyphen)) ||
	       (byte_at(text, to) == ' ' && is_pair(text, to + 1)) || follows_number(text, from);
}

static bool has_form(struct text text, size_t at, const char *const *forms, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t end = form_end(text, at, forms[i]);

		if (end > 0 && !goes_on(text, at, end))
			return true;
	}
	return false;
}

/*
 * Words before a number: "phone": "2025550143", phone_number=..., Tel.: ...
 */

#define BETWEEN_MAX 8 /* bytes between the word and the number */

static const char *const labels[] = {
	"phone",     "telephone", "t\u00e9l\u00e9phone",
	"cellphone", "tel",	  "t\u00e9l",
	"telefon",   "mobile",	  "mobil",
	"cell",	     "handy",	  "portable",
	"whatsapp",  "fax",	  "call",
	"sms",
};

/* What may stand between: "phone_number", "phone no.". */
static const char *const fillers[] = { "number", "nummer", "num", "no", "nr", "at", "to", "is" };

static size_t skip_marks_back(struct text text, size_t at)
{
	size_t count = 0;

	while (count < BETWEEN_MAX && byte_at(text, at - count - 1) &&
	       strchr(" \t\"':=.#(>[_-\\", byte_at(text, at - count - 1)))
		count++;
	return at - count;
}

/* Return: where the word that ends before @at begins, when it is one of these; else @at. */
static size_t skip_word_back(struct text text, size_t at, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t size = strlen(words[i]);
		size_t from = at - size;

		if (size > at || strncasecmp(text.bytes + from, words[i], size) != 0)
			continue;
		/* At the beginning of a word, or of a part of one: work_phone, workPhone; not in hotel. */
		if (is_upper(byte_at(text, from)) || byte_at(text, from - 1) == '_' ||
		    !word_before(text, from))
			return from;
	}
	return at;
}

static bool is_called(struct text text, size_t at)
{
	size_t end = skip_marks_back(text, at);

	if (end == at)
		return false;
	end = skip_marks_back(text, skip_word_back(text, end, fillers, COUNT_OF(fillers)));
	return skip_word_back(text, end, labels, COUNT_OF(labels)) < end;
}

static bool is_national(struct text text, size_t at)
{
	char first = byte_at(text, at);

	if (first != '(' && (!is_digit(first) || !begins_number(text, at)))
		return false;
	return has_form(text, at, national, COUNT_OF(national)) ||
	       (is_digit(first) && has_form(text, at, called, COUNT_OF(called)) &&
		is_called(text, at));
}

bool detect_phone(struct text text, size_t at)
{
	char byte = byte_at(text, at);

	if (byte != '+' && byte != '(' && !is_digit(byte))
		return false;
	return is_international(text, at) || is_national(text, at);
}
