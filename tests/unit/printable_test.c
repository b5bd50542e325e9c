/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/printable.h"

static void what_could_deceive_a_reader_is_escaped(void **state)
{
	static const struct row {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "/srv/data/report.csv", "/srv/data/report.csv" },
		{ "na\xc3\xafve \xe6\x96\x87 \xf0\x9f\x98\x80",
		  "na\xc3\xafve \xe6\x96\x87 \xf0\x9f\x98\x80" },
		{ "a\nb\tc", "a\\x0ab\\x09c" },
		{ "\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07" },
		{ "\x7f", "\\x7f" },
		{ "\xc2\x9b"
		  "2J",
		  "\\u{9b}2J" }, /* CSI as one character */
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "\xc0\xaf", "\\xc0\\xaf" },	       /* an overlong slash */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* a surrogate */
		{ "a\xe2\x80\xae"
		  "b",
		  "a\\u{202e}b" }, /* right to left from here */
		{ "a\xe2\x80\x8b"
		  "b",
		  "a\\u{200b}b" }, /* no width */
		{ "\xe2\x81\xa6", "\\u{2066}" },
		{ "\xef\xbb\xbf", "\\u{feff}" },
		{ "\xc3", "\\xc3" }, /* cut */
		/* Each that turns the direction, and some that are nothing to look at. */
		{ "\xe2\x80\x8e\xe2\x80\x8f", "\\u{200e}\\u{200f}" },
		{ "\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad",
		  "\\u{202a}\\u{202b}\\u{202c}\\u{202d}" },
		{ "\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", "\\u{2067}\\u{2068}\\u{2069}" },
		{ "\xd8\x9c\xc2\xad\xcd\x8f", "\\u{61c}\\u{ad}\\u{34f}" },
		{ "\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}" }, /* other ends of a line */
		{ "\xd8\x80\xf0\x9d\x85\xb3", "\\u{600}\\u{1d173}" },
		{ "\xe3\x85\xa4\xef\xb8\x8f", "\\u{3164}\\u{fe0f}" },
		{ "\xf3\xa0\x81\xa1\xf3\xa0\x84\x80", "\\u{e0061}\\u{e0100}" },
		{ "y\r\x08\x0c\x0e", "y\\x0d\\x08\\x0c\\x0e" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char got[128];

		assert_string_equal(printable_copy(rows[i].text, got, sizeof(got)), rows[i].want);
	}
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
	char got[8];

	(void)state;
	assert_string_equal(printable_copy("abcdefghi", got, sizeof(got)), "abcdefg");
	assert_string_equal(printable_copy("abcde\n", got, sizeof(got)), "abcde");
	assert_string_equal(printable_copy("abcdef\xc3\xaf", got, sizeof(got)), "abcdef");
	assert_string_equal(printable_copy("abc", got, 1), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_could_deceive_a_reader_is_escaped),
		cmocka_unit_test(what_does_not_fit_is_left_out_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
