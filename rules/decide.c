/* SPDX-License-Identifier: MIT */
#include "rules/merged.h"
#include "rules/policy.h"
#include "rules/statements.h"

struct best {
	const struct event *event;
	const struct rule *rule;
};

/* The stricter; of equals the user's own before a built-in's, then the first. */
static bool is_better(const struct rule *rule, const struct rule *best)
{
	if (!best || rule->verdict != best->verdict)
		return !best || rule->verdict > best->verdict;
	if (rule->source->is_builtin != best->source->is_builtin)
		return best->source->is_builtin;
	return rule->index < best->index;
}

static void consider(const struct rule *rule, void *data)
{
	struct best *best = data;

	if (best->event->are_lines && !rule->spans_lines)
		return;
	/* What exceeds a limit is found by who counts. */
	if (!rule->grants_nothing && is_better(rule, best->rule) && rule_matches(rule, best->event))
		best->rule = rule;
}

static bool is_known(enum action action)
{
	return action > ACTION_NONE && action < ACTION_COUNT;
}

/* Where no rule matches; what is not understood is refused. */
static struct decision decide_default(const struct policy *policy, const struct event *event)
{
	struct decision decision = {
		.verdict = is_known(event->action) ? policy->defaults[event->action] : VERDICT_DENY,
		.rule = DEFAULT_RULE,
		.file = "",
		.message = "no rule allows it",
	};

	if (!verdict_grants(decision.verdict))
		return decision;
	decision.message = "";
	if (event_is_nameless(event)) {
		decision.verdict = VERDICT_DENY;
		decision.message = "no rule names this program, which has no name on disk";
	}
	return decision;
}

/* Whether a rule matches; then @out_decision is written. */
static bool decide_by_rule(const struct policy *policy, const struct event *event,
			   struct decision *out_decision)
{
	struct best best = { .event = event };

	if (is_known(event->action))
		index_visit(&policy->indexes[event->action], event, consider, &best);
	if (!best.rule)
		return false;
	*out_decision = (struct decision){
		.verdict = best.rule->verdict,
		.rule = best.rule->name,
		.file = best.rule->source->label,
		.line = best.rule->line,
		.message = best.rule->message,
		.timeout = best.rule->timeout,
	};
	return true;
}

static void decide(const struct policy *policy, const struct event *event,
		   struct decision *out_decision)
{
	if (!decide_by_rule(policy, event, out_decision))
		*out_decision = decide_default(policy, event);
}

void policy_decide(const struct policy *policy, const struct event *event,
		   struct decision *out_decision)
{
	if (event->action == ACTION_DATABASE_QUERY && policy->reads_statements && !event->statement)
		statements_decide(policy, event, decide, out_decision);
	else
		decide(policy, event, out_decision);
}

bool policy_refuses(const struct policy *folded, const struct event *event,
		    struct decision *out_decision)
{
	return decide_by_rule(folded, event, out_decision);
}
