/* SPDX-License-Identifier: MIT */
/*
 * What was recorded comes back as the event that it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/reader.h"
#include "cli/recall.h"
#include "tests/support/record.h"

static struct record record;

static const char *const argv[] = { "git", "push", "\xff\xfe", "" };

static const struct event events[] = {
	{ .action = ACTION_WRITE_FILE,
	  .call = "openat",
	  .agent = "a",
	  .program = "/bin/sh",
	  .path = "/ws/b",
	  .given = "b",
	  .operation = "create",
	  .is_dir = true,
	  .harmless = true,
	  .pid = 7,
	  .uid = 1000 },
	{ .action = ACTION_EXECUTE,
	  .call = "execve",
	  .agent = "a",
	  .program = "/bin/sh",
	  .path = "/bin/git",
	  .argv = argv,
	  .argc = 4,
	  .script = "/ws/s" },
	{ .action = ACTION_CONNECT,
	  .call = "connect",
	  .agent = "a",
	  .program = "",
	  .protocol = PROTOCOL_UDP,
	  .host = "h.example",
	  .has_ip = true,
	  .port = 53,
	  .own = true },
	{ .action = ACTION_NONE, .call = "unknown", .agent = "a", .path = "call 999" },
};

#define EVENT_COUNT (sizeof(events) / sizeof(events[0]))

static int setup(void **state)
{
	const struct decision decision = {
		.verdict = VERDICT_DENY, .rule = "r", .file = "", .message = ""
	};
	struct recorder *recorder;
	int r = 0;

	(void)state;
	record_make(&record);
	recorder = record_begin(&record, "one");
	for (size_t i = 0; i < EVENT_COUNT && r == 0; i++)
		r = recorder_append(recorder, &events[i], &decision, i ? "supervisor" : "shadow",
				    NULL);
	return r < 0 ? r : record_end(recorder);
}

static int teardown(void **state)
{
	(void)state;
	record_remove(&record);
	return 0;
}

static void same_text(const char *have, const char *want)
{
	assert_int_equal(!have, !want);
	if (want)
		assert_string_equal(have, want);
}

static int compare(const struct row *row, void *data)
{
	size_t *at = data;
	const struct event *want = &events[*at];
	struct recalled recalled;
	const struct event *have = &recalled.event;

	assert_true(recall(row, &recalled));
	assert_int_equal(recalled.verdict, VERDICT_DENY);
	assert_int_equal(recalled.is_shadow, *at == 0);
	assert_true(recalled.mono > 0);
	assert_int_equal(have->action, want->action);
	same_text(have->call, want->call);
	same_text(have->agent, want->agent);
	same_text(have->program, want->program);
	same_text(have->path, want->path);
	same_text(have->given, want->given ? want->given : want->path);
	same_text(have->operation, want->operation);
	same_text(have->script, want->script);
	same_text(have->host, want->host);
	assert_int_equal(have->is_dir, want->is_dir);
	assert_int_equal(have->harmless, want->harmless);
	assert_int_equal(have->own, want->own);
	assert_int_equal(have->pid, want->pid);
	assert_int_equal(have->uid, want->uid);
	assert_int_equal(have->protocol, want->protocol);
	assert_int_equal(have->has_ip, want->has_ip);
	assert_memory_equal(&have->ip, &want->ip, sizeof(want->ip));
	assert_int_equal(have->port, want->port);
	assert_int_equal(have->argc, want->argc);
	/* The third is no UTF-8: no word that a rule has, and still there. */
	for (size_t i = 0; i < want->argc; i++)
		if (i != 2)
			assert_string_equal(have->argv[i], want->argv[i]);
	recall_release(&recalled);
	(*at)++;
	return 0;
}

static void an_event_comes_back(void **state)
{
	const struct reader_filter filter = { .run = "one" };
	struct reader *reader = NULL;
	struct fault fault = { 0 };
	size_t count = 0;

	(void)state;
	assert_int_equal(reader_open(record.path, &reader, &fault), 0);
	assert_int_equal(reader_actions(reader, &filter, compare, &count, &fault), 0);
	assert_int_equal(count, EVENT_COUNT);
	reader_close(reader);
}

static void what_is_no_action_does_not(void **state)
{
	struct row row = { .table = ROW_ACTIONS };
	struct recalled recalled;

	(void)state;
	assert_false(recall(&row, &recalled));
	recall_release(&recalled);
	(void)row_set_text(&row, ACTIONS_action, "read_file");
	(void)row_set_text(&row, ACTIONS_verdict, "nonesuch");
	assert_false(recall(&row, &recalled));
	recall_release(&recalled);
	(void)row_set_text(&row, ACTIONS_verdict, "allow");
	assert_true(recall(&row, &recalled));
	recall_release(&recalled);
	(void)row_set_text(&row, ACTIONS_argv, "{}");
	assert_false(recall(&row, &recalled));
	recall_release(&recalled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_comes_back),
		cmocka_unit_test(what_is_no_action_does_not),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
