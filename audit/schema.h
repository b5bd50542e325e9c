/* SPDX-License-Identifier: MIT */
/*
 * The tables of the recorder's database: made, and recognised.
 */
#ifndef AGENTOS_AUDIT_SCHEMA_H
#define AGENTOS_AUDIT_SCHEMA_H

#include <sqlite3.h>

#include "audit/row.h"
#include "common/fault.h"

#define SCHEMA_VERSION 4		 /* PRAGMA user_version */
#define SCHEMA_APPLICATION_ID 0x61676f73 /* "agos", PRAGMA application_id */
#define SCHEMA_ID_SIZE 16
#define SCHEMA_COLUMNS_SIZE 512 /* enough for schema_columns() */

/** schema_make() - make the tables in an empty database, and draw its id. Return: 0 or -EIO. */
int schema_make(sqlite3 *db);

/**
 * schema_check() - that a database is a recorder of this version, and nothing else
 * @path:   for the sentence
 * @out_id: SCHEMA_ID_SIZE bytes; written on success
 *
 * The tables must be exactly those that schema_make() makes, with nothing beside them: a view or
 * a trigger could show other rows than were recorded.
 *
 * Return: 0; -ESTALE when it is of an older version; -EINVAL for any other database; -EIO when it cannot be read. @fault is set.
 */
int schema_check(sqlite3 *db, const char *path, unsigned char *out_id, struct fault *fault);

/**
 * schema_columns() - "seq, time, ..., prev, hash", in the order of the table
 * @text: at least SCHEMA_COLUMNS_SIZE bytes
 *
 * Return: @text.
 */
char *schema_columns(enum row_table table, char *text, size_t size);

/**
 * schema_read_row() - the row on which a statement stands that selects schema_columns()
 * @out: borrowed from @statement, until its next step
 */
void schema_read_row(sqlite3_stmt *statement, enum row_table table, struct row *out);

#endif
