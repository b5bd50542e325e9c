/* SPDX-License-Identifier: MIT */
#include "rules/sql.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"
#include "rules/sql_build.h"
#include "rules/sql_plain.h"

bool sql_dialect_parse(const char *name, enum sql_dialect *out_dialect)
{
	static const struct {
		const char *name;
		enum sql_dialect dialect;
	} rows[] = {
		{ "postgresql", SQL_POSTGRESQL }, { "postgres", SQL_POSTGRESQL },
		{ "pg", SQL_POSTGRESQL },	  { "mysql", SQL_MYSQL },
		{ "mariadb", SQL_MYSQL },	  { "sqlite", SQL_SQLITE },
		{ "sqlite3", SQL_SQLITE },	  { "redis", SQL_REDIS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcasecmp(rows[i].name, name) == 0) {
			*out_dialect = rows[i].dialect;
			return true;
		}
	}
	return false;
}

/* Without NUL: servers and libraries that end a text there would read another one. */
static bool is_text(const char *text, size_t len)
{
	uint32_t c;

	while (len > 0) {
		size_t step = (unsigned char)*text < 0x80 ? 1 : utf8_next(text, len, &c);

		if (step == 0 || *text == '\0')
			return false;
		text += step;
		len -= step;
	}
	return true;
}

void sql_read(const char *text, size_t len, enum sql_dialect dialect, struct sql *sql)
{
	const char *copy = NULL;

	sql->is_understood = true;
	sql->effect_count = 0;
	sql->arena = (struct arena){ 0 };
	if (dialect == SQL_POSTGRESQL && sql_plain_read(text, len, sql))
		return;
	if (len <= SQL_SIZE_MAX && is_text(text, len))
		copy = arena_copy(&sql->arena, text, len);
	if (!copy) {
		sql_add_unknown(sql, "UNKNOWN");
		return;
	}
	switch (dialect) {
	case SQL_POSTGRESQL:
		sql_read_postgresql(copy, len, sql);
		break;
	case SQL_MYSQL:
	case SQL_SQLITE:
		sql_read_tokens(copy, len, dialect, sql);
		break;
	case SQL_REDIS:
		sql_read_redis(copy, len, sql);
		break;
	default:
		sql_add_unknown(sql, "UNKNOWN");
	}
}

void sql_warm(void)
{
	static const char text[] = "SELECT 1";
	struct sql sql = { .is_understood = true };

	/* Not by sql_read(), whose quick reader would not ask libpg_query. */
	sql_read_postgresql(text, sizeof(text) - 1, &sql);
	sql_release(&sql);
}

void sql_release(struct sql *sql)
{
	arena_release(&sql->arena);
	sql->effect_count = 0;
}

struct line {
	char *text;
	size_t size, len;
};

static void put(struct line *line, const char *before, const char *word)
{
	int len = snprintf(line->text + line->len, line->size - line->len, "%s%s", before, word);

	line->len += len < 0 ? 0 : (size_t)len;
	if (line->len > line->size - 1)
		line->len = line->size - 1;
}

static void put_effect(struct line *line, const struct sql_effect *effect)
{
	bool any = false, writes = false;

	put(line, line->len > 0 ? "; " : "", effect->verb);
	for (const struct sql_table *table = effect->tables; table; table = table->next) {
		if (writes && !table->is_written)
			put(line, " from ", table->name);
		else
			put(line, any ? "," : " ", table->name);
		any = true;
		writes = table->is_written;
	}
	if (effect->has_where)
		put(line, " ", "where");
	if (effect->changes_data && !(effect->tables && effect->tables->is_written))
		put(line, " ", "changes");
	if (effect->leaves_database)
		put(line, " ", "outside");
	if (!effect->is_understood)
		put(line, " ", "unknown");
}

char *sql_line(const struct sql *sql, char *text, size_t size)
{
	struct line line = { text, size, 0 };

	bool is_said = sql->is_understood;

	text[0] = '\0';
	for (size_t i = 0; i < sql->effect_count; i++) {
		put_effect(&line, &sql->effects[i]);
		is_said = is_said || !sql->effects[i].is_understood;
	}
	if (sql->effect_count == 0)
		put(&line, "", sql->is_understood ? "nothing" : "unknown");
	else if (!is_said)
		put(&line, "; ", "...");
	return text;
}
