/* SPDX-License-Identifier: MIT */
/*
 * Where a reader of MySQL or SQLite stands in the text, and in which statement.
 */
#include "rules/sql_reader.h"

void sql_reader_next(struct sql_reader *reader)
{
	reader->before2 = reader->before;
	reader->before = reader->token.keyword;
	reader->is_after_dot = sql_token_is(&reader->token, ".");
	reader->token = reader->next;
	sql_tokens_next(&reader->tokens, &reader->next);
}

bool sql_reader_take(struct sql_reader *reader, const char *word)
{
	if (!sql_token_says(&reader->token, word))
		return false;
	sql_reader_next(reader);
	return true;
}

bool sql_reader_ends(const struct sql_reader *reader)
{
	return reader->token.kind == SQL_TOKEN_END || reader->token.kind == SQL_TOKEN_BAD ||
	       (reader->depth == 0 && sql_token_is(&reader->token, ";"));
}

void sql_reader_begin(struct sql_reader *reader, const char *verb, bool changes_data)
{
	if (!reader->effect)
		reader->effect = sql_add(reader->sql, verb, changes_data);
	reader->effect->verb = verb;
	reader->effect->changes_data = changes_data;
}

void sql_reader_doubt(struct sql_reader *reader)
{
	sql_effect_doubt(reader->sql, reader->effect);
}
