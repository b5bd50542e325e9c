/* SPDX-License-Identifier: MIT */
/*
 * CREATE, ALTER, DROP, RENAME, GRANT in MySQL and SQLite.
 */
#include "rules/sql_statement.h"

/* What is made, and what that means. */
struct kind {
	const char *word;
	bool has_body; /* statements that run later */
	bool is_outside;
	bool is_user; /* names are strings, with a host */
	bool has_on;  /* ON a table */
};

static const struct kind kinds[] = {
	{ "TABLE", false, false, false, false },    { "TABLES", false, false, false, false },
	{ "VIEW", false, false, false, false },	    { "INDEX", false, false, false, true },
	{ "SEQUENCE", false, false, false, false }, { "DATABASE", false, false, false, false },
	{ "SCHEMA", false, false, false, false },   { "TRIGGER", true, false, false, true },
	{ "PROCEDURE", true, false, false, false }, { "FUNCTION", true, false, false, false },
	{ "EVENT", true, false, false, false },	    { "PACKAGE", true, false, false, false },
	{ "USER", false, false, true, false },	    { "ROLE", false, false, true, false },
	{ "SERVER", false, true, false, false },    { "TABLESPACE", false, true, false, false },
	{ "GROUP", false, false, false, false },    { "SYSTEM", false, false, false, false },
	{ "INSTANCE", false, true, false, false },  { "CATALOG", false, false, false, false },
};

static const struct kind *find_kind(const struct sql_token *token)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (sql_token_says(token, kinds[i].word))
			return &kinds[i];
	return NULL;
}

/* Past TEMPORARY, OR REPLACE, DEFINER = ..., IF NOT EXISTS and their like; NULL: not found. */
static const struct kind *take_kind(struct sql_reader *reader)
{
	const struct kind *kind = NULL;

	reader->is_definition = true;
	while (!sql_reader_ends(reader) && !kind) {
		kind = find_kind(&reader->token);
		if (sql_token_says(&reader->token, "VIRTUAL"))
			reader->effect->leaves_database = true; /* a module that was loaded */
		sql_reader_next(reader);
	}
	if (!kind) {
		sql_reader_doubt(reader);
		return NULL;
	}
	reader->effect->leaves_database = reader->effect->leaves_database || kind->is_outside;
	if (sql_reader_take(reader, "IF")) {
		(void)sql_reader_take(reader, "NOT");
		(void)sql_reader_take(reader, "EXISTS");
	}
	return kind;
}

/* 'name'@'host': the name. */
static void take_user(struct sql_reader *reader)
{
	struct sql_name name;

	sql_name_init(&name);
	sql_token_add(&reader->token, &name);
	sql_add_table(reader->sql, reader->effect, &name, true);
	sql_reader_next(reader);
}

static void take_object(struct sql_reader *reader, const struct kind *kind)
{
	if (sql_reader_ends(reader))
		sql_reader_doubt(reader);
	else if (kind->is_user)
		take_user(reader);
	else
		(void)sql_reader_table(reader, true);
}

static void take_on(struct sql_reader *reader, const struct kind *kind)
{
	if (!kind->has_on)
		return;
	while (!sql_reader_ends(reader) && !sql_token_says(&reader->token, "ON"))
		sql_reader_next(reader);
	if (sql_reader_take(reader, "ON"))
		(void)sql_reader_table(reader, true);
}

/* In SQLite a trigger ends with END between semicolons; in MySQL it may be anywhere. */
static void skip_body(struct sql_reader *reader)
{
	bool was_end = false, was_mark = false;

	sql_reader_doubt(reader);
	while (reader->token.kind != SQL_TOKEN_END && reader->token.kind != SQL_TOKEN_BAD) {
		if (reader->dialect == SQL_SQLITE && was_end && sql_token_is(&reader->token, ";"))
			return;
		was_end = was_mark && reader->token.keyword == SQL_KEY_END;
		was_mark = sql_token_is(&reader->token, ";");
		sql_reader_next(reader);
	}
}

/* CREATE TABLE a LIKE b, or (LIKE b) */
static void take_like(struct sql_reader *reader)
{
	if (sql_token_is(&reader->token, "(") && sql_token_says(&reader->next, "LIKE"))
		sql_reader_step(reader);
	if (sql_reader_take(reader, "LIKE"))
		(void)sql_reader_table(reader, false);
}

/* A table whose rows are elsewhere: DATA DIRECTORY = '...', CONNECTION = '...' */
static void read_definition(struct sql_reader *reader)
{
	while (!sql_reader_ends(reader)) {
		if ((sql_token_says(&reader->token, "DIRECTORY") ||
		     sql_token_says(&reader->token, "CONNECTION")) &&
		    (sql_token_is(&reader->next, "=") || reader->next.kind == SQL_TOKEN_STRING))
			reader->effect->leaves_database = true;
		sql_reader_step(reader);
	}
	sql_reader_rest(reader);
}

void sql_verb_create(struct sql_reader *reader, const struct sql_verb *verb)
{
	const struct kind *kind = take_kind(reader);

	(void)verb;
	if (!kind)
		return;
	if (!kind->has_on || !sql_token_says(&reader->token, "ON"))
		take_object(reader, kind);
	take_on(reader, kind);
	if (kind->has_body) {
		skip_body(reader);
		return;
	}
	take_like(reader);
	read_definition(reader);
}

/* RENAME TO b, but not RENAME COLUMN a TO b. */
static bool take_rename(struct sql_reader *reader)
{
	if (!sql_reader_take(reader, "RENAME"))
		return false;
	if (sql_reader_take(reader, "COLUMN") || sql_reader_take(reader, "INDEX") ||
	    sql_reader_take(reader, "KEY"))
		return true;
	if (!sql_reader_take(reader, "TO"))
		(void)sql_reader_take(reader, "AS");
	/* SQLite: RENAME a TO b, of a column */
	if (sql_reader_is_name(reader, &reader->token) && !sql_token_says(&reader->next, "TO"))
		(void)sql_reader_table(reader, true);
	return true;
}

void sql_verb_alter(struct sql_reader *reader, const struct sql_verb *verb)
{
	const struct kind *kind = take_kind(reader);

	(void)verb;
	if (!kind)
		return;
	take_object(reader, kind);
	while (!sql_reader_ends(reader)) {
		if (reader->depth == 0 && take_rename(reader))
			continue;
		if (sql_token_says(&reader->token, "WITH") &&
		    sql_token_says(&reader->next, "TABLE")) {
			sql_reader_next(reader);
			sql_reader_next(reader);
			(void)sql_reader_table(reader, true);
			continue;
		}
		if (kind->has_body && sql_token_says(&reader->token, "DO")) {
			skip_body(reader);
			return;
		}
		sql_reader_step(reader);
	}
	sql_reader_rest(reader);
}

void sql_verb_drop(struct sql_reader *reader, const struct sql_verb *verb)
{
	const struct kind *kind;

	(void)verb;
	if (sql_token_says(&reader->token, "PREPARE")) {
		reader->effect->changes_data = false;
		sql_reader_rest(reader);
		return;
	}
	kind = take_kind(reader);
	if (!kind)
		return;
	take_object(reader, kind);
	while (!sql_reader_ends(reader)) {
		bool another = sql_token_is(&reader->token, ",") ||
			       (kind->has_on && reader->token.keyword == SQL_KEY_ON);

		sql_reader_next(reader);
		if (another)
			take_object(reader, kind);
	}
	sql_reader_rest(reader);
}

void sql_verb_rename(struct sql_reader *reader, const struct sql_verb *verb)
{
	const struct kind *kind = take_kind(reader);
	bool another = true;

	(void)verb;
	while (kind && !sql_reader_ends(reader)) {
		if (another) {
			take_object(reader, kind);
			another = false;
			continue;
		}
		another = sql_token_is(&reader->token, ",") || sql_token_says(&reader->token, "TO");
		sql_reader_next(reader);
	}
	if (kind)
		sql_reader_rest(reader);
}

/* Roles are granted without ON. */
void sql_verb_grant(struct sql_reader *reader, const struct sql_verb *verb)
{
	(void)verb;
	reader->is_definition = true;
	while (!sql_reader_ends(reader) && reader->token.keyword != SQL_KEY_ON)
		sql_reader_step(reader);
	if (sql_reader_take(reader, "ON")) {
		if (find_kind(&reader->token))
			sql_reader_next(reader);
		if (sql_reader_is_name(reader, &reader->token))
			(void)sql_reader_table(reader, true);
	}
	while (!sql_reader_ends(reader))
		sql_reader_step(reader);
	sql_reader_rest(reader);
}
