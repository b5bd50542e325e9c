/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/when.h"

#define NOW 1795428902123456789 /* 2026-11-23T10:15:02.123456789Z */
#define S INT64_C(1000000000)

static void points_in_time_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} cases[] = {
		{ "2026-11-23", 1795392000 * S },
		{ "2026-11-23T10:15", 1795428900 * S },
		{ "2026-11-23 10:15", 1795428900 * S },
		{ "2026-11-23T10:15Z", 1795428900 * S },
		{ "2026-11-23T10:15:02", 1795428902 * S },
		{ "2026-11-23T10:15:02Z", 1795428902 * S },
		{ "2026-11-23T10:15:02.123Z", 1795428902 * S + 123000000 },
		{ "2026-11-23 10:15:02.123456789", NOW },
		{ "2026-11-23T10:15:02.1234567891", NOW },
		{ "@0", 1 },
		{ "@1795428902", 1795428902 * S },
		{ "30m", NOW - 1800 * S },
		{ "1s", NOW - S },
		{ "2h", NOW - 7200 * S },
		{ "0s", NOW },
		{ "1d", NOW - 86400 * S },
		{ "99999d", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fault fault = { 0 };
		int64_t ns = 0;

		if (when_parse(cases[i].text, NOW, &ns, &fault) < 0)
			fail_msg("%s", fault.text);
		if (ns != cases[i].want)
			fail_msg("%s: %lld", cases[i].text, (long long)ns);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"x",
		"30",
		"30x",
		"m",
		"-30m",
		"@",
		"@-1",
		"@1x",
		"@99999999999999999999",
		"2026",
		"2026-13-01",
		"2026-11-23T",
		"2026-11-23T10",
		"2026-11-23T10:15:02.",
		"2026-11-23x",
		"2026-11-23T10:15:02ZZ",
		"1960-01-01",
		"9999-01-01",
		"30mm",
		"99999999999999999d",
		"2026-11-23Tx",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fault fault = { 0 };
		int64_t ns = 77;

		if (when_parse(texts[i], NOW, &ns, &fault) != -EINVAL)
			fail_msg("'%s' is %lld", texts[i], (long long)ns);
		assert_non_null(strstr(fault.text, "not a time: '"));
		assert_int_equal(ns, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_in_time_are_read),
		cmocka_unit_test(what_is_no_time_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
