/* SPDX-License-Identifier: MIT */
/*
 * A recorder in a folder of its own, for the tests of audit.
 */
#ifndef AGENTOS_TESTS_SUPPORT_RECORD_H
#define AGENTOS_TESTS_SUPPORT_RECORD_H

#include <ftw.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/recorder.h"

struct record {
	char folder[64];
	char path[PATH_MAX];
};

/** record_make() - a new empty folder, and the path of a database in it that does not exist yet. */
static inline void record_make(struct record *record)
{
	(void)snprintf(record->folder, sizeof(record->folder), "/tmp/agentos-record.XXXXXX");
	if (!mkdtemp(record->folder))
		abort();
	if (setenv("XDG_STATE_HOME", record->folder, 1) < 0) /* the keys */
		abort();
	(void)snprintf(record->path, sizeof(record->path), "%s/audit.db", record->folder);
}

/** record_remove_one() - for nftw(3) in record_remove(). */
static inline int record_remove_one(const char *path, const struct stat *st, int type,
				    struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/** record_remove() - the folder, with all that is in it. */
static inline void record_remove(const struct record *record)
{
	if (nftw(record->folder, record_remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
		abort();
}

/** record_begin() - open the recorder, and a run in it. Return: the recorder; aborts on failure. */
static inline struct recorder *record_begin(const struct record *record, const char *run)
{
	static const char *const argv[] = { "agent", "--work" };
	const struct recorder_run row = {
		.id = run,
		.agent = "agent-001",
		.argv = argv,
		.argc = 2,
		.workspace = "/ws",
		.policy_files = "base.yaml",
		.policy_hash = "abc",
		.level = "landlock 7, notify, shim",
		.mode = "enforce",
		.uid = 1000,
	};
	struct recorder *recorder = NULL;
	struct fault fault = { 0 };

	if (recorder_open(record->path, &recorder, &fault) < 0 ||
	    recorder_begin(recorder, &row, &fault) < 0) {
		(void)fprintf(stderr, "%s\n", fault.text);
		abort();
	}
	return recorder;
}

/** record_file() - append what happened to a file. Return: as recorder_append(). */
static inline int record_file(struct recorder *recorder, enum action action, const char *path,
			      enum verdict verdict)
{
	const struct event event = {
		.action = action,
		.call = "openat",
		.program = "/usr/bin/cat",
		.pid = 4711,
		.uid = 1000,
		.path = path,
		.given = "data",
	};
	const struct decision decision = {
		.verdict = verdict,
		.rule = verdict_grants(verdict) ? "workspace" : "secrets",
		.file = "base.yaml",
		.line = 12,
		.message = verdict_grants(verdict) ? "" : "secrets of this machine",
	};

	return recorder_append(recorder, &event, &decision, "supervisor", NULL);
}

/** record_end() - close the run and the recorder. Return: as recorder_end(). */
static inline int record_end(struct recorder *recorder)
{
	struct fault fault = { 0 };
	int r = recorder_end(recorder, 0, &fault);

	recorder_close(recorder);
	return r;
}

/** record_number() - what a query says, by a connection of its own. Return: -1 when it cannot. */
static inline long long record_number(const struct record *record, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	long long number = -1;

	if (sqlite3_open_v2(record->path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_busy_timeout(db, 10000) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	(void)sqlite3_close(db);
	return number;
}

/** record_wait() - wait until a query says @number, five seconds at most. Return: whether it does. */
static inline bool record_wait(const struct record *record, const char *sql, long long number)
{
	const struct timespec pause = { .tv_nsec = 5000000 };

	for (int i = 0; i < 1000 && record_number(record, sql) != number; i++)
		(void)nanosleep(&pause, NULL);
	return record_number(record, sql) == number;
}

/** record_meddle() - change the database as an intruder would. Return: whether it could be done. */
static inline bool record_meddle(const struct record *record, const char *sql)
{
	char *error = NULL;
	sqlite3 *db = NULL;
	bool good = sqlite3_open_v2(record->path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
		    sqlite3_exec(db, sql, NULL, NULL, &error) == SQLITE_OK;

	if (!good)
		(void)fprintf(stderr, "%s: %s\n", sql, error ? error : "cannot open");
	sqlite3_free(error);
	(void)sqlite3_close(db);
	return good;
}

#endif
