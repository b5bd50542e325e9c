/* SPDX-License-Identifier: MIT */
/*
 * A text of any dialect, as an agent may send it to a server: the first byte says which.
 *
 * What must hold: reading ends, within the limits; what is not understood is said so once and for
 * all; each effect has a verb, its tables are counted, those that are written come first; the line is
 * one line; reading the same again comes to the same, and so does what was kept of it, in a table in which
 * all texts meet. What the quick reader of PostgreSQL reads, libpg_query reads the same.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/readings.h"
#include "rules/sql_build.h"
#include "rules/sql_plain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_effect(const struct sql *sql, const struct sql_effect *effect)
{
	size_t count = 0;
	bool was_read = false;

	assert(effect->verb && effect->verb[0]);
	assert(effect->is_understood || !sql->is_understood);
	for (const struct sql_table *table = effect->tables; table; table = table->next) {
		assert(table->name && strlen(table->name) <= SQL_SIZE_MAX);
		assert(!table->is_written || !was_read);
		was_read = was_read || !table->is_written;
		count++;
	}
	assert(count == effect->table_count && count <= SQL_TABLES_MAX);
}

#define KEPT 32 /* entries */
#define KEPT_BYTES (READINGS_SHARDS * 8 * 1024 * 1024)

static uint64_t same(struct text text)
{
	(void)text;
	return 0;
}

static void check_kept(struct text text, enum sql_dialect dialect, const struct sql *sql)
{
	static struct readings *readings;
	const struct reading *reading;

	if (!readings)
		readings = readings_new(KEPT, KEPT_BYTES, same);
	reading = readings_find(readings, text, dialect);
	if (reading) { /* from an earlier input */
		assert(sql_equal(reading_sql(reading), sql));
		reading_release(reading);
	}
	readings_keep(readings, text, dialect, sql);
	reading = readings_find(readings, text, dialect);
	assert(!reading == !sql->is_understood);
	if (reading) {
		assert(sql_equal(reading_sql(reading), sql));
		reading_release(reading);
	}
}

static void check_plain(const char *text, size_t len)
{
	struct sql plain = { .is_understood = true }, parsed = { .is_understood = true };
	char *copy;

	if (!sql_plain_read(text, len, &plain)) {
		assert(plain.effect_count == 0 && !plain.arena.chunks);
		return;
	}
	assert(len <= SQL_SIZE_MAX && !memchr(text, 0, len));
	copy = strndup(text, len);
	assert(copy);
	sql_read_postgresql(copy, len, &parsed);
	free(copy);
	assert(plain.is_understood && sql_equal(&plain, &parsed));
	sql_release(&plain);
	sql_release(&parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum sql_dialect dialect;
	struct sql sql, again;
	char line[300];
	const char *text;

	if (size == 0)
		return 0;
	dialect = (enum sql_dialect)(data[0] % SQL_DIALECT_COUNT);
	text = (const char *)data + 1;
	sql_read(text, size - 1, dialect, &sql);
	assert(sql.effect_count <= SQL_EFFECTS_MAX);
	for (size_t i = 0; i < sql.effect_count; i++)
		check_effect(&sql, &sql.effects[i]);
	assert(strlen(sql_line(&sql, line, sizeof(line))) < sizeof(line));
	assert(sql.effect_count > 0 || sql.is_understood);
	sql_read(text, size - 1, dialect, &again);
	assert(sql_equal(&sql, &again));
	check_kept((struct text){ text, size - 1 }, dialect, &sql);
	check_plain(text, size - 1);
	sql_release(&sql);
	sql_release(&again);
	return 0;
}
