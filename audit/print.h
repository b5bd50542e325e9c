/* SPDX-License-Identifier: MIT */
/*
 * Rows for people and for programs.
 *
 * In JSON a text that is not UTF-8 is an object {"hex": "..."}.
 */
#ifndef AGENTOS_AUDIT_PRINT_H
#define AGENTOS_AUDIT_PRINT_H

#include <stdio.h>

#include "audit/row.h"

/** print_line() - "TIME  AGENT  ACTION  TARGET  VERDICT  RULE" of a row of actions; escaped. */
int print_line(const struct row *row, FILE *out);

/** print_fields() - every column of a row, one a line; escaped. */
int print_fields(const struct row *row, FILE *out);

/** print_json() - a row as one line of JSON. Return: 0 or negative errno. */
int print_json(const struct row *row, FILE *out);

/** print_csv_head(), print_csv() - RFC 4180. */
int print_csv_head(enum row_table table, FILE *out);
int print_csv(const struct row *row, FILE *out);

#endif
