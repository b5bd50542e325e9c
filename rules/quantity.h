/* SPDX-License-Identifier: MIT */
/*
 * Quantities as people write them in policies: durations, sizes, rates, dates.
 */
#ifndef AGENTOS_RULES_QUANTITY_H
#define AGENTOS_RULES_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define QUANTITY_MAX ((uint64_t)1 << 53) /* what any number of a policy may say */

/* What a number counts. */
enum unit { UNIT_NONE, UNIT_SECONDS, UNIT_BYTES };

/**
 * unit_find() - "s", "m", "h", "d" of durations; "B", "KB", "KiB", ... of sizes; "" of plain numbers
 * @name: @len bytes
 *
 * Both are written on success only. Return: whether it is one.
 */
bool unit_find(const char *name, size_t len, enum unit *out, uint64_t *out_factor);

/** count_parse() - a plain number. Return: whether it is one. */
bool count_parse(const char *text, uint64_t *out);

/** duration_parse() - "90s", "10m", "2h", "7d"; @out: seconds, at least 1. Return: whether it is one. */
bool duration_parse(const char *text, uint64_t *out);

/** size_parse() - "512", "64KiB", "2GiB", "10MB"; @out: bytes. Return: whether it is one. */
bool size_parse(const char *text, uint64_t *out);

#define RATE_PERIOD_MAX (366 * 86400)

/* So many in that time. */
struct rate {
	uint64_t count;	 /* at least 1 */
	uint64_t period; /* seconds, from 1 to RATE_PERIOD_MAX */
};

/** rate_parse() - "100/hour", "20/minute", "5/second", "1000/day", "3/10m". Return: whether it is one. */
bool rate_parse(const char *text, struct rate *out);

/**
 * date_parse() - "2026-12-31" (its end, in UTC) or "2026-12-31T18:00:00Z"
 * @out: the first second that is no longer before it
 *
 * Source: RFC 3339. Return: whether it is a date that there is.
 */
bool date_parse(const char *text, time_t *out);

#endif
