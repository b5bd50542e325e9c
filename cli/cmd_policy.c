/* SPDX-License-Identifier: MIT */
/*
 * agentos policy check|test|show|plan|diff|list; from-agents-md is cli/agents_md.c
 */
#include "cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/agents_md.h"
#include "cli/json.h"
#include "cli/plan.h"
#include "cli/policies.h"
#include "common/nearest.h"
#include "common/options.h"
#include "common/printable.h"
#include "rules/diff.h"
#include "rules/explain.h"
#include "rules/witness.h"

struct words {
	struct policies policies;
	bool json, as_policy;
	unsigned differences;
};

static int check(struct words *words)
{
	const struct policy *policy = words->policies.policy;

	for (size_t i = 0; i < policy_file_count(policy); i++)
		printf("%s%s", i ? ", " : "", policy_file(policy, i));
	printf(": good (%.12s)\n", policy_hash(policy));
	return 0;
}

static int test(struct words *words)
{
	struct policy_test_result result;

	policy_test(words->policies.policy, stdout, &result);
	printf("%u passed, %u failed\n", result.passed, result.failed);
	return result.failed ? EXIT_FAILED : 0;
}

static int show(struct words *words)
{
	if (words->as_policy)
		return policy_export(words->policies.policy, stdout) < 0 ? EXIT_FAILED : 0;
	return policy_show(words->policies.policy, words->json, stdout) < 0 ? EXIT_FAILED : 0;
}

static int plan(struct words *words)
{
	return plan_print(words->policies.policy, words->json) < 0 ? EXIT_FAILED : 0;
}

static int list(struct words *words)
{
	for (const char *const *name = builtin_names(); *name; name++) {
		if (!words->json)
			printf("%s\n", *name);
		else if (json_print(json_pack("{s:s}", "name", *name)) < 0)
			return EXIT_FAILED;
	}
	return 0;
}

/*
 * Two policies.
 */

static void print_side(const char *name, const struct decision *decision)
{
	printf("  %s: %s by '%s'", name, verdict_name(decision->verdict), decision->rule);
	if (decision->file[0])
		printf(" (%s:%u)", decision->file, decision->line);
	printf("\n");
}

static json_t *side_json(const struct decision *decision)
{
	return json_pack("{s:s, s:s, s:o, s:i}", "verdict", verdict_name(decision->verdict), "rule",
			 decision->rule, "file", text_to_json(decision->file), "line",
			 (int)decision->line);
}

/* What is asked about, as far as an example says more than its target. */
static void print_example(const struct event *event)
{
	char target[2 * PATH_MAX];
	char shown[8 * PATH_MAX];

	(void)event_target(event, target, sizeof(target));
	printf("%s '%s'", action_name(event->action), printable_copy(target, shown, sizeof(shown)));
	for (size_t i = 1; i < event->argc; i++)
		printf(" %s", printable_copy(event->argv[i], shown, sizeof(shown)));
	if (event->action != ACTION_EXECUTE && event->program &&
	    strcmp(event->program, WITNESS_PROGRAM) != 0)
		printf(" by %s", printable_copy(event->program, shown, sizeof(shown)));
	printf("%s%s\n", event->own ? " of the same run" : "",
	       event->harmless ? " that runs nothing" : "");
}

static int print_difference(const struct difference *difference, void *data)
{
	const struct event *event = difference->event;
	bool granted = verdict_grants(difference->new->verdict);
	const char *word = granted == verdict_grants(difference->old->verdict) ? "changed"
			   : granted					       ? "allowed"
									       : "refused";
	struct words *words = data;
	char target[2 * PATH_MAX];

	words->differences++;
	if (words->json)
		return json_print(
			json_pack("{s:s, s:s, s:o, s:o, s:o}", "becomes", word, "action",
				  action_name(event->action), "target",
				  text_to_json(event_target(event, target, sizeof(target))), "old",
				  side_json(difference->old), "new", side_json(difference->new)));
	printf("%s  ", word);
	print_example(event);
	print_side("old", difference->old);
	print_side("new", difference->new);
	return 0;
}

/* Loads one of the two alone. */
static int load_alone(const struct policies *both, size_t index, struct policies *out)
{
	*out = *both;
	out->sources.items[0] = both->sources.items[index];
	out->sources.count = 1;
	return policies_load(out);
}

static int diff(struct words *words)
{
	static struct policies old, new; /* a few paths: large for a stack */
	int status;

	if (words->policies.sources.count != 2)
		return complain(EXIT_USAGE, "policy diff needs two policies: OLD and NEW");
	status = load_alone(&words->policies, 0, &old);
	if (status == 0)
		status = load_alone(&words->policies, 1, &new);
	if (status == 0 && policy_diff(old.policy, new.policy, print_difference, words) < 0)
		status = complain(EXIT_FAILED, "cannot compare: out of memory");
	policies_release(&old);
	policies_release(&new);
	if (status == 0 && !words->json)
		printf("%u differences by example\n", words->differences);
	return status ? status : words->differences ? EXIT_FAILED : 0;
}

static const struct verb {
	const char *name;
	int (*run)(struct words *words);
	bool takes_policies, loads, takes_json;
	const char *summary;
} verbs[] = {
	{ "check", check, true, true, false, "Load policies strictly, and say what is wrong." },
	{ "test", test, true, true, false,
	  "Run the inline tests of the policies and of all they extend." },
	{ "show", show, true, true, true, "Print the merged rules, each with its origin." },
	{ "plan", plan, true, true, true, "Print what enforces each rule, and how." },
	{ "list", list, false, false, true, "List the built-in policies." },
	{ "diff", diff, true, false, true,
	  "Say by example what a second policy allows or refuses that the first does not." },
};

/* Its words are no policies, so it has options and operands of its own. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} maker = { "from-agents-md", agents_md_command, "Write a policy from what an AGENTS.md says." };

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))
#define OPTIONS_MAX 8

static void print_usage(FILE *out)
{
	(void)fprintf(out, "Usage: agentos policy VERB [OPTIONS] [FILE|NAME...]\n\n");
	for (size_t i = 0; i < VERB_COUNT; i++)
		(void)fprintf(out, "  %-16s%s\n", verbs[i].name, verbs[i].summary);
	(void)fprintf(out, "  %-16s%s\n", maker.name, maker.summary);
	(void)fprintf(out, "\nWithout a FILE: ./agentos.yaml if there, on top of `base`.\n"
			   "`agentos policy VERB --help` lists the options.\n");
}

/* The options of one verb. Return: how many. */
static size_t rows_fill(const struct verb *verb, struct words *words, struct option_row *out)
{
	const struct option_row json = { 0, "json", OPTION_FLAG, &words->json, NULL, "print JSON" };
	const struct option_row as_policy = { 0,	   "as-policy",
					      OPTION_FLAG, &words->as_policy,
					      NULL,	   "print one policy that loads, in JSON" };
	size_t count = verb->takes_policies ? policies_options(&words->policies, out) : 0;

	if (verb->takes_json)
		out[count++] = json;
	if (verb->run == show)
		out[count++] = as_policy;
	return count;
}

static int operands_add(const struct verb *verb, int count, char **operands, struct words *words,
			struct fault *fault)
{
	struct option_list *sources = &words->policies.sources;

	if (count > 0 && !verb->takes_policies)
		return fault_set(fault, -EINVAL, "policy %s takes no operands: '%s'", verb->name,
				 operands[0]);
	for (int i = 0; i < count; i++) {
		if (sources->count == OPTION_LIST_MAX)
			return fault_set(fault, -EINVAL, "more than %d policies", OPTION_LIST_MAX);
		sources->items[sources->count++] = operands[i];
	}
	return 0;
}

static int run(const struct verb *verb, struct words *words)
{
	int status = verb->loads ? policies_load(&words->policies) : 0;

	if (status == 0)
		status = verb->run(words);
	policies_release(&words->policies);
	return status;
}

static int verb_run(const struct verb *verb, int argc, char **argv)
{
	static struct words words; /* a few paths: large for a stack */
	struct option_row rows[OPTIONS_MAX];
	size_t count = rows_fill(verb, &words, rows);
	struct fault fault = { 0 };
	char usage[80];
	int first = argc;
	int r = options_parse_mixed(rows, count, argc, argv, &first, &fault);

	(void)snprintf(usage, sizeof(usage), "agentos policy %s%s%s", verb->name,
		       count > 0 ? " [OPTIONS]" : "",
		       verb->takes_policies ? " [FILE|NAME...]" : "");
	if (r == OPTIONS_E_HELP)
		options_help(stdout, usage, verb->summary, rows, count);
	if (r == OPTIONS_E_VERSION)
		printf("agentos %s\n", AGENTOS_VERSION);
	if (r > 0)
		return 0;
	if (r == 0)
		r = operands_add(verb, argc - first, argv + first, &words, &fault);
	return r < 0 ? complain(EXIT_USAGE, "%s", fault.text) : run(verb, &words);
}

int cmd_policy(int argc, char **argv)
{
	const char *names[VERB_COUNT + 1];
	const char *meant;

	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(argc < 2 ? stderr : stdout);
		return argc < 2 ? EXIT_USAGE : 0;
	}
	if (strcmp(argv[1], maker.name) == 0)
		return maker.run(argc - 1, argv + 1);
	names[VERB_COUNT] = maker.name;
	for (size_t i = 0; i < VERB_COUNT; i++) {
		names[i] = verbs[i].name;
		if (strcmp(verbs[i].name, argv[1]) != 0)
			continue;
		return verb_run(&verbs[i], argc - 1, argv + 1);
	}
	meant = nearest_word(argv[1], names, VERB_COUNT + 1);
	return complain(EXIT_USAGE, "unknown policy command '%s'%s%s%s", argv[1],
			meant ? "; hint: did you mean '" : "", meant ? meant : "",
			meant ? "'?" : "; hint: 'agentos policy --help' lists them");
}
