/* SPDX-License-Identifier: MIT */
#include "rules/explain.h"

#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "common/clean.h"
#include "common/printable.h"
#include "rules/merged.h"

#define TARGET_SIZE 8192
/* Together they fit into what the shim can be told. */
#define TARGET_SHOWN 384
#define MESSAGE_SHOWN 256
#define FILE_SHOWN 128
#define OUTLOOK_SIZE 80

char *event_target(const struct event *event, char *text, size_t size)
{
	char ip[INET6_ADDRSTRLEN];
	const char *host = event->host;
	bool is_six;

	if (ACTION_BIT(event->action) & ACTION_CONTENT & ~ACTION_BIT(ACTION_SEND_DATA)) {
		content_summary(event, text, size);
		return text;
	}
	if (event->path ||
	    !(ACTION_BIT(event->action) & (ACTION_NETWORK | ACTION_BIT(ACTION_SEND_DATA)))) {
		(void)snprintf(text, size, "%s", event->path ? event->path : "");
		return text;
	}
	if (!host)
		host = event->has_ip ? ip_format(&event->ip, ip, sizeof(ip)) : "";
	is_six = strchr(host, ':');
	(void)snprintf(text, size, "%s%s%s:%u", is_six ? "[" : "", host, is_six ? "]" : "",
		       event->port);
	return text;
}

/* Why a person has not agreed. */
static const char *reason_of(const struct decision *decision, char *text, size_t size)
{
	static const char *const reasons[ANSWER_COUNT] = {
		[ANSWER_REFUSED] = "a person was asked and said no",
		[ANSWER_CROWDED] = "it needs a person's approval, and too many questions wait "
				   "already; try again later",
		[ANSWER_FLOODED] = "it needs a person's approval, and too many were asked for "
				   "within a minute; try again later",
		[ANSWER_UNSHOWN] = "it needs a person's approval, and is too long to be shown",
		[ANSWER_UNSTILL] = "it needs a person's approval, and the run's processes could "
				   "not be held still for the question",
		[ANSWER_WITHDRAWN] = "it needs a person's approval, and the question was withdrawn",
	};
	unsigned seconds = decision->timeout ? decision->timeout : ASK_TIMEOUT;

	if (decision->answer < ANSWER_COUNT && reasons[decision->answer])
		return reasons[decision->answer];
	if (decision->answer != ANSWER_TIMEOUT)
		return "it needs a person's approval, and nobody was there to ask";
	(void)snprintf(text, size, "a person was asked, and there was no answer within %u%s",
		       seconds % 60 ? seconds : seconds / 60, seconds % 60 ? "s" : "m");
	return text;
}

/* What the agent can expect of trying again. @text: OUTLOOK_SIZE bytes */
static const char *outlook(const struct decision *decision, char *text)
{
	switch (decision->verdict) {
	case VERDICT_ASK:
		return reason_of(decision, text, OUTLOOK_SIZE);
	case VERDICT_STOP:
		return "the run is stopped";
	case VERDICT_KILL:
		return "the run is killed";
	default:
		return decision->is_for_now ? "retrying before that will not help"
					    : "retrying will not help";
	}
}

/* What was refused: an action, or a call that is no action of the language. */
static const char *action_word(const struct event *event)
{
	return event->action == ACTION_NONE && event->call ? event->call
							   : action_name(event->action);
}

size_t decision_sentence(const struct event *event, const struct decision *decision, char *text,
			 size_t size)
{
	char target[TARGET_SIZE];
	char shown[TARGET_SHOWN];
	char message[MESSAGE_SHOWN];
	char file[FILE_SHOWN];
	char origin[FILE_SHOWN + 32] = "";
	char expected[OUTLOOK_SIZE];
	int len;

	(void)event_target(event, target, sizeof(target));
	(void)printable_copy(target, shown, sizeof(shown));
	(void)printable_copy(decision->message, message, sizeof(message));
	if (decision->file[0])
		(void)snprintf(origin, sizeof(origin), " (%s:%u)",
			       printable_copy(decision->file, file, sizeof(file)), decision->line);
	len = snprintf(text, size, "agentos: denied %s '%s': rule '%s'%s%s%s; %s\n",
		       action_word(event), shown, decision->rule, origin, message[0] ? ": " : "",
		       message, outlook(decision, expected));
	if (len > 0 && (size_t)len < size)
		return (size_t)len;
	text[size - 2] = '\n';
	text[size - 1] = '\0';
	return size - 1;
}

/* @part: of the room that each text may take. */
static char *decision_dump(const struct event *event, const struct decision *decision, size_t part)
{
	char target[TARGET_SIZE];
	char shown[TARGET_SHOWN];
	char message[MESSAGE_SHOWN];
	char file[FILE_SHOWN];
	json_t *object;
	char *dumped;

	(void)event_target(event, target, sizeof(target));
	object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s*}", "agentos", "denied",
			   "action", action_word(event), "target",
			   printable_copy(target, shown, sizeof(shown) / part), "rule",
			   decision->rule, "file",
			   printable_copy(decision->file, file, sizeof(file) / part), "line",
			   (int)decision->line, "message",
			   printable_copy(decision->message, message, sizeof(message) / part),
			   "verdict", verdict_name(decision->verdict), "answer",
			   decision->answer ? answer_name(decision->answer) : NULL);
	dumped = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	return dumped;
}

size_t decision_json(const struct event *event, const struct decision *decision, char *text,
		     size_t size)
{
	/* Cut before it is made JSON: escapes take room that is known only then. */
	for (size_t part = 1; part <= 8; part *= 2) {
		CLEAN_FREE char *dumped = decision_dump(event, decision, part);

		if (dumped && strlen(dumped) + 1 < size)
			return (size_t)snprintf(text, size, "%s\n", dumped);
	}
	return (size_t)snprintf(text, size, "{\"agentos\":\"denied\"}\n");
}

static void print_reason(const struct rule *rule, const struct event *event, FILE *out)
{
	struct rule_reason reason = rule_explain(rule, event);

	(void)fprintf(out, "  %-24s %s:%u  %s: ", rule->name, rule->source->label, rule->line,
		      verdict_name(rule->verdict));
	if (!rule->enabled)
		(void)fprintf(out, "switched off\n");
	else if (reason.matches)
		(void)fprintf(out, "matched\n");
	else if (reason.excepted)
		(void)fprintf(out, "excepted\n");
	else if (reason.is_over)
		(void)fprintf(out, "its time is over\n");
	else
		(void)fprintf(out, "%s differs\n", field_name(reason.field));
}

void policy_explain(const struct policy *policy, const struct event *event, FILE *out)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		if (rule->actions & ACTION_BIT(event->action))
			print_reason(rule, event, out);
}

static bool case_holds(const struct policy_case *one, const struct decision *decision)
{
	return decision->verdict == one->expect &&
	       (!one->rule || strcmp(one->rule, decision->rule) == 0);
}

void policy_test(const struct policy *policy, FILE *out, struct policy_test_result *out_result)
{
	struct policy_test_result result = { 0 };

	for (const struct policy_case *one = policy->cases; one; one = one->next) {
		struct decision decision;
		char target[TARGET_SIZE];

		if (!one->source->is_named)
			continue;
		policy_decide(policy, &one->event, &decision);
		if (case_holds(one, &decision)) {
			result.passed++;
			continue;
		}
		result.failed++;
		(void)fprintf(out, "%s:%u: %s '%s': expected %s%s%s%s, got %s by rule '%s'\n",
			      one->source->label, one->line, action_name(one->event.action),
			      event_target(&one->event, target, sizeof(target)),
			      verdict_name(one->expect), one->rule ? " by rule '" : "",
			      one->rule ? one->rule : "", one->rule ? "'" : "",
			      verdict_name(decision.verdict), decision.rule);
	}
	*out_result = result;
}
