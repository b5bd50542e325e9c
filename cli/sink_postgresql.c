/* SPDX-License-Identifier: MIT */
/*
 * Tables of PostgreSQL, by libpq. Their columns are those of the record, and of a text that is no
 * UTF-8, which no text of PostgreSQL can be, the bytes are in `bytes`.
 *
 * A batch is copied into a table of the session, and put into its place in the transaction that also
 * says how far it came: after an interruption nothing is there twice and nothing is missing.
 */
#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "audit/fields.h"
#include "audit/print.h"
#include "cli/library.h"
#include "cli/sink.h"
#include "common/clean.h"

#define SQL_SIZE 8192
/* Two that begin at the same time make the tables one after the other. */
#define LOCK "SELECT pg_advisory_xact_lock(1634168691)"

struct pq {
	__typeof__(&PQconnectdb) connectdb;
	__typeof__(&PQstatus) status;
	__typeof__(&PQerrorMessage) errorMessage;
	__typeof__(&PQfinish) finish;
	__typeof__(&PQexec) exec;
	__typeof__(&PQexecParams) execParams;
	__typeof__(&PQresultStatus) resultStatus;
	__typeof__(&PQclear) clear;
	__typeof__(&PQntuples) ntuples;
	__typeof__(&PQgetvalue) getvalue;
	__typeof__(&PQputCopyData) putCopyData;
	__typeof__(&PQputCopyEnd) putCopyEnd;
	__typeof__(&PQgetResult) getResult;
	__typeof__(&PQsetClientEncoding) setClientEncoding;
	__typeof__(&PQsetNoticeProcessor) setNoticeProcessor;
};

#define SYMBOL(name)                                                                               \
	{                                                                                          \
		"PQ" #name, offsetof(struct pq, name)                                              \
	}

static const struct library_symbol symbols[] = {
	SYMBOL(connectdb),
	SYMBOL(status),
	SYMBOL(errorMessage),
	SYMBOL(finish),
	SYMBOL(exec),
	SYMBOL(execParams),
	SYMBOL(resultStatus),
	SYMBOL(clear),
	SYMBOL(ntuples),
	SYMBOL(getvalue),
	SYMBOL(putCopyData),
	SYMBOL(putCopyEnd),
	SYMBOL(getResult),
	SYMBOL(setClientEncoding),
	SYMBOL(setNoticeProcessor),
	{ NULL, 0 },
};

static const char *const files[] = { "libpq.so.5", NULL };

/* The rows of one table that wait, in the text format of COPY. */
struct waiting {
	FILE *out; /* owned; into @text */
	char *text;
	size_t size;
	uint64_t count;
};

struct postgresql {
	struct sink sink;
	const struct sink_options *options; /* borrowed */
	struct pq pq;
	PGconn *connection; /* owned */
	struct waiting waiting[ROW_TABLES];
	char place[512]; /* for people */
};

static int pg_fault(struct postgresql *pg, const char *what, struct fault *fault)
{
	const char *why = pg->pq.errorMessage(pg->connection);

	return fault_set(fault, -EREMOTEIO, "cannot %s '%s': %.*s", what, pg->place,
			 (int)strcspn(why, "\n"), why);
}

/* Return: whether a result is one of success; it is released. */
static bool is_good(struct postgresql *pg, PGresult *result)
{
	ExecStatusType status = pg->pq.resultStatus(result);

	pg->pq.clear(result);
	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN;
}

static int run(struct postgresql *pg, const char *sql, struct fault *fault)
{
	return is_good(pg, pg->pq.exec(pg->connection, sql)) ? 0 : pg_fault(pg, "write to", fault);
}

/* A column, and its type there. @index: over all columns. Return: whether there is one. */
static bool column_at(enum row_table table, size_t index, const char **name, const char **type)
{
	const struct row_layout *layout = &row_layouts[table];
	static const char *const first[][2] = { { "recorder", "text" }, { "seq", "bigint" } };
	static const char *const last[][2] = { { "hash", "bytea" }, { "bytes", "jsonb" } };

	if (index < 2 || (index >= layout->count + 2 && index < layout->count + 4)) {
		const char *const *pair = index < 2 ? first[index]
						    : last[index - layout->count - 2];

		*name = pair[0];
		*type = pair[1];
		return true;
	}
	if (index >= layout->count + 4)
		return false;
	*name = layout->columns[index - 2].name;
	*type = layout->columns[index - 2].is_text ? "text" : "bigint";
	return true;
}

/* ---- the tables -------------------------------------------------------------------------------- */

/* Return: 1 when all columns are there, 0 when not, or negative errno. */
static int has_columns(struct postgresql *pg, enum row_table table, struct fault *fault)
{
	char sql[SQL_SIZE];
	const char *name, *type;
	size_t count = 0;
	PGresult *result;
	FILE *out = fmemopen(sql, sizeof(sql), "w");
	int found;

	if (!out)
		return fault_set(fault, -ENOMEM, "cannot export: out of memory");
	(void)fprintf(
		out,
		"SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('agentos_%s') "
		"AND attnum > 0 AND NOT attisdropped AND attname IN (''",
		row_layouts[table].table);
	for (; column_at(table, count, &name, &type); count++)
		(void)fprintf(out, ", '%s'", name);
	(void)fprintf(out, ") AND to_regclass('agentos_exports') IS NOT NULL");
	(void)fclose(out);
	result = pg->pq.exec(pg->connection, sql);
	if (pg->pq.resultStatus(result) != PGRES_TUPLES_OK || pg->pq.ntuples(result) != 1) {
		pg->pq.clear(result);
		return pg_fault(pg, "read from", fault);
	}
	found = strtoul(pg->pq.getvalue(result, 0, 0), NULL, 10) == count;
	pg->pq.clear(result);
	return found;
}

/* Names of columns are ours, and in quotes: some are words of SQL. */
static void table_sql(enum row_table table, char *sql)
{
	FILE *out = fmemopen(sql, SQL_SIZE, "w");
	const char *name, *type;

	sql[0] = '\0';
	if (!out)
		return;
	(void)fprintf(out,
		      "CREATE TABLE IF NOT EXISTS agentos_%s (recorder text, seq bigint, "
		      "PRIMARY KEY (recorder, seq)); ALTER TABLE agentos_%s",
		      row_layouts[table].table, row_layouts[table].table);
	for (size_t i = 0; column_at(table, i, &name, &type); i++)
		(void)fprintf(out, "%s ADD COLUMN IF NOT EXISTS \"%s\" %s", i ? "," : "", name,
			      type);
	(void)fclose(out);
}

static int make_tables(struct postgresql *pg, struct fault *fault)
{
	static const char exports[] = "CREATE TABLE IF NOT EXISTS agentos_exports (recorder text, "
				      "filter text, seq bigint "
				      "NOT NULL, PRIMARY KEY (recorder, filter))";
	char sql[SQL_SIZE];
	int r = run(pg, "BEGIN", fault);

	if (r == 0)
		r = run(pg, LOCK, fault);
	for (int i = 0; i < ROW_TABLES && r == 0; i++) {
		table_sql((enum row_table)i, sql);
		r = run(pg, sql, fault);
	}
	if (r == 0)
		r = run(pg, exports, fault);
	return r == 0 ? run(pg, "COMMIT", fault) : r;
}

static int prepare(struct postgresql *pg, struct fault *fault)
{
	int r = 1;

	for (int i = 0; i < ROW_TABLES && r > 0; i++)
		r = has_columns(pg, (enum row_table)i, fault);
	if (r == 0)
		r = make_tables(pg, fault);
	if (r < 0)
		return r;
	for (int i = 0; i < ROW_TABLES; i++) {
		char sql[SQL_SIZE];

		(void)snprintf(
			sql, sizeof(sql),
			"CREATE TEMP TABLE agentos_new_%s (LIKE agentos_%s) ON COMMIT DELETE ROWS",
			row_layouts[i].table, row_layouts[i].table);
		r = run(pg, sql, fault);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_position(struct postgresql *pg, struct fault *fault)
{
	const char *values[] = { pg->options->source->recorder, pg->options->filter };
	PGresult *result = pg->pq.execParams(
		pg->connection,
		"SELECT seq FROM agentos_exports WHERE recorder = $1 AND filter = $2", 2, NULL,
		values, NULL, NULL, 0);
	bool is_read = pg->pq.resultStatus(result) == PGRES_TUPLES_OK;

	pg->sink.after_seq = 0;
	if (is_read && pg->pq.ntuples(result) == 1)
		pg->sink.after_seq = strtoll(pg->pq.getvalue(result, 0, 0), NULL, 10);
	pg->pq.clear(result);
	return is_read ? 0 : pg_fault(pg, "read from", fault);
}

/* ---- rows -------------------------------------------------------------------------------------- */

/* The text format of COPY: a backslash before what would end a value. */
static void put_escaped(const char *text, size_t size, FILE *out)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\\')
			(void)fputs("\\\\", out);
		else if (text[i] == '\n' || text[i] == '\r' || text[i] == '\t')
			(void)fprintf(out, "\\x%02x", (unsigned)text[i]);
		else
			(void)fputc(text[i], out);
	}
}

static char *hex_of(const struct value *value)
{
	char *hex = malloc(2 * value->size + 1);

	if (hex)
		(void)sodium_bin2hex(hex, 2 * value->size + 1, value->size ? value->bytes : "",
				     value->size);
	return hex;
}

/* Whether PostgreSQL takes it: UTF-8 without a NUL. */
static bool is_text(const struct value *value)
{
	json_t *text = value->type == VALUE_TEXT
			       ? json_stringn(value->size ? value->bytes : "", value->size)
			       : NULL;
	bool is_good = text && (value->size == 0 || !memchr(value->bytes, 0, value->size));

	json_decref(text);
	return is_good;
}

/* Of what is no text, what print.h shows; the bytes go into @others, by name. */
static void put_value(const struct row_column *column, const struct value *value, json_t *others,
		      FILE *out)
{
	char text[PRINT_SIZE];
	CLEAN_FREE char *hex = NULL;

	if (value->type == VALUE_NULL || (!column->is_text && value->type != VALUE_INTEGER)) {
		(void)fputs("\\N", out);
	} else if (value->type == VALUE_INTEGER) {
		(void)fprintf(out, "%" PRId64, value->number);
	} else if (is_text(value)) {
		put_escaped(value->bytes, value->size, out);
	} else {
		hex = hex_of(value);
		(void)json_object_set_new(others, column->name, json_string(hex ? hex : ""));
		(void)print_value(value, text);
		put_escaped(text, strlen(text), out);
	}
}

static void put_columns(const struct row *row, const char *recorder, FILE *out)
{
	const struct row_layout *layout = &row_layouts[row->table];
	json_t *others = json_object();
	CLEAN_FREE char *hash = row->hash.type == VALUE_BLOB ? hex_of(&row->hash) : NULL;
	CLEAN_FREE char *bytes = NULL;

	(void)fprintf(out, "%s\t%" PRId64, recorder, row->seq);
	for (size_t i = 0; i < layout->count; i++) {
		(void)fputc('\t', out);
		put_value(&layout->columns[i], &row->values[i], others, out);
	}
	(void)fprintf(out, "\t%s%s\t", hash ? "\\\\x" : "\\N", hash ? hash : "");
	bytes = json_object_size(others) > 0 ? json_dumps(others, JSON_COMPACT) : NULL;
	(void)fprintf(out, "%s\n", bytes ? bytes : "\\N");
	json_decref(others);
}

static int put(struct sink *sink, const struct row *row, struct fault *fault)
{
	struct postgresql *pg = (struct postgresql *)sink;
	struct waiting *waiting = &pg->waiting[row->table];

	if (!waiting->out)
		waiting->out = open_memstream(&waiting->text, &waiting->size);
	if (!waiting->out)
		return fault_set(fault, -ENOMEM, "cannot export: out of memory");
	put_columns(row, pg->options->source->recorder, waiting->out);
	waiting->count++;
	return 0;
}

static void list_columns(enum row_table table, FILE *out)
{
	const char *name, *type;

	for (size_t i = 0; column_at(table, i, &name, &type); i++)
		(void)fprintf(out, "%s\"%s\"", i ? ", " : "", name);
}

/* "COPY ..." or "INSERT ... SELECT ...", of one table. */
static const char *move_sql(enum row_table table, bool is_copy, char *sql)
{
	FILE *out = fmemopen(sql, SQL_SIZE, "w");

	sql[0] = '\0';
	if (!out)
		return sql;
	(void)fprintf(out, "%s agentos_%s%s (", is_copy ? "COPY" : "INSERT INTO",
		      is_copy ? "new_" : "", row_layouts[table].table);
	list_columns(table, out);
	if (is_copy) {
		(void)fputs(") FROM STDIN", out);
	} else {
		(void)fputs(") SELECT ", out);
		list_columns(table, out);
		(void)fprintf(out, " FROM agentos_new_%s ON CONFLICT DO NOTHING",
			      row_layouts[table].table);
	}
	(void)fclose(out);
	return sql;
}

static int copy(struct postgresql *pg, struct waiting *waiting, struct fault *fault)
{
	bool good = waiting->size <= INT32_MAX &&
		    pg->pq.putCopyData(pg->connection, waiting->text, (int)waiting->size) == 1 &&
		    pg->pq.putCopyEnd(pg->connection, NULL) == 1;
	PGresult *result;

	while ((result = pg->pq.getResult(pg->connection)))
		good = is_good(pg, result) && good;
	return good ? 0 : pg_fault(pg, "write to", fault);
}

static int move_rows(struct postgresql *pg, enum row_table table, struct fault *fault)
{
	struct waiting *waiting = &pg->waiting[table];
	char sql[SQL_SIZE];
	FILE *out = waiting->out;
	int r = 0;

	if (!out)
		return 0;
	waiting->out = NULL;
	if (fclose(out) != 0)
		return fault_set(fault, -ENOMEM, "cannot export: out of memory");
	r = run(pg, move_sql(table, true, sql), fault);
	if (r == 0)
		r = copy(pg, waiting, fault);
	if (r == 0)
		r = run(pg, move_sql(table, false, sql), fault);
	free(waiting->text);
	waiting->text = NULL;
	pg->sink.committed += waiting->count;
	waiting->count = 0;
	return r;
}

static int write_position(struct postgresql *pg, int64_t seq, struct fault *fault)
{
	static const char sql[] =
		"INSERT INTO agentos_exports AS was (recorder, filter, seq) VALUES ($1, $2, $3) ON "
		"CONFLICT "
		"(recorder, filter) DO UPDATE SET seq = greatest(was.seq, excluded.seq)";
	char number[32];
	const char *values[] = { pg->options->source->recorder, pg->options->filter, number };

	(void)snprintf(number, sizeof(number), "%" PRId64, seq);
	return is_good(pg, pg->pq.execParams(pg->connection, sql, 3, NULL, values, NULL, NULL, 0))
		       ? 0
		       : pg_fault(pg, "write to", fault);
}

static int commit(struct sink *sink, int64_t seq, struct fault *fault)
{
	struct postgresql *pg = (struct postgresql *)sink;
	int r = run(pg, "BEGIN", fault);

	for (int i = 0; i < ROW_TABLES && r == 0; i++)
		r = move_rows(pg, (enum row_table)i, fault);
	if (r == 0)
		r = write_position(pg, seq, fault);
	return r == 0 ? run(pg, "COMMIT", fault) : r;
}

static void postgresql_free(struct sink *sink)
{
	struct postgresql *pg = (struct postgresql *)sink;

	for (int i = 0; i < ROW_TABLES; i++) {
		if (pg->waiting[i].out)
			(void)fclose(pg->waiting[i].out);
		free(pg->waiting[i].text);
	}
	if (pg->connection)
		pg->pq.finish(pg->connection);
	free(pg);
}

/* PQnoticeProcessor: "already exists, skipping" is no news. */
static void say_nothing(void *data, const char *message)
{
	(void)data;
	(void)message;
}

static int connect_to(struct postgresql *pg, const char *url, struct fault *fault)
{
	pg->connection = pg->pq.connectdb(url);
	if (!pg->connection)
		return fault_set(fault, -ENOMEM, "cannot export: out of memory");
	if (pg->pq.status(pg->connection) != CONNECTION_OK)
		return pg_fault(pg, "connect to", fault);
	(void)pg->pq.setNoticeProcessor(pg->connection, say_nothing, NULL);
	if (pg->pq.setClientEncoding(pg->connection, "UTF8") != 0)
		return pg_fault(pg, "write UTF-8 to", fault);
	return prepare(pg, fault);
}

struct sink *sink_postgresql_new(const char *url, const struct sink_options *options,
				 struct fault *fault)
{
	struct postgresql *pg = calloc(1, sizeof(*pg));
	int r;

	if (!pg) {
		(void)fault_set(fault, -ENOMEM, "cannot export: out of memory");
		return NULL;
	}
	pg->sink = (struct sink){
		.put = put, .commit = commit, .free = postgresql_free, .wants_all = true
	};
	pg->options = options;
	(void)sink_place(url, pg->place, sizeof(pg->place));
	r = library_open(files, symbols, &pg->pq, "libpq (Debian: libpq5)", fault);
	if (r == 0)
		r = connect_to(pg, url, fault);
	if (r == 0)
		r = read_position(pg, fault);
	if (r == 0)
		return &pg->sink;
	postgresql_free(&pg->sink);
	return NULL;
}
