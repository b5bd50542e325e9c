/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/reader.h"
#include "tests/support/record.h"

static struct record record;

static int make(void **state)
{
	(void)state;
	(void)umask(022);
	record_make(&record);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	record_remove(&record);
	return 0;
}

static void assert_whole(size_t open_count)
{
	struct verification found;
	struct fault fault = { 0 };
	struct reader *reader = NULL;

	assert_int_equal(reader_open(record.path, &reader, &fault), 0);
	assert_int_equal(reader_verify(reader, NULL, &found, &fault), 0);
	if (found.is_bad)
		fail_msg("row %lld: %s", (long long)found.bad_seq, found.reason);
	assert_int_equal(found.open_count, open_count);
	reader_close(reader);
}

#define ODD "/ws/\x01\x1b[31m\xff\xc3\n'\""

static void any_bytes_are_kept(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");

	(void)state;
	assert_int_equal(record_file(recorder, ACTION_WRITE_FILE, ODD, VERDICT_ALLOW), 0);
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(record_number(&record,
				       "SELECT count(*) FROM actions WHERE CAST(path AS BLOB) "
				       "= x'2f77732f011b5b33316dffc30a2722'"),
			 1);
	assert_whole(0);
}

static const struct decision decision = {
	.verdict = VERDICT_AUDIT,
	.rule = "git",
	.file = "team.yaml",
	.line = 6,
	.message = "look at it",
};

static void a_row_says_all_of_an_execution(void **state)
{
	static const char *const argv[] = { "git", "push", "a b" };
	const struct event event = {
		.action = ACTION_EXECUTE,
		.call = "execve",
		.program = "/usr/bin/sh",
		.pid = 7,
		.uid = 8,
		.path = "/usr/bin/git",
		.given = "git",
		.argv = argv,
		.argc = 3,
		.script = "/ws/s",
	};
	struct recorder *recorder = record_begin(&record, "one");

	(void)state;
	assert_int_equal(recorder_append(recorder, &event, &decision, "exec-stop", NULL), 0);
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(
		record_number(
			&record,
			"SELECT count(*) FROM actions WHERE run = 'one' AND agent = 'agent-001' "
			"AND pid = 7 AND uid = 8 AND program = '/usr/bin/sh' AND call = 'execve' "
			"AND action = 'execute' AND operation IS NULL AND verdict = 'audit' AND "
			"rule = 'git' AND rule_file = 'team.yaml' AND rule_line = 6 AND message = "
			"'look at it' AND layer = 'exec-stop' AND path = '/usr/bin/git' AND given "
			"= "
			"'git' AND is_dir IS NULL AND argv = '[\"git\",\"push\",\"a b\"]' AND "
			"script "
			"= '/ws/s' AND port IS NULL AND cut = 0 AND mono > 0 AND "
			"abs(time / 1000000000 - strftime('%s', 'now')) < 60"),
		1);
}

static void a_row_says_who_answered(void **state)
{
	const struct event event = { .action = ACTION_READ_FILE, .path = "/x" };
	struct decision asked = { .verdict = VERDICT_ASK, .rule = "r", .file = "", .message = "" };
	struct recorder *recorder = record_begin(&record, "one");
	struct recorder_summary summary;

	(void)state;
	asked.answer = ANSWER_NOBODY;
	assert_int_equal(recorder_append(recorder, &event, &asked, "supervisor", NULL), 0);
	asked.answer = ANSWER_GRANTED;
	asked.approver = "tty";
	asked.approver_uid = 1000;
	assert_int_equal(recorder_append(recorder, &event, &asked, "supervisor", NULL), 0);
	recorder_summary_get(recorder, &summary);
	assert_int_equal(summary.asked, 2);
	assert_int_equal(summary.denied, 1);
	assert_int_equal(summary.allowed, 0);
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(record_number(&record, "SELECT asked * 10 + denied FROM runs WHERE kind = "
						"'close'"),
			 21);
	assert_int_equal(record_number(&record,
				       "SELECT count(*) FROM actions WHERE verdict = 'ask' AND "
				       "answer = 'nobody' AND approver IS NULL AND approver_uid IS "
				       "NULL"),
			 1);
	assert_int_equal(record_number(&record,
				       "SELECT count(*) FROM actions WHERE verdict = 'ask' AND "
				       "answer = 'granted' AND approver = 'tty' AND approver_uid = "
				       "1000"),
			 1);
	assert_whole(0);
}

static void a_row_says_all_of_a_connection(void **state)
{
	struct event peer = {
		.action = ACTION_CONNECT,
		.agent = "another",
		.protocol = PROTOCOL_TCP,
		.host = "example.com",
		.has_ip = true,
		.port = 443,
		.own = true,
	};
	struct recorder *recorder = record_begin(&record, "one");

	(void)state;
	assert_true(ip_parse("1.2.3.4", &peer.ip));
	assert_int_equal(recorder_append(recorder, &peer, &decision, "supervisor", NULL), 0);
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(
		record_number(&record,
			      "SELECT count(*) FROM actions WHERE agent = 'another' AND protocol "
			      "= 'tcp' AND host = 'example.com' AND ip = '1.2.3.4' AND port = 443 "
			      "AND own = 1 AND path IS NULL AND argv IS NULL AND call IS NULL"),
		1);
}

static void a_row_says_all_of_a_change(void **state)
{
	const struct event event = {
		.action = ACTION_WRITE_FILE,
		.path = "/ws/.git/config",
		.operation = "rename",
		.harmless = true,
	};
	struct recorder *recorder = record_begin(&record, "one");

	(void)state;
	assert_int_equal(recorder_append(recorder, &event, &decision, "supervisor", NULL), 0);
	assert_int_equal(record_file(recorder, ACTION_READ_FILE, "/ws", VERDICT_DENY), 0);
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(record_number(&record, "SELECT count(*) FROM actions WHERE operation = "
						"'rename' AND harmless = 1 AND is_dir = 0"),
			 1);
	assert_int_equal(record_number(&record,
				       "SELECT count(*) FROM actions WHERE operation IS NULL "
				       "AND harmless IS NULL AND message <> ''"),
			 1);
}

static void a_row_says_all_of_a_run(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");

	(void)state;
	recorder_close(recorder);
	assert_int_equal(
		record_number(
			&record,
			"SELECT count(*) FROM runs WHERE kind = 'open' AND run = 'one' AND argv = "
			"'[\"agent\",\"--work\"]' AND workspace = '/ws' AND policy_files = "
			"'base.yaml' AND policy_hash = 'abc' AND level = 'landlock 7, notify, "
			"shim' "
			"AND mode = 'enforce' AND uid = 1000 AND pid > 0 AND status IS NULL"),
		1);
}

static void what_is_too_long_is_cut_and_says_so(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	static char path[10000];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	assert_int_equal(record_file(recorder, ACTION_WRITE_FILE, path, VERDICT_ALLOW), 0);
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(record_number(&record, "SELECT length(path) FROM actions WHERE cut = 1"),
			 4096);
	assert_whole(0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(any_bytes_are_kept),
		TEST(a_row_says_all_of_an_execution),
		TEST(a_row_says_who_answered),
		TEST(a_row_says_all_of_a_connection),
		TEST(a_row_says_all_of_a_change),
		TEST(a_row_says_all_of_a_run),
		TEST(what_is_too_long_is_cut_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
