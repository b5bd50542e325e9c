/* SPDX-License-Identifier: MIT */
#include "audit/writer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SQL_SIZE 1024

/* The last row of both tables. */
static const char head_sql[] =
	"SELECT seq, hash FROM (SELECT * FROM (SELECT seq, hash FROM runs ORDER BY seq DESC LIMIT "
	"1) "
	"UNION ALL SELECT * FROM (SELECT seq, hash FROM actions ORDER BY seq DESC LIMIT 1)) "
	"ORDER BY seq DESC LIMIT 1";

static int prepare(struct writer *writer, const char *sql, sqlite3_stmt **out)
{
	int r = sqlite3_prepare_v3(writer->store.db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);

	return r == SQLITE_OK ? 0 : -EIO;
}

static int insert_prepare(struct writer *writer, enum row_table table)
{
	char columns[SCHEMA_COLUMNS_SIZE];
	char marks[3 * (ROW_VALUES_MAX + 3)];
	char sql[SQL_SIZE];
	size_t used = 0;

	for (size_t i = 0; i < row_layouts[table].count + 3; i++)
		used += (size_t)snprintf(marks + used, sizeof(marks) - used, i ? ", ?" : "?");
	(void)snprintf(sql, sizeof(sql), "INSERT INTO %s (%s) VALUES (%s)",
		       row_layouts[table].table, schema_columns(table, columns, sizeof(columns)),
		       marks);
	return prepare(writer, sql, &writer->inserts[table]);
}

int writer_open(const char *path, struct writer *out, struct fault *fault)
{
	int r = store_create(path, &out->store, fault);

	if (r < 0)
		return r;
	if (insert_prepare(out, ROW_RUNS) < 0 || insert_prepare(out, ROW_ACTIONS) < 0 ||
	    prepare(out, head_sql, &out->head) < 0)
		return fault_set(fault, -EIO, "cannot use recorder: '%s': %s", path,
				 sqlite3_errmsg(out->store.db));
	return 0;
}

void writer_close(struct writer *writer)
{
	for (int i = 0; i < 2; i++)
		(void)sqlite3_finalize(writer->inserts[i]);
	(void)sqlite3_finalize(writer->head);
	store_close(&writer->store);
}

static int error_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	default:
		return -EIO;
	}
}

static int execute(struct writer *writer, const char *sql)
{
	int code = sqlite3_exec(writer->store.db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : error_of(code);
}

/* Number and hash of the last row; of none, 0 and what the first row follows. */
static int head_read(struct writer *writer, int64_t *out_seq, unsigned char *out_hash)
{
	int code = sqlite3_step(writer->head);
	int r = 0;

	if (code == SQLITE_ROW && sqlite3_column_bytes(writer->head, 1) == ROW_HASH_SIZE) {
		*out_seq = sqlite3_column_int64(writer->head, 0);
		memcpy(out_hash, sqlite3_column_blob(writer->head, 1), ROW_HASH_SIZE);
	} else if (code == SQLITE_DONE) {
		*out_seq = 0;
		row_hash_genesis(writer->store.id, sizeof(writer->store.id), out_hash);
	} else {
		r = error_of(code);
	}
	(void)sqlite3_reset(writer->head);
	return r;
}

static void bind_value(sqlite3_stmt *statement, int index, const struct value *value)
{
	if (value->type == VALUE_INTEGER)
		(void)sqlite3_bind_int64(statement, index, value->number);
	else if (value->type == VALUE_TEXT)
		(void)sqlite3_bind_text64(statement, index, value->bytes, value->size,
					  SQLITE_STATIC, SQLITE_UTF8);
	else
		(void)sqlite3_bind_null(statement, index);
}

/* Inserts one row after the one whose hash is @prev, which becomes its own. */
static int insert(struct writer *writer, const struct entry *entry, int64_t seq,
		  unsigned char *prev)
{
	sqlite3_stmt *statement = writer->inserts[entry->table];
	int count = (int)row_layouts[entry->table].count;
	struct row row = { .table = entry->table };
	unsigned char hash[ROW_HASH_SIZE];
	int code;

	row_decode(&row, entry->bytes);
	row_hash_encoded(entry->table, seq, prev, entry->bytes, entry->size, hash);
	(void)sqlite3_bind_int64(statement, 1, seq);
	for (int i = 0; i < count; i++)
		bind_value(statement, 2 + i, &row.values[i]);
	(void)sqlite3_bind_blob(statement, 2 + count, prev, ROW_HASH_SIZE, SQLITE_STATIC);
	(void)sqlite3_bind_blob(statement, 3 + count, hash, ROW_HASH_SIZE, SQLITE_STATIC);
	code = sqlite3_step(statement);
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	memcpy(prev, hash, ROW_HASH_SIZE);
	return code == SQLITE_DONE ? 0 : error_of(code);
}

int writer_append(struct writer *writer, const struct entry *entries)
{
	unsigned char prev[ROW_HASH_SIZE];
	int64_t seq = 0;
	int r = execute(writer, "BEGIN IMMEDIATE");

	if (r < 0)
		return r;
	r = head_read(writer, &seq, prev);
	for (const struct entry *entry = entries; entry && r == 0; entry = entry->next)
		r = insert(writer, entry, ++seq, prev);
	if (r == 0)
		r = execute(writer, "COMMIT");
	if (r < 0)
		(void)execute(writer, "ROLLBACK");
	return r;
}
