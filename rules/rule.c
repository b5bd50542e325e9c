/* SPDX-License-Identifier: MIT */
#include "rules/rule.h"

#include <string.h>
#include <strings.h>
#include <time.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool event_is_nameless(const struct event *event)
{
	static const char deleted[] = " (deleted)";
	const char *path = event->path;
	size_t len;

	if (event->action != ACTION_EXECUTE || !path)
		return false;
	len = strlen(path);
	return path[0] != '/' || strncmp(path, "/memfd:", 7) == 0 ||
	       (len >= sizeof(deleted) && strcmp(path + len - (sizeof(deleted) - 1), deleted) == 0);
}

/* Whether a pattern speaks of files that have no name. */
static bool names_nameless(const struct glob *glob)
{
	return strstr(glob->text, "memfd:") || strstr(glob->text, "(deleted)");
}

/* Whether one of a list matches; of a nameless file only one that is meant for it, when it grants. */
static enum matched match_globs(const struct glob *globs, const struct event *event,
				const char *path, bool grants)
{
	bool only_meant = grants && event_is_nameless(event);

	if (!path)
		return MATCHED_NO;
	for (const struct glob *glob = globs; glob; glob = glob->next) {
		const char *text = glob_is_base_name(glob) ? base_name(path) : path;

		if ((!only_meant || names_nameless(glob)) && glob_matches(glob, text, strlen(text)))
			return MATCHED_YES;
	}
	return MATCHED_NO;
}

static enum matched match_path(const struct match *match, const struct event *event, bool grants)
{
	return match_globs(match->paths, event, event->path, grants);
}

static enum matched match_protocol(const struct match *match, const struct event *event,
				   bool grants)
{
	(void)grants;
	return match->protocols >> event->protocol & 1 ? MATCHED_YES : MATCHED_NO;
}

static enum matched match_port(const struct match *match, const struct event *event, bool grants)
{
	(void)grants;
	if (!event->has_ip && !event->host)
		return MATCHED_NO;
	for (const struct port_range *range = match->ports; range; range = range->next)
		if (event->port >= range->first && event->port <= range->last)
			return MATCHED_YES;
	return MATCHED_NO;
}

static enum matched match_ip(const struct match *match, const struct event *event, bool grants)
{
	(void)grants;
	return address_matches(match->ips, event) ? MATCHED_YES : MATCHED_NO;
}

static enum matched match_host(const struct match *match, const struct event *event, bool grants)
{
	(void)grants;
	return address_matches(match->hosts, event) ? MATCHED_YES : MATCHED_NO;
}

static enum matched match_own(const struct match *match, const struct event *event, bool grants)
{
	(void)grants;
	return match->own == event->own ? MATCHED_YES : MATCHED_NO;
}

static enum matched match_harmless(const struct match *match, const struct event *event,
				   bool grants)
{
	(void)grants;
	return match->harmless == event->harmless ? MATCHED_YES : MATCHED_NO;
}

static enum matched match_program(const struct match *match, const struct event *event, bool grants)
{
	const char *path = event->action == ACTION_EXECUTE ? event->path : event->program;

	/* Nobody could say who acts: a refusal may be meant for them. */
	if (path && !path[0])
		return MATCHED_UNDECIDED;
	return match_globs(match->programs, event, path, grants);
}

static enum matched match_args(const struct match *match, const struct event *event, bool grants)
{
	enum matched matched = MATCHED_NO;

	(void)grants;
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

/* One of the words; @text NULL is none of them. */
static enum matched match_words(const struct word *words, const char *text, size_t size)
{
	for (const struct word *word = words; text && word; word = word->next)
		if (strlen(word->text) == size && strncasecmp(word->text, text, size) == 0)
			return MATCHED_YES;
	return MATCHED_NO;
}

static enum matched match_text(const struct glob *globs, struct text text)
{
	for (const struct glob *glob = globs; text.bytes && glob; glob = glob->next)
		if (glob_matches(glob, text.bytes, text.size))
			return MATCHED_YES;
	return MATCHED_NO;
}

static enum matched match_method(const struct match *match, const struct event *event, bool grants)
{
	(void)grants;
	if (!event->content)
		return MATCHED_NO;
	return match_words(match->methods, event->content->method.bytes,
			   event->content->method.size);
}

static enum matched match_url(const struct match *match, const struct event *event, bool grants)
{
	(void)grants;
	return event->content ? match_text(match->urls, event->content->url) : MATCHED_NO;
}

static enum matched match_query(const struct match *match, const struct event *event, bool grants)
{
	(void)grants;
	return event->content ? match_text(match->queries, event->content->query) : MATCHED_NO;
}

/* Whether what a statement does is known at all. */
static bool is_understood(const struct event *event)
{
	return event->statement && event->statement->is_understood;
}

static enum matched match_verb(const struct match *match, const struct event *event, bool grants)
{
	(void)grants;
	if (!is_understood(event))
		return MATCHED_UNDECIDED;
	return match_words(match->verbs, event->statement->verb, strlen(event->statement->verb));
}

/* To refuse, one table is enough; what is granted is granted for each of them. */
static enum matched match_tables(const struct match *match, const struct event *event, bool grants)
{
	const struct statement *statement = event->statement;
	size_t count = 0;

	if (!is_understood(event))
		return MATCHED_UNDECIDED;
	for (size_t i = 0; i < statement->table_count; i++)
		if (match_text(match->tables, text_of(statement->tables[i])) == MATCHED_YES)
			count++;
	return count > 0 && (!grants || count == statement->table_count) ? MATCHED_YES : MATCHED_NO;
}

static enum matched match_condition(const struct match *match, const struct event *event,
				    bool grants)
{
	(void)grants;
	if (!(match->condition_actions & ACTION_BIT(event->action)))
		return MATCHED_NO;
	return condition_matches(match->condition, event);
}

static enum matched match_pattern(const struct match *match, const struct event *event, bool grants)
{
	(void)grants;
	return search_event((struct wanted){ .patterns = match->searches }, event);
}

static enum matched match_detect(const struct match *match, const struct event *event, bool grants)
{
	(void)grants;
	return search_event((struct wanted){ .detectors = match->detectors }, event);
}

#define API ACTION_BIT(ACTION_API_CALL)
#define DATABASE ACTION_BIT(ACTION_DATABASE_QUERY)
#define TO_HOSTS (DATABASE | API | ACTION_BIT(ACTION_SEND_DATA))

static const struct {
	const char *name;
	unsigned actions;
	enum matched (*matches)(const struct match *match, const struct event *event, bool grants);
} fields[FIELD_COUNT] = {
	[FIELD_PATH] = { "path", ACTION_KERNEL | API, match_path },
	[FIELD_PROTOCOL] = { "protocol", ACTION_NETWORK, match_protocol },
	[FIELD_PORT] = { "port", ACTION_NETWORK | TO_HOSTS, match_port },
	[FIELD_IP] = { "ip", ACTION_NETWORK, match_ip },
	[FIELD_HOST] = { "host", ACTION_BIT(ACTION_CONNECT) | ACTION_BIT(ACTION_RESOLVE) | TO_HOSTS,
			 match_host },
	[FIELD_OWN] = { "own", ACTION_BIT(ACTION_CONNECT), match_own },
	[FIELD_HARMLESS] = { "harmless", ACTION_BIT(ACTION_WRITE_FILE), match_harmless },
	[FIELD_PROGRAM] = { "program", ACTION_ALL, match_program },
	[FIELD_ARGS] = { "args", ACTION_BIT(ACTION_EXECUTE), match_args },
	[FIELD_METHOD] = { "method", API, match_method },
	[FIELD_URL] = { "url", API, match_url },
	[FIELD_QUERY] = { "query", DATABASE | API, match_query },
	[FIELD_VERB] = { "verb", DATABASE, match_verb },
	[FIELD_TABLES] = { "tables", DATABASE, match_tables },
	[FIELD_CONDITION] = { "condition", ACTION_ALL, match_condition },
	[FIELD_DETECT] = { "detect", ACTION_ALL, match_detect },
	[FIELD_PATTERN] = { "pattern", ACTION_ALL, match_pattern },
};

const char *field_name(enum field field)
{
	return fields[field].name;
}

unsigned field_actions(enum field field)
{
	return fields[field].actions;
}

/* The weakest of all fields; @out_field: the first that says no. @grants: whether to match is to grant. */
static enum matched match_event(const struct match *match, const struct event *event, bool grants,
				enum field *out_field)
{
	enum matched matched = MATCHED_YES;

	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		enum matched one;

		if (!(match->fields & FIELD_BIT(i)))
			continue;
		*out_field = (enum field)i;
		/* An exception with a field that the action does not have is none for it. */
		if (!(fields[i].actions & ACTION_BIT(event->action)))
			return MATCHED_NO;
		one = fields[i].matches(match, event, grants);
		if (one == MATCHED_NO)
			return MATCHED_NO;
		if (one == MATCHED_UNDECIDED)
			matched = MATCHED_UNDECIDED;
	}
	return matched;
}

/* In doubt, nothing is granted. */
static bool settle(enum matched matched, bool grants)
{
	return matched == MATCHED_YES || (matched == MATCHED_UNDECIDED && !grants);
}

/*
 * The original's words for some of an action.
 */

/* Ports and names of mail servers, and of services that take mail by HTTP. */
static bool is_mail_host(const char *host)
{
	static const char *const firsts[] = { "smtp", "mail", "email", "mx" };
	static const char *const services[] = { "api.sendgrid.com", "api.mailgun.net",
						"api.postmarkapp.com", "api.resend.com" };
	size_t label = strcspn(host, ".-0123456789");

	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
		if (strlen(firsts[i]) == label && strncasecmp(firsts[i], host, label) == 0)
			return true;
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strcasecmp(services[i], host) == 0)
			return true;
	return false;
}

static bool is_mail(const struct event *event)
{
	static const uint16_t ports[] = { 25, 465, 587, 2525 };

	if (event->action == ACTION_TOOL_CALL)
		return event->content && match_words(&(struct word){ .text = "send_email" },
						     event->content->tool.bytes,
						     event->content->tool.size) == MATCHED_YES;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (event->port == ports[i] && (event->host || event->has_ip))
			return true;
	return event->host && is_mail_host(event->host);
}

/* What is not understood may change data. */
static bool is_change(const struct event *event)
{
	return !is_understood(event) || event->statement->changes_data;
}

static bool fits_alias(const struct rule *rule, const struct event *event)
{
	if (rule->changes_only && event->action == ACTION_DATABASE_QUERY && !is_change(event))
		return false;
	return !(rule->mail_actions & ACTION_BIT(event->action)) || is_mail(event);
}

struct rule_reason rule_explain(const struct rule *rule, const struct event *event)
{
	static const unsigned file_fields = FIELD_BIT(FIELD_PATH) | FIELD_BIT(FIELD_PROGRAM);
	bool grants = verdict_grants(rule->verdict) && !rule->grants_nothing;
	struct rule_reason reason = { .matches = false, .field = FIELD_PATH };
	enum field unused;

	if (grants && !(rule->match.fields & file_fields) && event_is_nameless(event))
		return reason;
	if (rule->until && time(NULL) >= rule->until) {
		reason.is_over = true;
		return reason;
	}
	if (!fits_alias(rule, event) ||
	    !settle(match_event(&rule->match, event, grants, &reason.field), grants))
		return reason;
	/* What an exception takes out of a refusal, it grants. */
	for (const struct match *except = rule->excepts; except; except = except->next) {
		if (settle(match_event(except, event, !grants, &unused), !grants)) {
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
