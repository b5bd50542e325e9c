/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "audit/reader.h"
#include "tests/support/record.h"

#define ACTIONS "SELECT count(*) FROM actions"

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
	assert_int_equal(reader_verify(reader, &found, &fault), 0);
	if (found.is_bad)
		fail_msg("row %lld: %s", (long long)found.bad_seq, found.reason);
	assert_int_equal(found.open_count, open_count);
	reader_close(reader);
}

static void sleep_ms(long ms)
{
	const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&pause, NULL);
}

static void a_refusal_and_a_change_are_there_when_the_call_returns(void **state)
{
	static const struct {
		enum action action;
		enum verdict verdict;
	} rows[] = {
		{ ACTION_READ_FILE, VERDICT_DENY },   { ACTION_READ_FILE, VERDICT_KILL },
		{ ACTION_WRITE_FILE, VERDICT_ALLOW }, { ACTION_DELETE_FILE, VERDICT_AUDIT },
		{ ACTION_EXECUTE, VERDICT_ALLOW },    { ACTION_CONNECT, VERDICT_ALLOW },
		{ ACTION_LISTEN, VERDICT_STOP },      { ACTION_NONE, VERDICT_DENY },
	};
	struct recorder *recorder = record_begin(&record, "one");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(record_file(recorder, rows[i].action, "/x", rows[i].verdict), 0);
		assert_int_equal(record_number(&record, ACTIONS), i + 1);
	}
	assert_int_equal(record_end(recorder), 0);
	assert_whole(0);
}

static void a_granted_read_is_there_soon(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	int ms = 0;

	(void)state;
	assert_int_equal(record_file(recorder, ACTION_READ_FILE, "/x", VERDICT_ALLOW), 0);
	while (record_number(&record, ACTIONS) == 0 && ms < 5000) {
		sleep_ms(10);
		ms += 10;
	}
	assert_int_equal(record_number(&record, ACTIONS), 1);
	assert_int_equal(record_end(recorder), 0);
}

static void many_granted_reads_share_a_commit(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	struct timespec start, end;
	double seconds;

	(void)state;
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < 3000; i++)
		assert_int_equal(record_file(recorder, ACTION_READ_FILE, "/x", VERDICT_ALLOW), 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	/* The queue is written when it holds a thousand, however fast they come. */
	assert_true(record_number(&record, ACTIONS) >= 2000 || seconds > 10);
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(record_number(&record, ACTIONS), 3000);
	assert_whole(0);
}

static void a_refusal_takes_the_reads_before_it_along(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(record_file(recorder, ACTION_READ_FILE, "/x", VERDICT_ALLOW), 0);
	assert_int_equal(record_file(recorder, ACTION_READ_FILE, "/y", VERDICT_DENY), 0);
	assert_int_equal(record_number(&record, ACTIONS), 6);
	assert_int_equal(record_number(&record, "SELECT seq FROM actions WHERE path = '/y'"), 7);
	assert_int_equal(record_end(recorder), 0);
}

static void the_closing_row_counts(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	struct recorder_summary summary;

	(void)state;
	for (int i = 0; i < 7; i++)
		(void)record_file(recorder, ACTION_READ_FILE, "/x", VERDICT_ALLOW);
	(void)record_file(recorder, ACTION_WRITE_FILE, "/x", VERDICT_AUDIT);
	(void)record_file(recorder, ACTION_WRITE_FILE, "/x", VERDICT_DENY);
	(void)record_file(recorder, ACTION_WRITE_FILE, "/x", VERDICT_KILL);
	recorder_summary_get(recorder, &summary);
	assert_int_equal(summary.allowed, 7);
	assert_int_equal(summary.audited, 1);
	assert_int_equal(summary.denied, 2);
	assert_int_equal(recorder_end(recorder, 42, NULL), 0);
	assert_int_equal(record_file(recorder, ACTION_WRITE_FILE, "/x", VERDICT_ALLOW), -ESHUTDOWN);
	recorder_close(recorder);
	assert_int_equal(record_number(&record, "SELECT allowed * 100 + audited * 10 + denied "
						"FROM runs WHERE kind = 'close'"),
			 712);
	assert_int_equal(record_number(&record, "SELECT status FROM runs WHERE kind = 'close'"),
			 42);
	assert_whole(0);
}

/*
 * Many at once.
 */

#define THREADS 8
#define PROCESSES 4
#define EACH 200

static void *append_some(void *data)
{
	intptr_t failed = 0;

	for (int i = 0; i < EACH; i++)
		failed += record_file(data, i % 3 ? ACTION_READ_FILE : ACTION_WRITE_FILE, "/x",
				      i % 5 ? VERDICT_ALLOW : VERDICT_DENY) < 0;
	return (void *)failed;
}

static void threads_append_at_once(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, append_some, recorder), 0);
	for (int i = 0; i < THREADS; i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(record_number(&record, ACTIONS), THREADS * EACH);
	assert_whole(0);
}

static int child_appends(int number)
{
	struct recorder *recorder;
	char run[16];

	(void)snprintf(run, sizeof(run), "run %d", number);
	recorder = record_begin(&record, run); /* the first of them makes the database */
	return append_some(recorder) || record_end(recorder) < 0;
}

static void processes_append_at_once(void **state)
{
	int status;

	(void)state;
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			_exit(child_appends(i));
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(record_number(&record, ACTIONS), PROCESSES * EACH);
	assert_int_equal(record_number(&record, "SELECT count(*) FROM runs"), 2 * PROCESSES);
	assert_whole(0);
}

/* A supervisor that tells of each row that it was told is recorded, until it is killed. */
static void append_and_tell(int told_fd)
{
	struct recorder *recorder = record_begin(&record, "killed");

	for (;;)
		if (record_file(recorder, ACTION_WRITE_FILE, "/x", VERDICT_ALLOW) == 0)
			(void)!write(told_fd, "x", 1);
}

static void killed_in_between_nothing_is_lost_that_was_told(void **state)
{
	for (int i = 0; i < 10; i++) {
		int told[2];
		long long rows = 0;
		char byte;
		pid_t pid;

		assert_int_equal(pipe(told), 0);
		pid = fork();
		if (pid == 0)
			append_and_tell(told[1]);
		(void)close(told[1]);
		assert_int_equal(read(told[0], &byte, 1), 1);
		sleep_ms(i * 3);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		do
			rows++;
		while (read(told[0], &byte, 1) == 1);
		(void)close(told[0]);
		/* The last one may have been written and not yet told. */
		assert_in_range(record_number(&record, ACTIONS), rows, rows + 1);
		assert_whole(1);
		(void)clean(state);
		(void)make(state);
	}
}

/*
 * What cannot be written.
 */

static void file_limit(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* No file may grow beyond what the log has now: as a full disk, for whoever writes to it. */
static void fill_up(void)
{
	struct stat st;
	char wal[PATH_MAX + 16];

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)snprintf(wal, sizeof(wal), "%s-wal", record.path);
	assert_int_equal(stat(wal, &st), 0);
	file_limit((rlim_t)st.st_size);
}

static void on_a_full_disk_nothing_is_granted_and_nothing_is_lost(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	struct recorder_summary summary;

	(void)state;
	assert_int_equal(record_file(recorder, ACTION_WRITE_FILE, "/before", VERDICT_ALLOW), 0);
	fill_up();
	assert_true(record_file(recorder, ACTION_WRITE_FILE, "/full", VERDICT_ALLOW) < 0);
	assert_true(record_file(recorder, ACTION_READ_FILE, "/full", VERDICT_DENY) < 0);
	/* A granted read too: it is no longer batched. */
	assert_true(record_file(recorder, ACTION_READ_FILE, "/full", VERDICT_ALLOW) < 0);
	recorder_summary_get(recorder, &summary);
	assert_int_equal(summary.allowed, 1);
	assert_int_equal(summary.denied, 0);
	assert_true(recorder_end(recorder, 0, NULL) < 0);
	file_limit(RLIM_INFINITY);

	assert_int_equal(recorder_end(recorder, 0, NULL), 0);
	recorder_close(recorder);
	assert_int_equal(record_number(&record, ACTIONS), 1);
	assert_whole(0);
}

static void reads_that_were_granted_are_written_when_there_is_room_again(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	int granted = 0;
	int refused = 0;

	(void)state;
	fill_up();
	/* Until the first commit fails, reads are granted: they must turn up later. */
	for (int i = 0; i < 1000 && refused == 0; i++) {
		if (record_file(recorder, ACTION_READ_FILE, "/x", VERDICT_ALLOW) == 0)
			granted++;
		else
			refused++;
		if (i > 100)
			sleep_ms(5);
	}
	assert_true(granted > 0);
	assert_int_equal(refused, 1);
	assert_int_equal(record_number(&record, ACTIONS), 0);
	file_limit(RLIM_INFINITY);

	assert_int_equal(record_file(recorder, ACTION_WRITE_FILE, "/y", VERDICT_ALLOW), 0);
	assert_int_equal(record_number(&record, ACTIONS), granted + 1);
	assert_int_equal(record_end(recorder), 0);
	assert_whole(0);
}

static void a_run_that_cannot_be_recorded_does_not_begin(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	const struct recorder_run run = { .id = "two", .agent = "a", .uid = 1 };
	struct recorder *second = NULL;
	struct fault fault = { 0 };

	(void)state;
	assert_int_equal(recorder_open(record.path, &second, &fault), 0);
	fill_up();
	assert_true(recorder_begin(second, &run, &fault) < 0);
	assert_non_null(strstr(fault.text, "cannot record the run"));
	file_limit(RLIM_INFINITY);
	recorder_close(second);
	assert_int_equal(record_end(recorder), 0);
	assert_whole(0);
}

static void the_default_path_follows_the_environment(void **state)
{
	char path[64];

	(void)state;
	assert_int_equal(setenv("HOME", "/home/me", 1), 0);
	assert_int_equal(unsetenv("XDG_STATE_HOME"), 0);
	assert_int_equal(recorder_default_path(path, sizeof(path)), 0);
	assert_string_equal(path, "/home/me/.local/state/agentos/audit.db");
	assert_int_equal(recorder_default_path(path, 20), -ENAMETOOLONG);
	assert_int_equal(setenv("XDG_STATE_HOME", "/state", 1), 0);
	assert_int_equal(recorder_default_path(path, sizeof(path)), 0);
	assert_string_equal(path, "/state/agentos/audit.db");
	assert_int_equal(setenv("XDG_STATE_HOME", "relative", 1), 0);
	assert_int_equal(recorder_default_path(path, sizeof(path)), 0);
	assert_string_equal(path, "/home/me/.local/state/agentos/audit.db");
	assert_int_equal(unsetenv("HOME"), 0);
	assert_int_equal(recorder_default_path(path, sizeof(path)), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_refusal_and_a_change_are_there_when_the_call_returns),
		TEST(a_granted_read_is_there_soon),
		TEST(many_granted_reads_share_a_commit),
		TEST(a_refusal_takes_the_reads_before_it_along),
		TEST(the_closing_row_counts),
		TEST(threads_append_at_once),
		TEST(processes_append_at_once),
		TEST(killed_in_between_nothing_is_lost_that_was_told),
		TEST(on_a_full_disk_nothing_is_granted_and_nothing_is_lost),
		TEST(reads_that_were_granted_are_written_when_there_is_room_again),
		TEST(a_run_that_cannot_be_recorded_does_not_begin),
		TEST(the_default_path_follows_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
