/* SPDX-License-Identifier: MIT */
/*
 * The database file of the recorder: made, recognised, opened.
 */
#ifndef AGENTOS_AUDIT_STORE_H
#define AGENTOS_AUDIT_STORE_H

#include <sqlite3.h>

#include "audit/row.h"
#include "common/fault.h"

#define SCHEMA_VERSION 1
#define STORE_APPLICATION_ID 0x61676f73 /* "agos", PRAGMA application_id */
#define STORE_ID_SIZE 16

struct store {
	sqlite3 *db; /* owned */
	unsigned char id[STORE_ID_SIZE]; /* drawn when the database was made */
};

/**
 * store_create() - open for writing; made (0600, its directory 0700) when it does not exist
 *
 * Refused, and left as it is: what is no regular file of ours, no recorder, damaged, or of another
 * schema version.
 *
 * Return: 0 or negative errno with @fault set.
 */
int store_create(const char *path, struct store *out, struct fault *fault);

/** store_open() - open for reading only; must exist. Otherwise as store_create(). */
int store_open(const char *path, struct store *out, struct fault *fault);

/** store_close() - also after a failure. */
void store_close(struct store *store);

/**
 * store_head() - the last row
 * @out_seq:  0 when there is none
 * @out_hash: ROW_HASH_SIZE bytes; of no row, the genesis of this database
 *
 * Return: 0, or negative errno.
 */
int store_head(const struct store *store, int64_t *out_seq, unsigned char *out_hash);

/** store_columns() - "seq, time, ..., prev, hash" of a table. Return: bytes written to @text. */
size_t store_columns(enum row_table table, char *text, size_t size);

/** store_read_row() - the row that @statement stands on (columns as store_columns()); borrowed from it. */
void store_read_row(sqlite3_stmt *statement, enum row_table table, struct row *out);

#endif
