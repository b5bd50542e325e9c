/* SPDX-License-Identifier: MIT */
#include "rules/quantity.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	enum unit unit;
	uint64_t factor;
} units[] = {
	{ "", UNIT_NONE, 1 },
	{ "s", UNIT_SECONDS, 1 },
	{ "m", UNIT_SECONDS, 60 },
	{ "h", UNIT_SECONDS, 3600 },
	{ "d", UNIT_SECONDS, 86400 },
	{ "B", UNIT_BYTES, 1 },
	{ "KB", UNIT_BYTES, 1000 },
	{ "MB", UNIT_BYTES, 1000000 },
	{ "GB", UNIT_BYTES, 1000000000 },
	{ "TB", UNIT_BYTES, 1000000000000 },
	{ "KiB", UNIT_BYTES, 1ULL << 10 },
	{ "MiB", UNIT_BYTES, 1ULL << 20 },
	{ "GiB", UNIT_BYTES, 1ULL << 30 },
	{ "TiB", UNIT_BYTES, 1ULL << 40 },
};

static const struct {
	const char *name;
	uint64_t seconds;
} periods[] = {
	{ "second", 1 },
	{ "minute", 60 },
	{ "hour", 3600 },
	{ "day", 86400 },
};

bool unit_find(const char *name, size_t len, enum unit *out, uint64_t *out_factor)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) != len || memcmp(units[i].name, name, len) != 0)
			continue;
		*out = units[i].unit;
		*out_factor = units[i].factor;
		return true;
	}
	return false;
}

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

static bool with_unit(const char *text, enum unit wanted, uint64_t *out)
{
	const char *rest = number_parse(text, out);
	enum unit unit;
	uint64_t factor;

	if (!rest || !unit_find(rest, strlen(rest), &unit, &factor))
		return false;
	/* A size may be plain bytes. */
	if (unit != wanted && (unit != UNIT_NONE || wanted != UNIT_BYTES))
		return false;
	if (*out > QUANTITY_MAX / factor)
		return false;
	*out *= factor;
	return true;
}

bool count_parse(const char *text, uint64_t *out)
{
	const char *rest = number_parse(text, out);

	return rest && !*rest;
}

bool duration_parse(const char *text, uint64_t *out)
{
	return with_unit(text, UNIT_SECONDS, out) && *out > 0;
}

bool size_parse(const char *text, uint64_t *out)
{
	return with_unit(text, UNIT_BYTES, out);
}

bool rate_parse(const char *text, struct rate *out)
{
	const char *rest = number_parse(text, &out->count);

	if (!rest || *rest != '/' || out->count == 0)
		return false;
	rest++;
	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		if (strcmp(periods[i].name, rest) != 0)
			continue;
		out->period = periods[i].seconds;
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
