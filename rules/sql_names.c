/* SPDX-License-Identifier: MIT */
/*
 * Names of tables in MySQL and SQLite.
 */
#include <string.h>

#include "rules/sql_reader.h"

/* What can be a name where one must stand: in SQLite even 'x', in MySQL "x" with ANSI_QUOTES. */
bool sql_reader_is_name(const struct sql_reader *reader, const struct sql_token *token)
{
	switch (token->kind) {
	case SQL_TOKEN_WORD:
	case SQL_TOKEN_QUOTED:
		return true;
	case SQL_TOKEN_STRING:
		return reader->dialect == SQL_SQLITE ||
		       (*token->text == '"' && !memchr(token->text, '\\', token->len));
	default:
		return false;
	}
}

/* "a.*" is a */
bool sql_reader_name(struct sql_reader *reader, struct sql_name *out_name)
{
	sql_name_init(out_name);
	if (!sql_reader_is_name(reader, &reader->token))
		return false;
	sql_token_add(&reader->token, out_name);
	sql_reader_next(reader);
	while (sql_token_is(&reader->token, ".")) {
		sql_reader_next(reader);
		if (sql_reader_is_name(reader, &reader->token))
			sql_token_add(&reader->token, out_name);
		else if (!sql_token_is(&reader->token, "*"))
			return false;
		sql_reader_next(reader);
	}
	return true;
}

bool sql_reader_table(struct sql_reader *reader, bool is_written)
{
	struct sql_name name;

	if (!sql_reader_name(reader, &name)) {
		sql_reader_doubt(reader);
		return false;
	}
	sql_add_table(reader->sql, reader->effect, &name, is_written);
	return true;
}
