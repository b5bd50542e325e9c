/* SPDX-License-Identifier: MIT */
/*
 * A new database is made under another name, and gets its own when it is whole: who finds the name finds
 * a recorder, however many make one at the same time, and whenever one of them is killed.
 *
 * SQLite opens by name, so the name is made such that it leads to the file that was judged: the
 * folder is resolved first, and the file itself may be no link (SQLITE_OPEN_NOFOLLOW).
 *
 * What exists is first opened for reading only: a connection that writes would recover, checkpoint
 * and tidy up a database that turns out to be somebody else's.
 */
#include "audit/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/older.h"
#include "audit/state.h"
#include "common/clean.h"

#define BUSY_MS 10000
#define VALUE_MAX 1000000 /* bytes; what we write is far smaller */
#define CHECKPOINT_PAGES "4000"

/* @path with its folder resolved. @out: PATH_MAX bytes. */
static int folder_resolve(const char *path, char *out)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	CLEAN_FREE char *real = NULL;
	int len;

	if (strlen(path) >= sizeof(folder))
		return -ENAMETOOLONG;
	(void)snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path + 1) : 1,
		       slash ? path : ".");
	real = realpath(folder, NULL);
	if (!real)
		return -errno;
	len = snprintf(out, PATH_MAX, "%s/%s", strcmp(real, "/") ? real : "", name);
	return len < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* @writes: it must be ours, and ours alone. */
static const char *wrong_with(const struct stat *st, bool writes)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if (!writes)
		return NULL;
	if (st->st_uid != geteuid())
		return "it belongs to another user";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "other users may write to it; hint: chmod 600";
	return NULL;
}

static int open_fault(const char *path, int code, struct fault *fault)
{
	return fault_set(fault, code, "cannot open recorder: '%s': %s%s", path,
			 code == -ELOOP ? "it is a symbolic link" : strerror(-code),
			 code == -ENOENT ? "; hint: the first run makes it" : "");
}

static int file_check(const char *path, bool writes, struct fault *fault)
{
	CLEAN_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	const char *wrong;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return open_fault(path, -errno, fault);
	wrong = wrong_with(&st, writes);
	if (wrong)
		return fault_set(fault, -EINVAL, "cannot open recorder: '%s': %s", path, wrong);
	return 0;
}

/* What SQLite would believe beside the file. */
static int companions_check(const char *path, bool writes, struct fault *fault)
{
	static const char *const suffixes[] = { "-wal", "-shm", "-journal" };
	char name[PATH_MAX + 16];
	struct stat st;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		const char *wrong;

		(void)snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		if (lstat(name, &st) < 0)
			continue;
		wrong = wrong_with(&st, writes);
		if (wrong)
			return fault_set(fault, -EINVAL, "cannot open recorder: '%s': %s", name,
					 wrong);
	}
	return 0;
}

static int database_fault(const struct store *store, const char *path, struct fault *fault)
{
	int code = sqlite3_errcode(store->db);

	return fault_set(fault, code == SQLITE_FULL ? -ENOSPC : -EIO,
			 "cannot open recorder: '%s': %s", path, sqlite3_errmsg(store->db));
}

static int database_open(const char *path, int flags, struct store *out, struct fault *fault)
{
	if (sodium_init() < 0)
		return fault_set(fault, -EIO, "cannot open recorder: no random numbers");
	flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
	if (sqlite3_open_v2(path, &out->db, flags, NULL) != SQLITE_OK)
		return database_fault(out, path, fault);
	(void)sqlite3_busy_timeout(out->db, BUSY_MS);
	(void)sqlite3_limit(out->db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	(void)sqlite3_db_config(out->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(out->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return 0;
}

/* WAL, or a failure: some filesystems cannot have it, and SQLite then stays as it is. */
static int mode_set(const struct store *store, const char *path, struct fault *fault)
{
	static const char settings[] = "PRAGMA synchronous = NORMAL;"
				       "PRAGMA wal_autocheckpoint = " CHECKPOINT_PAGES;
	sqlite3_stmt *statement = NULL;
	const unsigned char *mode = NULL;
	bool is_wal;

	if (sqlite3_prepare_v2(store->db, "PRAGMA journal_mode = WAL", -1, &statement, NULL) ==
		    SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		mode = sqlite3_column_text(statement, 0);
	is_wal = mode && strcmp((const char *)mode, "wal") == 0;
	(void)sqlite3_finalize(statement);
	if (mode && !is_wal)
		return fault_set(
			fault, -EOPNOTSUPP,
			"cannot open recorder: '%s': its filesystem cannot have a WAL; hint: "
			"choose another with --audit FILE",
			path);
	return is_wal && sqlite3_exec(store->db, settings, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : database_fault(store, path, fault);
}

static int store_check(const char *path, struct store *store, struct fault *fault)
{
	int r = database_open(path, SQLITE_OPEN_READONLY, store, fault);

	if (r == 0)
		r = schema_check(store->db, path, store->id, fault);
	return r;
}

/* A whole database at @path, when nothing is there. */
static int database_make(const char *path, struct fault *fault)
{
	struct store store = { .db = NULL };
	char name[PATH_MAX + 16];
	CLEAN_FD int fd = -1;
	struct stat st;
	int r;

	if (lstat(path, &st) == 0)
		return 0;
	(void)snprintf(name, sizeof(name), "%s.XXXXXX", path);
	fd = mkostemp(name, O_CLOEXEC); /* 0600 */
	if (fd < 0)
		return open_fault(path, -errno, fault);
	r = database_open(name, SQLITE_OPEN_READWRITE, &store, fault);
	if (r == 0 && schema_make(store.db) < 0)
		r = database_fault(&store, path, fault);
	if (r == 0)
		r = mode_set(&store, path, fault);
	store_close(&store);
	if (r == 0) {
		r = state_name_file(name, path);
		if (r < 0)
			(void)open_fault(path, r, fault);
	}
	(void)unlink(name);
	return r;
}

/* Makes what is missing, and checks what is there. */
static int whole(const char *path, struct store *out, struct fault *fault)
{
	int r = database_make(path, fault);

	if (r == 0)
		r = file_check(path, true, fault);
	if (r == 0)
		r = companions_check(path, true, fault);
	return r == 0 ? store_check(path, out, fault) : r;
}

int store_create(const char *path, struct store *out, struct fault *fault)
{
	char resolved[PATH_MAX];
	int r = state_make_above(path);

	if (r == 0)
		r = folder_resolve(path, resolved);
	if (r < 0)
		return fault_set(fault, r, "cannot make the recorder's directory: '%s': %s", path,
				 strerror(-r));
	r = whole(resolved, out, fault);
	if (r == -ESTALE) {
		store_close(out);
		r = older_set_aside(resolved, out->older, sizeof(out->older), fault);
		if (r == 0)
			r = whole(resolved, out, fault);
	}
	if (r < 0)
		return r;
	store_close(out);
	(void)snprintf(out->path, sizeof(out->path), "%s", resolved);
	r = database_open(resolved, SQLITE_OPEN_READWRITE, out, fault);
	if (r == 0)
		r = schema_check(out->db, path, out->id, fault);
	return r == 0 ? mode_set(out, path, fault) : r;
}

int store_open(const char *path, struct store *out, struct fault *fault)
{
	char resolved[PATH_MAX];
	int r = folder_resolve(path, resolved);

	if (r < 0)
		return open_fault(path, r, fault);
	(void)snprintf(out->path, sizeof(out->path), "%s", resolved);
	r = file_check(resolved, false, fault);
	if (r == 0)
		r = companions_check(resolved, false, fault);
	return r == 0 ? store_check(resolved, out, fault) : r;
}

void store_close(struct store *store)
{
	(void)sqlite3_close_v2(store->db);
	store->db = NULL;
}
