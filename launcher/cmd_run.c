/* SPDX-License-Identifier: MIT */
/*
 * agentos run, also known as agentos-run: options, banner, summary, exit status.
 */
#include "cli/commands.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/nearest.h"
#include "common/options.h"
#include "common/sources.h"
#include "launcher/run.h"
#include "rules/explain.h"

#define EXIT_LAUNCHER_FAILED 125
#define EXIT_DENIED 77 /* --fail-on-deny */
#define REFUSALS_SHOWN 5

static const char usage[] = "agentos-run [OPTIONS] [--] COMMAND [ARG...]";
static const char summary[] = "Run COMMAND as an agent under a policy and record what it does.";

/* The command line as it was written; strings borrowed from argv. */
struct words {
	struct option_list policies, sets, levels;
	const char *agent, *workspace, *audit, *mode, *record, *ask, *explain;
	bool fail_on_deny, quiet;
};

/* Words of an option and what they stand for. */
struct choice {
	const char *word;
	int value;
};

static const struct choice modes[] = { { "enforce", false }, { "shadow", true }, { NULL, 0 } };
static const struct choice records[] = {
	{ "all", POLICY_RECORD_ALL },
	{ "strict", POLICY_RECORD_STRICT },
	{ "changes", POLICY_RECORD_CHANGES },
	{ NULL, 0 },
};
enum { LEVEL_FULL, LEVEL_NO_LANDLOCK, LEVEL_NO_SOCKETS, LEVEL_NO_CONTENT, LEVEL_NO_LIMITS };

static const struct choice levels[] = {
	{ "full", LEVEL_FULL },
	{ "no-landlock", LEVEL_NO_LANDLOCK },
	{ "no-sockets", LEVEL_NO_SOCKETS },
	{ "no-content", LEVEL_NO_CONTENT },
	{ "no-limits", LEVEL_NO_LIMITS },
	{ NULL, 0 },
};
static const struct choice explains[] = {
	{ "stderr", EXPLAIN_STDERR },
	{ "json", EXPLAIN_JSON },
	{ "off", EXPLAIN_OFF },
	{ NULL, 0 },
};

/* The value of @word, or of the first choice when there is none. */
static int choose(const char *option, const struct choice *choices, const char *word,
		  int *out_value, struct fault *fault)
{
	const char *known[8];
	size_t count = 0;
	const char *meant;

	for (; choices[count].word; count++) {
		known[count] = choices[count].word;
		if (word && strcmp(word, choices[count].word) != 0)
			continue;
		*out_value = choices[count].value;
		return 0;
	}
	meant = nearest_word(word, known, count);
	return fault_set(fault, -EINVAL, "unknown word for --%s: '%s'%s%s%s", option, word,
			 meant ? "; hint: did you mean '" : "", meant ? meant : "",
			 meant ? "'?" : "");
}

static int parse(int argc, char **argv, struct words *words, int *out_first, struct fault *fault)
{
	const struct option_row rows[] = {
		{ 'p', "policy", OPTION_LIST, &words->policies, "FILE|NAME",
		  "add a policy (default: ./agentos.yaml, else the profile of COMMAND's name); "
		  "`base` is always under it" },
		{ 'a', "agent", OPTION_TEXT, &words->agent, "ID",
		  "identity in the record (default: COMMAND's name)" },
		{ 'w', "workspace", OPTION_TEXT, &words->workspace, "DIR",
		  "what the agent may change (default: the current directory)" },
		{ 's', "set", OPTION_LIST, &words->sets, "VAR=VALUE", "set a policy variable" },
		{ 'm', "mode", OPTION_TEXT, &words->mode, "MODE",
		  "enforce | shadow: decide and record, refuse nothing" },
		{ 0, "record", OPTION_TEXT, &words->record, "LEVEL", "all | changes | strict" },
		{ 0, "audit", OPTION_TEXT, &words->audit, "FILE", "recorder database" },
		{ 0, "ask", OPTION_TEXT, &words->ask, "WHERE",
		  "tty | deny: who answers `ask` (default: the terminal if there is one)" },
		{ 0, "level", OPTION_LIST, &words->levels, "LEVEL",
		  "full | no-landlock | no-sockets | no-content | no-limits: accept what is "
		  "lacking" },
		{ 0, "explain", OPTION_TEXT, &words->explain, "WHERE",
		  "stderr | json | off: one line to the agent for each new refusal" },
		{ 0, "fail-on-deny", OPTION_FLAG, &words->fail_on_deny, NULL,
		  "exit with 77 when anything was refused" },
		{ 'q', "quiet", OPTION_FLAG, &words->quiet, NULL, "no banner, no summary" },
	};
	size_t count = sizeof(rows) / sizeof(rows[0]);
	int r = options_parse(rows, count, argc, argv, out_first, fault);

	if (r == OPTIONS_E_HELP)
		options_help(stdout, usage, summary, rows, count);
	return r;
}

/* Where a person is asked; other ways than the terminal come later. */
static int ask_choose(const char *word, enum ask_where *out, struct fault *fault)
{
	if (!word || strcmp(word, "tty") == 0 || strcmp(word, "deny") == 0) {
		*out = !word ? ASK_DEFAULT : strcmp(word, "tty") == 0 ? ASK_TTY : ASK_DENY;
		return 0;
	}
	return fault_set(fault, -EINVAL,
			 "cannot ask there: '%s': not in this version; hint: --ask tty, or --ask "
			 "deny",
			 word);
}

/* Each --level accepts one loss more. */
static int levels_accept(const struct option_list *words, struct run_options *out,
			 struct fault *fault)
{
	int level, r;

	for (size_t i = 0; i < words->count; i++) {
		r = choose("level", levels, words->items[i], &level, fault);
		if (r < 0)
			return r;
		out->accept_no_landlock |= level == LEVEL_NO_LANDLOCK;
		out->accept_no_sockets |= level == LEVEL_NO_SOCKETS;
		out->accept_no_content |= level == LEVEL_NO_CONTENT;
		out->accept_no_limits |= level == LEVEL_NO_LIMITS;
	}
	return 0;
}

static int options_fill(struct words *words, const char *command, struct run_options *out,
			struct fault *fault)
{
	int record = POLICY_RECORD_UNSAID;
	int shadow, explain;
	int r = choose("mode", modes, words->mode, &shadow, fault);

	if (r == 0 && words->record)
		r = choose("record", records, words->record, &record, fault);
	if (r == 0)
		r = levels_accept(&words->levels, out, fault);
	if (r == 0)
		r = choose("explain", explains, words->explain, &explain, fault);
	if (r == 0)
		r = ask_choose(words->ask, &out->ask, fault);
	if (r < 0)
		return r;
	out->agent = words->agent;
	out->workspace = words->workspace;
	out->audit = words->audit;
	out->sets = words->sets.items;
	out->set_count = words->sets.count;
	out->shadow = shadow;
	out->record = (enum policy_record)record;
	out->explain = (enum explain)explain;
	out->quiet = words->quiet;
	sources_choose(&words->policies, command);
	for (size_t i = 0; i < words->policies.count; i++)
		out->sources[out->source_count++] = words->policies.items[i];
	return 0;
}

/* What nobody decides about in a run: said, so that nobody counts on it. */
static void banner_content(const struct run *run)
{
	unsigned actions = policy_content_actions(run->policy) & ~run->content_actions;
	const char *before = "agentos: content rules (";

	for (int i = 1; i < ACTION_COUNT; i++) {
		if (!(actions & ACTION_BIT(i)))
			continue;
		(void)fprintf(stderr, "%s%s", before, action_name((enum action)i));
		before = ", ";
	}
	if (actions)
		(void)fprintf(stderr, "): decided by 'agentos decide' only\n");
}

static void banner(const struct run *run)
{
	(void)fprintf(stderr, "agentos: %s, run %s%s; policy", run->agent, run->id,
		      run->shadow ? " (shadow: nothing is refused)" : "");
	for (size_t i = 0; i < policy_file_count(run->policy); i++)
		(void)fprintf(stderr, "%s %s", i ? "," : "", policy_file(run->policy, i));
	(void)fprintf(stderr, " (%.12s)\n", policy_hash(run->policy));
	(void)fprintf(stderr, "agentos: workspace %s; network: what the policy names\n",
		      run->workspace);
	(void)fprintf(stderr, "agentos: level %s; record %s\n", run->level, run->audit);
	banner_content(run);
}

static void print_refusals(const struct run_result *result)
{
	for (size_t i = 0; i < result->refusal_count && i < REFUSALS_SHOWN; i++)
		(void)fprintf(stderr, "  %s", result->refusals[i]);
}

static void print_summary(const struct run *run, const struct run_result *result)
{
	const struct recorder_summary *counts = &result->summary;

	(void)fprintf(stderr,
		      "agentos: %llu allowed, %llu audited, %llu asked, %llu %s; exit status %d\n",
		      (unsigned long long)counts->allowed, (unsigned long long)counts->audited,
		      (unsigned long long)counts->asked, (unsigned long long)counts->denied,
		      run->shadow ? "would have been denied" : "denied", result->status);
	print_refusals(result);
	if (counts->denied)
		(void)fprintf(stderr,
			      "agentos: more: agentos audit query --run %s --verdict deny\n",
			      run->id);
}

static int complain(const struct fault *fault)
{
	(void)fprintf(stderr, "agentos: %s\n", fault->text);
	return EXIT_LAUNCHER_FAILED;
}

static int run_and_report(const struct run_options *options, bool fail_on_deny)
{
	static struct run run; /* a few paths: large for a stack */
	struct run_result result = { 0 };
	struct fault fault = { 0 };
	int r = run_prepare(options, &run, &fault);

	if (r == 0 && !options->quiet)
		banner(&run);
	if (r == 0)
		r = run_execute(&run, &result, &fault);
	if (r == 0 && result.timed_out)
		(void)fprintf(stderr,
			      "agentos: the run was ended: it took all of its %llu s (wall_time)\n",
			      (unsigned long long)policy_limits(run.policy)->wall_time);
	if (r == 0 && result.printed_all)
		(void)fprintf(
			stderr,
			"agentos: the run was ended: it printed all of its %llu bytes (output)\n",
			(unsigned long long)policy_limits(run.policy)->output);
	if (r == 0 && !options->quiet)
		print_summary(&run, &result);
	run_release(&run);
	if (r < 0)
		return complain(&fault);
	return fail_on_deny && result.summary.denied ? EXIT_DENIED : result.status;
}

int cmd_run(int argc, char **argv)
{
	struct run_options options = { 0 };
	struct words words = { 0 };
	struct fault fault = { 0 };
	int first;
	int r = parse(argc, argv, &words, &first, &fault);

	if (r == OPTIONS_E_HELP)
		return 0;
	if (r == OPTIONS_E_VERSION)
		return printf("agentos %s\n", AGENTOS_VERSION) < 0;
	if (r == 0)
		r = options_fill(&words, first < argc ? argv[first] : NULL, &options, &fault);
	if (r == 0 && first == argc)
		r = fault_set(&fault, -EINVAL, "no command to run; usage: %s", usage);
	if (r < 0)
		return complain(&fault);
	options.argv = argv + first;
	options.argc = (size_t)(argc - first);
	return run_and_report(&options, words.fail_on_deny);
}
