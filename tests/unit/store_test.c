/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

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

static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void a_new_database_is_the_callers_alone(void **state)
{
	struct fault fault = { 0 };
	char folder[PATH_MAX + 16], path[PATH_MAX + 32];
	struct recorder *recorder;

	(void)state;
	(void)umask(0);
	(void)snprintf(folder, sizeof(folder), "%s/state/agentos", record.folder);
	(void)snprintf(path, sizeof(path), "%s/audit.db", folder);
	assert_int_equal(recorder_open(path, &recorder, &fault), 0);
	assert_int_equal(mode_of(folder), 0700);
	assert_int_equal(mode_of(path), 0600);
	recorder_close(recorder);
	(void)snprintf(folder, sizeof(folder), "%s/state", record.folder);
	assert_int_equal(mode_of(folder), 0700);
}

static void its_companions_are_the_callers_alone_too(void **state)
{
	struct recorder *recorder;
	char path[PATH_MAX + 16];

	(void)state;
	(void)umask(0);
	recorder = record_begin(&record, "one");
	(void)snprintf(path, sizeof(path), "%s-wal", record.path);
	assert_int_equal(mode_of(path), 0600);
	(void)snprintf(path, sizeof(path), "%s-shm", record.path);
	assert_int_equal(mode_of(path), 0600);
	recorder_close(recorder);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void make_garbage(void)
{
	write_file(record.path, "This is somebody's diary, and no database at all.\n");
}

static void make_short(void)
{
	write_file(record.path, "x");
}

static void make_empty(void)
{
	write_file(record.path, "");
}

static void make_foreign(void)
{
	write_file(record.path, "");
	assert_true(record_meddle(&record, "CREATE TABLE diary (day TEXT); "
					   "INSERT INTO diary VALUES ('monday')"));
}

static void make_other_version(void)
{
	recorder_close(record_begin(&record, "one"));
	assert_true(record_meddle(&record, "PRAGMA user_version = 99"));
}

static void make_trigger(void)
{
	recorder_close(record_begin(&record, "one"));
	assert_true(record_meddle(&record, "CREATE TRIGGER t AFTER INSERT ON actions BEGIN "
					   "DELETE FROM actions WHERE seq = new.seq; END"));
}

static void make_view(void)
{
	recorder_close(record_begin(&record, "one"));
	assert_true(record_meddle(&record,
				  "ALTER TABLE actions RENAME TO hidden; CREATE VIEW "
				  "actions AS SELECT * FROM hidden WHERE verdict <> 'deny'"));
}

static void make_truncated(void)
{
	recorder_close(record_begin(&record, "one"));
	assert_int_equal(truncate(record.path, 5000), 0);
}

static void make_directory(void)
{
	assert_int_equal(mkdir(record.path, 0700), 0);
}

static void make_fifo(void)
{
	assert_int_equal(mkfifo(record.path, 0600), 0);
}

static void make_link(void)
{
	char target[PATH_MAX + 16];

	(void)snprintf(target, sizeof(target), "%s.other", record.path);
	write_file(target, "");
	assert_int_equal(symlink(target, record.path), 0);
}

static void make_writable(void)
{
	recorder_close(record_begin(&record, "one"));
	assert_int_equal(chmod(record.path, 0666), 0);
}

static void make_companion_link(void)
{
	char name[PATH_MAX + 16];

	recorder_close(record_begin(&record, "one"));
	(void)snprintf(name, sizeof(name), "%s-journal", record.path);
	assert_int_equal(symlink("/etc/passwd", name), 0);
}

static const struct {
	void (*make)(void);
	const char *want; /* in the sentence */
	bool reads;	  /* what a reader says: that it may */
} strangers[] = {
	{ make_garbage, "not a database", false },
	{ make_short, "not a recorder", false },
	{ make_empty, "not a recorder", false },
	{ make_foreign, "not a recorder", false },
	{ make_other_version, "version is 99", false },
	{ make_trigger, "tables are not those", false },
	{ make_view, "tables are not those", false },
	{ make_truncated, "malformed", false },
	{ make_directory, "not a regular file", false },
	{ make_fifo, "not a regular file", false },
	{ make_link, "symbolic link", false },
	{ make_writable, "other users may write", true },
	{ make_companion_link, "not a regular file", false },
};

/* A sum over the file, to see whether it was left as it was. */
static unsigned long sum_of(const char *path)
{
	unsigned long sum = 5381;
	struct stat st;
	FILE *file;
	int c;

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	file = fopen(path, "re");
	assert_non_null(file);
	while ((c = fgetc(file)) != EOF)
		sum = sum * 33 + (unsigned long)c;
	(void)fclose(file);
	return sum;
}

static void what_is_no_recorder_of_ours_is_refused_and_left_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		struct recorder *recorder = NULL;
		struct reader *reader = NULL;
		struct fault fault = { 0 };
		unsigned long sum;
		int r;

		record_remove(&record);
		record_make(&record);
		strangers[i].make();
		sum = sum_of(record.path);
		r = recorder_open(record.path, &recorder, &fault);
		if (r >= 0 || !strstr(fault.text, strangers[i].want) ||
		    !strstr(fault.text, record.path))
			fail_msg("row %zu: %d, '%s'", i, r, fault.text);
		assert_int_equal(sum_of(record.path), sum);
		fault = (struct fault){ 0 };
		r = reader_open(record.path, &reader, &fault);
		assert_int_equal(r == 0, strangers[i].reads);
		if (r < 0)
			assert_non_null(strstr(fault.text, strangers[i].want));
		else /* of the run that has no end */
			assert_non_null(strstr(reader_left_out(reader), strangers[i].want));
		reader_close(reader);
		assert_int_equal(sum_of(record.path), sum);
	}
}

/* The number of names in the folder of the record. */
static int names(void)
{
	DIR *folder = opendir(record.folder);
	int count = -2; /* "." and ".." */

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	(void)closedir(folder);
	return count;
}

static void nothing_else_is_left_beside_it(void **state)
{
	(void)state;
	assert_int_equal(record_end(record_begin(&record, "one")), 0);
	assert_int_equal(record_end(record_begin(&record, "two")), 0);
	assert_int_equal(names(), 2); /* and the folder of the keys */
}

/* It keeps what it has, and is no longer in the way. */
static void a_recorder_of_an_older_version_makes_room(void **state)
{
	static const char *const names[] = { "audit.db.old", "audit.db.old-2" };
	struct record older = record;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct recorder *recorder = NULL;
		struct reader *reader = NULL;
		struct fault fault = { 0 };

		assert_int_equal(record_end(record_begin(&record, "one")), 0);
		assert_true(record_meddle(&record, "PRAGMA user_version = 3"));
		assert_int_equal(reader_open(record.path, &reader, &fault), -ESTALE);
		assert_non_null(strstr(fault.text, "the next run moves it aside"));
		assert_int_equal(recorder_open(record.path, &recorder, &fault), 0);
		(void)snprintf(older.path, sizeof(older.path), "%s/%s", record.folder, names[i]);
		assert_string_equal(recorder_older(recorder), older.path);
		recorder_close(recorder);
		assert_int_equal(record_number(&older, "SELECT count(*) FROM runs"), 2);
		assert_int_equal(record_number(&record, "SELECT count(*) FROM runs"), 0);
	}
}

static void an_older_version_that_is_in_use_stays(void **state)
{
	struct recorder *recorder = NULL, *second = NULL;
	struct fault fault = { 0 };

	(void)state;
	recorder = record_begin(&record, "one");
	assert_true(record_meddle(&record, "PRAGMA user_version = 3"));
	assert_int_equal(recorder_open(record.path, &second, &fault), -EBUSY);
	assert_non_null(strstr(fault.text, "a run of an older agentos writes to it"));
	assert_true(record_meddle(&record, "PRAGMA user_version = 4"));
	assert_int_equal(record_end(recorder), 0);
}

static void what_has_no_end_yet_is_beside_it(void **state)
{
	struct recorder *recorder = record_begin(&record, "one");
	char path[PATH_MAX + 32];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s-pending-one", record.path);
	assert_int_equal(mode_of(path), 0600);
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(mode_of(path), 0);
}

static void a_file_of_another_user_is_refused(void **state)
{
	struct recorder *recorder = NULL;
	struct fault fault = { 0 };

	(void)state;
	if (geteuid() != 0)
		skip();
	recorder_close(record_begin(&record, "one"));
	assert_int_equal(recorder_open(record.path, &recorder, &fault), 0);
	recorder_close(recorder);
	assert_int_equal(chown(record.path, 65534, 65534), 0);
	assert_true(recorder_open(record.path, &recorder, &fault) < 0);
	assert_non_null(strstr(fault.text, "another user"));
}

static void a_folder_may_be_reached_by_a_link(void **state)
{
	struct fault fault = { 0 };
	char folder[PATH_MAX + 16], path[PATH_MAX + 32];
	struct recorder *recorder;

	(void)state;
	(void)snprintf(folder, sizeof(folder), "%s/link", record.folder);
	assert_int_equal(symlink(record.folder, folder), 0);
	(void)snprintf(path, sizeof(path), "%s/audit.db", folder);
	assert_int_equal(recorder_open(path, &recorder, &fault), 0);
	recorder_close(recorder);
	assert_int_equal(mode_of(record.path), 0600);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_database_is_the_callers_alone),
		TEST(its_companions_are_the_callers_alone_too),
		TEST(what_is_no_recorder_of_ours_is_refused_and_left_alone),
		TEST(nothing_else_is_left_beside_it),
		TEST(a_recorder_of_an_older_version_makes_room),
		TEST(an_older_version_that_is_in_use_stays),
		TEST(what_has_no_end_yet_is_beside_it),
		TEST(a_file_of_another_user_is_refused),
		TEST(a_folder_may_be_reached_by_a_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
