/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "audit/arguments.h"

static void arguments_become_json(void **state)
{
	static const struct {
		const char *argv[4];
		size_t argc;
		const char *want;
	} cases[] = {
		{ { NULL }, 0, "[]" },
		{ { "" }, 1, "[\"\"]" },
		{ { "ls", "-l", "a b" }, 3, "[\"ls\",\"-l\",\"a b\"]" },
		{ { "\"", "\\", "/" }, 3, "[\"\\\"\",\"\\\\\",\"/\"]" },
		{ { "a\nb\t\x1b\x7f" }, 1, "[\"a\\u000ab\\u0009\\u001b\\u007f\"]" },
		{ { "\xc3\xa4\xe2\x82\xac" }, 1, "[\"\xc3\xa4\xe2\x82\xac\"]" },
		{ { "a\xff", "b" }, 2, "[{\"hex\":\"61ff\"},\"b\"]" },
		{ { "\xc0\xaf" }, 1, "[{\"hex\":\"c0af\"}]" },
		{ { "\xed\xa0\x80" }, 1, "[{\"hex\":\"eda080\"}]" },
		{ { "{\"hex\":\"61\"}" }, 1, "[\"{\\\"hex\\\":\\\"61\\\"}\"]" },
	};
	char text[ARGUMENTS_SIZE_MIN];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(arguments_to_json(cases[i].argv, cases[i].argc, text, sizeof(text)));
		assert_string_equal(text, cases[i].want);
	}
}

/* However it is cut, it is JSON, ends with how much is missing, and begins as it should. */
static void what_is_too_long_is_cut_to_valid_json(void **state)
{
	static const char *const alphabets[] = { "x", "\"", "\n", "\xe2\x82\xac", "\xff" };

	(void)state;
	for (size_t i = 0; i < sizeof(alphabets) / sizeof(alphabets[0]); i++) {
		for (size_t repeat = 1; repeat < 120; repeat++) {
			char argument[400] = "";
			const char *argv[] = { "first", argument, argument, "last" };
			char text[ARGUMENTS_SIZE_MIN];
			json_t *json;
			bool cut;

			for (size_t j = 0; j < repeat; j++)
				(void)strncat(argument, alphabets[i],
					      sizeof(argument) - strlen(argument) - 1);
			memset(text, 'X', sizeof(text));
			cut = arguments_to_json(argv, 4, text, sizeof(text));
			assert_non_null(memchr(text, '\0', sizeof(text)));
			json = json_loads(text, 0, NULL);
			if (!json)
				fail_msg("not JSON: %s", text);
			assert_string_equal(json_string_value(json_array_get(json, 0)), "first");
			assert_int_equal(
				json_is_integer(json_object_get(
					json_array_get(json, json_array_size(json) - 1), "cut")),
				cut);
			if (!cut)
				assert_int_equal(json_array_size(json), 4);
			json_decref(json);
		}
	}
}

static void it_says_how_many_arguments_are_missing(void **state)
{
	const char *argv[100];
	char text[ARGUMENTS_SIZE_MIN];
	json_t *json;
	json_t *last;
	size_t shown;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		argv[i] = "argument";
	assert_true(arguments_to_json(argv, 100, text, sizeof(text)));
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	shown = json_array_size(json) - 1;
	last = json_object_get(json_array_get(json, shown), "cut");
	/* Of the first that is missing the beginning may be shown. */
	assert_in_range(shown + (size_t)json_integer_value(last), 100, 101);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_become_json),
		cmocka_unit_test(what_is_too_long_is_cut_to_valid_json),
		cmocka_unit_test(it_says_how_many_arguments_are_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
