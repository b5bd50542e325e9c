/* SPDX-License-Identifier: MIT */
/*
 * Numbers that institutions give out: payment cards, bank accounts, social security.
 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "rules/detect_scan.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Cards: ISO/IEC 7812-1 for length and check digit; the beginnings as the networks publish them
 * (Visa, Mastercard, American Express, Discover, Diners Club, JCB, UnionPay, Maestro, Mir, RuPay,
 * Troy). What begins with 1 is left out: most times in milliseconds do.
 */

#define CARD_MIN 13
#define CARD_MAX 19
#define LENGTHS(first, last) (((1u << ((last) + 1)) - 1) & ~((1u << (first)) - 1))

static const struct network {
	uint16_t first, last; /* of the first four digits */
	unsigned lengths;     /* bit n: of n digits */
} networks[] = {
	{ 4000, 4999, LENGTHS(13, 13) | LENGTHS(16, 16) | LENGTHS(19, 19) }, /* Visa */
	{ 5100, 5599, LENGTHS(16, 16) },				     /* Mastercard */
	{ 2221, 2720, LENGTHS(16, 16) },
	{ 3400, 3499, LENGTHS(15, 15) }, /* American Express */
	{ 3700, 3799, LENGTHS(15, 15) },
	{ 6011, 6011, LENGTHS(16, 19) }, /* Discover */
	{ 6440, 6599, LENGTHS(16, 19) },
	{ 3000, 3059, LENGTHS(14, 19) }, /* Diners Club */
	{ 3095, 3095, LENGTHS(14, 19) },
	{ 3600, 3699, LENGTHS(14, 19) },
	{ 3800, 3999, LENGTHS(14, 19) },
	{ 3528, 3589, LENGTHS(16, 19) }, /* JCB */
	{ 6200, 6299, LENGTHS(16, 19) }, /* UnionPay */
	{ 8100, 8199, LENGTHS(16, 19) },
	{ 5018, 5018, LENGTHS(13, 19) }, /* Maestro */
	{ 5020, 5020, LENGTHS(13, 19) },
	{ 5038, 5038, LENGTHS(13, 19) },
	{ 5893, 5893, LENGTHS(13, 19) },
	{ 6304, 6304, LENGTHS(13, 19) },
	{ 6759, 6759, LENGTHS(13, 19) },
	{ 6761, 6763, LENGTHS(13, 19) },
	{ 2200, 2204, LENGTHS(16, 19) }, /* Mir */
	{ 5080, 5089, LENGTHS(16, 16) }, /* RuPay */
	{ 6069, 6085, LENGTHS(16, 16) },
	{ 9792, 9792, LENGTHS(16, 16) }, /* Troy */
};

static bool is_issued(const char *digits, size_t count)
{
	unsigned first = 0;

	for (size_t i = 0; i < 4; i++)
		first = first * 10 + (unsigned)(digits[i] - '0');
	for (size_t i = 0; i < COUNT_OF(networks); i++)
		if (first >= networks[i].first && first <= networks[i].last &&
		    networks[i].lengths >> count & 1)
			return true;
	return false;
}

/* ISO/IEC 7812-1, annex B: every second digit from the end counts twice. */
static bool has_luhn(const char *digits, size_t count)
{
	unsigned sum = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned digit = (unsigned)(digits[count - 1 - i] - '0');

		if (i % 2)
			digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
		sum += digit;
	}
	return sum % 10 == 0;
}

/*
 * Goods have thirteen digits too, and a check digit of their own (GS1 General Specifications, 7.9):
 * one in ten has both. Visa gives out none of this length any more.
 */
static bool is_goods(const char *digits, size_t count)
{
	unsigned sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (unsigned)(digits[i] - '0') * (i % 2 ? 3 : 1);
	return count == 13 && sum % 10 == 0;
}

static bool is_card(const char *digits, size_t count)
{
	return count >= CARD_MIN && is_issued(digits, count) && has_luhn(digits, count) &&
	       !is_goods(digits, count);
}

/* A group as they are embossed: 4-4-4-4, 4-6-5, 4-6-4; the last may be shorter or longer. */
static bool is_group(size_t index, size_t size)
{
	return index == 0 ? size == 4 : size >= 1 && size <= 6;
}

/* What follows the last group is another number at most, never the rest of this one. */
static bool ends_card(struct text text, size_t at)
{
	size_t hyphen = hyphen_at(text, at);

	return !word_at(text, at) && !(hyphen > 0 && word_at(text, at + hyphen)) &&
	       !(byte_at(text, at) == '.' && is_digit(byte_at(text, at + 1)));
}

/* What stands between groups: a blank, which forms send as '+'; a hyphen; in programs '_'. */
static size_t divider_at(struct text text, size_t at)
{
	char byte = byte_at(text, at);
	size_t blank = blank_at(text, at);

	if (blank > 0)
		return blank;
	return byte == '+' || byte == '_' || byte == '.' ? 1 : hyphen_at(text, at);
}

static bool is_four(struct text text, size_t at)
{
	return digits_at(text, at, 5) == 4 && !word_before(text, at);
}

/* Whether two more groups of four stand before or behind: a dump of memory, a row of a table. */
static bool is_in_row(struct text text, size_t from, size_t to)
{
	if (byte_at(text, to) == ' ' && is_four(text, to + 1) && byte_at(text, to + 5) == ' ' &&
	    is_four(text, to + 6))
		return true;
	return from >= 10 && byte_at(text, from - 1) == ' ' && is_four(text, from - 5) &&
	       byte_at(text, from - 6) == ' ' && is_four(text, from - 10);
}

bool detect_card(struct text text, size_t at)
{
	char digits[CARD_MAX];
	size_t from = at;
	size_t count = 0;

	if (!is_digit(byte_at(text, at)) || !begins_number(text, at))
		return false;
	for (size_t group = 0; count < CARD_MAX; group++) {
		/* One more than there may be: so a longer number is none of these. */
		size_t size = digits_at(text, at, CARD_MAX + 1);

		if (size > CARD_MAX - count)
			return false;
		memcpy(digits + count, text.bytes + at, size);
		count += size;
		at += size;
		if (is_card(digits, count) && ends_card(text, at))
			return !is_in_row(text, from, at);
		if (!is_group(group, size) || divider_at(text, at) == 0)
			return false;
		at += divider_at(text, at);
	}
	return false;
}

/*
 * Bank accounts: ISO 13616; the lengths as the IBAN Registry of SWIFT has them, release 99.
 */

#define IBAN_MAX 34

static const char iban_lengths[] =
	"AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29"
	"ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20"
	"LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29"
	"PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20"
	"YE30";

static char to_upper(char byte)
{
	return is_letter(byte) && !is_upper(byte) ? (char)(byte - 'a' + 'A') : byte;
}

/* Return: how long an account of this country is; 0: there is no such country. */
static size_t iban_length(char first, char second)
{
	for (const char *row = iban_lengths; *row; row += 4)
		if (row[0] == first && row[1] == second)
			return (size_t)(row[2] - '0') * 10 + (size_t)(row[3] - '0');
	return 0;
}

/* ISO 7064, MOD 97-10: the first four characters come last, and letters count from 10 on. */
static bool has_remainder_one(const char *iban, size_t length)
{
	unsigned remainder = 0;

	for (size_t i = 0; i < length; i++) {
		char byte = iban[(i + 4) % length];

		if (is_digit(byte))
			remainder = (remainder * 10 + (unsigned)(byte - '0')) % 97;
		else
			remainder = (remainder * 100 + (unsigned)(byte - 'A' + 10)) % 97;
	}
	return remainder == 1;
}

/* IBANDE89...: the word may stand without a blank. */
static bool iban_may_begin(struct text text, size_t at)
{
	return !word_before(text, at) ||
	       (at >= 4 && strncasecmp(text.bytes + at - 4, "IBAN", 4) == 0);
}

/* Together, or in the groups of four of the printed form. */
bool detect_iban(struct text text, size_t at)
{
	char iban[IBAN_MAX];
	size_t count = 0;
	size_t length;

	if (!is_letter(byte_at(text, at)) || !iban_may_begin(text, at))
		return false;
	length = iban_length(to_upper(byte_at(text, at)), to_upper(byte_at(text, at + 1)));
	if (length == 0 || digits_at(text, at + 2, 2) != 2)
		return false;
	while (count < length) {
		char byte;

		if (count > 0 && count % 4 == 0 && byte_at(text, at) != '.' &&
		    byte_at(text, at) != '_')
			at += divider_at(text, at);
		byte = to_upper(byte_at(text, at));
		if (!is_digit(byte) && !is_upper(byte))
			return false;
		iban[count++] = byte;
		at++;
	}
	return !word_at(text, at) && has_remainder_one(iban, length);
}

/*
 * Social security numbers: never issued are the areas 000, 666 and 900 to 999, the group 00 and the
 * serial 0000 (Social Security Administration, POMS RM 10201.035). The two that stood in adverts
 * (078-05-1120, 219-09-9999) count: with them it is tried whether such numbers are refused.
 */

#define SSN_DIGITS 9
#define LABEL_MAX 24 /* bytes before nine digits in a row in which they may be called so */

static bool ssn_is_issued(const char *digits)
{
	return strncmp(digits, "000", 3) != 0 && strncmp(digits, "666", 3) != 0 &&
	       digits[0] != '9' && strncmp(digits + 3, "00", 2) != 0 &&
	       strncmp(digits + 5, "0000", 4) != 0;
}

/* Whether the letters before @at, @label in any letter case among them, say what the number is. */
static bool is_called(struct text text, size_t at, const char *label)
{
	size_t size = strlen(label);

	for (size_t back = size; back <= LABEL_MAX && back <= at; back++) {
		size_t i = 0;

		while (i < size && to_upper(byte_at(text, at - back + i)) == label[i])
			i++;
		/* Not the ssN of classNumber. */
		if (i == size && (is_upper(byte_at(text, at - back)) ||
				  !is_letter(byte_at(text, at - back - 1))))
			return true;
	}
	return false;
}

static bool ssn_in_a_row(struct text text, size_t at)
{
	return ssn_is_issued(text.bytes + at) && !word_at(text, at + SSN_DIGITS) &&
	       (is_called(text, at, "SSN") || is_called(text, at, "SOCIAL SECURITY") ||
		is_called(text, at, "SOCIAL_SECURITY") || is_called(text, at, "SOCIALSECURITY"));
}

/* Groups of other numbers beside these: a row of a table. */
static bool stands_in_row(struct text text, size_t from, size_t to)
{
	return (byte_at(text, from - 1) == ' ' && is_digit(byte_at(text, from - 2))) ||
	       (byte_at(text, to) == ' ' && is_digit(byte_at(text, to + 1)));
}

/*
 * 123-45-6789, 123 45 6789: three groups of digits, and the same kind of mark between them.
 * Return: where they end; 0: this is none.
 */
static size_t ssn_end(struct text text, size_t at, char *digits)
{
	static const size_t sizes[] = { 3, 2, 4 };
	bool is_hyphen = hyphen_at(text, at + 3) > 0;

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		size_t mark = is_hyphen ? hyphen_at(text, at) : blank_at(text, at);

		if (i > 0 && mark == 0)
			return 0;
		at += i > 0 ? mark : 0;
		if (digits_at(text, at, sizes[i] + 1) != sizes[i])
			return 0;
		memcpy(digits, text.bytes + at, sizes[i]);
		digits += sizes[i];
		at += sizes[i];
	}
	return at;
}

/* All in a row only where they are called so. */
bool detect_ssn(struct text text, size_t at)
{
	char digits[SSN_DIGITS];
	size_t count = digits_at(text, at, SSN_DIGITS);
	size_t end;

	if (count < 3 || !begins_number(text, at))
		return false;
	if (count == SSN_DIGITS)
		return ssn_in_a_row(text, at);
	end = ssn_end(text, at, digits);
	return end > 0 && ssn_is_issued(digits) && ends_card(text, end) &&
	       (hyphen_at(text, at + 3) > 0 || !stands_in_row(text, at, end));
}
