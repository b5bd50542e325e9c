/* SPDX-License-Identifier: MIT */
/*
 * SET, SHOW, EXPLAIN, PRAGMA, ATTACH, VACUUM and transactions in MySQL and SQLite.
 */
#include "rules/sql_settings.h"
#include "rules/sql_statement.h"

#include <string.h>
#include <strings.h>

/* Of others too: SET GLOBAL x, SET @@persist.x, SET PASSWORD, SET DEFAULT ROLE. */
static bool is_shared(const struct sql_token *token)
{
	static const char *const words[] = { "GLOBAL", "PERSIST", "PERSIST_ONLY", "PASSWORD",
					     "DEFAULT" };
	static const char *const starts[] = { "@@global.", "@@persist.", "@@persist_only." };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (sql_token_says(token, words[i]))
			return true;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (token->kind == SQL_TOKEN_VARIABLE && token->len > strlen(starts[i]) &&
		    strncasecmp(token->text, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

/* "@@global.x" is x, and so is "@@x"; "@x" is a variable of the user's. */
static void take_variable(struct sql_reader *reader, struct sql_name *name)
{
	struct sql_token token = reader->token;
	const char *dot;

	if (token.len > 2 && token.text[1] == '@') {
		dot = memchr(token.text, '.', token.len);
		token.len -= dot ? (size_t)(dot + 1 - token.text) : 2;
		token.text = dot ? dot + 1 : token.text + 2;
	}
	sql_token_add(&token, name);
	sql_reader_next(reader);
}

/* NAMES utf8, CHARACTER SET 'utf8', character_set_client = utf8 */
static bool is_safe_value(struct sql_reader *reader)
{
	const struct sql_token *token = &reader->token;
	bool is_quoted = false;

	(void)sql_reader_take(reader, "SET");
	if (sql_token_is(token, "=") || sql_token_is(token, ":="))
		sql_reader_next(reader);
	is_quoted = token->kind == SQL_TOKEN_STRING && token->len >= 2;
	return sql_setting_is_safe(token->text + is_quoted, token->len - 2 * (size_t)is_quoted);
}

static void take_setting(struct sql_reader *reader)
{
	struct sql_name name;

	sql_name_init(&name);
	if (is_shared(&reader->token))
		reader->effect->changes_data = true;
	if (sql_token_says(&reader->token, "GLOBAL") || sql_token_says(&reader->token, "SESSION") ||
	    sql_token_says(&reader->token, "LOCAL") || sql_token_says(&reader->token, "PERSIST") ||
	    sql_token_says(&reader->token, "PERSIST_ONLY"))
		sql_reader_next(reader);
	if (reader->token.kind == SQL_TOKEN_VARIABLE)
		take_variable(reader, &name);
	else if (!sql_reader_name(reader, &name))
		sql_reader_doubt(reader);
	sql_add_table(reader->sql, reader->effect, &name, false);
	if (sql_setting_matters(SQL_MYSQL, name.text, name.len) && !is_safe_value(reader))
		sql_reader_doubt(reader);
}

/* SET STATEMENT ... FOR is a statement of MariaDB with another one in it. */
void sql_verb_set(struct sql_reader *reader, const struct sql_verb *verb)
{
	bool another = true;

	(void)verb;
	if (sql_token_says(&reader->token, "STATEMENT"))
		sql_reader_doubt(reader);
	while (!sql_reader_ends(reader)) {
		if (another) {
			another = false;
			take_setting(reader);
			continue;
		}
		another = reader->depth == 0 && sql_token_is(&reader->token, ",");
		sql_reader_step(reader);
	}
	sql_reader_rest(reader);
}

/* SHOW CREATE TABLE a; SHOW COLUMNS FROM a FROM b; SHOW INDEX IN a */
void sql_verb_show(struct sql_reader *reader, const struct sql_verb *verb)
{
	bool wants_name = false;

	(void)verb;
	if (sql_reader_take(reader, "CREATE")) {
		sql_reader_next(reader);
		if (sql_reader_take(reader, "IF")) {
			(void)sql_reader_take(reader, "NOT");
			(void)sql_reader_take(reader, "EXISTS");
		}
		wants_name = true;
	}
	while (!sql_reader_ends(reader)) {
		if (wants_name && sql_reader_is_name(reader, &reader->token)) {
			wants_name = false;
			(void)sql_reader_table(reader, false);
			continue;
		}
		wants_name = reader->depth == 0 && (reader->token.keyword == SQL_KEY_FROM ||
						    reader->token.keyword == SQL_KEY_IN);
		sql_reader_step(reader);
	}
	sql_reader_rest(reader);
}

/* What EXPLAIN does not run: its tables are read. Functions may be called even so. */
static void fold(struct sql *sql, struct sql_effect *explain, size_t first)
{
	size_t kept = first;

	for (size_t i = first; i < sql->effect_count; i++) {
		const struct sql_effect *effect = &sql->effects[i];

		if (strcmp(effect->verb, "CALL") == 0)
			sql->effects[kept++] = *effect;
		else
			sql_take_tables(sql, explain, effect);
	}
	sql->effect_count = kept;
}

/* Options before the statement. Return: whether it is run: EXPLAIN ANALYZE, in any place. */
static bool take_options(struct sql_reader *reader)
{
	bool runs = false;

	for (;;) {
		if (sql_reader_take(reader, "ANALYZE")) {
			runs = true;
		} else if (sql_reader_take(reader, "EXTENDED") ||
			   sql_reader_take(reader, "PARTITIONS") ||
			   sql_reader_take(reader, "QUERY") || sql_reader_take(reader, "PLAN")) {
			continue;
		} else if (sql_token_says(&reader->token, "FORMAT") &&
			   sql_token_is(&reader->next, "=")) {
			sql_reader_next(reader);
			sql_reader_next(reader);
			sql_reader_next(reader);
		} else {
			return runs;
		}
	}
}

static bool starts_statement(const struct sql_reader *reader)
{
	switch (reader->token.keyword) {
	case SQL_KEY_SELECT:
	case SQL_KEY_INSERT:
	case SQL_KEY_UPDATE:
	case SQL_KEY_DELETE:
	case SQL_KEY_REPLACE:
	case SQL_KEY_TABLE:
	case SQL_KEY_VALUES:
	case SQL_KEY_WITH:
		return true;
	default:
		return sql_token_is(&reader->token, "(") || reader->dialect == SQL_SQLITE;
	}
}

static void read_explained(struct sql_reader *reader, bool runs)
{
	struct sql_effect *explain = reader->effect;
	size_t first = reader->sql->effect_count;

	if (reader->is_explained || sql_reader_ends(reader)) {
		sql_reader_doubt(reader);
		return;
	}
	reader->is_explained = true;
	sql_reader_open(reader);
	sql_statement_read(reader);
	reader->is_explained = false;
	if (!runs)
		fold(reader->sql, explain, first);
	if (!reader->sql->is_understood)
		sql_effect_doubt(reader->sql, explain);
	reader->effect = explain;
}

void sql_verb_explain(struct sql_reader *reader, const struct sql_verb *verb)
{
	bool runs = take_options(reader);

	(void)verb;
	reader->effect->changes_data = false;
	if (starts_statement(reader)) {
		read_explained(reader, runs);
		return;
	}
	if (sql_reader_is_name(reader, &reader->token) && reader->token.keyword != SQL_KEY_FOR)
		(void)sql_reader_table(reader, false);
	else if (reader->token.keyword != SQL_KEY_FOR)
		sql_reader_doubt(reader);
	sql_reader_rest(reader);
}

/* MariaDB: ANALYZE FORMAT=JSON UPDATE ... runs the statement. */
void sql_verb_analyze(struct sql_reader *reader, const struct sql_verb *verb)
{
	bool of_statement = reader->dialect == SQL_MYSQL &&
			    !sql_token_says(&reader->token, "TABLE") &&
			    !sql_token_says(&reader->token, "LOCAL") &&
			    !sql_token_says(&reader->token, "NO_WRITE_TO_BINLOG");

	(void)verb;
	if (of_statement) {
		reader->effect->verb = "EXPLAIN";
		reader->effect->changes_data = false;
		(void)take_options(reader);
		read_explained(reader, true);
		return;
	}
	while (sql_reader_take(reader, "LOCAL") || sql_reader_take(reader, "NO_WRITE_TO_BINLOG") ||
	       (reader->dialect == SQL_MYSQL && sql_reader_take(reader, "TABLE")))
		;
	sql_reader_names(reader, true);
}

/* Those that only tell, also when they are given the name of a table or index. */
static bool pragma_tells(const char *name)
{
	/* Source: https://sqlite.org/pragma.html */
	static const char *const names[] = {
		"collation_list", "compile_options",  "database_list",	 "foreign_key_check",
		"freelist_count", "foreign_key_list", "function_list",	 "index_info",
		"index_list",	  "index_xinfo",      "integrity_check", "module_list",
		"page_count",	  "pragma_list",      "quick_check",	 "table_info",
		"table_list",	  "table_xinfo",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Those that act without a value. */
static bool pragma_acts(const char *name)
{
	static const char *const names[] = { "incremental_vacuum", "optimize", "shrink_memory",
					     "wal_checkpoint" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* PRAGMA [schema.]name [= value | (value)] */
void sql_verb_pragma(struct sql_reader *reader, const struct sql_verb *verb)
{
	struct sql_name name;

	sql_name_init(&name);
	(void)verb;
	while (sql_reader_is_name(reader, &reader->token) && sql_token_is(&reader->next, ".")) {
		sql_reader_next(reader);
		sql_reader_next(reader);
	}
	if (!sql_reader_is_name(reader, &reader->token)) {
		sql_reader_doubt(reader);
		return;
	}
	sql_token_add(&reader->token, &name);
	sql_add_table(reader->sql, reader->effect, &name, false);
	sql_reader_next(reader);
	if (name.is_bad)
		return;
	name.text[name.len < SQL_NAME_MAX ? name.len : SQL_NAME_MAX - 1] = '\0';
	if (sql_reader_ends(reader))
		reader->effect->changes_data = pragma_acts(name.text);
	else
		reader->effect->changes_data = !pragma_tells(name.text);
	sql_reader_rest(reader);
}

/* ATTACH [DATABASE] file AS name: makes the file when there is none. */
void sql_verb_attach(struct sql_reader *reader, const struct sql_verb *verb)
{
	(void)verb;
	reader->effect->leaves_database = true;
	while (!sql_reader_ends(reader)) {
		bool is_as = reader->depth == 0 && reader->token.keyword == SQL_KEY_AS;

		sql_reader_step(reader);
		if (is_as && sql_reader_is_name(reader, &reader->token))
			(void)sql_reader_table(reader, true);
	}
	sql_reader_rest(reader);
}

void sql_verb_vacuum(struct sql_reader *reader, const struct sql_verb *verb)
{
	(void)verb;
	while (!sql_reader_ends(reader)) {
		if (reader->token.keyword == SQL_KEY_INTO)
			reader->effect->leaves_database = true;
		sql_reader_step(reader);
	}
	sql_reader_rest(reader);
}

/* Only what belongs to transactions may follow: BEGIN NOT ATOMIC of MariaDB has statements in it. */
void sql_verb_begin(struct sql_reader *reader, const struct sql_verb *verb)
{
	static const char *const words[] = { "WORK",	  "TRANSACTION", "DEFERRED", "IMMEDIATE",
					     "EXCLUSIVE", "AND",	 "NO",	     "CHAIN",
					     "RELEASE",	  "TO" };

	(void)verb;
	while (!sql_reader_ends(reader)) {
		bool is_known = false;

		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			is_known = is_known || sql_token_says(&reader->token, words[i]);
		if (!is_known)
			sql_reader_doubt(reader);
		sql_reader_next(reader);
	}
	sql_reader_rest(reader);
}

void sql_verb_start(struct sql_reader *reader, const struct sql_verb *verb)
{
	(void)verb;
	if (sql_token_says(&reader->token, "TRANSACTION"))
		reader->effect->verb = "BEGIN";
	else
		reader->effect->changes_data = reader->effect->leaves_database = true;
	sql_reader_rest(reader);
}
