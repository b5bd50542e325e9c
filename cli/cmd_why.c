/* SPDX-License-Identifier: MIT */
/*
 * agentos why: what would be decided, by the code that decides.
 */
#include "cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/recorder.h"
#include "cli/json.h"
#include "cli/plan.h"
#include "cli/policies.h"
#include "cli/question.h"
#include "common/options.h"
#include "common/printable.h"
#include "launcher/guard.h"
#include "launcher/judge.h"
#include "rules/explain.h"
#include "rules/plan.h"

#define SCRIPTS_MAX 4 /* as the kernel: an interpreter that is a script itself, and so on */

struct words {
	struct policies policies;
	const char *audit;
	bool json, all;
};

struct answer {
	struct decision decision;
	const char *layer;
};

/* Files of a run that no policy opens up: its policies and its record. */
static int guard_fill(struct guard *guard, const struct words *words)
{
	const struct policy *policy = words->policies.policy;
	char path[PATH_MAX + 32];
	int r = 0;

	for (size_t i = 0; i < policy_file_count(policy) && r == 0; i++)
		if (strchr(policy_file(policy, i), '/'))
			r = guard_add(guard, policy_file(policy, i), false, false);
	(void)snprintf(path, sizeof(path), "%s/agentos.yaml", words->policies.workspace_path);
	if (r == 0)
		r = guard_add(guard, path, false, false);
	if (r == 0 && words->audit)
		r = guard_add(guard, words->audit, true, false);
	else if (r == 0 && recorder_default_path(path, sizeof(path)) == 0)
		r = guard_add(guard, path, true, false);
	if (r == 0 && policy_needs_image_integrity(policy))
		guard_forbid_memory_writes(guard);
	return r;
}

/* Where the path lies says whether letter case matters there. */
static void judge(struct supervisor *supervisor, const struct question *question,
		  struct answer *out)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	struct event event = question->event;

	if (event.path)
		(void)place_of_path(event.path, &place);
	event.place = &place;
	out->layer = layer_of(event.action);
	if (judge_by_guard(supervisor, &event, &out->decision))
		out->layer = "guard, in the supervisor; landlock underneath";
	else
		judge_by_policy(supervisor, &event, &out->decision);
}

/* The line of what is asked, escaped: a file name may be a stranger's. */
static void print_target(const struct event *event, const char *before, const char *after)
{
	char target[2 * PATH_MAX];
	char shown[8 * PATH_MAX];

	(void)event_target(event, target, sizeof(target));
	printf("%s%s%s", before, printable_copy(target, shown, sizeof(shown)), after);
}

static int answer_text(const struct question *question, const struct answer *answer)
{
	const struct decision *decision = &answer->decision;
	char message[2048];

	printf("%s  %s ", verdict_name(decision->verdict), action_name(question->event.action));
	print_target(&question->event, "'", "'\n");
	printf("rule '%s'", decision->rule);
	if (decision->file[0])
		printf(" (%s:%u)", decision->file, decision->line);
	(void)printable_copy(decision->message, message, sizeof(message));
	printf("%s%s\nenforced by: %s\n", message[0] ? ": " : "", message, answer->layer);
	return 0;
}

static int answer_json(const struct question *question, const struct answer *answer)
{
	const struct decision *decision = &answer->decision;
	char target[2 * PATH_MAX];

	(void)event_target(&question->event, target, sizeof(target));
	return json_print(json_pack("{s:s, s:s, s:o, s:s, s:o, s:i, s:s, s:s}", "verdict",
				    verdict_name(decision->verdict), "action",
				    action_name(question->event.action), "target",
				    text_to_json(target), "rule", decision->rule, "file",
				    text_to_json(decision->file), "line", (int)decision->line,
				    "message", decision->message, "layer", answer->layer));
}

static int answer_print(const struct words *words, const struct question *question,
			const struct answer *answer)
{
	int r = words->json ? answer_json(question, answer) : answer_text(question, answer);

	if (r == 0 && words->all && !words->json)
		policy_explain(words->policies.policy, &question->event, stdout);
	return r;
}

/* Of a script its interpreters are judged as well: what is refused first, or else the script. */
static int answer(struct guard *guard, const struct words *words, const struct question *question,
		  struct question *interpreted)
{
	static struct supervisor supervisor;
	struct answer first, next;

	supervisor.policy = words->policies.policy;
	supervisor.guard = guard;
	judge(&supervisor, question, &first);
	for (int i = 0; i < SCRIPTS_MAX && verdict_grants(first.decision.verdict) &&
			question_follow(interpreted);
	     i++) {
		judge(&supervisor, interpreted, &next);
		if (verdict_grants(next.decision.verdict))
			continue;
		first = next;
		question = interpreted;
	}
	if (answer_print(words, question, &first) < 0)
		return EXIT_FAILED;
	return verdict_grants(first.decision.verdict) ? 0 : EXIT_FAILED;
}

static int ask(struct words *words, int count, char **operands)
{
	/* A few paths: large for a stack. The second becomes what a script leads to. */
	static struct question questions[2];
	struct guard *guard = guard_new();
	struct fault fault = { 0 };
	int status = policies_load(&words->policies);

	for (int i = 0; i < 2 && status == 0; i++)
		if (question_read(&words->policies, count, operands, &questions[i], &fault) < 0)
			status = complain(EXIT_USAGE, "%s", fault.text);
	if (status == 0 && (!guard || guard_fill(guard, words) < 0))
		status = complain(EXIT_FAILED, "out of memory");
	if (status == 0)
		status = answer(guard, words, &questions[0], &questions[1]);
	question_release(&questions[0]);
	question_release(&questions[1]);
	guard_free(guard);
	policies_release(&words->policies);
	return status;
}

int cmd_why(int argc, char **argv)
{
	static struct words words;
	const struct option_row own[] = {
		{ 0, "audit", OPTION_TEXT, &words.audit, "FILE", "recorder database of the run" },
		{ 0, "all", OPTION_FLAG, &words.all, NULL, "say of every rule whether it matches" },
		{ 0, "json", OPTION_FLAG, &words.json, NULL, "print JSON" },
	};
	struct option_row rows[POLICIES_OPTIONS + sizeof(own) / sizeof(own[0])];
	size_t count = policies_options(&words.policies, rows);
	static const char usage[] = "agentos why [OPTIONS] ACTION field=value...";
	struct fault fault = { 0 };
	int first = argc;
	int r;

	memcpy(rows + count, own, sizeof(own));
	count += sizeof(own) / sizeof(own[0]);
	r = options_parse_mixed(rows, count, argc, argv, &first, &fault);
	if (r == OPTIONS_E_HELP)
		options_help(stdout, usage,
			     "Say what would be decided about an action, and by which rule.", rows,
			     count);
	if (r == OPTIONS_E_VERSION)
		printf("agentos %s\n", AGENTOS_VERSION);
	if (r > 0)
		return 0;
	if (r == 0 && first == argc)
		r = fault_set(&fault, -EINVAL, "no action; usage: %s", usage);
	if (r < 0)
		return complain(EXIT_USAGE, "%s", fault.text);
	return ask(&words, argc - first, argv + first);
}
