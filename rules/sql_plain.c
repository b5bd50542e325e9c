/* SPDX-License-Identifier: MIT */
#include "rules/sql_plain.h"

#include <pg_query.h>

/* Of PostgreSQL, whose grammar and keywords these are; of another, libpg_query reads all. */
#define VERSION 15
#define PARTS_MAX 2 /* of the name of a table */
#define TEXT_MAX 65536

struct table {
	struct sql_plain_token parts[PARTS_MAX];
	size_t count;
};

struct statement {
	struct sql_plain plain;
	const char *verb;
	struct table tables[SQL_TABLES_MAX];
	size_t table_count;
	bool changes_data; /* the first table is written */
	bool has_where;
	bool locks;
};

static bool is(const struct statement *statement, enum sql_plain_what what)
{
	return statement->plain.token.what == what;
}

static bool take(struct statement *statement, enum sql_plain_what what)
{
	return sql_plain_take(&statement->plain, what);
}

static bool take_name(struct statement *statement)
{
	if (!statement->plain.token.is_name)
		return false;
	sql_plain_next(&statement->plain);
	return true;
}

/* A name that may stand where the grammar has other words too. */
static bool take_label(struct statement *statement)
{
	return take(statement, SQL_PLAIN_NAME) || take(statement, SQL_PLAIN_QUOTED);
}

/* [AS] name. False: AS without one. */
static bool take_alias(struct statement *statement)
{
	if (take(statement, SQL_PG_AS))
		return take_name(statement);
	(void)take_label(statement);
	return true;
}

static bool read_table(struct statement *statement)
{
	struct table *table = &statement->tables[statement->table_count];

	if (statement->table_count == SQL_TABLES_MAX)
		return false;
	table->count = 0;
	do {
		if (table->count == PARTS_MAX)
			return false;
		table->parts[table->count++] = statement->plain.token;
		if (!take_name(statement))
			return false;
	} while (take(statement, SQL_PLAIN_DOT));
	statement->table_count++;
	return true;
}

/* "(a, b)" */
static bool read_names(struct statement *statement)
{
	if (!take(statement, SQL_PLAIN_OPEN))
		return false;
	do {
		if (!take_name(statement))
			return false;
	} while (take(statement, SQL_PLAIN_COMMA));
	return take(statement, SQL_PLAIN_CLOSE);
}

static bool read_node(struct statement *statement)
{
	struct sql_plain_node node;

	return sql_plain_node(&statement->plain, &node);
}

/* The words before JOIN, if any. */
static bool take_kind(struct statement *statement)
{
	if (take(statement, SQL_PG_INNER))
		return true;
	if (!take(statement, SQL_PG_LEFT) && !take(statement, SQL_PG_RIGHT) &&
	    !take(statement, SQL_PG_FULL))
		return false;
	(void)take(statement, SQL_PG_OUTER);
	return true;
}

static bool read_condition(struct statement *statement)
{
	if (take(statement, SQL_PG_ON))
		return read_node(statement);
	return take(statement, SQL_PG_USING) && read_names(statement);
}

/* All that are joined to a table. */
static bool read_joins(struct statement *statement)
{
	for (;;) {
		bool is_cross = take(statement, SQL_PG_CROSS);
		bool has_kind = is_cross || take_kind(statement);

		if (!take(statement, SQL_PG_JOIN))
			return !has_kind;
		if (!read_table(statement) || !take_alias(statement) ||
		    (!is_cross && !read_condition(statement)))
			return false;
	}
}

static bool read_from(struct statement *statement)
{
	do {
		if (!read_table(statement) || !take_alias(statement) || !read_joins(statement))
			return false;
	} while (take(statement, SQL_PLAIN_COMMA));
	return true;
}

static bool read_where(struct statement *statement)
{
	struct sql_plain_node node;

	if (!take(statement, SQL_PG_WHERE))
		return true;
	if (!sql_plain_node(&statement->plain, &node) || node.is_sum)
		return false;
	statement->has_where = node.answer.plain;
	return true;
}

/* A column of the result: "*", "a.*", or a term with a name or without. */
static bool read_target(struct statement *statement)
{
	struct sql_plain *plain = &statement->plain;
	struct sql_plain_node node;

	if (take(statement, SQL_PLAIN_STAR))
		return true;
	plain->may_star = true;
	plain->star = NULL;
	if (!sql_plain_node(plain, &node))
		return false;
	plain->may_star = false;
	if (plain->star)
		return plain->star == node.start && plain->star_end == node.end;
	return take_alias(statement);
}

static bool read_targets(struct statement *statement)
{
	do {
		if (!read_target(statement))
			return false;
	} while (take(statement, SQL_PLAIN_COMMA));
	return true;
}

static bool read_returning(struct statement *statement)
{
	return !take(statement, SQL_PG_RETURNING) || read_targets(statement);
}

static bool read_order(struct statement *statement)
{
	do {
		if (!read_node(statement))
			return false;
		if (!take(statement, SQL_PG_ASC))
			(void)take(statement, SQL_PG_DESC);
		if (take(statement, SQL_PG_NULLS) && !take(statement, SQL_PG_FIRST) &&
		    !take(statement, SQL_PG_LAST))
			return false;
	} while (take(statement, SQL_PLAIN_COMMA));
	return true;
}

static bool read_count(struct statement *statement, enum sql_plain_what what)
{
	return !take(statement, what) || take(statement, SQL_PLAIN_NUMBER) ||
	       take(statement, SQL_PLAIN_PARAMETER);
}

/* LIMIT and OFFSET, in any order. */
static bool read_limit(struct statement *statement)
{
	if (is(statement, SQL_PG_OFFSET))
		return read_count(statement, SQL_PG_OFFSET) && read_count(statement, SQL_PG_LIMIT);
	return read_count(statement, SQL_PG_LIMIT) && read_count(statement, SQL_PG_OFFSET);
}

static bool read_lock(struct statement *statement)
{
	if (!take(statement, SQL_PG_FOR))
		return true;
	statement->locks = true;
	if (!take(statement, SQL_PG_UPDATE) && !take(statement, SQL_PG_SHARE))
		return false;
	if (take(statement, SQL_PG_SKIP))
		return take(statement, SQL_PG_LOCKED);
	(void)take(statement, SQL_PG_NOWAIT);
	return true;
}

static bool read_select(struct statement *statement)
{
	statement->verb = "SELECT";
	(void)take(statement, SQL_PG_DISTINCT);
	if (!read_targets(statement))
		return false;
	if (take(statement, SQL_PG_FROM) && !read_from(statement))
		return false;
	if (!read_where(statement))
		return false;
	if (take(statement, SQL_PG_GROUP) &&
	    !(take(statement, SQL_PG_BY) && sql_plain_nodes(&statement->plain)))
		return false;
	if (take(statement, SQL_PG_HAVING) && !read_node(statement))
		return false;
	if (take(statement, SQL_PG_ORDER) && !(take(statement, SQL_PG_BY) && read_order(statement)))
		return false;
	return read_limit(statement) && read_lock(statement);
}

static bool read_value(struct statement *statement)
{
	return take(statement, SQL_PG_DEFAULT) || read_node(statement);
}

static bool read_rows(struct statement *statement)
{
	do {
		if (!take(statement, SQL_PLAIN_OPEN))
			return false;
		do {
			if (!read_value(statement))
				return false;
		} while (take(statement, SQL_PLAIN_COMMA));
		if (!take(statement, SQL_PLAIN_CLOSE))
			return false;
	} while (take(statement, SQL_PLAIN_COMMA));
	return true;
}

/* SET a = 1, b = DEFAULT */
static bool read_changes(struct statement *statement)
{
	if (!take(statement, SQL_PG_SET))
		return false;
	do {
		if (!take_name(statement) || !take(statement, SQL_PLAIN_EQUAL) ||
		    !read_value(statement))
			return false;
	} while (take(statement, SQL_PLAIN_COMMA));
	return true;
}

static bool read_conflict(struct statement *statement)
{
	if (!take(statement, SQL_PG_ON))
		return true;
	if (!take(statement, SQL_PG_CONFLICT) ||
	    (is(statement, SQL_PLAIN_OPEN) && !read_names(statement)) ||
	    !take(statement, SQL_PG_DO))
		return false;
	if (take(statement, SQL_PG_UPDATE))
		return read_changes(statement);
	return take(statement, SQL_PG_NOTHING);
}

static bool read_insert(struct statement *statement)
{
	statement->verb = "INSERT";
	statement->changes_data = true;
	if (!take(statement, SQL_PG_INTO) || !read_table(statement))
		return false;
	if (take(statement, SQL_PG_DEFAULT)) {
		if (!take(statement, SQL_PG_VALUES))
			return false;
	} else {
		if (is(statement, SQL_PLAIN_OPEN) && !read_names(statement))
			return false;
		if (!take(statement, SQL_PG_VALUES) || !read_rows(statement))
			return false;
	}
	return read_conflict(statement) && read_returning(statement);
}

static bool read_update(struct statement *statement)
{
	statement->verb = "UPDATE";
	statement->changes_data = true;
	if (!read_table(statement) || !take_alias(statement) || !read_changes(statement))
		return false;
	if (take(statement, SQL_PG_FROM) && !read_from(statement))
		return false;
	return read_where(statement) && read_returning(statement);
}

static bool read_delete(struct statement *statement)
{
	statement->verb = "DELETE";
	statement->changes_data = true;
	if (!take(statement, SQL_PG_FROM) || !read_table(statement) || !take_alias(statement))
		return false;
	if (take(statement, SQL_PG_USING) && !read_from(statement))
		return false;
	return read_where(statement) && read_returning(statement);
}

static bool read_transaction(struct statement *statement, const char *verb)
{
	statement->verb = verb;
	return true;
}

static bool read_statement(struct statement *statement)
{
	if (take(statement, SQL_PG_SELECT))
		return read_select(statement);
	if (take(statement, SQL_PG_INSERT))
		return read_insert(statement);
	if (take(statement, SQL_PG_UPDATE))
		return read_update(statement);
	if (take(statement, SQL_PG_DELETE))
		return read_delete(statement);
	if (take(statement, SQL_PG_BEGIN))
		return read_transaction(statement, "BEGIN");
	if (take(statement, SQL_PG_COMMIT))
		return read_transaction(statement, "COMMIT");
	return take(statement, SQL_PG_ROLLBACK) && read_transaction(statement, "ROLLBACK");
}

/* Letters of names without quotes are small. */
static void add_part(struct sql_name *name, const struct sql_plain_token *token)
{
	char text[SQL_NAME_MAX];
	bool is_quoted = token->what == SQL_PLAIN_QUOTED;
	size_t len = token->len - 2 * (size_t)is_quoted;

	for (size_t i = 0; i < len; i++) {
		char c = token->text[i + (size_t)is_quoted];

		text[i] = !is_quoted && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	sql_name_part(name, text, len);
}

static void tell(const struct statement *statement, struct sql *sql)
{
	struct sql_effect *effect = sql_add(sql, statement->verb, statement->changes_data);
	struct sql_name name;

	effect->has_where = statement->has_where;
	for (size_t i = 0; i < statement->table_count; i++) {
		const struct table *table = &statement->tables[i];

		sql_name_init(&name);
		for (size_t part = 0; part < table->count; part++)
			add_part(&name, &table->parts[part]);
		sql_add_table(sql, effect, &name, statement->changes_data && i == 0);
	}
	if (statement->locks)
		sql_take_tables(sql, sql_add(sql, "LOCK", false), effect);
}

bool sql_plain_read(const char *text, size_t len, struct sql *sql)
{
	struct statement statement;
	struct sql_plain *plain = &statement.plain;

	if (PG_VERSION_NUM / 10000 != VERSION || len > TEXT_MAX)
		return false;
	*plain = (struct sql_plain){ .at = text, .end = text + len };
	statement.verb = NULL;
	statement.table_count = 0;
	statement.changes_data = statement.has_where = statement.locks = false;
	sql_plain_next(plain);
	if (!read_statement(&statement))
		return false;
	(void)take(&statement, SQL_PLAIN_SEMICOLON);
	if (!is(&statement, SQL_PLAIN_END))
		return false;
	tell(&statement, sql);
	return true;
}
