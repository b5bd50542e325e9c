/* SPDX-License-Identifier: MIT */
#include "cli/when.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_SECOND 1000000000
#define SECONDS_MAX (INT64_MAX / NS_PER_SECOND - 1)

/* ".123" as nanoseconds. Return: what follows it. */
static const char *parse_fraction(const char *text, int64_t *out_ns)
{
	int64_t unit = NS_PER_SECOND / 10;

	*out_ns = 0;
	if (text[0] != '.' || !isdigit((unsigned char)text[1]))
		return text;
	for (text++; isdigit((unsigned char)*text); text++, unit /= 10)
		*out_ns += (*text - '0') * unit;
	return text;
}

static bool parse_date(const char *text, int64_t *out_ns)
{
	static const char *const formats[] = {
		"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
		"%Y-%m-%d %H:%M",    "%Y-%m-%d",
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm utc = { .tm_mday = 1 };
		const char *end = strptime(text, formats[i], &utc);
		int64_t fraction = 0;
		int64_t seconds;

		if (!end)
			continue;
		if (i < 2)
			end = parse_fraction(end, &fraction);
		end += *end == 'Z';
		seconds = (int64_t)timegm(&utc);
		if (*end || seconds < 0 || seconds > SECONDS_MAX)
			continue;
		*out_ns = seconds * NS_PER_SECOND + fraction;
		return true;
	}
	return false;
}

/* Digits. Return: what follows them, or NULL when there are none or too many. */
static const char *parse_number(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return isdigit((unsigned char)*text) && errno == 0 && *out <= SECONDS_MAX ? end : NULL;
}

static bool parse_ago(const char *text, int64_t now_ns, int64_t *out_ns)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = { 1, 60, 3600, 86400 };
	int64_t number;
	const char *unit = parse_number(text, &number);
	const char *known = unit && *unit ? strchr(units, *unit) : NULL;

	if (!known || unit[1] || number > SECONDS_MAX / seconds[known - units])
		return false;
	*out_ns = now_ns - number * seconds[known - units] * NS_PER_SECOND;
	return true;
}

int when_parse(const char *text, int64_t now_ns, int64_t *out_ns, struct fault *fault)
{
	const char *end;
	int64_t ns = 0;
	bool good;

	if (text[0] == '@') {
		end = parse_number(text + 1, &ns);
		good = end && !*end;
		ns *= good ? NS_PER_SECOND : 0;
	} else {
		good = parse_date(text, &ns) || parse_ago(text, now_ns, &ns);
	}
	if (!good)
		return fault_set(fault, -EINVAL,
				 "not a time: '%s'; hint: 2026-11-23, 2026-11-23T10:15:02Z, "
				 "@SECONDS, or 30m (ago: s, m, h, d)",
				 text);
	*out_ns = ns < 1 ? 1 : ns; /* 0 would mean that there is no bound */
	return 0;
}
