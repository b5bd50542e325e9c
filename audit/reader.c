/* SPDX-License-Identifier: MIT */
#include "audit/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/anchor.h"
#include "audit/recovery.h"
#include "audit/store.h"
#include "audit/verify.h"

#define SQL_SIZE 2048
#define BINDS_MAX 16

struct reader {
	struct store store;
	struct fault left_out; /* reader_left_out() */
};

/* What a killed supervisor has left is recorded: it is put where it can be read. */
static int recover(const char *path, struct fault *fault)
{
	struct writer writer = { .seq = 0 };
	int r = writer_open(path, &writer, fault);

	if (r == 0) {
		r = recovery_run(&writer);
		if (r < 0)
			(void)fault_set(fault, r,
					"cannot write what a killed run has left: '%s': %s", path,
					strerror(-r));
	}
	writer_close(&writer);
	return r;
}

int reader_open(const char *path, struct reader **out, struct fault *fault)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return fault_set(fault, -ENOMEM, "cannot open recorder: out of memory");
	r = store_open(path, &reader->store, fault);
	/* What is in the database can be read also when no more can be written there. */
	if (r == 0 && recovery_needed(&reader->store))
		(void)recover(path, &reader->left_out);
	if (r < 0) {
		reader_close(reader);
		return r;
	}
	*out = reader;
	return 0;
}

const char *reader_left_out(const struct reader *reader)
{
	return reader->left_out.text[0] ? reader->left_out.text : NULL;
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

/* A path that the agent gave as it is, is kept once. */
static void given_fill(struct row *row)
{
	struct value *given = &row->values[ACTIONS_given];

	if (row->table == ROW_ACTIONS && given->type == VALUE_NULL)
		*given = row->values[ACTIONS_path];
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
		given_fill(&row);
		r = visit(&row, data);
	}
	if (r == 0 && step != SQLITE_DONE)
		r = read_fault(reader, fault);
	(void)sqlite3_finalize(statement);
	return r;
}

/* What several tables have. */
static void where_common(struct query *query, const struct reader_filter *filter)
{
	where_text(query, "agent = ?", filter->agent);
	where_text(query, "run = ?", filter->run);
	where_number(query, "time >= ?", filter->since_ns);
	where_number(query, "time < ?", filter->until_ns);
	where_number(query, "seq > ?", filter->after_seq);
	where_number(query, "seq <= ?", filter->up_to_seq);
}

int reader_actions(struct reader *reader, const struct reader_filter *filter, reader_fn *visit,
		   void *data, struct fault *fault)
{
	struct query query = { .used = 0 };
	char limit[64];

	if (filter->limit > 0)
		put(&query, "SELECT * FROM (");
	put_select(&query, ROW_ACTIONS);
	where_common(&query, filter);
	/* Its rows lie between those that open and close it: the others need not be looked at. */
	where_text(&query, "seq > (SELECT min(seq) FROM runs WHERE run = ?)", filter->run);
	where_text(&query,
		   "seq < ifnull((SELECT seq FROM runs WHERE run = ? AND kind <> 'open'), 1 << 62)",
		   filter->run);
	where_text(&query, "action = ?", filter->action);
	where_text(&query, "verdict = ?", filter->verdict);
	where_text(&query, "rule = ?", filter->rule);
	where_text(&query, "path GLOB ?", filter->path);
	if (filter->limit > 0) {
		(void)snprintf(limit, sizeof(limit), " ORDER BY seq DESC LIMIT %llu)",
			       (unsigned long long)filter->limit);
		put(&query, limit);
	}
	put(&query, " ORDER BY seq");
	return walk(reader, &query, ROW_ACTIONS, visit, data, fault);
}

int reader_table(struct reader *reader, enum row_table table, const struct reader_filter *filter,
		 reader_fn *visit, void *data, struct fault *fault)
{
	struct query query = { .used = 0 };

	if (table == ROW_SEALS && (filter->agent || filter->run))
		return 0;
	put_select(&query, table);
	where_common(&query, filter);
	put(&query, " ORDER BY seq");
	return walk(reader, &query, table, visit, data, fault);
}

int reader_row(struct reader *reader, int64_t seq, reader_fn *visit, void *data,
	       struct fault *fault)
{
	int r = 0;

	for (int i = 0; i < ROW_TABLES && r == 0; i++) {
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

const unsigned char *reader_id(const struct reader *reader)
{
	return reader->store.id;
}

int reader_seal(struct reader *reader, int64_t seq, reader_fn *visit, void *data,
		struct fault *fault)
{
	struct query query = { .used = 0 };

	put_select(&query, ROW_SEALS);
	where_number(&query, "rows >= ?", seq);
	put(&query, " AND next_key IS NULL ORDER BY seq LIMIT 1");
	return walk(reader, &query, ROW_SEALS, visit, data, fault);
}

int reader_hashes(struct reader *reader, int64_t count, unsigned char (*out)[ROW_HASH_SIZE],
		  struct fault *fault)
{
	static const char sql[] =
		"SELECT seq, hash FROM runs WHERE seq <= ?1 "
		"UNION ALL SELECT seq, hash FROM actions WHERE seq <= ?1 "
		"UNION ALL SELECT seq, hash FROM seals WHERE seq <= ?1 ORDER BY seq";
	sqlite3_stmt *statement = NULL;
	int64_t seq = 0;
	int step = sqlite3_prepare_v2(reader->store.db, sql, -1, &statement, NULL);

	if (step == SQLITE_OK)
		step = sqlite3_bind_int64(statement, 1, count);
	while (step == SQLITE_OK || step == SQLITE_ROW) {
		step = sqlite3_step(statement);
		if (step != SQLITE_ROW || sqlite3_column_int64(statement, 0) != seq + 1 ||
		    sqlite3_column_bytes(statement, 1) != ROW_HASH_SIZE)
			break;
		memcpy(out[seq++], sqlite3_column_blob(statement, 1), ROW_HASH_SIZE);
	}
	(void)sqlite3_finalize(statement);
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		return read_fault(reader, fault);
	return seq == count ? 0
			    : fault_set(fault, -EBADMSG,
					"row %" PRId64 " is missing; hint: agentos audit verify",
					seq + 1);
}

int reader_head(struct reader *reader, int64_t *out_seq, struct fault *fault)
{
	static const char sql[] = "SELECT max(ifnull((SELECT max(seq) FROM runs), 0), "
				  "ifnull((SELECT max(seq) FROM actions), 0), "
				  "ifnull((SELECT max(seq) FROM seals), 0))";
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
	put(&query, ", sum(count) FROM actions");
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

/*
 * Verifying: the tables side by side, by number.
 */

struct merged {
	sqlite3_stmt *statements[ROW_TABLES]; /* owned */
	struct row rows[ROW_TABLES];
	int steps[ROW_TABLES];
};

static void merged_step(struct merged *merged, enum row_table table)
{
	merged->steps[table] = sqlite3_step(merged->statements[table]);
	if (merged->steps[table] == SQLITE_ROW)
		schema_read_row(merged->statements[table], table, &merged->rows[table]);
}

static int merged_start(struct reader *reader, struct merged *merged)
{
	int r = 0;

	for (int i = 0; i < ROW_TABLES && r == 0; i++) {
		struct query query = { .used = 0 };

		put_select(&query, (enum row_table)i);
		put(&query, " ORDER BY seq");
		r = prepare(reader, &query, &merged->statements[i]);
		if (r == 0)
			merged_step(merged, (enum row_table)i);
	}
	return r;
}

/* The table that has the next row; ROW_TABLES: none has. */
static enum row_table merged_next(const struct merged *merged)
{
	enum row_table next = ROW_TABLES;

	for (int i = 0; i < ROW_TABLES; i++)
		if (merged->steps[i] == SQLITE_ROW &&
		    (next == ROW_TABLES || merged->rows[i].seq < merged->rows[next].seq))
			next = (enum row_table)i;
	return next;
}

static int verify_all(struct reader *reader, struct verifier *verifier, struct verification *out)
{
	struct merged merged = { .statements = { NULL } };
	enum row_table next = ROW_TABLES;
	int r = merged_start(reader, &merged);

	while (r == 0 && !out->is_bad && (next = merged_next(&merged)) != ROW_TABLES) {
		r = verifier_row(verifier, &merged.rows[next], out);
		if (r == 0)
			merged_step(&merged, next);
	}
	for (int i = 0; i < ROW_TABLES; i++) {
		if (r == 0 && merged.steps[i] != SQLITE_ROW && merged.steps[i] != SQLITE_DONE)
			r = -EIO;
		(void)sqlite3_finalize(merged.statements[i]);
	}
	return r;
}

/* The anchor of one kind. Return: whether there is one that is not what was written. */
static bool anchor_believe(int r, const struct keys_known *of_host, struct seal *seal)
{
	bool bad = r == -EINVAL || (r == 0 && !keys_are_known(of_host, seal->key));

	if (r < 0 || bad)
		seal->rows = 0;
	return bad;
}

/* Before the database is looked at: an anchor that is younger than what is read would say too much. */
static struct verifier *verifier_start(const struct reader *reader, const struct keys_known *known,
				       struct verification *out)
{
	const struct store *store = &reader->store;
	struct keys_known of_host = { .count = 0 };
	struct belief belief = { .is_strict = known != NULL };
	char folder[PATH_MAX];
	bool bad;

	if (keys_folder(store->path, folder) < 0)
		return NULL;
	keys_read_known(folder, &of_host);
	belief.known = known ? *known : of_host;
	bad = anchor_believe(anchor_read(folder, store->id, &belief.anchor), &of_host,
			     &belief.anchor);
	bad = anchor_believe(anchor_read_lost(folder, store->id, &belief.lost), &of_host,
			     &belief.lost) ||
	      bad;
	if (bad)
		(void)snprintf(out->missing, sizeof(out->missing),
			       "the anchor in '%.180s' is not what was written", folder);
	belief.is_another = anchor_names_another(folder, store->path, store->id);
	belief.is_strict = belief.is_strict || bad || belief.is_another || belief.anchor.rows > 0 ||
			   belief.lost.rows > 0;
	return verifier_new(store->id, &belief);
}

int reader_verify(struct reader *reader, const struct keys_known *known, struct verification *out,
		  struct fault *fault)
{
	struct verifier *verifier;
	int r;

	*out = (struct verification){ .rows = 0 };
	verifier = verifier_start(reader, known, out);
	if (!verifier)
		return fault_set(fault, -ENOMEM, "cannot read the recorder: out of memory");
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
