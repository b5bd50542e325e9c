/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/sql.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static char line[8192];

static const char *read_len(const char *text, size_t len, enum sql_dialect dialect)
{
	struct sql sql;

	sql_read(text, len, dialect, &sql);
	(void)sql_line(&sql, line, sizeof(line));
	sql_release(&sql);
	return line;
}

/* @count times @part, between @start and @end. */
static const char *read_many(const char *start, const char *part, size_t count, const char *end,
			     enum sql_dialect dialect)
{
	size_t len = strlen(start) + count * strlen(part) + strlen(end);
	char *text = malloc(len + 1);
	char *at;

	assert_non_null(text);
	at = stpcpy(text, start);
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, part);
	(void)stpcpy(at, end);
	(void)read_len(text, len, dialect);
	free(text);
	return line;
}

static const enum sql_dialect dialects[] = { SQL_POSTGRESQL, SQL_MYSQL, SQL_SQLITE };

static bool is_unknown(const char *text)
{
	return strstr(text, "unknown") || strstr(text, "...");
}

static void bytes_that_are_no_text_are_not_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(dialects); i++) {
		assert_string_equal(read_len("SELECT 1\0; DROP TABLE x", 23, dialects[i]),
				    "UNKNOWN changes unknown");
		assert_string_equal(read_len("SELECT '\xbf\x5c' FROM t", 18, dialects[i]),
				    "UNKNOWN changes unknown");
		assert_string_equal(read_len("SELECT 1xyz", 8, dialects[i]), "SELECT");
	}
	assert_string_equal(read_len("GET a\0b", 7, SQL_REDIS), "UNKNOWN changes unknown");
}

static void a_text_has_a_largest_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(dialects); i++) {
		assert_string_equal(read_many("SELECT 1", " ", SQL_SIZE_MAX - 8, "", dialects[i]),
				    "SELECT");
		assert_string_equal(read_many("SELECT 1", " ", SQL_SIZE_MAX - 7, "", dialects[i]),
				    "UNKNOWN changes unknown");
	}
}

static void effects_and_tables_have_a_largest_number(void **state)
{
	char text[4096] = "SELECT * FROM t";
	size_t len = strlen(text);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(dialects); i++) {
		assert_false(is_unknown(read_many("", "SELECT 1;", 64, "", dialects[i])));
		assert_true(is_unknown(read_many("", "SELECT 1;", 65, "", dialects[i])));
		assert_true(
			is_unknown(read_many("", "SELECT 1;", 65, "DROP TABLE x", dialects[i])));
	}
	for (unsigned n = 1; n < 64; n++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, ",t%u", n);
	for (size_t i = 0; i < COUNT_OF(dialects); i++) {
		assert_false(is_unknown(read_len(text, len, dialects[i])));
		assert_true(is_unknown(read_many(text, ",u", 1, "", dialects[i])));
	}
}

/* What would end the program, were it given to the parser. */
static const struct {
	const char *start, *part, *end;
} deep[] = {
	{ "SELECT 1", "+1", "" },
	{ "SELECT ", "(", "1" },
	{ "SELECT ", "NOT ", "true" },
	{ "SELECT ", "- ", "1" },
	{ "SELECT 1", " UNION SELECT 1,2", "" },
	{ "SELECT * FROM a", " JOIN a ON f(1, 2)", "" },
	{ "SELECT ", "CASE WHEN a AND ", "1" },
	{ "SELECT ", "a BETWEEN 1 AND NOT ", "b" },
	{ "SELECT a.and", "+a.and", "" },
	{ "SELECT 1", "+(SELECT 1 AS end, 2)", "" },
	{ "SELECT ", "x IS DISTINCT FROM NOT ", "1" },
	{ "SELECT 1", "::int", "" },
	{ "SELECT ", "ARRAY[", "1" },
	{ "SELECT 1", "::CASE", "" },
	{ "SELECT ", "1CASE WHEN 1THEN ", "1" },
	{ "SELECT ", "$1CASE ", "1" },
	{ "SELECT 1", " EXCEPT(SELECT 1 INTERSECT SELECT 2)", "" },
};

/* Beside each, what may be. */
static void depth_is_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(deep); i++) {
		(void)read_many(deep[i].start, deep[i].part, 5, deep[i].end, SQL_POSTGRESQL);
		assert_true(is_unknown(read_many(deep[i].start, deep[i].part, 30000, deep[i].end,
						 SQL_POSTGRESQL)));
	}
	assert_string_equal(read_many("SELECT 1", "+1", 300, "", SQL_POSTGRESQL), "SELECT");
	assert_string_equal(read_many("SELECT 1 FROM t WHERE a=1", " OR b=2 AND c=3", 10000, "",
				      SQL_POSTGRESQL),
			    "SELECT t where");
	for (size_t i = 1; i < COUNT_OF(dialects); i++)
		assert_true(is_unknown(read_many("SELECT ", "(", 100000, "1", dialects[i])));
}

#define SMALL_STACK (256 * 1024)

/* More and more of a part, until it is refused: the quick bound and the scanner's meet somewhere. */
static void *read_each_depth(void *data)
{
	(void)data;
	for (size_t i = 0; i < COUNT_OF(deep); i++) {
		bool was_read = true;

		for (size_t count = 20; count < 1000 && was_read; count += 3)
			was_read = !is_unknown(read_many(deep[i].start, deep[i].part, count,
							 deep[i].end, SQL_POSTGRESQL));
	}
	return NULL;
}

static void short_texts_fit_the_stack(void **state)
{
	pthread_attr_t attributes;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_attr_init(&attributes), 0);
	assert_int_equal(pthread_attr_setstacksize(&attributes, SMALL_STACK), 0);
	assert_int_equal(pthread_create(&thread, &attributes, read_each_depth, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	(void)pthread_attr_destroy(&attributes);
}

/* What libpg_query needs goes with the tokens: so many, whatever they are, or there is no answer. */
static void tokens_are_bounded(void **state)
{
	(void)state;
	assert_string_equal(read_many("DROP FUNCTION f(int", ",int", 49990, ")", SQL_POSTGRESQL),
			    "DROP f");
	assert_true(
		is_unknown(read_many("DROP FUNCTION f(int", ",int", 50000, ")", SQL_POSTGRESQL)));
	assert_string_equal(read_many("INSERT INTO t VALUES (1", ",2", 49990, ")", SQL_POSTGRESQL),
			    "INSERT t");
	assert_true(
		is_unknown(read_many("INSERT INTO t VALUES (1", ",2", 50000, ")", SQL_POSTGRESQL)));
	/* A string is one token, however long; but its marks are not all looked at. */
	assert_string_equal(read_many("SELECT '", "word ", 200000, "'", SQL_POSTGRESQL), "SELECT");
	assert_string_equal(read_many("SELECT '", ". ", 499000, "'", SQL_POSTGRESQL), "SELECT");
	assert_true(is_unknown(read_many("SELECT '", ". ", 500000, "'", SQL_POSTGRESQL)));
}

/* The scanner of PostgreSQL would take minutes. */
static void runs_of_operators_are_bounded(void **state)
{
	(void)state;
	assert_true(is_unknown(read_many("SELECT ", "/*", 500000, "", SQL_POSTGRESQL)));
	assert_true(is_unknown(read_many("SELECT ", "+", 1000000, "1", SQL_POSTGRESQL)));
	assert_string_equal(read_many("/*", "*", 200, "/ SELECT 1", SQL_POSTGRESQL), "SELECT");
}

static void a_dialect_has_its_names(void **state)
{
	static const struct {
		const char *name;
		enum sql_dialect want;
	} rows[] = {
		{ "postgres", SQL_POSTGRESQL }, { "PostgreSQL", SQL_POSTGRESQL },
		{ "pg", SQL_POSTGRESQL },	{ "mysql", SQL_MYSQL },
		{ "MariaDB", SQL_MYSQL },	{ "sqlite", SQL_SQLITE },
		{ "sqlite3", SQL_SQLITE },	{ "redis", SQL_REDIS },
	};
	enum sql_dialect dialect = SQL_DIALECT_COUNT;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_true(sql_dialect_parse(rows[i].name, &dialect));
		assert_int_equal(dialect, rows[i].want);
	}
	dialect = SQL_DIALECT_COUNT;
	assert_false(sql_dialect_parse("oracle", &dialect));
	assert_false(sql_dialect_parse("", &dialect));
	assert_int_equal(dialect, SQL_DIALECT_COUNT);
}

static void a_line_is_cut_to_its_room(void **state)
{
	char text[12];
	struct sql sql;

	(void)state;
	sql_read("DELETE FROM users", 17, SQL_SQLITE, &sql);
	assert_string_equal(sql_line(&sql, text, sizeof(text)), "DELETE user");
	assert_string_equal(sql_line(&sql, text, 1), "");
	sql_release(&sql);
}

static void *read_in_thread(void *failed)
{
	for (size_t i = 0; i < 200; i++) {
		const char *text = i % 2 ? "DELETE FROM a WHERE b = 1" : "SELECT 'x";
		char own[64];
		struct sql sql;

		sql_read(text, strlen(text), SQL_POSTGRESQL, &sql);
		if (strcmp(sql_line(&sql, own, sizeof(own)),
			   i % 2 ? "DELETE a where" : "UNKNOWN changes unknown") != 0)
			*(bool *)failed = true;
		sql_release(&sql);
	}
	return NULL;
}

/* With memory of their own in libpg_query. */
static void threads_read_at_once(void **state)
{
	pthread_t threads[4];
	bool failed[4] = { false };
	pthread_attr_t attributes;

	(void)state;
	assert_int_equal(pthread_attr_init(&attributes), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&threads[i], &attributes, read_in_thread, &failed[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_false(failed[i]);
	}
	(void)pthread_attr_destroy(&attributes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_that_are_no_text_are_not_understood),
		cmocka_unit_test(a_text_has_a_largest_size),
		cmocka_unit_test(effects_and_tables_have_a_largest_number),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(tokens_are_bounded),
		cmocka_unit_test(short_texts_fit_the_stack),
		cmocka_unit_test(runs_of_operators_are_bounded),
		cmocka_unit_test(a_dialect_has_its_names),
		cmocka_unit_test(a_line_is_cut_to_its_room),
		cmocka_unit_test(threads_read_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
