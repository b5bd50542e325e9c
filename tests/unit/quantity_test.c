/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "rules/quantity.h"

#define NONE UINT64_MAX

struct row {
	const char *text;
	uint64_t expected; /* NONE: it is none */
};

static void check(const struct row *rows, size_t count, bool (*parse)(const char *, uint64_t *))
{
	for (size_t i = 0; i < count; i++) {
		uint64_t found = 0;

		if (!parse(rows[i].text, &found))
			found = NONE;
		if (found != rows[i].expected)
			fail_msg("'%s': %llu", rows[i].text, (unsigned long long)found);
	}
}

static void a_duration_has_a_unit(void **state)
{
	static const struct row rows[] = {
		{ "1s", 1 },
		{ "90s", 90 },
		{ "10m", 600 },
		{ "2h", 7200 },
		{ "7d", 604800 },
		{ "0s", NONE },
		{ "10", NONE },
		{ "m", NONE },
		{ "", NONE },
		{ "-1s", NONE },
		{ "1.5h", NONE },
		{ "10 m", NONE },
		{ "10M", NONE },
		{ "1ms", NONE },
		{ "99999999999999999999s", NONE },
		{ "9007199254740992d", NONE },
	};

	(void)state;
	check(rows, sizeof(rows) / sizeof(rows[0]), duration_parse);
}

static void a_size_counts_in_bytes(void **state)
{
	static const struct row rows[] = {
		{ "0", 0 },
		{ "512", 512 },
		{ "1B", 1 },
		{ "10KB", 10000 },
		{ "64KiB", 65536 },
		{ "2GiB", 2147483648 },
		{ "1TiB", 1ULL << 40 },
		{ "1gib", NONE },
		{ "GiB", NONE },
		{ "1 GiB", NONE },
		{ "1G", NONE },
		{ "9007199254740993", NONE },
		{ "9000TiB", NONE },
	};

	(void)state;
	check(rows, sizeof(rows) / sizeof(rows[0]), size_parse);
}

static void a_rate_is_a_number_in_a_time(void **state)
{
	static const struct {
		const char *text;
		uint64_t count, period;
	} rows[] = {
		{ "100/hour", 100, 3600 }, { "20/minute", 20, 60 },
		{ "5/second", 5, 1 },	   { "1000/day", 1000, 86400 },
		{ "3/10m", 3, 600 },	   { "0/hour", 0, 0 },
		{ "100", 0, 0 },	   { "100/", 0, 0 },
		{ "/hour", 0, 0 },	   { "100/hours", 0, 0 },
		{ "100 /hour", 0, 0 },	   { "x/hour", 0, 0 },
		{ "1/0s", 0, 0 },	   { "-1/hour", 0, 0 },
		{ "1/367d", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rate rate = { 0 };
		bool good = rate_parse(rows[i].text, &rate);

		if (good != (rows[i].count > 0) ||
		    (good && (rate.count != rows[i].count || rate.period != rows[i].period)))
			fail_msg("'%s': %llu in %llu", rows[i].text, (unsigned long long)rate.count,
				 (unsigned long long)rate.period);
	}
}

static void a_date_is_one_of_the_calendar(void **state)
{
	static const struct {
		const char *text;
		time_t expected; /* -1: none */
	} rows[] = {
		{ "1970-01-01", 86400 },
		{ "2026-12-31", 1798761600 },
		{ "2026-12-31T18:00:00Z", 1798740000 },
		{ "2024-02-29", 1709251200 },
		{ "2026-02-29", -1 },
		{ "2026-13-01", -1 },
		{ "2026-1-1", -1 },
		{ "2026- 1-01", -1 },
		{ "2026-+1-01", -1 },
		{ "2026-01-01x", -1 },
		{ "2026-12-31T24:00:00Z", -1 },
		{ "2026-12-31T18:00:00", -1 },
		{ "2026-12-31 18:00:00Z", -1 },
		{ "2026-12-31T18:00:00+01", -1 },
		{ "tomorrow", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		time_t found;

		if (!date_parse(rows[i].text, &found))
			found = -1;
		if (found != rows[i].expected)
			fail_msg("'%s': %lld", rows[i].text, (long long)found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_duration_has_a_unit),
		cmocka_unit_test(a_size_counts_in_bytes),
		cmocka_unit_test(a_rate_is_a_number_in_a_time),
		cmocka_unit_test(a_date_is_one_of_the_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
