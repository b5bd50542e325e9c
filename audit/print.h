/* SPDX-License-Identifier: MIT */
/*
 * Rows for people and for programs. An agent chooses its file names and arguments: in each of
 * these forms a row is what it looks like, and nothing in it reaches a terminal as a command.
 *
 * For people, and in CSV: what is not plainly visible is escaped as \xNN or \u{NNNN}
 * (common/printable.h).
 *
 * JSON is lossless: a text that is UTF-8 is a string, in which all but ASCII is escaped; any other
 * is an object {"hex": "..."} of its bytes. `argv` is the array of audit/arguments.h.
 */
#ifndef AGENTOS_AUDIT_PRINT_H
#define AGENTOS_AUDIT_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "audit/row.h"

#define PRINT_SIZE (4 * 16384 + 1) /* no column keeps more, and each byte may become \xNN */

/** print_time() - "2026-11-23T10:15:02.123Z" of ns since 1970. Return: @text. */
char *print_time(int64_t ns, char *text, size_t size);

/** print_value() - any value, escaped; "" for NULL. @text: PRINT_SIZE bytes. Return: @text. */
char *print_value(const struct value *value, char *text);

/** print_target() - the path of a row of `actions`, or its peer; "-" when it has neither. */
void print_target(const struct row *row, FILE *out);

/**
 * print_line() - "TIME  AGENT  ACTION  TARGET  VERDICT  RULE" of a row of `actions`
 *
 * Two spaces in a row are only between the columns. Return: 0 or -EIO.
 */
int print_line(const struct row *row, FILE *out);

/** print_fields() - every column that is not NULL, one a line. Return: 0 or -EIO. */
int print_fields(const struct row *row, FILE *out);

/** print_object() - a row as JSON. Return: a new reference, or NULL without memory. */
json_t *print_object(const struct row *row);

/** print_json() - the same as one line. Return: 0, -EIO or -ENOMEM. */
int print_json(const struct row *row, FILE *out);

/** print_csv_head() - the line of the names, after RFC 4180. Return: 0 or -EIO. */
int print_csv_head(enum row_table table, FILE *out);

/**
 * print_csv() - a row
 *
 * What a spreadsheet would take for a formula has its first character escaped.
 * Return: 0 or -EIO.
 */
int print_csv(const struct row *row, FILE *out);

/** print_text() - any text, escaped. Return: 0 or -EIO. */
int print_text(const char *text, FILE *out);

#endif
