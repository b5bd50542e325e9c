/* SPDX-License-Identifier: MIT */
/*
 * A row's columns by their names: for what is made of rows, and is no list of the columns itself.
 * A name that this version's columns.def lacks is a column that is NULL.
 */
#ifndef AGENTOS_AUDIT_FIELDS_H
#define AGENTOS_AUDIT_FIELDS_H

#include <jansson.h>

#include "audit/row.h"

/** field_column() - Return: the index of a column, or -1. */
int field_column(enum row_table table, const char *name);

/** field_find() - Return: the value, borrowed; NULL when it is NULL or there is no such column. */
const struct value *field_find(const struct row *row, const char *name);

/** field_number() - Return: the INTEGER of a column; @otherwise when it is none. */
int64_t field_number(const struct row *row, const char *name, int64_t otherwise);

/** field_is() - Return: whether the column is the TEXT @text. */
bool field_is(const struct row *row, const char *name, const char *text);

/** field_text() - the column for people, escaped. Return: owned; NULL when it is NULL or "". */
char *field_text(const struct row *row, const char *name);

/** field_granted() - Return: whether the action of the row went ahead. */
bool field_granted(const struct row *row);

/**
 * field_put() - add a column to an object, when it is not NULL: an INTEGER as it is, a TEXT as
 * field_text()
 */
void field_put(json_t *object, const char *key, const struct row *row, const char *name);

/** field_argv() - Return: the words of `argv` as an array of strings; NULL when there are none. */
json_t *field_argv(const struct row *row);

/** field_command() - Return: the words of `argv` with spaces between them, owned; NULL without any. */
char *field_command(const struct row *row);

#endif
