/* SPDX-License-Identifier: MIT */
/*
 * agentos audit query|tail|show|stats|verify|prove|rotate|export|report: tables of
 * verbs and of options, and which verb takes which option.
 */
#include "cli/commands.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/recorder.h"
#include "cli/audit.h"
#include "cli/policies.h"
#include "cli/when.h"
#include "common/nearest.h"
#include "common/options.h"

#define OPTIONS_MAX 24

/* Bits of a verb: which options it takes. */
enum {
	QUERY = 1,
	TAIL = 2,
	SHOW = 4,
	STATS = 8,
	VERIFY = 16,
	PROVE = 32,
	ROTATE = 64,
	EXPORT = 128,
	REPORT = 256
};
#define PRINTING (QUERY | TAIL)
#define FILTERS (PRINTING | EXPORT | REPORT)
#define JSON (PRINTING | SHOW | STATS | VERIFY | ROTATE)
#define ALL (JSON | PROVE | EXPORT | REPORT)
#define TAKES_ROW (SHOW | PROVE)

static const struct verb {
	const char *name;
	unsigned bit;
	audit_fn *run;
	const char *operands;
	const char *summary;
} verbs[] = {
	{ "query", QUERY, audit_query, "", "Print recorded actions, oldest first." },
	{ "tail", TAIL, audit_tail, "", "Print the last actions; with -f go on with new ones." },
	{ "show", SHOW, audit_show, " SEQ", "Print one row with all its fields." },
	{ "stats", STATS, audit_stats, "", "Count actions by verdict, action, rule and agent." },
	{ "verify", VERIFY, audit_verify, "",
	  "Recompute the chain of hashes, and say whether the record is whole." },
	{ "prove", PROVE, audit_prove, " SEQ",
	  "Print a proof that a row is in the record, for who has not the record." },
	{ "rotate", ROTATE, NULL, "", "Sign with a new key from now on; the record says so." },
	{ "export", EXPORT, audit_export, "",
	  "Hand actions on to a file, a collector or a database, in the form that it takes." },
	{ "report", REPORT, audit_report, " FILE",
	  "Write one page about actions, by the suffix .html, .md or .json." },
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

/* The command line as it was written, before it is understood; strings borrowed from argv. */
struct words {
	const char *audit, *since, *until, *limit, *action, *verdict, *key, *since_seq;
	struct audit_request request;
};

/* The options of one verb. Return: how many. */
static size_t rows_fill(struct words *words, unsigned verb, struct option_row *out)
{
	struct reader_filter *filter = &words->request.filter;
	const struct {
		unsigned verbs;
		struct option_row row;
	} all[] = {
		{ ALL, { 0, "audit", OPTION_TEXT, &words->audit, "FILE", "recorder database" } },
		{ FILTERS, { 'a', "agent", OPTION_TEXT, &filter->agent, "ID", "of this agent" } },
		{ FILTERS | STATS, { 0, "run", OPTION_TEXT, &filter->run, "ID", "of this run" } },
		{ FILTERS,
		  { 0, "action", OPTION_TEXT, &words->action, "A", "read_file, execute, ..." } },
		{ FILTERS,
		  { 0, "verdict", OPTION_TEXT, &words->verdict, "V",
		    "allow, audit, deny, stop, kill" } },
		{ FILTERS, { 0, "rule", OPTION_TEXT, &filter->rule, "R", "decided by this rule" } },
		{ FILTERS,
		  { 0, "path", OPTION_TEXT, &filter->path, "GLOB",
		    "path matches (* also over slashes)" } },
		{ FILTERS,
		  { 0, "since", OPTION_TEXT, &words->since, "T",
		    "from then on: 2026-11-23T10:15 (UTC), @SECONDS, 30m (ago)" } },
		{ FILTERS, { 0, "until", OPTION_TEXT, &words->until, "T", "before then" } },
		{ FILTERS, { 'n', "limit", OPTION_TEXT, &words->limit, "N", "the last N" } },
		{ TAIL,
		  { 'f', "follow", OPTION_FLAG, &words->request.follow, NULL,
		    "go on with new rows" } },
		{ VERIFY,
		  { 0, "key", OPTION_TEXT, &words->key, "KEY",
		    "believe this public key alone: 64 hex digits, or a file with them" } },
		{ VERIFY,
		  { 0, "proof", OPTION_TEXT, &words->request.proof, "FILE",
		    "a proof of audit prove, and not a record; - is standard input" } },
		{ EXPORT,
		  { 0, "format", OPTION_TEXT, &words->request.format, "F",
		    "jsonl (default), csv, cloudevents, ocsf, otlp" } },
		{ EXPORT,
		  { 0, "to", OPTION_TEXT, &words->request.to, "WHERE",
		    "FILE, http(s)://..., postgresql://...; default: standard output" } },
		{ EXPORT,
		  { 0, "header", OPTION_LIST, &words->request.headers, "LINE",
		    "of the requests, e.g. 'Authorization: ...'; @FILE reads lines" } },
		{ EXPORT,
		  { 0, "since-seq", OPTION_TEXT, &words->since_seq, "N", "from row N on" } },
		{ EXPORT,
		  { 0, "state", OPTION_TEXT, &words->request.state, "FILE",
		    "remember there how far it came, and go on from there" } },
		{ JSON,
		  { 0, "json", OPTION_FLAG, &words->request.json, NULL, "print JSON lines" } },
		{ PRINTING, { 0, "csv", OPTION_FLAG, &words->request.csv, NULL, "print CSV" } },
	};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].verbs & verb)
			out[count++] = all[i].row;
	return count;
}

static int number_parse(const char *what, const char *text, int64_t *out, struct fault *fault)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	if (end == text || *end || errno || *out < 1)
		return fault_set(fault, -EINVAL, "not a number of %s: '%s'", what, text);
	return 0;
}

static int unknown_word(const char *option, const char *word, const char *const *words,
			size_t count, struct fault *fault)
{
	const char *meant = nearest_word(word, words, count);

	return fault_set(fault, -EINVAL, "unknown word for --%s: '%s'%s%s%s", option, word,
			 meant ? "; hint: did you mean '" : "", meant ? meant : "",
			 meant ? "'?" : "");
}

/* Aliases of the policy language too; in the record there are only the proper names. */
static int verdict_read(const char *word, const char **out, struct fault *fault)
{
	const char *names[VERDICT_COUNT];
	enum verdict verdict;

	for (int i = 0; i < VERDICT_COUNT; i++)
		names[i] = verdict_name((enum verdict)i);
	if (!verdict_parse(word, &verdict))
		return unknown_word("verdict", word, names, VERDICT_COUNT, fault);
	*out = verdict_name(verdict);
	return 0;
}

static int action_read(const char *word, const char **out, struct fault *fault)
{
	const char *names[ACTION_COUNT];
	enum action action = ACTION_NONE;

	for (int i = 0; i < ACTION_COUNT; i++)
		names[i] = action_name((enum action)i);
	if (strcmp(word, names[ACTION_NONE]) != 0 && !action_parse(word, &action))
		return unknown_word("action", word, names, ACTION_COUNT, fault);
	*out = action_name(action);
	return 0;
}

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A key, or the file that it is in. */
static int key_read(const char *word, struct keys_known *out, struct fault *fault)
{
	char line[128] = "";
	FILE *file;

	if (keys_add_known(out, word) == 0)
		return 0;
	file = fopen(word, "re");
	if (!file)
		return fault_set(fault, -errno, "cannot read the key: '%s': %s", word,
				 strerror(errno));
	if (!fgets(line, sizeof(line), file) || keys_add_known(out, line) < 0)
		(void)fault_set(fault, -EINVAL, "not a public key: '%s'; hint: 64 hex digits",
				word);
	(void)fclose(file);
	return out->count ? 0 : -EINVAL;
}

static int words_read(struct words *words, struct fault *fault)
{
	struct reader_filter *filter = &words->request.filter;
	int64_t limit = 0;
	int64_t first = 1;
	int r = 0;

	if (words->since_seq)
		r = number_parse("a row", words->since_seq, &first, fault);
	if (r == 0 && words->since)
		r = when_parse(words->since, now_ns(), &filter->since_ns, fault);
	if (r == 0 && words->until)
		r = when_parse(words->until, now_ns(), &filter->until_ns, fault);
	if (r == 0 && words->limit)
		r = number_parse("rows", words->limit, &limit, fault);
	if (r == 0 && words->verdict)
		r = verdict_read(words->verdict, &filter->verdict, fault);
	if (r == 0 && words->action)
		r = action_read(words->action, &filter->action, fault);
	if (r == 0 && words->key)
		r = key_read(words->key, &words->request.known, fault);
	if (r == 0 && words->request.json && words->request.csv)
		r = fault_set(fault, -EINVAL, "--json and --csv exclude each other");
	filter->limit = (uint64_t)limit;
	filter->after_seq = first - 1;
	return r;
}

static int operands_read(const struct verb *verb, int count, char **operands,
			 struct audit_request *request, struct fault *fault)
{
	int wanted = verb->operands[0] ? 1 : 0;

	if (count > wanted)
		return fault_set(fault, -EINVAL, "one operand too many for audit %s: '%s'",
				 verb->name, operands[wanted]);
	if (count < wanted)
		return fault_set(fault, -EINVAL,
				 "%s is needed; usage: agentos audit %s [OPTIONS]%s",
				 (verb->bit & TAKES_ROW) ? "the number of a row" : "a file",
				 verb->name, verb->operands);
	request->operand = wanted ? operands[0] : NULL;
	if ((verb->bit & TAKES_ROW) && number_parse("a row", operands[0], &request->seq, fault) < 0)
		return fault_set(fault, -EINVAL, "not the number of a row: '%s'", operands[0]);
	return 0;
}

static int run_on_record(const struct verb *verb, struct words *words, struct fault *fault)
{
	struct reader *reader = NULL;
	char path[PATH_MAX];
	int r;

	if (!words->audit && recorder_default_path(path, sizeof(path)) < 0)
		return fault_set(
			fault, -ENOENT,
			"cannot find the recorder: HOME is not set; hint: use --audit FILE");
	if (verb->bit == ROTATE)
		return audit_rotate(words->audit ? words->audit : path, &words->request, fault);
	r = reader_open(words->audit ? words->audit : path, &reader, fault);
	if (r == 0 && reader_left_out(reader))
		(void)complain(0, "note: rows are left out: %s", reader_left_out(reader));
	if (r == 0)
		r = verb->run(reader, &words->request, fault);
	reader_close(reader);
	return r;
}

static int run(const struct verb *verb, struct words *words)
{
	struct fault fault = { 0 };
	int r;

	(void)signal(SIGPIPE, SIG_DFL);
	r = words->request.proof ? audit_verify_proof(&words->request, &fault)
				 : run_on_record(verb, words, &fault);
	if (r >= 0 && fflush(stdout) != 0)
		r = fault_set(&fault, -errno, "cannot write: %s", strerror(errno));
	return r < 0 ? complain(EXIT_FAILED, "%s", fault.text[0] ? fault.text : strerror(-r)) : r;
}

static int verb_run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	struct option_row rows[OPTIONS_MAX];
	size_t count = rows_fill(&words, verb->bit, rows);
	struct fault fault = { 0 };
	char usage[64];
	int first = argc;
	int r = options_parse_mixed(rows, count, argc, argv, &first, &fault);

	(void)snprintf(usage, sizeof(usage), "agentos audit %s [OPTIONS]%s", verb->name,
		       verb->operands);
	if (r == OPTIONS_E_HELP)
		options_help(stdout, usage, verb->summary, rows, count);
	if (r == OPTIONS_E_VERSION)
		printf("agentos %s\n", AGENTOS_VERSION);
	if (r > 0)
		return 0;
	if (r == 0)
		r = words_read(&words, &fault);
	if (r == 0)
		r = operands_read(verb, argc - first, argv + first, &words.request, &fault);
	return r < 0 ? complain(EXIT_USAGE, "%s", fault.text) : run(verb, &words);
}

static void print_usage(FILE *out)
{
	(void)fprintf(out, "Usage: agentos audit VERB [OPTIONS]\n\n");
	for (size_t i = 0; i < VERB_COUNT; i++)
		(void)fprintf(out, "  %-8s%s\n", verbs[i].name, verbs[i].summary);
	(void)fprintf(out, "\n`agentos audit VERB --help` lists the options.\n");
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
			return verb_run(&verbs[i], argc - 1, argv + 1);
	}
	meant = nearest_word(argv[1], names, VERB_COUNT);
	return complain(EXIT_USAGE, "unknown audit command '%s'%s%s%s", argv[1],
			meant ? "; hint: did you mean '" : "", meant ? meant : "",
			meant ? "'?" : "; hint: 'agentos audit --help' lists them");
}
