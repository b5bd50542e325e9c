/* SPDX-License-Identifier: MIT */
/* link: -lsqlite3 */
/*
 * A package that brings SQLite: each way to make a statement. What is granted is a row in table t.
 */
#include <sqlite3.h>

#include "tests/support/package.h"

static void *sqlite_open(const char *where)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(where, &db) != SQLITE_OK)
		return NULL;
	(void)sqlite3_busy_timeout(db, 20000);
	return db;
}

static void sqlite_close(void *connection)
{
	(void)sqlite3_close(connection);
}

typedef int make_way(sqlite3 *db, const char *text, sqlite3_stmt **out);

static int by_prepare(sqlite3 *db, const char *text, sqlite3_stmt **out)
{
	return sqlite3_prepare(db, text, -1, out, NULL);
}

static int by_prepare_v2(sqlite3 *db, const char *text, sqlite3_stmt **out)
{
	return sqlite3_prepare_v2(db, text, -1, out, NULL);
}

static int by_prepare_v3(sqlite3 *db, const char *text, sqlite3_stmt **out)
{
	return sqlite3_prepare_v3(db, text, -1, 0, out, NULL);
}

/* As long as it is said to be, with other bytes behind it. */
static int by_length(sqlite3 *db, const char *text, sqlite3_stmt **out)
{
	char longer[512];

	(void)snprintf(longer, sizeof(longer), "%s SECRET", text);
	return sqlite3_prepare_v2(db, longer, (int)strlen(text), out, NULL);
}

/* Makes it and runs it. Return: as ask. */
static enum asked run(sqlite3 *db, const char *name, make_way *make)
{
	sqlite3_stmt *statement = NULL;
	char text[256];
	int r;

	(void)snprintf(text, sizeof(text), "INSERT INTO t VALUES ('%s')", name);
	if (make(db, text, &statement) != SQLITE_OK)
		return is_told_why(sqlite3_errmsg(db)) ? ASKED_REFUSED : ASKED_FAILED;
	r = sqlite3_step(statement);
	(void)sqlite3_finalize(statement);
	return r == SQLITE_DONE ? ASKED_DONE : ASKED_FAILED;
}

static enum asked sqlite_ask(void *connection, const char *name)
{
	char text[256];
	char *error = NULL;
	enum asked asked;

	(void)snprintf(text, sizeof(text), "INSERT INTO t VALUES ('%s')", name);
	if (sqlite3_exec(connection, text, NULL, NULL, &error) == SQLITE_OK)
		return ASKED_DONE;
	asked = error && is_told_why(error) ? ASKED_REFUSED : ASKED_FAILED;
	if (asked == ASKED_FAILED)
		printf("%s: %s\n", name, error ? error : "no error");
	sqlite3_free(error);
	return asked;
}

static void both(sqlite3 *db, const char *hook, make_way *make)
{
	char name[64], line[64];
	enum asked ok, secret;

	(void)snprintf(name, sizeof(name), "ok-sqlite-%s", hook);
	ok = make ? run(db, name, make) : sqlite_ask(db, name);
	(void)snprintf(name, sizeof(name), "SECRET-sqlite-%s", hook);
	secret = make ? run(db, name, make) : sqlite_ask(db, name);
	(void)snprintf(line, sizeof(line), "%s, %s", asked_text(ok), asked_text(secret));
	said(hook, line);
}

/* Texts of 16 bits are not read, and so are not made. */
static void wide(sqlite3 *db)
{
	static const unsigned short select_one[] = { 'S', 'E', 'L', 'E', 'C', 'T', ' ', '1', 0 };
	sqlite3_stmt *statement = NULL;

	said("sqlite3_prepare16",
	     sqlite3_prepare16(db, select_one, -1, &statement, NULL) == SQLITE_AUTH ? "refused"
										    : "FAILED");
	said("sqlite3_prepare16_v2",
	     sqlite3_prepare16_v2(db, select_one, -1, &statement, NULL) == SQLITE_AUTH ? "refused"
										       : "FAILED");
	said("sqlite3_prepare16_v3",
	     sqlite3_prepare16_v3(db, select_one, -1, 0, &statement, NULL) == SQLITE_AUTH
		     ? "refused"
		     : "FAILED");
}

static void sqlite_each(const char *where)
{
	sqlite3 *db = sqlite_open(where);

	if (!db)
		return;
	both(db, "sqlite3_exec", NULL);
	both(db, "sqlite3_prepare", by_prepare);
	both(db, "sqlite3_prepare_v2", by_prepare_v2);
	both(db, "sqlite3_prepare_v3", by_prepare_v3);
	both(db, "with a length", by_length);
	wide(db);
	sqlite_close(db);
}

const struct package *package(void)
{
	static const struct package sqlite = {
		.is_shared = true,
		.open = sqlite_open,
		.ask = sqlite_ask,
		.close = sqlite_close,
		.each = sqlite_each,
	};

	return &sqlite;
}
