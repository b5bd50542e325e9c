/* SPDX-License-Identifier: MIT */
#include "rules/rule.h"

#include <string.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static enum matched match_path(const struct match *match, const struct event *event)
{
	return event->path && glob_matches_any(match->paths, event->path) ? MATCHED_YES
									   : MATCHED_NO;
}

static enum matched match_protocol(const struct match *match, const struct event *event)
{
	return match->protocols >> event->protocol & 1 ? MATCHED_YES : MATCHED_NO;
}

static enum matched match_port(const struct match *match, const struct event *event)
{
	if (!event->has_ip)
		return MATCHED_NO;
	for (const struct port_range *range = match->ports; range; range = range->next)
		if (event->port >= range->first && event->port <= range->last)
			return MATCHED_YES;
	return MATCHED_NO;
}

static enum matched match_ip(const struct match *match, const struct event *event)
{
	return address_matches(match->ips, event) ? MATCHED_YES : MATCHED_NO;
}

static enum matched match_host(const struct match *match, const struct event *event)
{
	return address_matches(match->hosts, event) ? MATCHED_YES : MATCHED_NO;
}

static enum matched match_own(const struct match *match, const struct event *event)
{
	return match->own == event->own ? MATCHED_YES : MATCHED_NO;
}

static enum matched match_harmless(const struct match *match, const struct event *event)
{
	return match->harmless == event->harmless ? MATCHED_YES : MATCHED_NO;
}

static enum matched match_program(const struct match *match, const struct event *event)
{
	const char *path = event->action == ACTION_EXECUTE ? event->path : event->program;

	if (!path)
		return MATCHED_NO;
	for (const struct glob *glob = match->programs; glob; glob = glob->next) {
		const char *text = strchr(glob->text, '/') ? path : base_name(path);

		if (glob_matches(glob, text, strlen(text)))
			return MATCHED_YES;
	}
	return MATCHED_NO;
}

static enum matched match_args(const struct match *match, const struct event *event)
{
	enum matched matched = MATCHED_NO;

	if (!event->argv)
		return MATCHED_NO;
	for (const struct glob *glob = match->args; glob; glob = glob->next) {
		enum matched one = command_matches(glob, event->argv, event->argc);

		if (one == MATCHED_YES)
			return MATCHED_YES;
		if (one == MATCHED_UNDECIDED)
			matched = MATCHED_UNDECIDED;
	}
	return matched;
}

#define INTERNET (ACTION_BIT(ACTION_CONNECT) | ACTION_BIT(ACTION_LISTEN))

static const struct {
	const char *name;
	unsigned actions;
	enum matched (*matches)(const struct match *match, const struct event *event);
} fields[FIELD_COUNT] = {
	[FIELD_PATH] = { "path", ACTION_ALL, match_path },
	[FIELD_PROTOCOL] = { "protocol", INTERNET, match_protocol },
	[FIELD_PORT] = { "port", INTERNET, match_port },
	[FIELD_IP] = { "ip", INTERNET, match_ip },
	[FIELD_HOST] = { "host", ACTION_BIT(ACTION_CONNECT), match_host },
	[FIELD_OWN] = { "own", ACTION_BIT(ACTION_CONNECT), match_own },
	[FIELD_HARMLESS] = { "harmless", ACTION_BIT(ACTION_WRITE_FILE), match_harmless },
	[FIELD_PROGRAM] = { "program", ACTION_ALL, match_program },
	[FIELD_ARGS] = { "args", ACTION_BIT(ACTION_EXECUTE), match_args },
};

const char *field_name(enum field field)
{
	return fields[field].name;
}

unsigned field_actions(enum field field)
{
	return fields[field].actions;
}

/* The weakest of all fields; @out_field: the first that says no. */
static enum matched match_event(const struct match *match, const struct event *event,
				enum field *out_field)
{
	enum matched matched = MATCHED_YES;

	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		enum matched one;

		if (!(match->fields & FIELD_BIT(i)))
			continue;
		*out_field = (enum field)i;
		/* An exception is not narrowed by a field that the action does not have. */
		if (!(fields[i].actions & ACTION_BIT(event->action)))
			return MATCHED_NO;
		one = fields[i].matches(match, event);
		if (one == MATCHED_NO)
			return MATCHED_NO;
		if (one == MATCHED_UNDECIDED)
			matched = MATCHED_UNDECIDED;
	}
	return matched;
}

struct rule_reason rule_explain(const struct rule *rule, const struct event *event)
{
	bool grants = verdict_grants(rule->verdict);
	struct rule_reason reason = { .matches = false };
	enum matched matched = match_event(&rule->match, event, &reason.field);
	enum field unused;

	/* In doubt, a rule refuses. */
	if (matched == MATCHED_NO || (matched == MATCHED_UNDECIDED && grants))
		return reason;
	for (const struct match *except = rule->excepts; except; except = except->next) {
		matched = match_event(except, event, &unused);
		if (matched == MATCHED_YES || (matched == MATCHED_UNDECIDED && grants)) {
			reason.excepted = true;
			return reason;
		}
	}
	reason.matches = true;
	return reason;
}

bool rule_matches(const struct rule *rule, const struct event *event)
{
	return rule_explain(rule, event).matches;
}
