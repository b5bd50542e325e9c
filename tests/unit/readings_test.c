/* SPDX-License-Identifier: MIT */
/* link: -Wl,--wrap=malloc,--wrap=calloc */
#include <glob.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/explain.h"
#include "rules/readings.h"
#include "rules/sql_build.h"
#include "tests/support/policies.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define LARGE (64 * 1024 * 1024)

static const char *const texts[] = {
	"SELECT a FROM t WHERE id = 1",
	"INSERT INTO t SELECT * FROM u, s.v",
	"DELETE FROM a; DROP TABLE b, c; COMMIT",
	"UPDATE t SET a = f(b) WHERE 1 = 1",
	"WITH x AS (DELETE FROM a RETURNING *) SELECT * FROM x, y",
	"COPY t TO '/tmp/x'",
	"SET a = 1",
	"SELECT * FROM \"A b\".\"c.d\" FOR UPDATE",
	"GET k",
	"DEL a b c",
	"",
	";",
	"SELECT '",
	"EXECUTE x",
	"no statement at all",
};

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static int until_failure = -1; /* -1: none fails */

static bool fails(void)
{
	return until_failure >= 0 && until_failure-- == 0;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

/* All texts meet. */
static uint64_t same(struct text text)
{
	(void)text;
	return 7;
}

static struct text text_from(const char *string)
{
	return (struct text){ string, strlen(string) };
}

/* Read and kept. Return: whether it can be found, and then it is what was read. */
static bool keep(struct readings *readings, struct text text, enum sql_dialect dialect)
{
	const struct reading *reading;
	struct sql sql;
	bool is_found;

	sql_read(text.bytes, text.size, dialect, &sql);
	readings_keep(readings, text, dialect, &sql);
	reading = readings_find(readings, text, dialect);
	is_found = reading != NULL;
	if (reading) {
		assert_true(sql.is_understood);
		assert_true(sql_equal(reading_sql(reading), &sql));
		for (size_t i = 0; i < sql.effect_count; i++)
			assert_int_equal(reading_sql(reading)->effects[i].table_count,
					 sql.effects[i].table_count);
		reading_release(reading);
	}
	sql_release(&sql);
	return is_found;
}

static bool is_there(struct readings *readings, const char *text, enum sql_dialect dialect)
{
	const struct reading *reading = readings_find(readings, text_from(text), dialect);

	if (reading)
		reading_release(reading);
	return reading != NULL;
}

static void what_is_found_is_what_was_read(void **state)
{
	struct readings *readings = readings_new(4096, LARGE, NULL);
	size_t found = 0;

	(void)state;
	assert_non_null(readings);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		for (int dialect = 0; dialect < SQL_DIALECT_COUNT; dialect++)
			found += keep(readings, text_from(texts[i]), (enum sql_dialect)dialect);
	assert_in_range(found, COUNT_OF(texts), 4 * COUNT_OF(texts) - 1);
	readings_free(readings);
}

/* Words of SQL in any order: some of them are statements, most are not understood. */
static void it_is_for_random_texts_too(void **state)
{
	static const char *const words[] = {
		"SELECT", "*",	  "FROM",   "t",      "u",   ",",      "WHERE", "a",
		"=",	  "1",	  ";",	    "DELETE", "(",   ")",      "DROP",	"TABLE",
		"'x'",	  "AND",  "OR",	    "f",      "--",  "\n",     "WITH",	"AS",
		"INSERT", "INTO", "VALUES", "\"A\"",  "SET", "UPDATE",
	};
	struct readings *readings = readings_new(64, LARGE, same);
	unsigned seed = 1;
	size_t found = 0;

	(void)state;
	assert_non_null(readings);
	for (unsigned n = 0; n < 4000; n++) {
		char text[256] = "SELECT * FROM t WHERE a = 1 ;";
		size_t len = n % 2 ? strlen(text) : 0;

		for (int count = rand_r(&seed) % 9; count > 0; count--)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ",
						words[(size_t)rand_r(&seed) % COUNT_OF(words)]);
		text[len] = '\0';
		found += keep(readings, text_from(text), (enum sql_dialect)(n % 3));
	}
	assert_in_range(found, 200, 3999);
	readings_free(readings);
}

static void each_byte_and_the_dialect_count(void **state)
{
	readings_hash_fn *const hashes[] = { NULL, same };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(hashes); i++) {
		struct readings *readings = readings_new(64, LARGE, hashes[i]);

		assert_true(keep(readings, text_from("SELECT 1 FROM t1"), SQL_MYSQL));
		assert_true(is_there(readings, "SELECT 1 FROM t1", SQL_MYSQL));
		assert_false(is_there(readings, "SELECT 1 FROM t2", SQL_MYSQL));
		assert_false(is_there(readings, "SELECT 1 FROM t", SQL_MYSQL));
		assert_false(is_there(readings, "SELECT 1 FROM t1 ", SQL_MYSQL));
		assert_false(is_there(readings, "sELECT 1 FROM t1", SQL_MYSQL));
		assert_false(is_there(readings, "", SQL_MYSQL));
		assert_false(is_there(readings, "SELECT 1 FROM t1", SQL_SQLITE));
		assert_true(keep(readings, text_from("DROP TABLE t"), SQL_MYSQL));
		assert_true(keep(readings, text_from("DROP TABLE u"), SQL_MYSQL));
		assert_true(is_there(readings, "SELECT 1 FROM t1", SQL_MYSQL));
		readings_free(readings);
	}
}

/* It could be for want of memory, and the next time it is understood. */
static void what_is_not_understood_is_not_kept(void **state)
{
	struct readings *readings = readings_new(64, LARGE, NULL);
	size_t entries, bytes;

	(void)state;
	assert_false(keep(readings, text_from("SELECT '"), SQL_POSTGRESQL));
	assert_false(keep(readings, text_from("SELECT 1; EXECUTE x"), SQL_POSTGRESQL));
	assert_false(keep(readings, (struct text){ "SELECT 1\0", 9 }, SQL_MYSQL));
	assert_null(readings_find(readings, (struct text){ NULL, 0 }, SQL_MYSQL));
	readings_usage(readings, &entries, &bytes);
	assert_int_equal(entries, 0);
	assert_int_equal(bytes, 0);
	readings_free(readings);
}

static void the_oldest_makes_room(void **state)
{
	/* One part of 4 entries: all texts meet. */
	struct readings *readings = readings_new(4 * READINGS_SHARDS, LARGE, same);
	size_t entries, bytes, more;

	(void)state;
	for (const char *text = "SELECT 1\0SELECT 2\0SELECT 3\0SELECT 4\0"; *text; text += 9)
		assert_true(keep(readings, text_from(text), SQL_SQLITE));
	readings_usage(readings, &entries, &bytes);
	assert_int_equal(entries, 4);
	assert_true(is_there(readings, "SELECT 1", SQL_SQLITE));
	assert_true(keep(readings, text_from("SELECT 5"), SQL_SQLITE));
	assert_true(is_there(readings, "SELECT 1", SQL_SQLITE));
	assert_false(is_there(readings, "SELECT 2", SQL_SQLITE));
	assert_true(is_there(readings, "SELECT 3", SQL_SQLITE));
	readings_usage(readings, &entries, &more);
	assert_int_equal(entries, 4);
	assert_int_equal(more, bytes);
	readings_free(readings);
}

static void its_bytes_are_bounded(void **state)
{
	const size_t max = READINGS_SHARDS * 64 * 1024; /* 8 KiB for one text */
	struct readings *readings = readings_new(100000, max, NULL);
	char text[16384];
	size_t entries, bytes;

	(void)state;
	for (unsigned n = 0; n < 2000; n++) {
		(void)snprintf(text, sizeof(text), "SELECT %u FROM t -- %*s", n, (int)(n % 5000),
			       "");
		(void)keep(readings, text_from(text), SQL_MYSQL);
		readings_usage(readings, &entries, &bytes);
		assert_true(bytes <= max);
	}
	assert_in_range(entries, max / 8192, 1999);
	(void)snprintf(text, sizeof(text), "SELECT 1 FROM t -- %8192s", "");
	assert_false(keep(readings, text_from(text), SQL_MYSQL));
	readings_free(readings);
	/* Small in bytes, but not with its names. */
	readings = readings_new(16, READINGS_SHARDS * 8 * 1024, NULL);
	assert_false(keep(readings, text_from("SELECT 1"), SQL_MYSQL));
	readings_free(readings);
}

static void what_is_held_outlives_the_table(void **state)
{
	struct readings *readings = readings_new(1, LARGE, same);
	const struct reading *first, *second;
	char line[100];

	(void)state;
	assert_true(keep(readings, text_from("DROP TABLE first"), SQL_MYSQL));
	first = readings_find(readings, text_from("DROP TABLE first"), SQL_MYSQL);
	assert_true(keep(readings, text_from("DROP TABLE second"), SQL_MYSQL));
	second = readings_find(readings, text_from("DROP TABLE second"), SQL_MYSQL);
	assert_false(is_there(readings, "DROP TABLE first", SQL_MYSQL));
	readings_free(readings);
	assert_string_equal(sql_line(reading_sql(first), line, sizeof(line)), "DROP first");
	assert_string_equal(sql_line(reading_sql(second), line, sizeof(line)), "DROP second");
	reading_release(first);
	reading_release(second);
}

static void short_memory_keeps_nothing(void **state)
{
	struct readings *readings = NULL;
	struct sql sql;

	(void)state;
	for (int n = 0; !readings; n++) {
		until_failure = n;
		readings = readings_new(16, LARGE, NULL);
		assert_true(readings ? n == 1 + READINGS_SHARDS : n <= READINGS_SHARDS);
	}
	until_failure = -1;
	sql_read("SELECT 1", 8, SQL_MYSQL, &sql);
	until_failure = 0;
	readings_keep(readings, text_from("SELECT 1"), SQL_MYSQL, &sql);
	until_failure = -1;
	assert_false(is_there(readings, "SELECT 1", SQL_MYSQL));
	readings_keep(readings, text_from("SELECT 1"), SQL_MYSQL, &sql);
	assert_true(is_there(readings, "SELECT 1", SQL_MYSQL));
	sql_release(&sql);
	/* A text that is not read for want of memory is read when it comes again. */
	for (int n = 0; n < 3; n++) {
		until_failure = n;
		sql_read("SELECT a FROM t", 15, SQL_POSTGRESQL, &sql);
		until_failure = -1;
		readings_keep(readings, text_from("SELECT a FROM t"), SQL_POSTGRESQL, &sql);
		assert_int_equal(is_there(readings, "SELECT a FROM t", SQL_POSTGRESQL),
				 sql.is_understood);
		sql_release(&sql);
	}
	assert_true(keep(readings, text_from("SELECT a FROM t"), SQL_POSTGRESQL));
	readings_free(readings);
}

static void without_a_table_nothing_is_kept(void **state)
{
	struct sql sql;

	(void)state;
	sql_read("SELECT 1", 8, SQL_MYSQL, &sql);
	readings_keep(NULL, text_from("SELECT 1"), SQL_MYSQL, &sql);
	sql_release(&sql);
	assert_null(readings_find(NULL, text_from("SELECT 1"), SQL_MYSQL));
	readings_free(NULL);
}

/*
 * Threads, in a table that is too small for their texts.
 */

struct worker {
	struct readings *readings;
	unsigned seed, found;
	bool failed;
};

static void *work(void *data)
{
	struct worker *worker = data;

	for (unsigned n = 0; n < 5000; n++) {
		char text[64], want[64], line[64];
		unsigned number = (unsigned)rand_r(&worker->seed) % 64;
		const struct reading *reading;
		struct sql sql;

		(void)snprintf(text, sizeof(text), "DELETE FROM t%u WHERE a = 1", number);
		(void)snprintf(want, sizeof(want), "DELETE t%u where", number);
		reading = readings_find(worker->readings, text_from(text), SQL_SQLITE);
		if (reading) {
			worker->found++;
			(void)sql_line(reading_sql(reading), line, sizeof(line));
			reading_release(reading);
		} else {
			sql_read(text, strlen(text), SQL_SQLITE, &sql);
			(void)sql_line(&sql, line, sizeof(line));
			readings_keep(worker->readings, text_from(text), SQL_SQLITE, &sql);
			sql_release(&sql);
		}
		worker->failed = worker->failed || strcmp(line, want) != 0;
	}
	return NULL;
}

static void hammer(readings_hash_fn *hash)
{
	struct readings *readings = readings_new(32, LARGE, hash);
	struct worker workers[4];
	pthread_t threads[4];
	size_t entries, bytes;

	for (unsigned i = 0; i < 4; i++) {
		workers[i] = (struct worker){ .readings = readings, .seed = i };
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_false(workers[i].failed);
		assert_true(workers[i].found > 0);
	}
	readings_usage(readings, &entries, &bytes);
	assert_in_range(entries, 1, 32);
	readings_free(readings);
}

static void threads_share_it(void **state)
{
	(void)state;
	hammer(NULL);
	hammer(same);
}

/*
 * Decisions.
 */

static char *decisions(const struct policy *policy, size_t *out_rows)
{
	struct policy_test_result result = { 0 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	policy_test(policy, out, &result);
	(void)fclose(out);
	assert_int_equal(result.failed, 0);
	*out_rows += result.passed;
	return text;
}

/* The first time most texts are read, the second time most are not. */
static void rows_are_decided_the_same_again(void **state)
{
	size_t first_rows = 0, again_rows = 0, before, after, bytes;
	glob_t files;

	(void)state;
	readings_usage(readings_shared(), &before, &bytes);
	assert_int_equal(glob("tests/data/verdicts/*.yaml", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		const char *const sources[] = { files.gl_pathv[i] };
		struct loading loading = policies_load(sources, 1, NULL, 0);
		char *first, *again;

		assert_int_equal(loading.result, 0);
		first = decisions(loading.policy, &first_rows);
		again = decisions(loading.policy, &again_rows);
		assert_string_equal(first, again);
		free(first);
		free(again);
		policies_release(&loading);
	}
	globfree(&files);
	assert_int_equal(first_rows, again_rows);
	assert_true(first_rows > 400);
	readings_usage(readings_shared(), &after, &bytes);
	assert_true(after >= before + 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_found_is_what_was_read),
		cmocka_unit_test(it_is_for_random_texts_too),
		cmocka_unit_test(each_byte_and_the_dialect_count),
		cmocka_unit_test(what_is_not_understood_is_not_kept),
		cmocka_unit_test(the_oldest_makes_room),
		cmocka_unit_test(its_bytes_are_bounded),
		cmocka_unit_test(what_is_held_outlives_the_table),
		cmocka_unit_test(short_memory_keeps_nothing),
		cmocka_unit_test(without_a_table_nothing_is_kept),
		cmocka_unit_test(threads_share_it),
		cmocka_unit_test(rows_are_decided_the_same_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
