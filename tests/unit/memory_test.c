/* SPDX-License-Identifier: MIT */
/* link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=strdup */
/*
 * The recorder and its reader, with each allocation failing once.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/print.h"
#include "audit/reader.h"
#include "tests/support/record.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
char *__wrap_strdup(const char *text);

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

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

static struct record record;

static int recorded; /* actions of which we were told that they are */

/* A run of one action. Return: 0, or the first error. */
static int write_some(void)
{
	static char id = 'a';
	const char name[] = { id++, '\0' };
	static const char *const argv[] = { "agent" };
	const struct recorder_run run = { .id = name, .agent = "a", .argv = argv, .argc = 1 };
	const struct event event = {
		.action = ACTION_EXECUTE,
		.path = "/bin/true",
		.argv = argv,
		.argc = 1,
	};
	const struct decision decision = {
		.verdict = VERDICT_ALLOW, .rule = "r", .file = "base.yaml", .line = 1, .message = ""
	};
	struct recorder *recorder = NULL;
	struct fault fault = { 0 };
	int r = recorder_open(record.path, &recorder, &fault);

	if (r == 0)
		r = recorder_begin(recorder, &run, &fault);
	if (r < 0)
		assert_string_not_equal(fault.text, "");
	if (r == 0)
		r = recorder_append(recorder, &event, &decision, "supervisor", NULL);
	if (r == 0)
		recorded++;
	if (r == 0)
		r = recorder_end(recorder, 0, &fault);
	until_failure = -1;
	recorder_close(recorder);
	return r;
}

static int print_it(const struct row *row, void *data)
{
	return print_json(row, data);
}

static int read_some(void)
{
	struct verification found;
	struct reader_filter filter = { .limit = 1 };
	struct reader *reader = NULL;
	struct fault fault = { 0 };
	FILE *out = fopen("/dev/null", "we");
	int r;

	assert_non_null(out);
	r = reader_open(record.path, &reader, &fault);
	if (r == 0)
		r = reader_verify(reader, NULL, &found, &fault);
	if (r == 0)
		assert_false(found.is_bad);
	if (r == 0)
		r = reader_actions(reader, &filter, print_it, out, &fault);
	until_failure = -1;
	reader_close(reader);
	(void)fclose(out);
	return r;
}

/* How often something of ours failed before it went well. */
static int count_failures(int (*run)(void))
{
	for (int i = 0; i < 1000; i++) {
		int r;

		until_failure = i;
		r = run();
		if (r == 0)
			return i;
		assert_true(r < 0);
	}
	return -1;
}

static void without_memory_nothing_is_recorded_and_nothing_breaks(void **state)
{
	struct verification found;
	struct reader *reader = NULL;

	(void)state;
	record_make(&record);
	assert_in_range(count_failures(write_some), 5, 900);
	assert_int_equal(record_number(&record, "SELECT count(*) FROM actions"), recorded);
	assert_int_equal(record_number(&record, "SELECT count(*) FROM runs WHERE kind = 'close'"),
			 1);
	assert_in_range(count_failures(read_some), 2, 900);
	assert_int_equal(reader_open(record.path, &reader, NULL), 0);
	assert_int_equal(reader_verify(reader, NULL, &found, NULL), 0);
	assert_false(found.is_bad);
	reader_close(reader);
	record_remove(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_nothing_is_recorded_and_nothing_breaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
