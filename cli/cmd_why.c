/* SPDX-License-Identifier: MIT */
/*
 * agentos why: what would be decided, by the code that decides.
 */
#include "cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/recorder.h"
#include "cli/history.h"
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
	const char *audit, *run;
	bool json, all;
	struct history history; /* of @run */
};

struct answer {
	struct decision decision;
	const char *layer;
	json_t *levels; /* owned; of a run's limits, before this is counted */
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
static void judge(struct supervisor *supervisor, const struct history *history,
		  const struct question *question, struct answer *out)
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
	out->levels = history->limits ? history_levels(history, &event) : NULL;
	if (history->limits)
		limits_take(history->limits, &event, &out->decision, history->now);
}

static bool had_these_policies(const struct words *words)
{
	const char *hash = words->history.policy_hash;

	return hash && strcmp(hash, policy_hash(words->policies.policy)) == 0;
}

static void print_level(json_t *level)
{
	const char *rule, *file;
	json_int_t line, used, allowed, period, wait, full;

	if (json_unpack(level, "{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "rule", &rule, "file",
			&file, "line", &line, "used", &used, "allowed", &allowed, "period", &period,
			"wait", &wait, "full", &full) < 0)
		return;
	printf("limit '%s'", rule);
	if (file[0])
		printf(" (%s:%lld)", file, line);
	printf(": used %lld of %lld in %lld s", used, allowed, period);
	if (wait > 0)
		printf("; one more in %lld s", wait);
	if (full > 0)
		printf("; all again in %lld s", full);
	printf("\n");
}

/* The limits of the run that is asked about. */
static void print_levels(const struct words *words, const struct answer *answer)
{
	const struct history *history = &words->history;
	char run[1024];

	printf("run '%s' %s\n", printable_copy(history->run, run, sizeof(run)),
	       history->is_over ? "is over: as it was at its end" : "is not over");
	if (!had_these_policies(words))
		printf("it had other policies: counted as if it had had these\n");
	if (policy_record(words->policies.policy) == POLICY_RECORD_CHANGES)
		printf("granted reads are not in the record, and not counted\n");
	if (json_array_size(answer->levels) == 0)
		printf("no limit is on this\n");
	for (size_t i = 0; i < json_array_size(answer->levels); i++)
		print_level(json_array_get(answer->levels, i));
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

static int answer_json(const struct words *words, const struct question *question,
		       const struct answer *answer)
{
	const struct decision *decision = &answer->decision;
	char target[2 * PATH_MAX];
	json_t *json;

	(void)event_target(&question->event, target, sizeof(target));
	json = json_pack("{s:s, s:s, s:o, s:s, s:o, s:i, s:s, s:s}", "verdict",
			 verdict_name(decision->verdict), "action",
			 action_name(question->event.action), "target", text_to_json(target),
			 "rule", decision->rule, "file", text_to_json(decision->file), "line",
			 (int)decision->line, "message", decision->message, "layer", answer->layer);
	if (json && answer->levels)
		(void)json_object_update_new(
			json,
			json_pack("{s:o, s:b, s:b, s:O}", "run", text_to_json(words->history.run),
				  "run_is_over", words->history.is_over, "run_had_these_policies",
				  had_these_policies(words), "limits", answer->levels));
	return json_print(json);
}

/* Of every rule, by the name as it is and by the others that it may have where it lies. */
static void print_rules(struct supervisor *supervisor, const struct question *question)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	struct event event = question->event;

	if (event.path)
		(void)place_of_path(event.path, &place);
	event.place = &place;
	policy_explain(supervisor->policy, &event, stdout);
	judge_explain_folded(supervisor, &event, stdout);
}

static int answer_print(struct supervisor *supervisor, const struct words *words,
			const struct question *question, const struct answer *answer)
{
	int r = words->json ? answer_json(words, question, answer) : answer_text(question, answer);

	if (r == 0 && answer->levels && !words->json)
		print_levels(words, answer);
	if (r == 0 && words->all && !words->json)
		print_rules(supervisor, question);
	return r;
}

/* Of a script its interpreters are judged as well: what is refused first, or else the script. */
static int answer(struct guard *guard, const struct words *words, const struct question *question,
		  struct question *interpreted)
{
	static struct supervisor supervisor;
	struct answer first, next;
	int r;

	supervisor.policy = words->policies.policy;
	supervisor.guard = guard;
	judge(&supervisor, &words->history, question, &first);
	for (int i = 0; i < SCRIPTS_MAX && verdict_grants(first.decision.verdict) &&
			question_follow(interpreted);
	     i++) {
		judge(&supervisor, &words->history, interpreted, &next);
		if (verdict_grants(next.decision.verdict)) {
			json_decref(next.levels);
			continue;
		}
		json_decref(first.levels);
		first = next;
		question = interpreted;
	}
	r = answer_print(&supervisor, words, question, &first);
	json_decref(first.levels);
	if (r < 0)
		return EXIT_FAILED;
	return verdict_grants(first.decision.verdict) ? 0 : EXIT_FAILED;
}

/* A run's agent and workspace are those that are asked about, unless others are named. */
static int find_run(struct words *words, struct fault *fault)
{
	struct history *history = &words->history;

	if (!words->run)
		return 0;
	if (history_open(words->audit, words->run, history, fault) < 0)
		return complain(EXIT_FAILED, "%s", fault->text);
	if (!words->policies.agent)
		words->policies.agent = history->agent;
	if (!words->policies.workspace)
		words->policies.workspace = history->workspace;
	return 0;
}

static int count_run(struct words *words, struct fault *fault)
{
	if (words->run && history_count(&words->history, words->policies.policy, fault) < 0)
		return complain(EXIT_FAILED, "%s", fault->text);
	return 0;
}

static int ask(struct words *words, int count, char **operands)
{
	/* A few paths: large for a stack. The second becomes what a script leads to. */
	static struct question questions[2];
	struct guard *guard = guard_new();
	struct fault fault = { 0 };
	int status = find_run(words, &fault);

	if (status == 0)
		status = policies_load(&words->policies);
	for (int i = 0; i < 2 && status == 0; i++)
		if (question_read(&words->policies, count, operands, &questions[i], &fault) < 0)
			status = complain(EXIT_USAGE, "%s", fault.text);
	if (status == 0 && (!guard || guard_fill(guard, words) < 0))
		status = complain(EXIT_FAILED, "out of memory");
	if (status == 0)
		status = count_run(words, &fault);
	if (status == 0)
		status = answer(guard, words, &questions[0], &questions[1]);
	question_release(&questions[0]);
	question_release(&questions[1]);
	guard_free(guard);
	history_close(&words->history);
	policies_release(&words->policies);
	return status;
}

int cmd_why(int argc, char **argv)
{
	static struct words words;
	const struct option_row own[] = {
		{ 0, "audit", OPTION_TEXT, &words.audit, "FILE", "recorder database of the run" },
		{ 0, "run", OPTION_TEXT, &words.run, "ID",
		  "say how far this recorded run has used its limits up, and count them" },
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
