/* SPDX-License-Identifier: MIT */
/*
 * agentos policy check|test|show|list
 */
#include "cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/policies.h"
#include "common/nearest.h"
#include "rules/explain.h"

struct policy_words {
	struct policies policies;
	bool json;
};

static int check(struct policy_words *words)
{
	const struct policy *policy = words->policies.policy;

	for (size_t i = 0; i < policy_file_count(policy); i++)
		printf("%s%s", i ? ", " : "", policy_file(policy, i));
	printf(": good (%.12s)\n", policy_hash(policy));
	return 0;
}

static int test(struct policy_words *words)
{
	struct policy_test_result result;

	policy_test(words->policies.policy, stdout, &result);
	printf("%u passed, %u failed\n", result.passed, result.failed);
	return result.failed ? EXIT_FAILED : 0;
}

static int show(struct policy_words *words)
{
	return policy_show(words->policies.policy, words->json, stdout) < 0 ? EXIT_FAILED : 0;
}

static int list(struct policy_words *words)
{
	(void)words;
	for (const char *const *name = builtin_names(); *name; name++)
		printf("%s\n", *name);
	return 0;
}

static const struct verb {
	const char *name;
	int (*run)(struct policy_words *words);
	bool needs_policy;
	const char *summary;
} verbs[] = {
	{ "check", check, true, "Load the policies FILE|NAME... strictly, and say what is wrong." },
	{ "test", test, true, "Run the inline tests of the policies and of all they extend." },
	{ "show", show, true, "Print the merged rules, each with its origin." },
	{ "list", list, false, "List the built-in policies." },
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static void print_usage(FILE *out)
{
	(void)fprintf(out, "Usage: agentos policy VERB [OPTIONS] [FILE|NAME...]\n\n");
	for (size_t i = 0; i < VERB_COUNT; i++)
		(void)fprintf(out, "  %-8s%s\n", verbs[i].name, verbs[i].summary);
	(void)fprintf(out, "\nWithout a FILE: ./agentos.yaml if there, on top of `base`.\n");
}

static const struct verb *verb_find(const char *name)
{
	const char *names[VERB_COUNT];
	const char *meant;

	for (size_t i = 0; i < VERB_COUNT; i++) {
		names[i] = verbs[i].name;
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	meant = nearest_word(name, names, VERB_COUNT);
	(void)complain(0, "unknown policy command '%s'%s%s%s", name,
		       meant ? "; hint: did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
	return NULL;
}

static int verb_run(const struct verb *verb, int argc, char **argv)
{
	static struct policy_words words;
	const struct option_row rows[] = {
		{ 'p', "policy", OPTION_LIST, &words.policies.sources, "FILE|NAME",
		  "a policy, as an operand" },
		{ 's', "set", OPTION_LIST, &words.policies.sets, "VAR=VALUE",
		  "set a policy variable" },
		{ 'w', "workspace", OPTION_TEXT, &words.policies.workspace, "DIR",
		  "what ${WORKSPACE} stands for (default: the current directory)" },
		{ 0, "json", OPTION_FLAG, &words.json, NULL, "print JSON (show)" },
	};
	size_t count = sizeof(rows) / sizeof(rows[0]);
	struct fault fault = { 0 };
	char usage[64];
	int first, status;
	int r = options_parse(rows, count, argc, argv, &first, &fault);

	(void)snprintf(usage, sizeof(usage), "agentos policy %s [OPTIONS] [FILE|NAME...]", verb->name);
	if (r == OPTIONS_E_HELP)
		options_help(stdout, usage, verb->summary, rows, count);
	if (r == OPTIONS_E_VERSION)
		printf("agentos %s\n", AGENTOS_VERSION);
	if (r > 0)
		return 0;
	if (r < 0)
		return complain(EXIT_USAGE, "%s", fault.text);
	for (; first < argc; first++) {
		if (words.policies.sources.count == OPTION_LIST_MAX)
			return complain(EXIT_USAGE, "more than %d policies", OPTION_LIST_MAX);
		words.policies.sources.items[words.policies.sources.count++] = argv[first];
	}
	status = verb->needs_policy ? policies_load(&words.policies) : 0;
	if (status == 0)
		status = verb->run(&words);
	policies_release(&words.policies);
	return status;
}

int cmd_policy(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(stdout);
		return 0;
	}
	verb = verb_find(argv[1]);
	return verb ? verb_run(verb, argc - 1, argv + 1) : EXIT_USAGE;
}
