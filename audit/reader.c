/* SPDX-License-Identifier: MIT */
#include "audit/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/store.h"

#define SQL_SIZE 4096
#define BINDS_MAX 16

struct reader {
	struct store store;
};

int reader_open(const char *path, struct reader **out, struct fault *fault)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return fault_set(fault, -ENOMEM, "cannot open recorder: out of memory");
	r = store_open(path, &reader->store, fault);
	if (r < 0) {
		reader_close(reader);
		return r;
	}
	*out = reader;
	return 0;
}

void reader_close(struct reader *reader)
{
	if (!reader)
		return;
	store_close(&reader->store);
	free(reader);
}

static int read_fault(const struct reader *reader, struct fault *fault)
{
	return fault_set(fault, -EIO, "cannot read the recorder: %s",
			 sqlite3_errmsg(reader->store.db));
}

/* A statement that is put together from conditions, each with its value. */
struct query {
	char sql[SQL_SIZE];
	size_t used;
	struct {
		const char *text;
		int64_t number;
	} binds[BINDS_MAX];
	int bind_count;
};

static void put(struct query *query, const char *text)
{
	int len = snprintf(query->sql + query->used, SQL_SIZE - query->used, "%s", text);

	if (len > 0 && (size_t)len < SQL_SIZE - query->used)
		query->used += (size_t)len;
}

static void where(struct query *query, const char *condition)
{
	put(query, query->bind_count == 0 ? " WHERE " : " AND ");
	put(query, condition);
}

static void where_text(struct query *query, const char *condition, const char *text)
{
	if (!text)
		return;
	where(query, condition);
	query->binds[query->bind_count++].text = text;
}

static void where_number(struct query *query, const char *condition, int64_t number)
{
	if (number == 0)
		return;
	where(query, condition);
	query->binds[query->bind_count++].number = number;
}

static int prepare(struct reader *reader, const struct query *query, sqlite3_stmt **out)
{
	if (sqlite3_prepare_v2(reader->store.db, query->sql, -1, out, NULL) != SQLITE_OK)
		return -EIO;
	for (int i = 0; i < query->bind_count; i++) {
		if (query->binds[i].text)
			(void)sqlite3_bind_text(*out, i + 1, query->binds[i].text, -1,
						SQLITE_STATIC);
		else
			(void)sqlite3_bind_int64(*out, i + 1, query->binds[i].number);
	}
	return 0;
}

static int walk(struct reader *reader, const struct query *query, enum row_table table,
		reader_fn *visit, void *data, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	int r = prepare(reader, query, &statement);
	int step = SQLITE_DONE;

	if (r < 0)
		return read_fault(reader, fault);
	while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct row row;

		store_read_row(statement, table, &row);
		r = visit(&row, data);
	}
	if (r == 0 && step != SQLITE_DONE)
		r = read_fault(reader, fault);
	(void)sqlite3_finalize(statement);
	return r;
}

int reader_actions(struct reader *reader, const struct reader_filter *filter, reader_fn *visit,
		   void *data, struct fault *fault)
{
	struct query query = { .used = 0 };
	char columns[1024];
	char limit[64];

	(void)store_columns(ROW_ACTIONS, columns, sizeof(columns));
	put(&query, "SELECT * FROM (SELECT ");
	put(&query, columns);
	put(&query, " FROM actions");
	where_text(&query, "agent = ?", filter->agent);
	where_text(&query, "run = ?", filter->run);
	where_text(&query, "action = ?", filter->action);
	where_text(&query, "verdict = ?", filter->verdict);
	where_text(&query, "rule = ?", filter->rule);
	where_text(&query, "path GLOB ?", filter->path);
	where_number(&query, "time >= ?", filter->since_ns);
	where_number(&query, "time < ?", filter->until_ns);
	where_number(&query, "seq > ?", filter->after_seq);
	where_number(&query, "seq = ?", filter->seq);
	(void)snprintf(limit, sizeof(limit), " ORDER BY seq DESC LIMIT %lld) ORDER BY seq",
		       filter->limit ? (long long)filter->limit : -1LL);
	put(&query, limit);
	return walk(reader, &query, ROW_ACTIONS, visit, data, fault);
}

int reader_runs(struct reader *reader, const char *run, int64_t seq, reader_fn *visit, void *data,
		struct fault *fault)
{
	struct query query = { .used = 0 };
	char columns[1024];

	(void)store_columns(ROW_RUNS, columns, sizeof(columns));
	put(&query, "SELECT ");
	put(&query, columns);
	put(&query, " FROM runs");
	where_text(&query, "run = ?", run);
	where_number(&query, "seq = ?", seq);
	put(&query, " ORDER BY seq");
	return walk(reader, &query, ROW_RUNS, visit, data, fault);
}

int reader_stats(struct reader *reader, const char *run, reader_count_fn *visit, void *data,
		 struct fault *fault)
{
	static const char *const columns[] = { "verdict", "action", "rule", "agent" };

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		struct query query = { .used = 0 };
		sqlite3_stmt *statement = NULL;
		int step;

		put(&query, "SELECT ");
		put(&query, columns[i]);
		put(&query, ", count(*) FROM actions");
		where_text(&query, "run = ?", run);
		put(&query, " GROUP BY 1 ORDER BY 2 DESC");
		if (prepare(reader, &query, &statement) < 0)
			return read_fault(reader, fault);
		while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
			const unsigned char *name = sqlite3_column_text(statement, 0);

			visit(columns[i], name ? (const char *)name : "",
			      sqlite3_column_int64(statement, 1), data);
		}
		(void)sqlite3_finalize(statement);
		if (step != SQLITE_DONE)
			return read_fault(reader, fault);
	}
	return 0;
}

/*
 * Verifying: both tables are walked side by side, by seq.
 */

struct cursor {
	sqlite3_stmt *statement;
	enum row_table table;
	struct row row;
	bool there;
};

struct verifier {
	struct reader *reader;
	struct verification *out;
	struct cursor cursors[2];
	int64_t seq; /* of the last row */
	unsigned char prev[ROW_HASH_SIZE];
};

static int cursor_next(struct cursor *cursor)
{
	int step = sqlite3_step(cursor->statement);

	cursor->there = step == SQLITE_ROW;
	if (cursor->there)
		store_read_row(cursor->statement, cursor->table, &cursor->row);
	return step == SQLITE_ROW || step == SQLITE_DONE ? 0 : -EIO;
}

static int cursor_open(struct reader *reader, enum row_table table, struct cursor *out)
{
	struct query query = { .used = 0 };
	char columns[1024];

	out->table = table;
	(void)store_columns(table, columns, sizeof(columns));
	put(&query, "SELECT ");
	put(&query, columns);
	put(&query, " FROM ");
	put(&query, row_layouts[table].table);
	put(&query, " ORDER BY seq");
	return prepare(reader, &query, &out->statement) < 0 ? -EIO : cursor_next(out);
}

static void found_bad(struct verifier *verifier, int64_t seq, const char *reason)
{
	if (verifier->out->bad_seq)
		return;
	verifier->out->bad_seq = seq;
	(void)snprintf(verifier->out->reason, sizeof(verifier->out->reason), "%s", reason);
}

/* The number of actions in @run with one of two verdicts, or with neither. */
static int count_actions(struct verifier *verifier, const struct row *row, const char *condition,
			 int64_t *out)
{
	const struct value *run = &row->values[RUNS_run];
	char sql[256];
	sqlite3_stmt *statement = NULL;
	int step = SQLITE_ERROR;

	(void)snprintf(sql, sizeof(sql),
		       "SELECT count(*) FROM actions WHERE run = ? AND verdict %s", condition);
	if (sqlite3_prepare_v2(verifier->reader->store.db, sql, -1, &statement, NULL) == SQLITE_OK) {
		(void)sqlite3_bind_text64(statement, 1, run->bytes, run->size, SQLITE_TRANSIENT,
					  SQLITE_UTF8);
		step = sqlite3_step(statement);
	}
	if (step == SQLITE_ROW)
		*out = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return step == SQLITE_ROW ? 0 : -EIO;
}

static int check_counts(struct verifier *verifier, const struct row *row)
{
	static const struct {
		enum runs_column column;
		const char *condition;
	} counts[] = {
		{ RUNS_allowed, "= 'allow'" },
		{ RUNS_audited, "= 'audit'" },
		{ RUNS_denied, "NOT IN ('allow', 'audit')" },
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int64_t found;

		if (count_actions(verifier, row, counts[i].condition, &found) < 0)
			return -EIO;
		if (row->values[counts[i].column].number != found)
			found_bad(verifier, row->seq,
				  "the run's closing row counts other actions than are there");
	}
	return 0;
}

static int check_run(struct verifier *verifier, const struct row *row)
{
	if (row_text_is(row, RUNS_kind, "open")) {
		verifier->out->runs++;
		verifier->out->open_runs++;
		return 0;
	}
	if (verifier->out->open_runs == 0)
		found_bad(verifier, row->seq, "a run is closed that was not opened");
	else
		verifier->out->open_runs--;
	return check_counts(verifier, row);
}

static int check_row(struct verifier *verifier, const struct row *row)
{
	unsigned char hash[ROW_HASH_SIZE];

	verifier->out->rows++;
	if (row->seq != verifier->seq + 1)
		found_bad(verifier, verifier->seq + 1, "a row is missing here");
	else if (!row_hash_equals(&row->prev, verifier->prev))
		found_bad(verifier, row->seq, "it does not follow the row before it");
	row_hash(row, verifier->prev, hash);
	if (!row_hash_equals(&row->hash, hash))
		found_bad(verifier, row->seq, "its content is not what was recorded");
	verifier->seq = row->seq;
	memcpy(verifier->prev, hash, sizeof(hash));
	return row->table == ROW_RUNS ? check_run(verifier, row) : 0;
}

static int verify_all(struct verifier *verifier)
{
	struct cursor *cursors = verifier->cursors;
	int r = cursor_open(verifier->reader, ROW_RUNS, &cursors[0]);

	if (r == 0)
		r = cursor_open(verifier->reader, ROW_ACTIONS, &cursors[1]);
	while (r == 0 && (cursors[0].there || cursors[1].there)) {
		bool first = cursors[0].there &&
			     (!cursors[1].there || cursors[0].row.seq <= cursors[1].row.seq);
		struct cursor *cursor = &cursors[first ? 0 : 1];

		r = check_row(verifier, &cursor->row);
		if (r == 0)
			r = cursor_next(cursor);
	}
	return r;
}

int reader_verify(struct reader *reader, struct verification *out, struct fault *fault)
{
	struct verifier verifier = { .reader = reader, .out = out };
	int r;

	memset(out, 0, sizeof(*out));
	row_hash_genesis(reader->store.id, STORE_ID_SIZE, verifier.prev);
	/* One view of the database for all statements, while runs go on writing. */
	(void)sqlite3_exec(reader->store.db, "BEGIN", NULL, NULL, NULL);
	r = verify_all(&verifier);
	for (int i = 0; i < 2; i++)
		(void)sqlite3_finalize(verifier.cursors[i].statement);
	(void)sqlite3_exec(reader->store.db, "ROLLBACK", NULL, NULL, NULL);
	memcpy(out->head, verifier.prev, sizeof(out->head));
	return r < 0 ? read_fault(reader, fault) : 0;
}
