/* SPDX-License-Identifier: MIT */
#include "audit/writer.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "audit/anchor.h"
#include "common/clock.h"

#define SQL_SIZE 1024
#define SEAL_ROWS 4096			   /* a seal after so many rows, */
#define SEAL_NS (10 * (int64_t)1000000000) /* or when rows have been without one for so long */

/* The last row of all tables. */
static const char head_sql[] =
	"SELECT * FROM (SELECT * FROM (SELECT seq, hash FROM runs ORDER BY seq DESC LIMIT 1) "
	"UNION ALL SELECT * FROM (SELECT seq, hash FROM actions ORDER BY seq DESC LIMIT 1) "
	"UNION ALL SELECT * FROM (SELECT seq, hash FROM seals ORDER BY seq DESC LIMIT 1)) "
	"ORDER BY seq DESC LIMIT 1";

static const char hashes_sql[] = "SELECT seq, hash FROM runs WHERE seq > ?1 "
				 "UNION ALL SELECT seq, hash FROM actions WHERE seq > ?1 "
				 "UNION ALL SELECT seq, hash FROM seals WHERE seq > ?1 "
				 "ORDER BY seq";

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

/* Whether the row that an anchor is about is what it was. */
static bool agrees(struct writer *writer, const struct seal *seal)
{
	static const char sql[] =
		"SELECT hash FROM actions WHERE seq = ?1 UNION ALL SELECT hash FROM "
		"runs WHERE seq = ?1 UNION ALL SELECT hash FROM seals WHERE seq = ?1";
	sqlite3_stmt *statement = NULL;
	bool same = true; /* what cannot be read is told by whoever reads it next */
	int code = sqlite3_prepare_v2(writer->store.db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK) {
		(void)sqlite3_bind_int64(statement, 1, seal->rows);
		code = sqlite3_step(statement);
	}
	if (code == SQLITE_DONE)
		same = false;
	else if (code == SQLITE_ROW)
		same = sqlite3_column_bytes(statement, 0) == ROW_HASH_SIZE &&
		       memcmp(sqlite3_column_blob(statement, 0), seal->head, ROW_HASH_SIZE) == 0;
	(void)sqlite3_finalize(statement);
	return same;
}

/* What was lost before this run is not covered up by its seals. */
static int loss_keep(struct writer *writer)
{
	struct seal seal;

	return anchor_read(writer->keys.folder, writer->store.id, &seal) == 0 &&
			       !agrees(writer, &seal)
		       ? anchor_lose(writer->keys.folder, writer->store.id)
		       : 0;
}

int writer_open(const char *path, struct writer *out, struct fault *fault)
{
	int r = store_create(path, &out->store, fault);

	out->sealed_at = clock_ns(CLOCK_MONOTONIC);
	if (r == 0)
		r = keys_open(out->store.path, &out->keys, fault);
	if (r < 0)
		return r;
	for (int i = 0; i < ROW_TABLES && r == 0; i++)
		r = insert_prepare(out, (enum row_table)i);
	if (r == 0)
		r = prepare(out, head_sql, &out->head);
	if (r == 0)
		r = prepare(out, "INSERT OR REPLACE INTO pending VALUES (?1, ?2)",
			    &out->position_set);
	if (r < 0)
		return fault_set(fault, r, "cannot use recorder: '%s': %s", path,
				 sqlite3_errmsg(out->store.db));
	r = loss_keep(out);
	return r < 0 ? fault_set(fault, r, "cannot keep what is known of the recorder: '%s': %s",
				 out->keys.folder, strerror(-r))
		     : 0;
}

void writer_close(struct writer *writer)
{
	for (int i = 0; i < ROW_TABLES; i++)
		(void)sqlite3_finalize(writer->inserts[i]);
	(void)sqlite3_finalize(writer->head);
	(void)sqlite3_finalize(writer->position_set);
	store_close(&writer->store);
	keys_close(&writer->keys);
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

/*
 * Rows. In all of these @at is where the chain ends: the number and the hash of the last row.
 */

struct chain_end {
	int64_t seq;
	unsigned char hash[ROW_HASH_SIZE];
};

/* Of no rows, 0 and what the first row follows. */
static int head_read(struct writer *writer, struct chain_end *at)
{
	int code = sqlite3_step(writer->head);
	int r = 0;

	if (code == SQLITE_ROW && sqlite3_column_bytes(writer->head, 1) == ROW_HASH_SIZE) {
		at->seq = sqlite3_column_int64(writer->head, 0);
		memcpy(at->hash, sqlite3_column_blob(writer->head, 1), ROW_HASH_SIZE);
	} else if (code == SQLITE_DONE) {
		at->seq = 0;
		row_hash_genesis(writer->store.id, sizeof(writer->store.id), at->hash);
	} else {
		r = error_of(code);
	}
	(void)sqlite3_reset(writer->head);
	if (r == 0 &&
	    (at->seq < writer->seq || (at->seq == writer->seq && writer->seq > 0 &&
				       memcmp(at->hash, writer->hash, ROW_HASH_SIZE) != 0)))
		r = -EBADMSG;
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

static int insert(struct writer *writer, const struct row *row, struct chain_end *at)
{
	sqlite3_stmt *statement = writer->inserts[row->table];
	int count = (int)row_layouts[row->table].count;
	unsigned char hash[ROW_HASH_SIZE];
	struct row placed = { .table = row->table, .seq = at->seq + 1 };
	int code;

	memcpy(placed.values, row->values, sizeof(placed.values));
	row_hash(&placed, at->hash, hash);
	(void)sqlite3_bind_int64(statement, 1, placed.seq);
	for (int i = 0; i < count; i++)
		bind_value(statement, 2 + i, &row->values[i]);
	(void)sqlite3_bind_blob(statement, 2 + count, at->hash, ROW_HASH_SIZE, SQLITE_STATIC);
	(void)sqlite3_bind_blob(statement, 3 + count, hash, ROW_HASH_SIZE, SQLITE_STATIC);
	code = sqlite3_step(statement);
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	if (code != SQLITE_DONE)
		return error_of(code);
	memcpy(at->hash, hash, sizeof(hash));
	at->seq = placed.seq;
	writer->unsealed++;
	if (writer->knows_tree && writer->merkle.count == (uint64_t)placed.seq - 1)
		merkle_append(&writer->merkle, hash);
	return 0;
}

static void outcome_add(const struct pending_row *kept, struct row *row)
{
	if (row->table != ROW_ACTIONS)
		return;
	row_set_number(row, ACTIONS_count, kept->count);
	if (!kept->has_outcome)
		return;
	row_set_number(row, ACTIONS_outcome, kept->outcome);
	row_set_number(row, ACTIONS_latency, kept->latency);
}

static int pending_insert(struct writer *writer, const struct batch *batch, struct chain_end *at)
{
	uint64_t position = batch->from;
	const struct pending_row *kept;
	int r = 0;

	while (r == 0 && position < batch->to && (kept = pending_next(batch->pending, &position))) {
		struct row row = { .table = (enum row_table)kept->table };

		row_decode(&row, kept->bytes);
		outcome_add(kept, &row);
		r = insert(writer, &row, at);
	}
	return r == 0 && position < batch->to ? -EIO : r;
}

/* How far the run's own file is written: with the rows themselves, so that none is written twice. */
static int position_keep(struct writer *writer, const struct batch *batch)
{
	sqlite3_stmt *statement = writer->position_set;
	int code;

	(void)sqlite3_bind_text(statement, 1, batch->run, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(statement, 2, (int64_t)batch->to);
	code = sqlite3_step(statement);
	(void)sqlite3_reset(statement);
	return code == SQLITE_DONE ? 0 : error_of(code);
}

static int run_forget(struct writer *writer, const char *run)
{
	sqlite3_stmt *statement = NULL;
	int r = prepare(writer, "DELETE FROM pending WHERE run = ?1", &statement);
	int code = SQLITE_DONE;

	if (r == 0) {
		(void)sqlite3_bind_text(statement, 1, run, -1, SQLITE_STATIC);
		code = sqlite3_step(statement);
	}
	(void)sqlite3_finalize(statement);
	return r < 0 ? r : code == SQLITE_DONE ? 0 : error_of(code);
}

/*
 * Seals.
 */

/* The tree as the last seal left it; what does not look like one is computed from the first row on. */
static int tree_read(struct writer *writer)
{
	struct merkle *merkle = &writer->merkle;
	sqlite3_stmt *statement = NULL;
	int r = prepare(writer, "SELECT rows, tree FROM recorder", &statement);
	int code = r == 0 ? sqlite3_step(statement) : SQLITE_ERROR;

	merkle->count = 0;
	if (code == SQLITE_ROW && sqlite3_column_int64(statement, 0) > 0) {
		size_t size = (size_t)sqlite3_column_bytes(statement, 1);

		merkle->count = (uint64_t)sqlite3_column_int64(statement, 0);
		if (size == merkle_node_count(merkle) * ROW_HASH_SIZE &&
		    size <= sizeof(merkle->nodes))
			memcpy(merkle->nodes, sqlite3_column_blob(statement, 1), size);
		else
			merkle->count = 0;
	}
	(void)sqlite3_finalize(statement);
	writer->knows_tree = code == SQLITE_ROW;
	return code == SQLITE_ROW ? 0 : error_of(code);
}

/* The rows that others have written meanwhile. */
static int tree_catch_up(struct writer *writer)
{
	struct merkle *merkle = &writer->merkle;
	sqlite3_stmt *statement = NULL;
	int r = prepare(writer, hashes_sql, &statement);
	int code = SQLITE_DONE;

	if (r == 0)
		(void)sqlite3_bind_int64(statement, 1, (int64_t)merkle->count);
	while (r == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		if (sqlite3_column_int64(statement, 0) != (int64_t)merkle->count + 1 ||
		    sqlite3_column_bytes(statement, 1) != ROW_HASH_SIZE)
			r = -EBADMSG;
		else
			merkle_append(merkle, sqlite3_column_blob(statement, 1));
	}
	(void)sqlite3_finalize(statement);
	return r < 0 ? r : code == SQLITE_DONE ? 0 : error_of(code);
}

static int tree_keep(struct writer *writer)
{
	const struct merkle *merkle = &writer->merkle;
	sqlite3_stmt *statement = NULL;
	int r = prepare(writer, "UPDATE recorder SET rows = ?1, tree = ?2", &statement);
	int code = SQLITE_DONE;

	if (r == 0) {
		(void)sqlite3_bind_int64(statement, 1, (int64_t)merkle->count);
		(void)sqlite3_bind_blob(statement, 2, merkle->nodes,
					(int)(merkle_node_count(merkle) * ROW_HASH_SIZE),
					SQLITE_STATIC);
		code = sqlite3_step(statement);
	}
	(void)sqlite3_finalize(statement);
	return r < 0 ? r : code == SQLITE_DONE ? 0 : error_of(code);
}

/* Seals all rows so far; @made: what will be kept outside once this is committed. */
static int seal(struct writer *writer, const struct keys *next, struct chain_end *at,
		struct seal *made)
{
	struct sealed sealed = { .id = writer->store.id, .rows = at->seq };
	struct seal_texts texts;
	struct row row;
	int r = writer->knows_tree ? 0 : tree_read(writer);

	if (r == 0 && (int64_t)writer->merkle.count != at->seq)
		r = tree_catch_up(writer);
	if (r == 0)
		r = tree_keep(writer);
	if (r < 0)
		return r;
	memcpy(sealed.head, at->hash, sizeof(sealed.head));
	merkle_root(&writer->merkle, sealed.root);
	seal_make(&writer->keys, &sealed, next ? next->public : NULL, &texts, &row);
	seal_read(&row, &sealed, made);
	r = insert(writer, &row, at);
	writer->unsealed = 0;
	return r;
}

static bool seal_is_due(const struct writer *writer)
{
	return writer->unsealed >= SEAL_ROWS ||
	       clock_ns(CLOCK_MONOTONIC) - writer->sealed_at >= SEAL_NS;
}

/*
 * Batches.
 */

static int batch_write(struct writer *writer, const struct batch *batch, struct chain_end *at,
		       struct seal *made)
{
	int r = head_read(writer, at);

	if (r == 0 && batch->pending)
		r = pending_insert(writer, batch, at);
	if (r == 0 && batch->last)
		r = insert(writer, batch->last, at);
	if (r == 0 && batch->run)
		r = batch->ends ? run_forget(writer, batch->run) : position_keep(writer, batch);
	if (r == 0 && (batch->last || batch->next || batch->seals || seal_is_due(writer)))
		r = seal(writer, batch->next, at, made);
	return r;
}

int writer_append(struct writer *writer, const struct batch *batch)
{
	struct seal made = { .rows = 0 };
	struct chain_end at = { .seq = 0 };
	int r = execute(writer, "BEGIN IMMEDIATE");

	if (r < 0)
		return r;
	r = batch_write(writer, batch, &at, &made);
	if (r == 0)
		r = execute(writer, "COMMIT");
	if (r < 0) {
		(void)execute(writer, "ROLLBACK");
		writer->knows_tree = false; /* it has gone on with rows that are not there */
		return r;
	}
	writer->seq = at.seq;
	memcpy(writer->hash, at.hash, sizeof(at.hash));
	if (made.rows > 0) {
		writer->sealed_at = clock_ns(CLOCK_MONOTONIC);
		/* An anchor that is older than the record says less, and nothing wrong. */
		if (!batch->next)
			(void)anchor_write(writer->keys.folder, writer->store.path,
					   writer->store.id, &made);
	}
	return 0;
}

int writer_rotate(struct writer *writer, struct fault *fault)
{
	struct keys next;
	const struct batch hand_over = { .next = &next }, seal_it = { .seals = true };
	int r;

	keys_draw(&writer->keys, &next);
	r = writer_append(writer, &hand_over);
	if (r < 0)
		(void)fault_set(fault, r, "cannot record the new key: '%s': %s", writer->store.path,
				strerror(-r));
	if (r == 0)
		r = keys_replace(&writer->keys, &next, fault);
	if (r == 0) {
		memcpy(&writer->keys, &next, sizeof(next));
		r = writer_append(writer, &seal_it);
	}
	keys_close(&next);
	return r;
}

bool writer_position(struct writer *writer, const char *run, uint64_t *out)
{
	sqlite3_stmt *statement = NULL;
	bool is_open = false;

	*out = 0;
	if (prepare(writer, "SELECT position FROM pending WHERE run = ?1", &statement) == 0) {
		(void)sqlite3_bind_text(statement, 1, run, -1, SQLITE_STATIC);
		is_open = sqlite3_step(statement) == SQLITE_ROW;
		if (is_open)
			*out = (uint64_t)sqlite3_column_int64(statement, 0);
	}
	(void)sqlite3_finalize(statement);
	return is_open;
}
