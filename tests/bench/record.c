/* SPDX-License-Identifier: MIT */
/*
 * record KIND DATABASE COUNT - what recording and reading cost; prints numbers for tests/bench_record.sh.
 *
 *   reads    COUNT granted reads of different files, then the end: "ROWS/S P50_NS P99_NS BYTES/ROW"
 *   changes  COUNT granted writes, likewise: each is safe from kill -9 when the call returns
 *   verify   all of the database: "ROWS/S"
 *   query    refusals of one rule, the last 100: "MS ROWS", the median of COUNT times
 *
 * P50 and P99 are of single calls of recorder_append(), with what reading the clock costs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/reader.h"
#include "audit/recorder.h"
#include "common/clock.h"

#define REFUSED_EACH 1000 /* one in so many is refused */

static int die(const char *text)
{
	(void)fprintf(stderr, "record: %s\n", text);
	exit(1);
}

static int compare(const void *a, const void *b)
{
	const int64_t *one = a, *two = b;

	return (*one > *two) - (*one < *two);
}

static int64_t *times_make(size_t count)
{
	int64_t *times = calloc(count, sizeof(*times));

	if (!times)
		(void)die("out of memory");
	return times;
}

static struct recorder *begin(const char *path)
{
	static const char *const argv[] = { "agent" };
	char id[64];
	const struct recorder_run run = { .id = id,
					  .agent = "agent-001",
					  .argv = argv,
					  .argc = 1,
					  .workspace = "/home/someone/project",
					  .policy_files = "base.yaml",
					  .policy_hash = "64c9430297d3",
					  .level = "landlock 7, notify, shim",
					  .mode = "enforce" };
	struct recorder *recorder = NULL;
	struct fault fault = { 0 };

	(void)snprintf(id, sizeof(id), "20261126-%d", (int)getpid());
	if (recorder_open(path, &recorder, &fault) < 0 ||
	    recorder_begin(recorder, &run, &fault) < 0)
		(void)die(fault.text);
	return recorder;
}

static void append(struct recorder *recorder, enum action action, unsigned number)
{
	char path[128];
	const struct event event = { .action = action,
				     .call = "openat",
				     .operation = action == ACTION_WRITE_FILE ? "create" : NULL,
				     .program = "/usr/bin/python3.11",
				     .pid = 4711,
				     .uid = 1000,
				     .path = path,
				     .given = path };
	bool refused = number % REFUSED_EACH == 0;
	const struct decision decision = { .verdict = refused ? VERDICT_DENY : VERDICT_ALLOW,
					   .rule = refused ? "secrets" : "workspace",
					   .file = "base.yaml",
					   .line = 77,
					   .message = refused ? "secrets of this machine" : "" };

	(void)snprintf(path, sizeof(path), "/home/someone/project/src/module_%u/file_%u.c",
		       number % 100, number);
	if (recorder_append(recorder, &event, &decision, "supervisor", NULL) < 0)
		(void)die("it cannot be recorded");
}

static void record(const char *path, enum action action, unsigned count)
{
	int64_t *times = times_make(count);
	struct recorder *recorder = begin(path);
	struct fault fault = { 0 };
	int64_t start = clock_ns(CLOCK_MONOTONIC);
	int64_t before = start, took;
	struct stat st;

	for (unsigned i = 0; i < count; i++) {
		int64_t now;

		append(recorder, action, i + 1);
		now = clock_ns(CLOCK_MONOTONIC);
		times[i] = now - before;
		before = now;
	}
	if (recorder_end(recorder, 0, &fault) < 0)
		(void)die(fault.text);
	took = clock_ns(CLOCK_MONOTONIC) - start;
	recorder_close(recorder);
	if (stat(path, &st) < 0)
		(void)die("no database");
	qsort(times, count, sizeof(*times), compare);
	printf("%.0f %" PRId64 " %" PRId64 " %.0f\n", count / ((double)took / 1e9),
	       times[count / 2], times[count - 1 - count / 100], (double)st.st_size / count);
	free(times);
}

static struct reader *reader_of(const char *path)
{
	struct reader *reader = NULL;
	struct fault fault = { 0 };

	if (reader_open(path, &reader, &fault) < 0)
		(void)die(fault.text);
	return reader;
}

static void verify(const char *path)
{
	struct reader *reader = reader_of(path);
	struct verification found;
	struct fault fault = { 0 };
	int64_t start = clock_ns(CLOCK_MONOTONIC);

	if (reader_verify(reader, NULL, &found, &fault) < 0)
		(void)die(fault.text);
	if (found.is_bad || found.missing[0])
		(void)die(found.is_bad ? found.reason : found.missing);
	printf("%.0f\n", (double)found.rows / ((double)(clock_ns(CLOCK_MONOTONIC) - start) / 1e9));
	reader_close(reader);
}

static int count_row(const struct row *row, void *data)
{
	(void)row;
	++*(unsigned *)data;
	return 0;
}

static void query(const char *path, unsigned count)
{
	const struct reader_filter filter = { .verdict = "deny", .rule = "secrets", .limit = 100 };
	struct reader *reader = reader_of(path);
	int64_t *times = times_make(count);
	struct fault fault = { 0 };
	unsigned rows = 0;

	for (unsigned i = 0; i < count; i++) {
		int64_t start = clock_ns(CLOCK_MONOTONIC);

		rows = 0;
		if (reader_actions(reader, &filter, count_row, &rows, &fault) < 0)
			(void)die(fault.text);
		times[i] = clock_ns(CLOCK_MONOTONIC) - start;
	}
	qsort(times, count, sizeof(*times), compare);
	printf("%.2f %u\n", (double)times[count / 2] / 1e6, rows);
	free(times);
	reader_close(reader);
}

int main(int argc, char **argv)
{
	unsigned count = argc == 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;

	if (count == 0)
		return die("record KIND DATABASE COUNT");
	if (strcmp(argv[1], "reads") == 0)
		record(argv[2], ACTION_READ_FILE, count);
	else if (strcmp(argv[1], "changes") == 0)
		record(argv[2], ACTION_WRITE_FILE, count);
	else if (strcmp(argv[1], "verify") == 0)
		verify(argv[2]);
	else if (strcmp(argv[1], "query") == 0)
		query(argv[2], count);
	else
		return die("KIND is reads, changes, verify or query");
	return 0;
}
