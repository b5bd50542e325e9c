/* SPDX-License-Identifier: MIT */
/*
 * The database file of the recorder: made, judged, opened.
 */
#ifndef AGENTOS_AUDIT_STORE_H
#define AGENTOS_AUDIT_STORE_H

#include <limits.h>

#include "audit/schema.h"

struct store {
	sqlite3 *db;			  /* owned; used by one thread at a time */
	unsigned char id[SCHEMA_ID_SIZE]; /* drawn when the database was made */
	char path[PATH_MAX];		  /* its folder resolved */
	char older
		[PATH_MAX]; /* where one of an older version was put that was in its place; or "" */
};

/**
 * store_create() - open for writing; made (0600, its directories 0700) when it does not exist
 * @out: zeroed by the caller; released with store_close() also after a failure
 *
 * Refused, and left as it is: a symbolic link, what is no regular file, belongs to another user or
 * can be written by one, and what schema_check() refuses; but one of an older version makes room
 * (audit/older.h). The same holds for the files that SQLite
 * keeps beside it.
 *
 * Return: 0, or negative errno with @fault set.
 */
int store_create(const char *path, struct store *out, struct fault *fault);

/** store_open() - open for reading only; it must exist, and may be anybody's. As store_create(). */
int store_open(const char *path, struct store *out, struct fault *fault);

/** store_close() - close; one that was never opened is allowed. */
void store_close(struct store *store);

#endif
