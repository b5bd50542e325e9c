/* SPDX-License-Identifier: MIT */
/*
 * agentos policy check|test|show|list
 */
#include "cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/policies.h"
#include "common/nearest.h"
#include "common/options.h"
#include "rules/explain.h"

struct words {
	struct policies policies;
	bool json;
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
	return policy_show(words->policies.policy, words->json, stdout) < 0 ? EXIT_FAILED : 0;
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

static const struct verb {
	const char *name;
	int (*run)(struct words *words); /* NULL: comes later */
	bool takes_policies, takes_json;
	const char *summary;
} verbs[] = {
	{ "check", check, true, false, "Load policies strictly, and say what is wrong." },
	{ "test", test, true, false,
	  "Run the inline tests of the policies and of all they extend." },
	{ "show", show, true, true, "Print the merged rules, each with its origin." },
	{ "list", list, false, true, "List the built-in policies." },
	{ "plan", NULL, false, false, NULL },
	{ "diff", NULL, false, false, NULL },
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))
#define OPTIONS_MAX 8

static void print_usage(FILE *out)
{
	(void)fprintf(out, "Usage: agentos policy VERB [OPTIONS] [FILE|NAME...]\n\n");
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (verbs[i].run)
			(void)fprintf(out, "  %-8s%s\n", verbs[i].name, verbs[i].summary);
	(void)fprintf(out, "\nWithout a FILE: ./agentos.yaml if there, on top of `base`.\n"
			   "`agentos policy VERB --help` lists the options.\n");
}

/* The options of one verb. Return: how many. */
static size_t rows_fill(const struct verb *verb, struct words *words, struct option_row *out)
{
	struct policies *policies = &words->policies;
	const struct option_row scope[] = {
		{ 'p', "policy", OPTION_LIST, &policies->sources, "FILE|NAME",
		  "a policy, as the operands are" },
		{ 's', "set", OPTION_LIST, &policies->sets, "VAR=VALUE", "set a policy variable" },
		{ 'a', "agent", OPTION_TEXT, &policies->agent, "ID", "identity of the agent" },
		{ 'w', "workspace", OPTION_TEXT, &policies->workspace, "DIR",
		  "the workspace (default: the current directory)" },
	};
	const struct option_row json = { 0, "json", OPTION_FLAG, &words->json, NULL, "print JSON" };
	size_t count = 0;

	for (size_t i = 0; verb->takes_policies && i < sizeof(scope) / sizeof(scope[0]); i++)
		out[count++] = scope[i];
	if (verb->takes_json)
		out[count++] = json;
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
	int status = verb->takes_policies ? policies_load(&words->policies) : 0;

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
	const char *names[VERB_COUNT];
	const char *meant;

	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(argc < 2 ? stderr : stdout);
		return argc < 2 ? EXIT_USAGE : 0;
	}
	for (size_t i = 0; i < VERB_COUNT; i++) {
		names[i] = verbs[i].name;
		if (strcmp(verbs[i].name, argv[1]) != 0)
			continue;
		if (!verbs[i].run)
			return complain(EXIT_USAGE, "policy command '%s' is not in this version",
					verbs[i].name);
		return verb_run(&verbs[i], argc - 1, argv + 1);
	}
	meant = nearest_word(argv[1], names, VERB_COUNT);
	return complain(EXIT_USAGE, "unknown policy command '%s'%s%s%s", argv[1],
			meant ? "; hint: did you mean '" : "", meant ? meant : "",
			meant ? "'?" : "; hint: 'agentos policy --help' lists them");
}
