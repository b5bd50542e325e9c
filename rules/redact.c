/* SPDX-License-Identifier: MIT */
#include "rules/redact.h"

#include <stdlib.h>
#include <string.h>

#include "rules/merged.h"

#define RULES_MAX 64
#define ALWAYS DETECTOR_BIT(DETECTOR_CLOUD_KEY)

/* A text that was made; all of them are freed together. */
struct made {
	struct made *next;
	char bytes[];
};

/* What a text is searched for. */
struct hiding {
	const struct event *event;
	const struct rule *rules[RULES_MAX]; /* whose patterns count */
	size_t rule_count;
	unsigned detectors;
	bool hides_all;
	struct redacted *out;
};

void redacted_release(struct redacted *redacted)
{
	struct made *made = redacted->texts;

	while (made) {
		struct made *next = made->next;

		free(made);
		made = next;
	}
	redacted->texts = NULL;
}

static bool hides_patterns(const struct rule *rule, const struct event *event)
{
	return rule->redact == REDACT_YES ||
	       (rule->redact == REDACT_UNSAID && event->action == ACTION_OUTPUT);
}

/* What statements do is not read again for this: a rule about them may match. */
static bool may_match(const struct rule *rule, const struct event *event)
{
	return event->action == ACTION_DATABASE_QUERY || rule_matches(rule, event);
}

/* Whether the rule matches is no matter where it says what to look for. */
static void consider(const struct rule *rule, void *data)
{
	struct hiding *hiding = data;
	const struct match *match = &rule->match;

	hiding->detectors |= match->detectors;
	if (!hides_patterns(rule, hiding->event))
		return;
	if (match->searches && hiding->rule_count < RULES_MAX)
		hiding->rules[hiding->rule_count++] = rule;
	else if (match->searches ||
		 (!match->detectors && match->condition && may_match(rule, hiding->event)))
		hiding->hides_all = true;
}

static bool find_earlier(const struct hiding *hiding, struct text text, size_t start,
			 size_t found[2], bool *has_found)
{
	for (size_t i = 0; i < hiding->rule_count; i++) {
		const struct search *search = hiding->rules[i]->match.searches;

		for (; search; search = search->next) {
			size_t one[2];
			enum matched matched = pattern_find(search->pattern, text, start, one);

			if (matched == MATCHED_UNDECIDED)
				return false;
			if (matched == MATCHED_YES && one[1] > one[0] &&
			    (!*has_found || one[0] < found[0])) {
				memcpy(found, one, sizeof(one));
				*has_found = true;
			}
		}
	}
	return true;
}

/* The next part that is left out. Return: false: all of the rest is. */
static bool find_next(const struct hiding *hiding, struct text text, size_t start, size_t found[2],
		      bool *has_found)
{
	*has_found = detect_find(hiding->detectors, text, start, found);
	return find_earlier(hiding, text, start, found, has_found);
}

/* Return: a text of @hiding's, or NULL. */
static char *make(const struct hiding *hiding, size_t size)
{
	struct made *made = malloc(sizeof(*made) + size + 1);

	if (!made)
		return NULL;
	made->next = hiding->out->texts;
	hiding->out->texts = made;
	return made->bytes;
}

struct writing {
	char *bytes;
	size_t size;
};

static void put(struct writing *writing, const char *bytes, size_t size)
{
	memcpy(writing->bytes + writing->size, bytes, size);
	writing->size += size;
}

static struct text write_without(const struct hiding *hiding, struct text text, char *bytes)
{
	struct writing writing = { .bytes = bytes };
	size_t at = 0;
	bool has_found = true;

	while (at < text.size && has_found) {
		size_t found[2] = { 0, 0 };

		if (!find_next(hiding, text, at, found, &has_found)) {
			found[0] = at;
			found[1] = text.size;
			has_found = true;
		}
		if (!has_found)
			continue;
		if (found[0] > at)
			put(&writing, text.bytes + at, found[0] - at);
		if (found[1] > at) /* two that overlap are one */
			put(&writing, REDACTED, sizeof(REDACTED) - 1);
		at = found[1] > at ? found[1] : at + 1;
	}
	if (at < text.size)
		put(&writing, text.bytes + at, text.size - at);
	bytes[writing.size] = '\0';
	return (struct text){ bytes, writing.size };
}

/* Every part has a byte at least. */
static struct text text_without(const struct hiding *hiding, struct text text)
{
	static const struct text nothing = { REDACTED, sizeof(REDACTED) - 1 };
	size_t found[2];
	bool has_found;
	char *bytes;

	if (!text.bytes || text.size == 0)
		return text;
	if (hiding->hides_all || !find_next(hiding, text, 0, found, &has_found))
		return nothing;
	if (!has_found)
		return text;
	bytes = make(hiding, text.size * (sizeof(REDACTED) - 1));
	return bytes ? write_without(hiding, text, bytes) : nothing;
}

static const char *string_without(const struct hiding *hiding, const char *string)
{
	return string ? text_without(hiding, text_of(string)).bytes : NULL;
}

static const char *const *arguments_without(const struct hiding *hiding)
{
	const struct event *event = hiding->event;
	const char **argv = (const char **)(void *)make(hiding, event->argc * sizeof(*argv));

	for (size_t i = 0; argv && i < event->argc; i++)
		argv[i] = string_without(hiding, event->argv[i]);
	return argv;
}

/* The texts that a record has, and those that a refusal is told with. */
static const struct event *event_without(const struct hiding *hiding)
{
	static const struct content nothing;
	const struct event *event = hiding->event;
	const struct content *from = event->content ? event->content : &nothing;
	struct redacted *out = hiding->out;
	bool is_request = event->action == ACTION_API_CALL;

	out->event = *event;
	out->content = *from;
	out->content.query = text_without(hiding, from->query);
	out->content.url = text_without(hiding, from->url);
	out->content.data = text_without(hiding, from->data);
	if (event->content)
		out->event.content = &out->content;
	if (is_request)
		out->event.path = string_without(hiding, event->path);
	if (event->action == ACTION_EXECUTE && event->argv) {
		out->event.argv = arguments_without(hiding);
		out->event.argc = out->event.argv ? event->argc : 0;
	}
	return &out->event;
}

const struct event *policy_redact(const struct policy *policy, const struct event *event,
				  struct redacted *out)
{
	bool is_content = ACTION_BIT(event->action) & ACTION_CONTENT;
	struct hiding hiding = { .event = event, .out = out };

	if (!is_content && event->action != ACTION_EXECUTE)
		return event;
	if (is_content)
		hiding.detectors = ALWAYS;
	index_visit(&policy->indexes[event->action], event, consider, &hiding);
	if (!hiding.detectors && hiding.rule_count == 0 && !hiding.hides_all)
		return event;
	return event_without(&hiding);
}
