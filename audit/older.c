/* SPDX-License-Identifier: MIT */
#include "audit/older.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MS 10000
#define NAMES_MAX 1000

/* Only who is alone can leave the WAL, and does away with it. Return: 0, -EBUSY or -EIO. */
static int wal_leave(const char *path)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, NULL);
	const unsigned char *mode;
	bool alone = false;

	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(db, BUSY_MS);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(db, "PRAGMA journal_mode = DELETE", -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		mode = sqlite3_column_text(statement, 0);
		alone = mode && strcmp((const char *)mode, "delete") == 0;
	}
	(void)sqlite3_finalize(statement);
	(void)sqlite3_close(db);
	if (alone)
		return 0;
	return code == SQLITE_ROW || (code & 0xff) == SQLITE_BUSY ? -EBUSY : -EIO;
}

/* Under the first name that is free. */
static int move(const char *path, char *out, size_t size)
{
	for (int i = 1; i < NAMES_MAX; i++) {
		char number[16] = "";

		if (i > 1)
			(void)snprintf(number, sizeof(number), "-%d", i);
		if (snprintf(out, size, "%s.old%s", path, number) >= (int)size)
			return -ENAMETOOLONG;
		if (renameat2(AT_FDCWD, path, AT_FDCWD, out, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

int older_set_aside(const char *path, char *out, size_t size, struct fault *fault)
{
	int r = wal_leave(path);

	if (r == 0)
		r = move(path, out, size);
	if (r == -EBUSY)
		return fault_set(
			fault, r,
			"cannot open recorder: '%s': a run of an older agentos writes to it; "
			"hint: wait for its end, or choose another with --audit FILE",
			path);
	return r < 0 ? fault_set(fault, r,
				 "cannot move the recorder of an older agentos aside: '%s': %s",
				 path, strerror(-r))
		     : 0;
}
