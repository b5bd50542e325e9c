/* SPDX-License-Identifier: MIT */
#include "rules/quantity.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit durations[] = {
	{ "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { NULL, 0 },
};

static const struct unit sizes[] = {
	{ "", 1 },
	{ "B", 1 },
	{ "KB", 1000 },
	{ "MB", 1000000 },
	{ "GB", 1000000000 },
	{ "TB", 1000000000000 },
	{ "KiB", 1ULL << 10 },
	{ "MiB", 1ULL << 20 },
	{ "GiB", 1ULL << 30 },
	{ "TiB", 1ULL << 40 },
	{ NULL, 0 },
};

static const struct unit periods[] = {
	{ "second", 1 }, { "minute", 60 }, { "hour", 3600 }, { "day", 86400 }, { NULL, 0 },
};

/* Digits, at most QUANTITY_MAX. Return: what follows them, NULL when there are none, or too many. */
static const char *number_parse(const char *text, uint64_t *out)
{
	const char *at = text;

	*out = 0;
	for (; *at >= '0' && *at <= '9'; at++) {
		*out = *out * 10 + (uint64_t)(*at - '0');
		if (*out > QUANTITY_MAX)
			return NULL;
	}
	return at == text ? NULL : at;
}

static bool with_unit(const char *text, const struct unit *units, uint64_t *out)
{
	const char *rest = number_parse(text, out);

	for (; rest && units->name; units++) {
		if (strcmp(units->name, rest) != 0)
			continue;
		if (*out > QUANTITY_MAX / units->factor)
			return false;
		*out *= units->factor;
		return true;
	}
	return false;
}

bool count_parse(const char *text, uint64_t *out)
{
	const char *rest = number_parse(text, out);

	return rest && !*rest;
}

bool duration_parse(const char *text, uint64_t *out)
{
	return with_unit(text, durations, out) && *out > 0;
}

bool size_parse(const char *text, uint64_t *out)
{
	return with_unit(text, sizes, out);
}

bool rate_parse(const char *text, struct rate *out)
{
	const char *rest = number_parse(text, &out->count);

	if (!rest || *rest != '/' || out->count == 0)
		return false;
	rest++;
	for (const struct unit *unit = periods; unit->name; unit++) {
		if (strcmp(unit->name, rest) != 0)
			continue;
		out->period = unit->factor;
		return true;
	}
	return duration_parse(rest, &out->period) && out->period <= RATE_PERIOD_MAX;
}

/* Digits where @form has a "9", and its other bytes as they are: sscanf(3) is not as strict. */
static bool has_form(const char *text, const char *form)
{
	for (; *text && *form; text++, form++)
		if (*form == '9' ? *text < '0' || *text > '9' : *text != *form)
			return false;
	return !*text && !*form;
}

/* Whether the calendar has it; timegm(3) takes any numbers, and moves on. */
static bool exists(const struct tm *wanted, time_t time)
{
	struct tm found;

	return gmtime_r(&time, &found) && found.tm_mday == wanted->tm_mday &&
	       found.tm_mon == wanted->tm_mon && found.tm_hour == wanted->tm_hour &&
	       found.tm_min == wanted->tm_min && found.tm_sec == wanted->tm_sec;
}

bool date_parse(const char *text, time_t *out)
{
	struct tm tm = { 0 }, copy;
	bool has_time = has_form(text, "9999-99-99T99:99:99Z");

	if (!has_time && !has_form(text, "9999-99-99"))
		return false;
	(void)sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		     &tm.tm_hour, &tm.tm_min, &tm.tm_sec);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	copy = tm;
	*out = timegm(&copy);
	if (!exists(&tm, *out))
		return false;
	if (!has_time)
		*out += 86400;
	return true;
}
