/* SPDX-License-Identifier: MIT */
/*
 * Which peers a rule about content is about: only the keys that are known when a connection is made
 * are looked at, and what is not known may match.
 */
#include "rules/explain.h"
#include "rules/merged.h"
#include "rules/plan.h"

/* A name is not all that an address is known by, and a request may be for another one. */
static bool may_match_host(const struct match *match, const struct event *peer)
{
	return !peer->host || address_matches(match->hosts, peer);
}

static bool may_match_port(const struct match *match, const struct event *peer)
{
	if (peer->protocol == PROTOCOL_UNIX)
		return false; /* there is none */
	for (const struct port_range *range = match->ports; range; range = range->next)
		if (peer->port >= range->first && peer->port <= range->last)
			return true;
	return false;
}

static bool may_concern(const struct rule *rule, const struct event *peer)
{
	const struct match *match = &rule->match;

	if (match->fields & FIELD_BIT(FIELD_HOST) && !may_match_host(match, peer))
		return false;
	return !(match->fields & FIELD_BIT(FIELD_PORT)) || may_match_port(match, peer);
}

static void concern_add(const struct rule *rule, struct policy_concern *out)
{
	unsigned actions = rule->actions & ACTION_CONTENT;

	out->actions |= actions;
	if (rule->trusts_unseen)
		return;
	out->demanded |= actions;
	if (rule->match.fields & (FIELD_BIT(FIELD_HOST) | FIELD_BIT(FIELD_PORT)))
		out->named |= actions;
}

void policy_concerns(const struct policy *policy, const struct event *peer,
		     struct policy_concern *out)
{
	for (enum action action = ACTION_RESOLVE; action < ACTION_COUNT; action++) {
		if (policy->defaults[action] == VERDICT_ALLOW)
			continue;
		out->actions |= ACTION_BIT(action);
		out->demanded |= ACTION_BIT(action);
	}
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		if (rule->enabled && (rule->verdict != VERDICT_ALLOW || rule->has_limit) &&
		    rule_means_content(rule) && may_concern(rule, peer))
			concern_add(rule, out);
}
