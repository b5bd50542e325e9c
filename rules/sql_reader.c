/* SPDX-License-Identifier: MIT */
#include "rules/sql_reader.h"

#include <string.h>

static struct sql_frame *top(struct sql_reader *reader)
{
	return &reader->frames[reader->depth];
}

static void init_frame(struct sql_reader *reader)
{
	struct sql_frame *frame = top(reader);

	*frame = (struct sql_frame){ .is_first = true, .cte_count = reader->cte_count };
	sql_truth_init(&frame->truth);
}

void sql_reader_open(struct sql_reader *reader)
{
	reader->depth = 0;
	reader->cte_count = 0;
	reader->effect = NULL;
	reader->is_definition = reader->wheres_differ = false;
	reader->before = reader->before2 = SQL_KEY_NONE;
	init_frame(reader);
}

static bool is_cte(const struct sql_reader *reader, const struct sql_name *name)
{
	for (size_t i = 0; i < reader->cte_count; i++)
		if (!reader->ctes[i].is_hidden && reader->ctes[i].name.len == name->len &&
		    memcmp(reader->ctes[i].name.text, name->text, name->len) == 0)
			return true;
	return false;
}

/* A table where the grammar wants one. Tables that are changed are never CTEs. */
static void read_table(struct sql_reader *reader)
{
	struct sql_frame *frame = top(reader);
	bool is_dual = reader->dialect == SQL_MYSQL && sql_token_says(&reader->token, "DUAL");
	struct sql_name name;

	frame->wants_table = false;
	if (!sql_reader_name(reader, &name)) {
		sql_reader_doubt(reader);
		return;
	}
	if (sql_token_is(&reader->token, "(") && !frame->is_written)
		sql_add_function(reader->sql, reader->dialect, &name, reader->is_definition, NULL);
	else if (frame->is_written || (!is_cte(reader, &name) && !is_dual))
		sql_add_table(reader->sql, reader->effect, &name, frame->is_written);
}

static void push(struct sql_reader *reader)
{
	struct sql_frame *parent = top(reader);

	if (reader->depth + 1 == SQL_DEPTH_MAX) {
		reader->tokens.is_broken = true;
		reader->token.kind = reader->next.kind = SQL_TOKEN_BAD;
		return;
	}
	reader->depth++;
	init_frame(reader);
	top(reader)->is_body = parent->with == SQL_WITH_BODY;
	top(reader)->wants_table = top(reader)->in_from = parent->wants_table;
	top(reader)->is_written = parent->wants_table && parent->is_written;
	parent->wants_table = false;
	sql_reader_next(reader);
}

static void pop(struct sql_reader *reader)
{
	const struct sql_frame *inner = top(reader);
	struct sql_frame *frame;

	if (reader->depth == 0) {
		sql_reader_doubt(reader);
		sql_reader_next(reader);
		return;
	}
	reader->cte_count = inner->cte_count;
	reader->depth--;
	frame = top(reader);
	sql_truth_add_group(&frame->truth, &inner->truth, inner->is_query);
	if (inner->is_body) {
		frame->with = SQL_WITH_END;
		if (reader->cte_count > 0)
			reader->ctes[reader->cte_count - 1].is_hidden = false;
	}
	sql_reader_next(reader);
}

static void read_cte(struct sql_reader *reader)
{
	struct sql_frame *frame = top(reader);
	struct sql_cte *cte = &reader->ctes[reader->cte_count];
	struct sql_name name;

	if (sql_token_says(&reader->token, "RECURSIVE") && reader->next.keyword != SQL_KEY_AS &&
	    sql_reader_is_name(reader, &reader->next)) {
		frame->is_recursive = true;
		sql_reader_next(reader);
	}
	if (!sql_reader_name(reader, &name) || reader->cte_count == SQL_CTES_MAX) {
		sql_reader_doubt(reader);
		frame->with = SQL_WITH_NONE;
		return;
	}
	cte->name = name;
	cte->is_hidden = !frame->is_recursive;
	reader->cte_count++;
	frame->with = SQL_WITH_AS;
}

/*
 * WITH [RECURSIVE] name [(columns)] AS [[NOT] MATERIALIZED] (query), ...
 * A CTE is visible to those after it; in SQLite to itself and earlier ones too: there a table is
 * reported that is none.
 */
static void read_with(struct sql_reader *reader)
{
	struct sql_frame *frame = top(reader);

	if (frame->with == SQL_WITH_NAME) {
		read_cte(reader);
	} else if (frame->with == SQL_WITH_END) {
		frame->with = SQL_WITH_NONE;
		if (sql_token_is(&reader->token, ",")) {
			frame->with = SQL_WITH_NAME;
			sql_reader_next(reader);
		}
	} else if (sql_token_is(&reader->token, "(")) {
		push(reader);
	} else if (sql_token_is(&reader->token, ")")) {
		pop(reader);
	} else {
		if (reader->token.keyword == SQL_KEY_AS)
			frame->with = SQL_WITH_BODY;
		sql_reader_next(reader);
	}
}

/* The end of a WHERE, if there was one, and of FROM. */
static void end_where(struct sql_reader *reader)
{
	struct sql_frame *frame = top(reader);

	frame->in_from = frame->wants_table = false;
	if (!frame->in_where || reader->depth > 0)
		return;
	frame->in_where = false;
	frame->had_where = true;
	if (sql_truth_answer(&frame->truth).plain)
		reader->effect->has_where = true;
	else
		reader->wheres_differ = true;
}

/* The end of the statement, or of a part of a UNION. */
static void end_query(struct sql_reader *reader)
{
	struct sql_frame *frame = top(reader);

	end_where(reader);
	if (reader->depth == 0 && frame->is_query && !frame->had_where)
		reader->wheres_differ = true;
	frame->had_where = false;
}

/* FOR JOIN, ORDER BY or GROUP BY: what an index of MySQL is to be used for, inside FROM. */
static bool is_hint(const struct sql_reader *reader)
{
	return reader->dialect == SQL_MYSQL && reader->before == SQL_KEY_FOR &&
	       (reader->before2 == SQL_KEY_INDEX || reader->before2 == SQL_KEY_KEY);
}

static void read_lock(struct sql_reader *reader, bool waits)
{
	struct sql_effect *lock;

	if (!waits || strcmp(reader->effect->verb, "SELECT") != 0)
		return;
	lock = sql_add(reader->sql, "LOCK", false);
	sql_take_tables(reader->sql, lock, reader->effect);
}

/* SELECT ... INTO a variable, or into a file of the server. */
static void read_into(struct sql_reader *reader)
{
	if (sql_token_says(&reader->next, "OUTFILE") || sql_token_says(&reader->next, "DUMPFILE"))
		reader->effect->leaves_database = reader->effect->changes_data = true;
}

static void begin_query(struct sql_reader *reader)
{
	struct sql_frame *frame = top(reader);

	if (frame->is_query)
		end_query(reader);
	reader->is_definition = false;
	frame->is_query = true;
	frame->is_written = false;
	frame->in_from = frame->wants_table = false;
}

/* A statement that changes data has no place in parentheses here; only functions are called so. */
static void read_nested(struct sql_reader *reader)
{
	if (top(reader)->is_first && reader->depth > 0 && !sql_token_is(&reader->next, "(") &&
	    !sql_token_is(&reader->next, ",") && !sql_token_is(&reader->next, ")"))
		sql_reader_doubt(reader);
}

static void read_from(struct sql_reader *reader)
{
	struct sql_frame *frame = top(reader);

	/* x IS DISTINCT FROM y */
	if (reader->before == SQL_KEY_DISTINCT &&
	    (reader->before2 == SQL_KEY_IS || reader->before2 == SQL_KEY_NOT))
		return;
	if (!frame->is_query && !frame->has_from)
		return;
	if (reader->dialect ==
	    SQL_SQLITE) /* UPDATE ... FROM reads; in MySQL it is that of DELETE */
		frame->is_written = false;
	frame->in_from = frame->wants_table = true;
}

static void read_where(struct sql_reader *reader)
{
	struct sql_frame *frame = top(reader);

	frame->in_from = frame->wants_table = false;
	frame->in_where = true;
	if (reader->depth == 0)
		sql_truth_init(&frame->truth);
}

/* DELETE FROM a USING a JOIN b */
static void read_using(struct sql_reader *reader)
{
	struct sql_frame *frame = top(reader);

	if (frame->in_from && !frame->is_query && !sql_token_is(&reader->next, "("))
		frame->wants_table = true;
}

/* SQLite: x IN t is x IN (SELECT * FROM t). */
static void read_in(struct sql_reader *reader)
{
	if (reader->dialect != SQL_SQLITE || !sql_reader_is_name(reader, &reader->next))
		return;
	top(reader)->wants_table = true;
	top(reader)->is_written = false;
}

/* EXCEPT and INTERSECT are names in older servers. */
static bool joins_queries(const struct sql_reader *reader)
{
	switch (reader->next.keyword) {
	case SQL_KEY_SELECT:
	case SQL_KEY_VALUES:
	case SQL_KEY_TABLE:
	case SQL_KEY_WITH:
	case SQL_KEY_ALL:
	case SQL_KEY_DISTINCT:
		return true;
	default:
		return sql_token_is(&reader->next, "(");
	}
}

/* What follows may also be a name: then the condition goes on. So it must narrow here and at the end. */
static void read_pause(struct sql_reader *reader)
{
	const struct sql_frame *frame = top(reader);

	if (frame->in_where && reader->depth == 0 && !sql_truth_answer(&frame->truth).plain)
		reader->wheres_differ = true;
}

/* Where a clause ends. Words that can be names, like WINDOW, must not end FROM: a table could follow. */
static void read_end(struct sql_reader *reader)
{
	bool in_query = reader->depth > 0 || top(reader)->is_query;

	switch (reader->token.keyword) {
	case SQL_KEY_ORDER:
	case SQL_KEY_LIMIT:
		if (!is_hint(reader))
			end_where(reader);
		break;
	case SQL_KEY_GROUP:
	case SQL_KEY_HAVING:
		if (in_query && !is_hint(reader))
			end_where(reader);
		break;
	case SQL_KEY_UNION:
	case SQL_KEY_EXCEPT:
	case SQL_KEY_INTERSECT:
		if (in_query && joins_queries(reader))
			end_where(reader);
		break;
	case SQL_KEY_RETURNING:
	case SQL_KEY_WINDOW:
		read_pause(reader);
		break;
	case SQL_KEY_FOR:
		if (top(reader)->is_query)
			read_lock(reader, sql_token_says(&reader->next, "UPDATE") ||
						  sql_token_says(&reader->next, "SHARE"));
		break;
	case SQL_KEY_LOCK:
		read_lock(reader, sql_token_says(&reader->next, "IN"));
		break;
	default:
		break;
	}
}

/* The keyword of a clause. */
static void read_clause(struct sql_reader *reader)
{
	struct sql_frame *frame = top(reader);

	switch (reader->token.keyword) {
	case SQL_KEY_SELECT:
		begin_query(reader);
		break;
	case SQL_KEY_WITH:
		if (frame->is_first && reader->depth > 0)
			frame->with = SQL_WITH_NAME;
		break;
	case SQL_KEY_TABLE: /* TABLE t is SELECT * FROM t */
		if (reader->dialect == SQL_MYSQL) {
			begin_query(reader);
			frame->wants_table = true;
		}
		break;
	case SQL_KEY_VALUES:
		if (frame->wants_table)
			begin_query(reader);
		break;
	case SQL_KEY_SET:
		frame->in_from = frame->wants_table = false;
		break;
	case SQL_KEY_USING:
		read_using(reader);
		break;
	case SQL_KEY_FROM:
		read_from(reader);
		break;
	case SQL_KEY_JOIN:
	case SQL_KEY_STRAIGHT_JOIN:
		if (frame->in_from && !is_hint(reader))
			frame->wants_table = true;
		break;
	case SQL_KEY_WHERE:
		read_where(reader);
		break;
	case SQL_KEY_INTO:
		read_into(reader);
		break;
	case SQL_KEY_IN:
		read_in(reader);
		break;
	case SQL_KEY_DELETE:
	case SQL_KEY_INSERT:
	case SQL_KEY_REPLACE:
	case SQL_KEY_UPDATE:
		read_nested(reader);
		break;
	default:
		read_end(reader);
	}
}

/* Of the keywords only these can stand where a table is to come; others are names of tables then. */
static bool is_behind(const struct sql_reader *reader)
{
	switch (reader->token.keyword) {
	case SQL_KEY_SELECT:
	case SQL_KEY_VALUES:
	case SQL_KEY_TABLE:
		return true;
	case SQL_KEY_LATERAL:
		return reader->dialect == SQL_MYSQL && sql_token_is(&reader->next, "(");
	case SQL_KEY_WITH:
		return reader->frames[reader->depth].is_first;
	default:
		return false;
	}
}

static bool is_word(const struct sql_token *token)
{
	return token->kind == SQL_TOKEN_WORD || token->kind == SQL_TOKEN_QUOTED;
}

/* A word before a parenthesis, but for the new names after AS, and keywords. */
static void read_call(struct sql_reader *reader)
{
	struct sql_name name;

	sql_name_init(&name);
	if (!is_word(&reader->token) || reader->token.keyword != SQL_KEY_NONE ||
	    !sql_token_is(&reader->next, "(") || reader->before == SQL_KEY_AS)
		return;
	sql_token_add(&reader->token, &name);
	/* In MySQL a function with a schema is one that was made there. */
	sql_add_function(reader->sql, reader->dialect, &name, reader->is_definition,
			 reader->is_after_dot ? &name : NULL);
}

void sql_reader_step(struct sql_reader *reader)
{
	struct sql_frame *frame = top(reader);

	if (frame->with != SQL_WITH_NONE) {
		read_with(reader);
		return;
	}
	if (sql_token_is(&reader->token, "(")) {
		frame->is_first = false;
		push(reader);
		return;
	}
	if (sql_token_is(&reader->token, ")")) {
		pop(reader);
		return;
	}
	if (frame->wants_table && !is_behind(reader)) {
		frame->is_first = false;
		read_table(reader);
		return;
	}
	if (sql_token_is(&reader->token, ",") && frame->in_from)
		frame->wants_table = true;
	read_clause(reader);
	read_call(reader);
	if (reader->token.keyword != SQL_KEY_WHERE) /* there it begins anew */
		sql_truth_add(&frame->truth, &reader->token, &reader->next, reader->dialect);
	frame->is_first = false;
	sql_reader_next(reader);
}

void sql_reader_with(struct sql_reader *reader)
{
	top(reader)->with = SQL_WITH_NAME;
	sql_reader_next(reader);
	while (!sql_reader_ends(reader) &&
	       (reader->depth > 0 || top(reader)->with != SQL_WITH_NONE))
		sql_reader_step(reader);
	top(reader)->is_first = true;
	sql_truth_init(&top(reader)->truth);
}

void sql_reader_rest(struct sql_reader *reader)
{
	while (!sql_reader_ends(reader))
		sql_reader_step(reader);
	if (reader->depth > 0 || reader->token.kind == SQL_TOKEN_BAD) {
		sql_reader_doubt(reader);
		return;
	}
	end_query(reader);
	if (reader->wheres_differ || (strcmp(reader->effect->verb, "SELECT") != 0 &&
				      strcmp(reader->effect->verb, "UPDATE") != 0 &&
				      strcmp(reader->effect->verb, "DELETE") != 0))
		reader->effect->has_where = false;
}
