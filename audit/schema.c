/* SPDX-License-Identifier: MIT */
#include "audit/schema.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SQL_SIZE 2048

/*
 * What is no row of the chain: @rows and @tree, how far the Merkle tree has been computed
 * (audit/merkle.h), and how much of each file of pending rows has been written
 * (audit/pending.h). Both are found out again from the rows: whoever changes them makes no row good.
 */
static const char *const other_tables[] = {
	"CREATE TABLE recorder (id BLOB NOT NULL, rows INTEGER NOT NULL, tree BLOB NOT NULL)",
	"CREATE TABLE pending (run TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
};
#define OTHER_TABLES (sizeof(other_tables) / sizeof(other_tables[0]))

static const char hint[] = "hint: it was left as it is; choose another with --audit FILE";

struct text {
	char *at;
	size_t used, size;
};

static void put(struct text *text, const char *a, const char *b)
{
	int len = snprintf(text->at + text->used, text->size - text->used, "%s%s", a, b);

	if (len > 0 && (size_t)len < text->size - text->used)
		text->used += (size_t)len;
}

char *schema_columns(enum row_table table, char *text, size_t size)
{
	const struct row_layout *layout = &row_layouts[table];
	struct text out = { .at = text, .size = size };

	put(&out, "seq", "");
	for (size_t i = 0; i < layout->count; i++)
		put(&out, ", ", layout->columns[i].name);
	put(&out, ", prev, hash", "");
	return text;
}

/* The statement that makes a table. @sql: SQL_SIZE bytes. */
static const char *table_sql(enum row_table table, char *sql)
{
	const struct row_layout *layout = &row_layouts[table];
	struct text out = { .at = sql, .size = SQL_SIZE };

	put(&out, "CREATE TABLE ", layout->table);
	put(&out, " (seq INTEGER PRIMARY KEY", "");
	for (size_t i = 0; i < layout->count; i++) {
		put(&out, ", ", layout->columns[i].name);
		put(&out, layout->columns[i].is_text ? " TEXT" : " INTEGER", "");
	}
	put(&out, ", prev BLOB NOT NULL, hash BLOB NOT NULL)", "");
	return sql;
}

static int run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -EIO;
}

static int pragma_number(sqlite3 *db, const char *sql, int *out)
{
	sqlite3_stmt *statement = NULL;
	int step = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (step == SQLITE_OK)
		step = sqlite3_step(statement);
	if (step == SQLITE_ROW)
		*out = sqlite3_column_int(statement, 0);
	(void)sqlite3_finalize(statement);
	return step == SQLITE_ROW ? 0 : -EIO;
}

static int tables_make(sqlite3 *db)
{
	unsigned char bytes[SCHEMA_ID_SIZE];
	char id[2 * SCHEMA_ID_SIZE + 1];
	char sql[SQL_SIZE];
	int r = 0;

	for (size_t i = 0; i < OTHER_TABLES && r == 0; i++)
		r = run(db, other_tables[i]);
	for (int i = 0; i < ROW_TABLES && r == 0; i++)
		r = run(db, table_sql((enum row_table)i, sql));
	if (r < 0)
		return r;
	randombytes_buf(bytes, sizeof(bytes));
	(void)snprintf(sql, sizeof(sql),
		       "INSERT INTO recorder VALUES (x'%s', 0, x'');"
		       "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		       sodium_bin2hex(id, sizeof(id), bytes, sizeof(bytes)), SCHEMA_APPLICATION_ID,
		       SCHEMA_VERSION);
	return run(db, sql);
}

int schema_make(sqlite3 *db)
{
	int r = run(db, "BEGIN IMMEDIATE");

	if (r == 0)
		r = tables_make(db);
	return r < 0 ? r : run(db, "COMMIT");
}

/* Whether something of the database's schema is a table that belongs there. */
static bool belongs(const char *type, const char *name, const char *sql)
{
	char want[SQL_SIZE];

	/* ANALYZE leaves tables of its own; names like these are SQLite's. */
	if (strncmp(name, "sqlite_stat", strlen("sqlite_stat")) == 0)
		return true;
	if (strcmp(type, "table") != 0)
		return false;
	for (size_t i = 0; i < OTHER_TABLES; i++)
		if (strcmp(sql, other_tables[i]) == 0)
			return true;
	for (int i = 0; i < ROW_TABLES; i++)
		if (strcmp(sql, table_sql((enum row_table)i, want)) == 0)
			return true;
	return false;
}

static const char *column_text(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text ? (const char *)text : "";
}

/* Return: 0, -EINVAL when something else is there, -EIO. */
static int tables_check(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	int tables = 0;
	bool good = true;
	int step = sqlite3_prepare_v2(db, "SELECT type, name, sql FROM sqlite_master", -1,
				      &statement, NULL);

	if (step == SQLITE_OK)
		step = sqlite3_step(statement);
	for (; step == SQLITE_ROW && good; step = sqlite3_step(statement)) {
		const char *sql = column_text(statement, 2);

		good = belongs(column_text(statement, 0), column_text(statement, 1), sql);
		tables += sql[0] && strncmp(column_text(statement, 1), "sqlite_", 7) != 0;
	}
	(void)sqlite3_finalize(statement);
	if (good && step != SQLITE_DONE)
		return -EIO;
	return good && tables == ROW_TABLES + (int)OTHER_TABLES ? 0 : -EINVAL;
}

static int id_read(sqlite3 *db, unsigned char *out_id)
{
	sqlite3_stmt *statement = NULL;
	int r = -EINVAL;
	int step = sqlite3_prepare_v2(db, "SELECT id FROM recorder", -1, &statement, NULL);

	if (step == SQLITE_OK)
		step = sqlite3_step(statement);
	if (step == SQLITE_ROW && sqlite3_column_bytes(statement, 0) == SCHEMA_ID_SIZE) {
		memcpy(out_id, sqlite3_column_blob(statement, 0), SCHEMA_ID_SIZE);
		r = 0;
	}
	(void)sqlite3_finalize(statement);
	return r;
}

static int read_fault(sqlite3 *db, const char *path, struct fault *fault)
{
	int code = sqlite3_errcode(db);
	bool is_foreign = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;

	return fault_set(fault, is_foreign ? -EINVAL : -EIO, "cannot open recorder: '%s': %s%s%s",
			 path, sqlite3_errmsg(db), is_foreign ? "; " : "", is_foreign ? hint : "");
}

int schema_check(sqlite3 *db, const char *path, unsigned char *out_id, struct fault *fault)
{
	int application = 0;
	int version = 0;
	int r;

	if (pragma_number(db, "PRAGMA application_id", &application) < 0 ||
	    pragma_number(db, "PRAGMA user_version", &version) < 0)
		return read_fault(db, path, fault);
	if (application != SCHEMA_APPLICATION_ID)
		return fault_set(fault, -EINVAL,
				 "cannot open recorder: '%s': this database is not a recorder; %s",
				 path, hint);
	if (version > 0 && version < SCHEMA_VERSION)
		return fault_set(
			fault, -ESTALE,
			"cannot open recorder: '%s': its version is %d, of an older agentos; "
			"hint: the next run moves it aside",
			path, version);
	if (version != SCHEMA_VERSION)
		return fault_set(fault, -EINVAL,
				 "cannot open recorder: '%s': its version is %d, and this agentos "
				 "knows %d; %s",
				 path, version, SCHEMA_VERSION, hint);
	r = tables_check(db);
	if (r == -EIO)
		return read_fault(db, path, fault);
	if (r < 0 || id_read(db, out_id) < 0)
		return fault_set(
			fault, -EINVAL,
			"cannot open recorder: '%s': its tables are not those that agentos "
			"made; %s",
			path, hint);
	return 0;
}

static void read_value(sqlite3_stmt *statement, int column, struct value *out)
{
	double real;

	*out = (struct value){ .type = VALUE_NULL };
	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_INTEGER:
		out->type = VALUE_INTEGER;
		out->number = sqlite3_column_int64(statement, column);
		return;
	case SQLITE_FLOAT:
		real = sqlite3_column_double(statement, column);
		out->type = VALUE_REAL;
		memcpy(&out->number, &real, sizeof(real));
		return;
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

void schema_read_row(sqlite3_stmt *statement, enum row_table table, struct row *out)
{
	int count = (int)row_layouts[table].count;

	out->table = table;
	out->seq = sqlite3_column_int64(statement, 0);
	for (int i = 0; i < count; i++)
		read_value(statement, 1 + i, &out->values[i]);
	read_value(statement, 1 + count, &out->prev);
	read_value(statement, 2 + count, &out->hash);
}
