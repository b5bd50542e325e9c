/* SPDX-License-Identifier: MIT */
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

#include "common/clean.h"

#define BUSY_MS 10000

/* Every folder of @path up to its last slash. */
static int directories_make(const char *path)
{
	char folder[PATH_MAX];

	if (strlen(path) >= sizeof(folder))
		return -ENAMETOOLONG;
	(void)snprintf(folder, sizeof(folder), "%s", path);
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(folder, 0700) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

/* A regular file of ours; made empty when @create and missing. */
static int file_check(const char *path, bool create, struct fault *fault)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	CLEAN_FD int fd = open(path, flags);
	struct stat st;

	if (fd < 0 && errno == ENOENT && create)
		fd = open(path, flags | O_CREAT | O_EXCL, 0600);
	if (fd < 0 && errno == EEXIST)
		fd = open(path, flags);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_set(fault, -errno, "cannot open recorder: '%s': %s", path,
				 errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fault_set(fault, -EINVAL, "cannot open recorder: '%s': not a regular file",
				 path);
	if (create && st.st_uid != geteuid())
		return fault_set(fault, -EPERM, "cannot open recorder: '%s': it belongs to another user",
				 path);
	return 0;
}

static int database_fault(const struct store *store, const char *path, struct fault *fault)
{
	int code = sqlite3_errcode(store->db);
	bool is_foreign = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;

	return fault_set(fault, code == SQLITE_FULL ? -ENOSPC : -EIO, "cannot open recorder: '%s': %s%s",
			 path, sqlite3_errmsg(store->db),
			 is_foreign ? "; hint: it was left as it is; choose another with --audit FILE"
				    : "");
}

static int pragma_number(const struct store *store, const char *name, int *out)
{
	sqlite3_stmt *statement = NULL;
	char sql[64];
	int r;

	(void)snprintf(sql, sizeof(sql), "PRAGMA %s", name);
	r = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_step(statement);
	if (r == SQLITE_ROW)
		*out = sqlite3_column_int(statement, 0);
	(void)sqlite3_finalize(statement);
	return r == SQLITE_ROW ? 0 : -EIO;
}

static int run(const struct store *store, const char *sql)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -EIO;
}

size_t store_columns(enum row_table table, char *text, size_t size)
{
	const struct row_layout *layout = &row_layouts[table];
	size_t used = (size_t)snprintf(text, size, "seq");

	for (size_t i = 0; i < layout->count; i++)
		used += (size_t)snprintf(text + used, size - used, ", %s", layout->columns[i].name);
	return used + (size_t)snprintf(text + used, size - used, ", prev, hash");
}

static int table_make(const struct store *store, enum row_table table)
{
	const struct row_layout *layout = &row_layouts[table];
	char sql[4096];
	size_t used = (size_t)snprintf(sql, sizeof(sql), "CREATE TABLE %s (seq INTEGER PRIMARY KEY",
				       layout->table);

	for (size_t i = 0; i < layout->count; i++)
		used += (size_t)snprintf(sql + used, sizeof(sql) - used, ", %s %s",
					 layout->columns[i].name,
					 layout->columns[i].is_text ? "TEXT" : "INTEGER");
	(void)snprintf(sql + used, sizeof(sql) - used, ", prev BLOB NOT NULL, hash BLOB NOT NULL)");
	return run(store, sql);
}

/* A new database, all in one transaction: another process may be making it too. */
static int schema_make(const struct store *store)
{
	char sql[256];
	char id[2 * STORE_ID_SIZE + 1];
	unsigned char bytes[STORE_ID_SIZE];
	int version = 0;
	int r = run(store, "BEGIN IMMEDIATE");

	if (r == 0)
		r = pragma_number(store, "user_version", &version);
	if (r == 0 && version != 0)
		return run(store, "COMMIT");
	randombytes_buf(bytes, sizeof(bytes));
	(void)sodium_bin2hex(id, sizeof(id), bytes, sizeof(bytes));
	(void)snprintf(sql, sizeof(sql),
		       "CREATE TABLE recorder (id BLOB NOT NULL);"
		       "INSERT INTO recorder VALUES (x'%s');"
		       "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		       id, STORE_APPLICATION_ID, SCHEMA_VERSION);
	if (r == 0)
		r = table_make(store, ROW_RUNS);
	if (r == 0)
		r = table_make(store, ROW_ACTIONS);
	if (r == 0)
		r = run(store, "CREATE INDEX actions_run ON actions (run)");
	if (r == 0)
		r = run(store, sql);
	return run(store, r == 0 ? "COMMIT" : "ROLLBACK") < 0 ? -EIO : r;
}

static int id_read(struct store *store)
{
	sqlite3_stmt *statement = NULL;
	int r = sqlite3_prepare_v2(store->db, "SELECT id FROM recorder", -1, &statement, NULL);

	if (r == SQLITE_OK)
		r = sqlite3_step(statement);
	if (r == SQLITE_ROW && sqlite3_column_bytes(statement, 0) == STORE_ID_SIZE)
		memcpy(store->id, sqlite3_column_blob(statement, 0), STORE_ID_SIZE);
	else
		r = SQLITE_ERROR;
	(void)sqlite3_finalize(statement);
	return r == SQLITE_ROW ? 0 : -EIO;
}

/* That it is a recorder of this version. */
static int schema_check(struct store *store, const char *path, struct fault *fault)
{
	int application = 0, version = 0;

	if (pragma_number(store, "application_id", &application) < 0 ||
	    pragma_number(store, "user_version", &version) < 0)
		return database_fault(store, path, fault);
	if (application != STORE_APPLICATION_ID)
		return fault_set(fault, -EINVAL,
				 "cannot open recorder: '%s': this database is not a recorder; hint: it "
				 "was left as it is; choose another with --audit FILE",
				 path);
	if (version != SCHEMA_VERSION)
		return fault_set(fault, -EINVAL,
				 "cannot open recorder: '%s': its schema is version %d, and this "
				 "agentos knows version %d",
				 path, version, SCHEMA_VERSION);
	return id_read(store) < 0 ? database_fault(store, path, fault) : 0;
}

static int database_open(const char *path, int flags, struct store *out, struct fault *fault)
{
	if (sodium_init() < 0)
		return fault_set(fault, -EIO, "cannot open recorder: no random numbers");
	if (sqlite3_open_v2(path, &out->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return database_fault(out, path, fault);
	(void)sqlite3_busy_timeout(out->db, BUSY_MS);
	return 0;
}

int store_create(const char *path, struct store *out, struct fault *fault)
{
	struct stat st;
	int r = directories_make(path);

	if (r < 0)
		return fault_set(fault, r, "cannot make the recorder's directory: '%s': %s", path,
				 strerror(-r));
	r = file_check(path, true, fault);
	if (r == 0)
		r = database_open(path, SQLITE_OPEN_READWRITE, out, fault);
	if (r == 0 && stat(path, &st) == 0 && st.st_size == 0 && schema_make(out) < 0)
		r = database_fault(out, path, fault);
	if (r == 0)
		r = schema_check(out, path, fault);
	if (r == 0 && (run(out, "PRAGMA journal_mode = WAL") < 0 ||
		       run(out, "PRAGMA synchronous = NORMAL") < 0 ||
		       run(out, "PRAGMA wal_autocheckpoint = 4000") < 0))
		r = database_fault(out, path, fault);
	return r;
}

int store_open(const char *path, struct store *out, struct fault *fault)
{
	int r = file_check(path, false, fault);

	if (r == 0)
		r = database_open(path, SQLITE_OPEN_READONLY, out, fault);
	return r == 0 ? schema_check(out, path, fault) : r;
}

void store_close(struct store *store)
{
	(void)sqlite3_close_v2(store->db);
	store->db = NULL;
}

int store_head(const struct store *store, int64_t *out_seq, unsigned char *out_hash)
{
	static const char sql[] = "SELECT seq, hash FROM (SELECT * FROM (SELECT seq, hash FROM runs "
				  "ORDER BY seq DESC LIMIT 1) UNION ALL SELECT * FROM (SELECT seq, "
				  "hash FROM actions ORDER BY seq DESC LIMIT 1)) ORDER BY seq DESC "
				  "LIMIT 1";
	sqlite3_stmt *statement = NULL;
	int r = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);

	if (r == SQLITE_OK)
		r = sqlite3_step(statement);
	if (r == SQLITE_DONE) {
		*out_seq = 0;
		row_hash_genesis(store->id, STORE_ID_SIZE, out_hash);
	} else if (r == SQLITE_ROW && sqlite3_column_bytes(statement, 1) == ROW_HASH_SIZE) {
		*out_seq = sqlite3_column_int64(statement, 0);
		memcpy(out_hash, sqlite3_column_blob(statement, 1), ROW_HASH_SIZE);
	} else {
		r = SQLITE_ERROR;
	}
	(void)sqlite3_finalize(statement);
	return r == SQLITE_ERROR || (r != SQLITE_DONE && r != SQLITE_ROW) ? -EIO : 0;
}

static void read_value(sqlite3_stmt *statement, int column, struct value *out)
{
	*out = (struct value){ .type = VALUE_NULL };
	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_INTEGER:
		out->type = VALUE_INTEGER;
		out->number = sqlite3_column_int64(statement, column);
		return;
	case SQLITE_FLOAT: {
		double real = sqlite3_column_double(statement, column);

		out->type = VALUE_REAL;
		memcpy(&out->number, &real, sizeof(real));
		return;
	}
	case SQLITE_TEXT:
		out->type = VALUE_TEXT;
		out->bytes = sqlite3_column_text(statement, column);
		break;
	case SQLITE_BLOB:
		out->type = VALUE_BLOB;
		out->bytes = sqlite3_column_blob(statement, column);
		break;
	default:
		return;
	}
	out->size = (size_t)sqlite3_column_bytes(statement, column);
}

void store_read_row(sqlite3_stmt *statement, enum row_table table, struct row *out)
{
	int count = (int)row_layouts[table].count;

	out->table = table;
	out->seq = sqlite3_column_int64(statement, 0);
	for (int i = 0; i < count; i++)
		read_value(statement, 1 + i, &out->values[i]);
	read_value(statement, 1 + count, &out->prev);
	read_value(statement, 2 + count, &out->hash);
}
