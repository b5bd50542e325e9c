/* SPDX-License-Identifier: MIT */
#include "rules/explain.h"

#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "common/clean.h"
#include "common/printable.h"
#include "rules/merged.h"

#define TARGET_SHOWN 512
#define MESSAGE_SHOWN 256

char *event_target(const struct event *event, char *text, size_t size)
{
	char ip[INET6_ADDRSTRLEN];
	const char *host = event->host;
	bool is_six;

	if (event->path || !(ACTION_BIT(event->action) & ACTION_NETWORK)) {
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

static const char *verdict_word(enum verdict verdict)
{
	return verdict == VERDICT_STOP ? "stopped at" : verdict == VERDICT_KILL ? "killed at" : "denied";
}

size_t decision_sentence(const struct event *event, const struct decision *decision, char *text,
			 size_t size)
{
	char target[8192];
	char shown[TARGET_SHOWN];
	char message[MESSAGE_SHOWN];
	char origin[160] = "";
	int len;

	(void)event_target(event, target, sizeof(target));
	(void)printable_copy(target, shown, sizeof(shown));
	(void)printable_copy(decision->message, message, sizeof(message));
	if (decision->file[0])
		(void)snprintf(origin, sizeof(origin), " (%.120s:%u)", decision->file,
			       decision->line);
	len = snprintf(text, size, "agentos: %s %s '%s': rule '%s'%s%s%s; retrying will not help\n",
		       verdict_word(decision->verdict), action_name(event->action), shown,
		       decision->rule, origin, message[0] ? ": " : "", message);
	if (len > 0 && (size_t)len < size)
		return (size_t)len;
	text[size - 2] = '\n';
	text[size - 1] = '\0';
	return size - 1;
}

size_t decision_json(const struct event *event, const struct decision *decision, char *text,
		     size_t size)
{
	char target[8192];
	char shown[TARGET_SHOWN / 2];
	char message[MESSAGE_SHOWN / 2];
	CLEAN_FREE char *dumped = NULL;
	json_t *object;
	int len;

	(void)event_target(event, target, sizeof(target));
	object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s}", "agentos", "denied", "action",
			   action_name(event->action), "target",
			   printable_copy(target, shown, sizeof(shown)), "rule", decision->rule,
			   "file", decision->file, "line", (int)decision->line, "message",
			   printable_copy(decision->message, message, sizeof(message)));
	dumped = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	len = snprintf(text, size, "%s\n", dumped ? dumped : "{\"agentos\":\"denied\"}");
	if (len > 0 && (size_t)len < size)
		return (size_t)len;
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
		char target[8192];

		if (!one->source->is_named)
			continue;
		policy_decide(policy, &one->event, &decision);
		if (case_holds(one, &decision)) {
			result.passed++;
			continue;
		}
		result.failed++;
		(void)fprintf(out, "%s:%u: %s '%s': expected %s%s%s, got %s by rule '%s'\n",
			      one->source->label, one->line, action_name(one->event.action),
			      event_target(&one->event, target, sizeof(target)),
			      verdict_name(one->expect), one->rule ? " by rule " : "",
			      one->rule ? one->rule : "", verdict_name(decision.verdict),
			      decision.rule);
	}
	*out_result = result;
}
