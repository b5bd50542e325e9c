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
#define COUNTED "SELECT sum(count) FROM actions"

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

static void sleep_ms(long ms)
{
	const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&pause, NULL);
}

/* What a supervisor does that is killed as soon as it has been told that the row is recorded. */
static void append_and_die(const char *run, enum action action, enum verdict verdict)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (record_file(record_begin(&record, run), action, "/x", verdict) == 0)
			(void)raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void whatever_is_recorded_outlives_us(void **state)
{
	static const struct {
		enum action action;
		enum verdict verdict;
	} rows[] = {
		{ ACTION_READ_FILE, VERDICT_DENY },   { ACTION_READ_FILE, VERDICT_KILL },
		{ ACTION_WRITE_FILE, VERDICT_ALLOW }, { ACTION_DELETE_FILE, VERDICT_AUDIT },
		{ ACTION_EXECUTE, VERDICT_ALLOW },    { ACTION_CONNECT, VERDICT_ALLOW },
		{ ACTION_LISTEN, VERDICT_STOP },      { ACTION_NONE, VERDICT_DENY },
		{ ACTION_READ_FILE, VERDICT_ALLOW },
	};
	const size_t count = sizeof(rows) / sizeof(rows[0]);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		char run[16];

		(void)snprintf(run, sizeof(run), "run-%zu", i);
		append_and_die(run, rows[i].action, rows[i].verdict);
		assert_whole(0);
		assert_int_equal(record_number(&record, ACTIONS), i + 1);
	}
	assert_int_equal(record_number(&record, "SELECT count(*) FROM runs WHERE kind = 'lost'"),
			 count);
}

/* The next run writes what the last one has left, also when nobody reads. */
static void the_next_start_closes_what_was_lost(void **state)
{
	(void)state;
	append_and_die("killed", ACTION_WRITE_FILE, VERDICT_ALLOW);
	assert_int_equal(record_number(&record, ACTIONS), 0);
	assert_int_equal(record_end(record_begin(&record, "next")), 0);
	assert_int_equal(record_number(&record, ACTIONS), 1);
	assert_int_equal(record_number(&record, "SELECT count(*) FROM runs WHERE kind = 'lost' AND "
						"run = 'killed'"),
			 1);
	assert_whole(0);
}

static void a_row_is_there_soon(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");

	(void)state;
	assert_int_equal(record_file(recorder, ACTION_READ_FILE, "/x", VERDICT_ALLOW), 0);
	assert_true(record_wait(&record, ACTIONS, 1));
	assert_int_equal(record_file(recorder, ACTION_READ_FILE, "/x", VERDICT_DENY), 0);
	assert_true(record_wait(&record, ACTIONS, 2));
	assert_int_equal(record_end(recorder), 0);
}

static void granted_reads_that_are_alike_are_counted(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");

	(void)state;
	for (int i = 0; i < 3000; i++) {
		assert_int_equal(record_file(recorder, ACTION_READ_FILE, "/x", VERDICT_ALLOW), 0);
		assert_int_equal(
			record_file(recorder, ACTION_READ_FILE, i % 2 ? "/y" : "/z", VERDICT_ALLOW),
			0);
	}
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(record_number(&record, COUNTED " WHERE path = '/x'"), 3000);
	assert_int_equal(record_number(&record, COUNTED " WHERE path = '/y'"), 1500);
	assert_int_equal(record_number(&record, COUNTED), 6000);
	assert_true(record_number(&record, ACTIONS) < 3000);
	assert_whole(0);
}

static void what_is_not_granted_or_changes_is_never_counted(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(record_file(recorder, ACTION_READ_FILE, "/x", VERDICT_DENY), 0);
		assert_int_equal(record_file(recorder, ACTION_WRITE_FILE, "/x", VERDICT_ALLOW), 0);
		assert_int_equal(record_file(recorder, ACTION_READ_FILE, "/x", VERDICT_AUDIT), 0);
	}
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(record_number(&record, ACTIONS), 300);
	assert_whole(0);
}

static void rows_keep_their_order(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(record_file(recorder, ACTION_WRITE_FILE, "/x", VERDICT_ALLOW), 0);
	assert_int_equal(record_file(recorder, ACTION_READ_FILE, "/y", VERDICT_DENY), 0);
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(record_number(&record, ACTIONS), 6);
	assert_int_equal(record_number(&record, "SELECT max(seq) - min(seq) FROM actions"), 5);
	assert_int_equal(record_number(&record, "SELECT max(seq) = (SELECT seq FROM actions WHERE "
						"path = '/y') FROM actions"),
			 1);
}

static uint64_t append_for_outcome(struct recorder *recorder, const char *path)
{
	const struct event event = { .action = ACTION_WRITE_FILE, .call = "openat", .path = path };
	const struct decision decision = { .verdict = VERDICT_ALLOW };
	uint64_t ticket = 0;

	assert_int_equal(recorder_append(recorder, &event, &decision, "supervisor", &ticket), 0);
	assert_true(ticket != 0);
	return ticket;
}

static void a_row_says_what_its_call_came_to(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	uint64_t good = append_for_outcome(recorder, "/good");
	uint64_t bad = append_for_outcome(recorder, "/bad");
	uint64_t unknown = append_for_outcome(recorder, "/unknown");

	(void)state;
	recorder_outcome(recorder, bad, ENOENT, 4321);
	recorder_outcome(recorder, unknown, -1, 1);
	recorder_outcome(recorder, good, 0, 1234);
	assert_true(record_wait(&record, ACTIONS, 3));
	recorder_outcome(recorder, good, EIO, 1); /* in vain: it is written */
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(record_number(&record, "SELECT outcome * 10000 + latency FROM actions "
						"WHERE path = '/good'"),
			 1234);
	assert_int_equal(record_number(&record, "SELECT outcome * 10000 + latency FROM actions "
						"WHERE path = '/bad'"),
			 ENOENT * 10000 + 4321);
	assert_int_equal(record_number(&record,
				       "SELECT count(*) FROM actions WHERE path = "
				       "'/unknown' AND outcome IS NULL AND latency IS NULL"),
			 1);
	assert_whole(0);
}

/* More than the file of pending rows holds: they are written in time. */
static void more_than_there_is_room_for_is_written(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	char path[4000];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	for (int i = 0; i < 2000; i++)
		assert_int_equal(record_file(recorder, ACTION_WRITE_FILE, path, VERDICT_ALLOW), 0);
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(record_number(&record, ACTIONS), 2000);
	assert_whole(0);
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
	assert_int_equal(record_number(&record, COUNTED), THREADS * EACH);
	assert_whole(0);
}

static int child_appends(int number)
{
	struct recorder *recorder;
	char run[16];

	(void)snprintf(run, sizeof(run), "run-%d", number);
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
	assert_int_equal(record_number(&record, COUNTED), PROCESSES * EACH);
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
		assert_whole(0); /* and written, by whoever reads it first */
		assert_in_range(record_number(&record, ACTIONS), rows, rows + 1);
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

/* Rows that are recorded while nothing can be written: until a flush has failed. */
static int append_until_refused(struct recorder *recorder)
{
	int granted = 0;

	while (granted < 5000 &&
	       record_file(recorder, ACTION_WRITE_FILE, "/x", VERDICT_ALLOW) == 0) {
		granted++;
		sleep_ms(1);
	}
	assert_in_range(granted, 1, 4999);
	return granted;
}

static void on_a_full_disk_nothing_is_granted_and_nothing_is_lost(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	struct recorder_summary summary;
	int granted;

	(void)state;
	assert_int_equal(record_file(recorder, ACTION_WRITE_FILE, "/before", VERDICT_ALLOW), 0);
	assert_true(record_wait(&record, ACTIONS, 1));
	fill_up();
	granted = append_until_refused(recorder);
	assert_true(record_file(recorder, ACTION_READ_FILE, "/full", VERDICT_DENY) < 0);
	assert_true(record_file(recorder, ACTION_READ_FILE, "/full", VERDICT_ALLOW) < 0);
	recorder_summary_get(recorder, &summary);
	assert_int_equal(summary.allowed, granted + 1);
	assert_int_equal(summary.denied, 0);
	assert_int_equal(record_number(&record, ACTIONS), 1);
	assert_true(recorder_end(recorder, 0, NULL) < 0);
	file_limit(RLIM_INFINITY);

	assert_int_equal(recorder_end(recorder, 0, NULL), 0);
	recorder_close(recorder);
	assert_int_equal(record_number(&record, ACTIONS), granted + 1);
	assert_whole(0);
}

static void when_there_is_room_again_it_goes_on(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	int granted;

	(void)state;
	fill_up();
	granted = append_until_refused(recorder);
	file_limit(RLIM_INFINITY);
	assert_int_equal(record_file(recorder, ACTION_WRITE_FILE, "/y", VERDICT_ALLOW), 0);
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(record_number(&record, ACTIONS), granted + 1);
	assert_whole(0);
}

/* A supervisor that ends while the disk is full leaves its rows to the next. */
static void what_a_full_disk_kept_out_is_written_by_the_next(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	int granted;

	(void)state;
	fill_up();
	granted = append_until_refused(recorder);
	assert_true(record_end(recorder) < 0);
	file_limit(RLIM_INFINITY);
	assert_whole(0);
	assert_int_equal(record_number(&record, ACTIONS), granted);
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
	assert_non_null(strstr(fault.text, "cannot make a file beside the recorder"));
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
		TEST(whatever_is_recorded_outlives_us),
		TEST(the_next_start_closes_what_was_lost),
		TEST(a_row_is_there_soon),
		TEST(granted_reads_that_are_alike_are_counted),
		TEST(what_is_not_granted_or_changes_is_never_counted),
		TEST(rows_keep_their_order),
		TEST(a_row_says_what_its_call_came_to),
		TEST(more_than_there_is_room_for_is_written),
		TEST(the_closing_row_counts),
		TEST(threads_append_at_once),
		TEST(processes_append_at_once),
		TEST(killed_in_between_nothing_is_lost_that_was_told),
		TEST(on_a_full_disk_nothing_is_granted_and_nothing_is_lost),
		TEST(when_there_is_room_again_it_goes_on),
		TEST(what_a_full_disk_kept_out_is_written_by_the_next),
		TEST(a_run_that_cannot_be_recorded_does_not_begin),
		TEST(the_default_path_follows_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
