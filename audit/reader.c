/* SPDX-License-Identifier: MIT */
#include "audit/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/store.h"
#include "audit/verify.h"

#define SQL_SIZE 2048
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
		const char *text; /* borrowed; NULL: it is a number */
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

static void put_select(struct query *query, enum row_table table)
{
	char columns[SCHEMA_COLUMNS_SIZE];

	put(query, "SELECT ");
	put(query, schema_columns(table, columns, sizeof(columns)));
	put(query, " FROM ");
	put(query, row_layouts[table].table);
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
	int step = SQLITE_DONE;
	int r = prepare(reader, query, &statement);

	if (r < 0)
		return read_fault(reader, fault);
	while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct row row;

		schema_read_row(statement, table, &row);
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
	char limit[64];

	if (filter->limit > 0)
		put(&query, "SELECT * FROM (");
	put_select(&query, ROW_ACTIONS);
	where_text(&query, "agent = ?", filter->agent);
	where_text(&query, "run = ?", filter->run);
	where_text(&query, "action = ?", filter->action);
	where_text(&query, "verdict = ?", filter->verdict);
	where_text(&query, "rule = ?", filter->rule);
	where_text(&query, "path GLOB ?", filter->path);
	where_number(&query, "time >= ?", filter->since_ns);
	where_number(&query, "time < ?", filter->until_ns);
	where_number(&query, "seq > ?", filter->after_seq);
	where_number(&query, "seq <= ?", filter->up_to_seq);
	if (filter->limit > 0) {
		(void)snprintf(limit, sizeof(limit), " ORDER BY seq DESC LIMIT %llu)",
			       (unsigned long long)filter->limit);
		put(&query, limit);
	}
	put(&query, " ORDER BY seq");
	return walk(reader, &query, ROW_ACTIONS, visit, data, fault);
}

int reader_row(struct reader *reader, int64_t seq, reader_fn *visit, void *data,
	       struct fault *fault)
{
	int r = 0;

	for (int i = 0; i < 2 && r == 0; i++) {
		struct query query = { .used = 0 };

		put_select(&query, (enum row_table)i);
		where_number(&query, "seq = ?", seq);
		r = walk(reader, &query, (enum row_table)i, visit, data, fault);
	}
	return r;
}

int reader_run(struct reader *reader, const char *run, reader_fn *visit, void *data,
	       struct fault *fault)
{
	struct query query = { .used = 0 };

	put_select(&query, ROW_RUNS);
	where_text(&query, "run = ?", run);
	put(&query, " ORDER BY seq");
	return walk(reader, &query, ROW_RUNS, visit, data, fault);
}

int reader_head(struct reader *reader, int64_t *out_seq, struct fault *fault)
{
	static const char sql[] = "SELECT max(ifnull((SELECT max(seq) FROM runs), 0), "
				  "ifnull((SELECT max(seq) FROM actions), 0))";
	sqlite3_stmt *statement = NULL;
	int step = sqlite3_prepare_v2(reader->store.db, sql, -1, &statement, NULL);

	if (step == SQLITE_OK)
		step = sqlite3_step(statement);
	if (step == SQLITE_ROW)
		*out_seq = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return step == SQLITE_ROW ? 0 : read_fault(reader, fault);
}

/* Counts by one column. */
static int count_by(struct reader *reader, const char *column, const char *run,
		    reader_count_fn *visit, void *data, struct fault *fault)
{
	struct query query = { .used = 0 };
	sqlite3_stmt *statement = NULL;
	int step = SQLITE_DONE;
	int r = 0;

	put(&query, "SELECT ");
	put(&query, column);
	put(&query, ", count(*) FROM actions");
	where_text(&query, "run = ?", run);
	put(&query, " GROUP BY 1 ORDER BY 2 DESC, 1");
	if (prepare(reader, &query, &statement) < 0)
		return read_fault(reader, fault);
	while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		const unsigned char *name = sqlite3_column_text(statement, 0);

		r = visit(column, name ? (const char *)name : "",
			  sqlite3_column_int64(statement, 1), data);
	}
	if (r == 0 && step != SQLITE_DONE)
		r = read_fault(reader, fault);
	(void)sqlite3_finalize(statement);
	return r;
}

int reader_stats(struct reader *reader, const char *run, reader_count_fn *visit, void *data,
		 struct fault *fault)
{
	static const char *const columns[] = { "verdict", "action", "rule", "agent" };
	int r = 0;

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]) && r == 0; i++)
		r = count_by(reader, columns[i], run, visit, data, fault);
	return r;
}

/* Both tables side by side, by number. */
static int verify_all(struct reader *reader, struct verifier *verifier, struct verification *out)
{
	sqlite3_stmt *statements[2] = { NULL, NULL };
	struct row rows[2];
	int steps[2] = { SQLITE_DONE, SQLITE_DONE };
	int r = 0;

	for (int i = 0; i < 2 && r == 0; i++) {
		struct query query = { .used = 0 };

		put_select(&query, (enum row_table)i);
		put(&query, " ORDER BY seq");
		r = prepare(reader, &query, &statements[i]);
		steps[i] = r == 0 ? sqlite3_step(statements[i]) : SQLITE_ERROR;
		if (steps[i] == SQLITE_ROW)
			schema_read_row(statements[i], (enum row_table)i, &rows[i]);
	}
	while (r == 0 && !out->is_bad && (steps[0] == SQLITE_ROW || steps[1] == SQLITE_ROW)) {
		int i = steps[0] != SQLITE_ROW ||
			(steps[1] == SQLITE_ROW && rows[1].seq < rows[0].seq);

		r = verifier_row(verifier, &rows[i], out);
		if (r == 0)
			steps[i] = sqlite3_step(statements[i]);
		if (steps[i] == SQLITE_ROW)
			schema_read_row(statements[i], (enum row_table)i, &rows[i]);
	}
	for (int i = 0; i < 2; i++) {
		if (r == 0 && steps[i] != SQLITE_ROW && steps[i] != SQLITE_DONE)
			r = -EIO;
		(void)sqlite3_finalize(statements[i]);
	}
	return r;
}

int reader_verify(struct reader *reader, struct verification *out, struct fault *fault)
{
	struct verifier *verifier = verifier_new(reader->store.id, sizeof(reader->store.id));
	int r;

	if (!verifier)
		return fault_set(fault, -ENOMEM, "cannot read the recorder: out of memory");
	*out = (struct verification){ .rows = 0 };
	(void)sqlite3_exec(reader->store.db, "BEGIN", NULL, NULL, NULL);
	r = verify_all(reader, verifier, out);
	if (r < 0)
		r = r == -ENOMEM ? fault_set(fault, r, "cannot read the recorder: out of memory")
				 : read_fault(reader, fault);
	(void)sqlite3_exec(reader->store.db, "ROLLBACK", NULL, NULL, NULL);
	verifier_finish(verifier, out);
	verifier_free(verifier);
	return r;
}
