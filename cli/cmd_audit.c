/* SPDX-License-Identifier: MIT */
/*
 * agentos audit query|tail|show|stats|verify
 */
#include "cli/commands.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/print.h"
#include "audit/reader.h"
#include "audit/recorder.h"
#include "cli/policies.h"
#include "common/nearest.h"
#include "common/options.h"

#define FOLLOW_MS 200
#define TAIL_ROWS 10

struct audit_words {
	const char *audit, *since, *until, *limit;
	struct reader_filter filter;
	bool json, csv, follow;
	int operand_count;
	char **operands;
};

struct printing {
	const struct audit_words *words;
	uint64_t printed;
	int64_t last_seq;
};

static int print_row(const struct row *row, void *data)
{
	struct printing *printing = data;

	printing->printed++;
	printing->last_seq = row->seq;
	if (printing->words->json)
		return print_json(row, stdout);
	if (printing->words->csv)
		return print_csv(row, stdout);
	return print_line(row, stdout);
}

static int query(struct reader *reader, struct audit_words *words, struct fault *fault)
{
	struct printing printing = { .words = words };

	if (words->csv)
		(void)print_csv_head(ROW_ACTIONS, stdout);
	return reader_actions(reader, &words->filter, print_row, &printing, fault);
}

/* The last rows, then with -f each new one. */
static int tail(struct reader *reader, struct audit_words *words, struct fault *fault)
{
	const struct timespec pause = { .tv_nsec = FOLLOW_MS * 1000000L };
	struct printing printing = { .words = words };
	int r;

	if (words->filter.limit == 0)
		words->filter.limit = TAIL_ROWS;
	r = reader_actions(reader, &words->filter, print_row, &printing, fault);
	words->filter.limit = 0;
	while (r == 0 && words->follow) {
		(void)fflush(stdout);
		if (ferror(stdout))
			break;
		(void)nanosleep(&pause, NULL);
		words->filter.after_seq = printing.last_seq;
		r = reader_actions(reader, &words->filter, print_row, &printing, fault);
	}
	return r;
}

static int show_row(const struct row *row, void *data)
{
	struct printing *printing = data;

	printing->printed++;
	return printing->words->json ? print_json(row, stdout) : print_fields(row, stdout);
}

static int show(struct reader *reader, struct audit_words *words, struct fault *fault)
{
	struct printing printing = { .words = words };
	char *end = NULL;
	int r;

	if (words->operand_count == 1)
		words->filter.seq = strtoll(words->operands[0], &end, 10);
	if (words->operand_count != 1 || *end || words->filter.seq < 1)
		return fault_set(fault, -EINVAL, "the number of a row is needed; usage: agentos audit show SEQ");
	r = reader_actions(reader, &words->filter, show_row, &printing, fault);
	if (r == 0 && printing.printed == 0)
		r = reader_runs(reader, NULL, words->filter.seq, show_row, &printing, fault);
	if (r == 0 && printing.printed == 0)
		r = fault_set(fault, -ENOENT, "there is no row %" PRId64, words->filter.seq);
	return r;
}

static void print_count(const char *what, const char *name, int64_t count, void *data)
{
	(void)data;
	printf("%-10s %-32s %10" PRId64 "\n", what, name, count);
}

static int stats(struct reader *reader, struct audit_words *words, struct fault *fault)
{
	return reader_stats(reader, words->filter.run, print_count, NULL, fault);
}

static int verify(struct reader *reader, struct audit_words *words, struct fault *fault)
{
	struct verification found;
	char head[2 * ROW_HASH_SIZE + 1];
	int r = reader_verify(reader, &found, fault);

	(void)words;
	if (r < 0)
		return r;
	if (found.bad_seq) {
		printf("broken at row %" PRId64 ": %s\n", found.bad_seq, found.reason);
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < ROW_HASH_SIZE; i++)
		(void)snprintf(head + 2 * i, 3, "%02x", found.head[i]);
	printf("good: %" PRIu64 " rows of %" PRIu64 " runs, head %s\n", found.rows, found.runs, head);
	if (found.open_runs)
		printf("%" PRIu64 " of them without an end: still running, or the supervisor was killed\n",
		       found.open_runs);
	return 0;
}

static const struct verb {
	const char *name;
	int (*run)(struct reader *reader, struct audit_words *words, struct fault *fault);
	const char *operands;
	const char *summary;
} verbs[] = {
	{ "query", query, "", "Print recorded actions, oldest first." },
	{ "tail", tail, "", "Print the last actions; with -f go on with new ones." },
	{ "show", show, " SEQ", "Print one row with all its fields." },
	{ "stats", stats, "", "Count actions by verdict, action, rule and agent." },
	{ "verify", verify, "", "Recompute the chain of hashes, and say whether it is whole." },
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

/* "2026-11-23", "2026-11-23T10:15[:02]" in UTC, "@SECONDS", or "30m" ago (s, m, h, d). */
static int time_parse(const char *text, int64_t *out, struct fault *fault)
{
	static const char *const formats[] = {
		"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d",
	};
	static const char units[] = "smhd";
	static const int64_t seconds[] = { 1, 60, 3600, 86400 };
	char *end;
	int64_t number;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm utc = { 0 };

		end = strptime(text, formats[i], &utc);
		if (end && !*end) {
			*out = (int64_t)timegm(&utc) * 1000000000;
			return 0;
		}
	}
	number = strtoll(text[0] == '@' ? text + 1 : text, &end, 10);
	if (text[0] == '@' && text[1] && !*end) {
		*out = number * 1000000000;
		return 0;
	}
	if (end != text && *end && !end[1] && strchr(units, *end)) {
		*out = ((int64_t)time(NULL) - number * seconds[strchr(units, *end) - units]) *
		       1000000000;
		return 0;
	}
	return fault_set(fault, -EINVAL,
			 "not a time: '%s'; hint: 2026-11-23, 2026-11-23T10:15, @SECONDS, or 30m ago",
			 text);
}

static int words_finish(struct audit_words *words, struct fault *fault)
{
	char *end;
	int r = 0;

	if (words->since)
		r = time_parse(words->since, &words->filter.since_ns, fault);
	if (r == 0 && words->until)
		r = time_parse(words->until, &words->filter.until_ns, fault);
	if (r == 0 && words->limit) {
		words->filter.limit = strtoull(words->limit, &end, 10);
		if (*end || words->filter.limit == 0)
			r = fault_set(fault, -EINVAL, "not a number of rows: '%s'", words->limit);
	}
	return r;
}

static int verb_run(const struct verb *verb, struct audit_words *words)
{
	struct reader *reader = NULL;
	struct fault fault = { 0 };
	char path[PATH_MAX];
	int r = 0;

	(void)signal(SIGPIPE, SIG_DFL);
	if (words->audit)
		(void)snprintf(path, sizeof(path), "%s", words->audit);
	else if (recorder_default_path(path, sizeof(path)) < 0)
		r = fault_set(&fault, -ENOENT,
			      "cannot find the recorder: HOME is not set; hint: use --audit FILE");
	if (r == 0)
		r = reader_open(path, &reader, &fault);
	if (r == 0)
		r = verb->run(reader, words, &fault);
	reader_close(reader);
	return r < 0 ? complain(EXIT_FAILED, "%s", fault.text) : r;
}

static int verb_parse(const struct verb *verb, int argc, char **argv)
{
	static struct audit_words words;
	struct reader_filter *filter = &words.filter;
	const struct option_row rows[] = {
		{ 0, "audit", OPTION_TEXT, &words.audit, "FILE", "recorder database" },
		{ 0, "agent", OPTION_TEXT, &filter->agent, "ID", "of this agent" },
		{ 0, "run", OPTION_TEXT, &filter->run, "ID", "of this run" },
		{ 0, "action", OPTION_TEXT, &filter->action, "A", "read_file, execute, ..." },
		{ 0, "verdict", OPTION_TEXT, &filter->verdict, "V", "allow, audit, deny, stop, kill" },
		{ 0, "rule", OPTION_TEXT, &filter->rule, "R", "decided by this rule" },
		{ 0, "path", OPTION_TEXT, &filter->path, "GLOB", "whose path matches" },
		{ 0, "since", OPTION_TEXT, &words.since, "T", "2026-11-23T10:15, @SECONDS, 30m" },
		{ 0, "until", OPTION_TEXT, &words.until, "T", "before this time" },
		{ 'n', "limit", OPTION_TEXT, &words.limit, "N", "the last N" },
		{ 'f', "follow", OPTION_FLAG, &words.follow, NULL, "go on with new rows (tail)" },
		{ 0, "json", OPTION_FLAG, &words.json, NULL, "print JSON lines" },
		{ 0, "csv", OPTION_FLAG, &words.csv, NULL, "print CSV" },
	};
	size_t count = sizeof(rows) / sizeof(rows[0]);
	struct fault fault = { 0 };
	char usage[64];
	int first;
	int r = options_parse(rows, count, argc, argv, &first, &fault);

	(void)snprintf(usage, sizeof(usage), "agentos audit %s [OPTIONS]%s", verb->name,
		       verb->operands);
	if (r == OPTIONS_E_HELP)
		options_help(stdout, usage, verb->summary, rows, count);
	if (r == OPTIONS_E_VERSION)
		printf("agentos %s\n", AGENTOS_VERSION);
	if (r > 0)
		return 0;
	words.operands = argv + first;
	words.operand_count = argc - first;
	if (r == 0)
		r = words_finish(&words, &fault);
	if (r == 0 && !verb->operands[0] && first < argc)
		r = fault_set(&fault, -EINVAL, "audit %s takes no operands: '%s'", verb->name,
			      argv[first]);
	return r < 0 ? complain(EXIT_USAGE, "%s", fault.text) : verb_run(verb, &words);
}

static void print_usage(FILE *out)
{
	(void)fprintf(out, "Usage: agentos audit VERB [OPTIONS]\n\n");
	for (size_t i = 0; i < VERB_COUNT; i++)
		(void)fprintf(out, "  %-8s%s\n", verbs[i].name, verbs[i].summary);
}

int cmd_audit(int argc, char **argv)
{
	const char *names[VERB_COUNT];
	const char *meant;

	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(argc < 2 ? stderr : stdout);
		return argc < 2 ? EXIT_USAGE : 0;
	}
	for (size_t i = 0; i < VERB_COUNT; i++) {
		names[i] = verbs[i].name;
		if (strcmp(verbs[i].name, argv[1]) == 0)
			return verb_parse(&verbs[i], argc - 1, argv + 1);
	}
	meant = nearest_word(argv[1], names, VERB_COUNT);
	return complain(EXIT_USAGE, "unknown audit command '%s'%s%s%s", argv[1],
			meant ? "; hint: did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
}
