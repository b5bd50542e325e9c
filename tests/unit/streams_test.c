/* SPDX-License-Identifier: MIT */
/*
 * tests/data/streams: what real clients sent to real servers, and what it asks for. NAME.bin is fed,
 * cut in many ways; NAME.txt has what build/tests/support/stream_cat makes of it.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/support/stream_check.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define FOLDER "tests/data/streams/"

static const struct {
	const char *name, *protocol;
	uint16_t port;
} captures[] = {
	{ "mysql-admin", "mysql", 3306 },
	{ "mysql-cli", "mysql", 3306 },
	{ "mysql-infile", "mysql", 3306 },
	{ "mysql-pymysql", "mysql", 13306 },
	{ "postgresql-asyncpg", "postgresql", 5432 },
	{ "postgresql-pgbench", "postgresql", 5432 },
	{ "postgresql-psql", "postgresql", 5432 },
	{ "postgresql-psycopg2", "postgresql", 5432 },
	{ "postgresql-psycopg3", "postgresql", 15432 },
	{ "postgresql-sjis", "postgresql", 5432 },
	{ "redis-cli", "redis", 6379 },
	{ "redis-pipe", "redis", 16379 },
};

static struct sent read_capture(const char *name, const char *ending)
{
	char path[256], bytes[4096];
	struct sent sent = { 0 };
	size_t size;
	FILE *file;

	(void)snprintf(path, sizeof(path), FOLDER "%s%s", name, ending);
	file = fopen(path, "rb");
	assert_non_null(file);
	while ((size = fread(bytes, 1, sizeof(bytes), file)) > 0)
		sent_put(&sent, bytes, size);
	(void)fclose(file);
	return sent;
}

static void captures_ask_for_what_they_did(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(captures); i++) {
		struct sent sent = read_capture(captures[i].name, ".bin");
		struct sent want = read_capture(captures[i].name, ".txt");
		size_t ending = strlen(captures[i].protocol) + 1;
		size_t step = sent.size / 300 + 1;

		/* The last line is the protocol. */
		assert_true(want.size > ending);
		want.bytes[want.size - 1] = '\0';
		assert_string_equal(want.bytes + want.size - ending, captures[i].protocol);
		want.bytes[want.size - ending] = '\0';
		sent_check_cut(&sent, captures[i].port, (const char *)want.bytes, 0, 0, sent.size);
		for (size_t piece = 1; piece < 70; piece++)
			sent_check_cut(&sent, captures[i].port, (const char *)want.bytes, 0, 0,
				       piece);
		for (size_t first = 1; first < sent.size; first += step)
			sent_check_cut(&sent, captures[i].port, (const char *)want.bytes, 0, first,
				       sent.size);
		sent_release(&sent);
		sent_release(&want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captures_ask_for_what_they_did),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
