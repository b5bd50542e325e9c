/* SPDX-License-Identifier: MIT */
#include "rules/sql_statement.h"

#include <string.h>

static bool take_any(struct sql_reader *reader, const char *const *words)
{
	for (; *words; words++)
		if (sql_reader_take(reader, *words))
			return true;
	return false;
}

/* INSERT OR REPLACE, UPDATE OR ROLLBACK. Return: whether it was OR REPLACE. */
static bool take_conflict(struct sql_reader *reader)
{
	bool replaces;

	if (!sql_reader_take(reader, "OR"))
		return false;
	replaces = sql_token_says(&reader->token, "REPLACE");
	sql_reader_next(reader);
	return replaces;
}

static void read_insert(struct sql_reader *reader, const struct sql_verb *verb)
{
	static const char *const options[] = { "LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE",
					       NULL };

	(void)verb;
	if (take_conflict(reader))
		reader->effect->verb = "REPLACE";
	while (take_any(reader, options))
		;
	(void)sql_reader_take(reader, "INTO");
	if (sql_reader_table(reader, true))
		sql_reader_rest(reader);
}

/* In MySQL all tables before SET: which of them a column belongs to cannot be seen. */
static void read_update(struct sql_reader *reader, const struct sql_verb *verb)
{
	static const char *const options[] = { "LOW_PRIORITY", "IGNORE", NULL };
	struct sql_frame *frame = &reader->frames[0];

	(void)verb;
	(void)take_conflict(reader);
	while (reader->dialect == SQL_MYSQL && take_any(reader, options))
		;
	frame->wants_table = frame->in_from = frame->is_written = true;
	frame->has_from = reader->dialect == SQL_SQLITE;
	sql_reader_rest(reader);
}

/* DELETE FROM a; DELETE a, b FROM c; DELETE FROM a USING b. An alias may stand for any of them. */
static void read_delete(struct sql_reader *reader, const struct sql_verb *verb)
{
	static const char *const options[] = { "LOW_PRIORITY", "QUICK", "IGNORE", NULL };
	struct sql_frame *frame = &reader->frames[0];

	(void)verb;
	while (reader->dialect == SQL_MYSQL && take_any(reader, options))
		;
	frame->wants_table = frame->in_from = frame->is_written = true;
	frame->has_from = !sql_reader_take(reader, "FROM");
	sql_reader_rest(reader);
}

/* From the word itself, which the walk must see. */
static void read_query(struct sql_reader *reader, const struct sql_verb *verb)
{
	(void)verb;
	sql_reader_rest(reader);
}

static void read_plain(struct sql_reader *reader, const struct sql_verb *verb)
{
	(void)verb;
	sql_reader_rest(reader);
}

/* Its text is elsewhere. */
static void read_elsewhere(struct sql_reader *reader, const struct sql_verb *verb)
{
	(void)verb;
	sql_reader_doubt(reader);
	sql_reader_rest(reader);
}

static void read_outside(struct sql_reader *reader, const struct sql_verb *verb)
{
	(void)verb;
	reader->effect->leaves_database = true;
	sql_reader_rest(reader);
}

void sql_reader_names(struct sql_reader *reader, bool is_written)
{
	bool wants_name = true;

	while (!sql_reader_ends(reader)) {
		if (wants_name && sql_reader_is_name(reader, &reader->token)) {
			(void)sql_reader_table(reader, is_written);
			wants_name = false;
			continue;
		}
		wants_name = reader->depth == 0 && sql_token_is(&reader->token, ",");
		sql_reader_step(reader);
	}
	sql_reader_rest(reader);
}

/* OPTIMIZE TABLE a, b; HANDLER a OPEN; USE a; CALL a(1) */
static void read_names(struct sql_reader *reader, const struct sql_verb *verb)
{
	static const char *const options[] = { "TABLE", "TABLES", "LOCAL", "NO_WRITE_TO_BINLOG",
					       NULL };

	while (reader->dialect == SQL_MYSQL && take_any(reader, options))
		;
	sql_reader_names(reader, verb->changes_data && strcmp(verb->word, "CALL") != 0);
}

/* LOAD DATA INFILE 'file' INTO TABLE a: a file of the server, or with LOCAL of the client. */
static void read_load(struct sql_reader *reader, const struct sql_verb *verb)
{
	(void)verb;
	reader->effect->leaves_database = !sql_token_says(&reader->token, "INDEX");
	while (!sql_reader_ends(reader) && !sql_token_says(&reader->token, "TABLE"))
		sql_reader_next(reader);
	if (sql_reader_take(reader, "TABLE"))
		(void)sql_reader_table(reader, true);
	sql_reader_rest(reader);
}

/*
 * In no order that matters. What is not here is not understood: among it BINLOG, DELIMITER, SOURCE,
 * and the compound statements of MariaDB.
 * Sources: MySQL 8.0 Reference Manual, chapter 13 (SQL Statements); https://sqlite.org/lang.html
 */
static const struct sql_verb verbs[] = {
	{ "SELECT", SQL_IN_BOTH, false, read_query, NULL },
	{ "INSERT", SQL_IN_BOTH, true, read_insert, NULL },
	{ "UPDATE", SQL_IN_BOTH, true, read_update, NULL },
	{ "DELETE", SQL_IN_BOTH, true, read_delete, NULL },
	{ "REPLACE", SQL_IN_BOTH, true, read_insert, NULL },
	{ "VALUES", SQL_IN_BOTH, false, read_query, "SELECT" },
	{ "TABLE", SQL_IN_MYSQL, false, read_query, "SELECT" },
	{ "SET", SQL_IN_MYSQL, false, sql_verb_set, NULL },
	{ "SHOW", SQL_IN_MYSQL, false, sql_verb_show, NULL },
	{ "EXPLAIN", SQL_IN_BOTH, false, sql_verb_explain, NULL },
	{ "DESCRIBE", SQL_IN_MYSQL, false, sql_verb_explain, "EXPLAIN" },
	{ "DESC", SQL_IN_MYSQL, false, sql_verb_explain, "EXPLAIN" },
	{ "ANALYZE", SQL_IN_BOTH, true, sql_verb_analyze, NULL },
	{ "CREATE", SQL_IN_BOTH, true, sql_verb_create, NULL },
	{ "ALTER", SQL_IN_BOTH, true, sql_verb_alter, NULL },
	{ "DROP", SQL_IN_BOTH, true, sql_verb_drop, NULL },
	{ "RENAME", SQL_IN_MYSQL, true, sql_verb_rename, NULL },
	{ "TRUNCATE", SQL_IN_MYSQL, true, read_names, NULL },
	{ "GRANT", SQL_IN_MYSQL, true, sql_verb_grant, NULL },
	{ "REVOKE", SQL_IN_MYSQL, true, sql_verb_grant, NULL },
	{ "BEGIN", SQL_IN_BOTH, false, sql_verb_begin, NULL },
	{ "START", SQL_IN_MYSQL, false, sql_verb_start, NULL },
	{ "COMMIT", SQL_IN_BOTH, false, sql_verb_begin, NULL },
	{ "END", SQL_IN_SQLITE, false, sql_verb_begin, "COMMIT" },
	{ "ROLLBACK", SQL_IN_BOTH, false, read_plain, NULL },
	{ "SAVEPOINT", SQL_IN_BOTH, false, read_plain, NULL },
	{ "RELEASE", SQL_IN_BOTH, false, read_plain, "SAVEPOINT" },
	{ "XA", SQL_IN_MYSQL, true, read_plain, NULL },
	{ "CALL", SQL_IN_MYSQL, true, read_names, NULL },
	{ "DO", SQL_IN_MYSQL, false, read_plain, NULL },
	{ "USE", SQL_IN_MYSQL, false, read_names, NULL },
	{ "HANDLER", SQL_IN_MYSQL, false, read_names, NULL },
	{ "PREPARE", SQL_IN_MYSQL, true, read_elsewhere, NULL },
	{ "EXECUTE", SQL_IN_MYSQL, true, read_elsewhere, NULL },
	{ "DEALLOCATE", SQL_IN_MYSQL, false, read_plain, NULL },
	{ "LOAD", SQL_IN_MYSQL, true, read_load, NULL },
	{ "LOCK", SQL_IN_MYSQL, false, read_names, NULL },
	{ "UNLOCK", SQL_IN_MYSQL, false, read_plain, NULL },
	{ "OPTIMIZE", SQL_IN_MYSQL, true, read_names, NULL },
	{ "REPAIR", SQL_IN_MYSQL, true, read_names, NULL },
	{ "CHECK", SQL_IN_MYSQL, false, read_names, NULL },
	{ "CHECKSUM", SQL_IN_MYSQL, false, read_names, NULL },
	{ "CACHE", SQL_IN_MYSQL, true, read_plain, NULL },
	{ "FLUSH", SQL_IN_MYSQL, true, read_plain, NULL },
	{ "RESET", SQL_IN_MYSQL, true, read_plain, NULL },
	{ "PURGE", SQL_IN_MYSQL, true, read_plain, NULL },
	{ "KILL", SQL_IN_MYSQL, true, read_plain, NULL },
	{ "SHUTDOWN", SQL_IN_MYSQL, true, read_outside, NULL },
	{ "RESTART", SQL_IN_MYSQL, true, read_outside, NULL },
	{ "INSTALL", SQL_IN_MYSQL, true, read_outside, NULL },
	{ "UNINSTALL", SQL_IN_MYSQL, true, read_outside, NULL },
	{ "CLONE", SQL_IN_MYSQL, true, read_outside, NULL },
	{ "IMPORT", SQL_IN_MYSQL, true, read_outside, NULL },
	{ "BACKUP", SQL_IN_MYSQL, true, read_outside, NULL },
	{ "CHANGE", SQL_IN_MYSQL, true, read_outside, NULL },
	{ "STOP", SQL_IN_MYSQL, true, read_outside, NULL },
	{ "HELP", SQL_IN_MYSQL, false, read_plain, NULL },
	{ "PRAGMA", SQL_IN_SQLITE, false, sql_verb_pragma, NULL },
	{ "ATTACH", SQL_IN_SQLITE, true, sql_verb_attach, NULL },
	{ "DETACH", SQL_IN_SQLITE, false, read_plain, NULL },
	{ "VACUUM", SQL_IN_SQLITE, true, sql_verb_vacuum, NULL },
	{ "REINDEX", SQL_IN_SQLITE, true, read_names, NULL },
};

static const struct sql_verb *find(const struct sql_reader *reader)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if ((verbs[i].dialects & 1u << reader->dialect) &&
		    sql_token_says(&reader->token, verbs[i].word))
			return &verbs[i];
	return NULL;
}

/* Nothing of it is known, so nothing after it is either. */
static void read_unknown(struct sql_reader *reader)
{
	sql_reader_begin(reader, "UNKNOWN", true);
	sql_reader_doubt(reader);
	while (reader->token.kind != SQL_TOKEN_END && reader->token.kind != SQL_TOKEN_BAD)
		sql_reader_next(reader);
}

void sql_statement_read(struct sql_reader *reader)
{
	static const struct sql_verb parenthesis = { "SELECT", SQL_IN_MYSQL, false, read_query,
						     NULL };
	const struct sql_verb *verb;

	if (reader->token.keyword == SQL_KEY_WITH) {
		sql_reader_begin(reader, "SELECT", false);
		sql_reader_with(reader);
	}
	verb = sql_token_is(&reader->token, "(") ? &parenthesis : find(reader);
	if (!verb) {
		read_unknown(reader);
		return;
	}
	sql_reader_begin(reader, verb->name ? verb->name : verb->word, verb->changes_data);
	if (verb->read != read_query)
		sql_reader_next(reader);
	verb->read(reader, verb);
}

static void read_all(struct sql_reader *reader)
{
	sql_reader_next(reader);
	sql_reader_next(reader);
	while (reader->token.kind != SQL_TOKEN_END && reader->token.kind != SQL_TOKEN_BAD) {
		sql_reader_open(reader);
		if (sql_token_is(&reader->token, ";")) {
			sql_reader_next(reader);
			continue;
		}
		sql_statement_read(reader);
		while (!sql_reader_ends(reader))
			sql_reader_next(reader);
		if (sql_token_is(&reader->token, ";"))
			reader->finished = reader->sql->effect_count;
	}
	if (reader->token.kind == SQL_TOKEN_BAD && reader->sql->is_understood)
		sql_add_unknown(reader->sql, "UNKNOWN");
}

static void read_as(struct sql_reader *reader, const char *text, size_t len,
		    const struct sql_modes *modes)
{
	sql_tokens_init(&reader->tokens, text, len, reader->dialect, modes);
	reader->token = reader->next = (struct sql_token){ .kind = SQL_TOKEN_END };
	reader->is_explained = false;
	reader->finished = 0;
	sql_reader_open(reader);
	read_all(reader);
}

/*
 * A server with other settings may read the text otherwise: then it must come to the same. Where it
 * cannot read it at all, it does nothing, but for the statements that end before that place.
 */
static void read_otherwise(struct sql_reader *reader, const char *text, size_t len,
			   const struct sql_modes *modes)
{
	struct sql *usual = reader->sql;
	struct sql other = { .is_understood = true };
	bool is_refused;

	reader->sql = &other;
	read_as(reader, text, len, modes);
	is_refused = reader->tokens.is_broken && reader->finished == 0;
	reader->sql = usual;
	if (!is_refused && !sql_equal(usual, &other))
		sql_doubt(usual);
	sql_release(&other);
}

void sql_read_tokens(const char *text, size_t len, enum sql_dialect dialect, struct sql *sql)
{
	static const struct sql_modes usual = { false, false, false };
	/* Each of the settings, alone and with the version. */
	static const struct sql_modes others[] = {
		{ true, false, false }, { false, true, false }, { false, false, true },
		{ true, false, true },	{ false, true, true },
	};
	struct sql_reader reader;
	bool hides_quote, depends_version;

	reader.sql = sql;
	reader.dialect = dialect;
	read_as(&reader, text, len, &usual);
	hides_quote = reader.tokens.hides_quote;
	depends_version = reader.tokens.depends_version;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		bool of_quotes = others[i].no_backslash || others[i].ansi_quotes;

		if (sql->is_understood && (!of_quotes || hides_quote) &&
		    (!others[i].skips_versions || depends_version))
			read_otherwise(&reader, text, len, &others[i]);
	}
}
