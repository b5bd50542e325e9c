/* SPDX-License-Identifier: MIT */
#include "rules/search.h"

#include "rules/property.h"

/* Of two answers for one question that any of both answers with yes. */
static enum matched either(enum matched a, enum matched b)
{
	if (a == MATCHED_YES || b == MATCHED_YES)
		return MATCHED_YES;
	return a == MATCHED_UNDECIDED || b == MATCHED_UNDECIDED ? MATCHED_UNDECIDED : MATCHED_NO;
}

static enum matched search_text(struct wanted wanted, struct text text)
{
	const struct search *list = wanted.patterns;
	enum matched matched = detect(wanted.detectors, text) ? MATCHED_YES : MATCHED_NO;

	for (; list && text.bytes && matched != MATCHED_YES; list = list->next)
		matched = either(matched, pattern_matches(list->pattern, text));
	return matched;
}

static enum matched search_property(struct wanted wanted, const struct event *event,
				    const char *name)
{
	struct value value = property_get(property_find(name), event);

	if (value.state == VALUE_UNKNOWN)
		return MATCHED_UNDECIDED;
	return value.state == VALUE_NONE ? MATCHED_NO : search_text(wanted, value.text);
}

static const char *name_of_text(const struct event *event)
{
	switch (event->action) {
	case ACTION_EXECUTE:
		return "args";
	case ACTION_CONNECT:
		return event->path ? "path" : "host";
	case ACTION_LISTEN:
		return event->path ? "path" : "ip";
	case ACTION_RESOLVE:
		return "host";
	case ACTION_DATABASE_QUERY:
		return "query";
	case ACTION_API_CALL:
		return "url";
	case ACTION_SEND_DATA:
	case ACTION_OUTPUT:
		return "data";
	case ACTION_TOOL_CALL:
		return "arguments";
	default:
		return "path";
	}
}

enum matched search_event(struct wanted wanted, const struct event *event)
{
	enum matched matched = search_property(wanted, event, name_of_text(event));

	if (event->content && matched != MATCHED_YES)
		matched = either(matched, search_text(wanted, event->content->body));
	if (event->content && matched != MATCHED_YES)
		matched = either(matched, search_text(wanted, event->content->arguments));
	return matched;
}
