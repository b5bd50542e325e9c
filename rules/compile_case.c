/* SPDX-License-Identifier: MIT */
/*
 * Inline tests: an event, and what must be decided about it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/url.h"
#include "rules/compile.h"
#include "rules/property.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A path as an event has it: absolute, without patterns. */
static bool file_text(struct compile *compile, const struct node *node, const char **out)
{
	struct expand_fault fault;
	const char *text;
	int r;

	if (!compile_text(compile, node, &text))
		return false;
	r = expand_file(compile->arena, compile->variables, text, out, &fault);
	if (r == -EINVAL)
		return compile_fail(compile, node, "'%.80s': %s", node->text, fault.text);
	return r == 0 ? true : compile_short(compile);
}

static struct event *event_of(void *out)
{
	return &((struct policy_case *)out)->event;
}

static bool read_action(struct compile *compile, const struct node *node, void *out)
{
	unsigned actions = 0;

	return compile_action(compile, node, &actions) &&
	       action_parse(node->text, &event_of(out)->action);
}

static bool read_expect(struct compile *compile, const struct node *node, void *out)
{
	return compile_verdict(compile, node, &((struct policy_case *)out)->expect);
}

static bool read_rule(struct compile *compile, const struct node *node, void *out)
{
	return compile_words(compile, node, &((struct policy_case *)out)->rule);
}

static bool read_path(struct compile *compile, const struct node *node, void *out)
{
	return file_text(compile, node, &event_of(out)->path);
}

/* A base name, or a path. */
static bool read_program(struct compile *compile, const struct node *node, void *out)
{
	struct event *event = event_of(out);

	if (!compile_text(compile, node, &event->program))
		return false;
	return strpbrk(event->program, "/~") ? file_text(compile, node, &event->program) : true;
}

static bool read_operation(struct compile *compile, const struct node *node, void *out)
{
	return compile_text(compile, node, &event_of(out)->operation);
}

static bool read_host(struct compile *compile, const struct node *node, void *out)
{
	struct event *event = event_of(out);
	const char *text;

	if (!compile_text(compile, node, &text))
		return false;
	if (ip_parse(text, &event->ip))
		event->has_ip = true;
	else
		event->host = text;
	return true;
}

static bool read_ip(struct compile *compile, const struct node *node, void *out)
{
	struct event *event = event_of(out);
	const char *text;

	if (!compile_text(compile, node, &text))
		return false;
	event->has_ip = ip_parse(text, &event->ip);
	return event->has_ip ? true
			     : compile_fail(compile, node, "'%.80s' is not an address", text);
}

static bool read_port(struct compile *compile, const struct node *node, void *out)
{
	struct fault fault = { 0 };
	struct port_range range;
	const char *text;

	if (!compile_text(compile, node, &text))
		return false;
	if (port_parse(text, &range, &fault) < 0)
		return compile_fail(compile, node, "%s", fault.text);
	if (range.first != range.last)
		return compile_fail(compile, node, "a test is about one port");
	event_of(out)->port = range.first;
	return true;
}

static bool read_protocol(struct compile *compile, const struct node *node, void *out)
{
	unsigned protocols = 0;

	if (!compile_protocol(compile, node, &protocols))
		return false;
	event_of(out)->protocol = protocol_parse(node->text);
	return true;
}

struct arguments {
	const char **argv;
	size_t count;
};

static bool item_argument(struct compile *compile, const struct node *node, void *out)
{
	struct arguments *arguments = out;

	if (node->kind == NODE_SCALAR && !node->text[0]) {
		arguments->argv[arguments->count++] = "";
		return true;
	}
	return compile_text(compile, node, &arguments->argv[arguments->count++]);
}

/* "push origin", or a list: what follows the program's name. */
static bool read_args(struct compile *compile, const struct node *node, void *out)
{
	struct event *event = event_of(out);
	struct arguments arguments = { .count = 1 };
	size_t count = 2;

	for (const struct node *item = node->items; item; item = item->next)
		count++;
	arguments.argv = arena_alloc(compile->arena, count * sizeof(*arguments.argv));
	if (!arguments.argv)
		return compile_short(compile);
	arguments.argv[0] = "";
	if (!compile_items(compile, node, item_argument, &arguments))
		return false;
	event->argv = arguments.argv;
	event->argc = arguments.count;
	return true;
}

static bool read_own(struct compile *compile, const struct node *node, void *out)
{
	return compile_bool(compile, node, &event_of(out)->own);
}

static bool read_harmless(struct compile *compile, const struct node *node, void *out)
{
	return compile_bool(compile, node, &event_of(out)->harmless);
}

static bool read_agent(struct compile *compile, const struct node *node, void *out)
{
	return compile_text(compile, node, &event_of(out)->agent);
}

static bool read_number(struct compile *compile, const struct node *node, unsigned max,
			unsigned *out)
{
	unsigned long number;
	const char *text;
	char *end;

	if (!compile_text(compile, node, &text))
		return false;
	number = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || number > max)
		return compile_fail(compile, node, "a number from 0 to %u is needed here", max);
	*out = (unsigned)number;
	return true;
}

static bool read_hour(struct compile *compile, const struct node *node, void *out)
{
	return read_number(compile, node, 23, &event_of(out)->hour);
}

static bool read_ring(struct compile *compile, const struct node *node, void *out)
{
	return read_number(compile, node, 3, &event_of(out)->ring);
}

static bool read_uid(struct compile *compile, const struct node *node, void *out)
{
	return read_number(compile, node, UINT32_MAX - 1, &event_of(out)->uid);
}

/* The text of a content, as it is: what is said may be anything, and empty too. */
static bool read_content(struct compile *compile, const struct node *node, void *out)
{
	struct policy_case *one = out;

	if (node->kind != NODE_SCALAR)
		return compile_is_word(compile, node);
	content_set(&one->content, content_field_find(node->key), text_of(node->text));
	return true;
}

/* A map of names and values. */
static bool read_headers(struct compile *compile, const struct node *node, void *out)
{
	struct content *content = &((struct policy_case *)out)->content;
	struct header *headers;
	size_t count = 0;

	if (node->kind != NODE_MAP)
		return compile_fail(compile, node, "a map of names and values is needed here");
	for (const struct node *item = node->items; item; item = item->next)
		count++;
	headers = arena_alloc(compile->arena, (count + 1) * sizeof(*headers));
	if (!headers)
		return compile_short(compile);
	content->headers = headers;
	for (const struct node *item = node->items; item; item = item->next) {
		if (item->kind != NODE_SCALAR)
			return compile_is_word(compile, item);
		headers[content->header_count++] = (struct header){ .name = item->key,
								    .value = text_of(item->text) };
	}
	return true;
}

static const struct key case_keys[] = {
	{ "action", read_action },
	{ "expect", read_expect },
	{ "rule", read_rule },
	{ "path", read_path },
	{ "host", read_host },
	{ "ip", read_ip },
	{ "port", read_port },
	{ "protocol", read_protocol },
	{ "program", read_program },
	{ "args", read_args },
	{ "own", read_own },
	{ "harmless", read_harmless },
	{ "operation", read_operation },
	{ "query", read_content },
	{ "dialect", read_content },
	{ "database", read_content },
	{ "method", read_content },
	{ "url", read_content },
	{ "scheme", read_content },
	{ "body", read_content },
	{ "headers", read_headers },
	{ "data", read_content },
	{ "stream", read_content },
	{ "tool", read_content },
	{ "server", read_content },
	{ "arguments", read_content },
	{ "agent", read_agent },
	{ "hour", read_hour },
	{ "ring", read_ring },
	{ "uid", read_uid },
};

/* A field that the action's events do not have would be looked at by nobody. */
static bool check_fields(struct compile *compile, const struct node *node, enum action action)
{
	for (const struct node *entry = node->items; entry; entry = entry->next) {
		const struct property *property = property_find(entry->key);

		if (property && !(property->actions & ACTION_BIT(action)))
			return compile_fail(compile, entry, "'%s' is no field of %s", entry->key,
					    action_name(action));
	}
	return true;
}

/* A request's parts are those of its URL; and what nothing can be decided without. */
static bool complete_content(struct compile *compile, const struct node *node,
			     struct policy_case *one)
{
	struct url *url = arena_alloc(compile->arena, sizeof(*url));
	const char *missing;

	if (!url)
		return compile_short(compile);
	one->event.content = &one->content;
	if (!url_complete(&one->content, &one->event, url))
		return compile_fail(
			compile, node_find(node, "url"),
			"'%.80s' is not a URL; hint: write it in full, as in https://example.com/x",
			one->content.url.bytes);
	missing = event_missing(&one->event);
	return !missing || compile_fail(compile, node, "a test of %s needs a '%s'",
					action_name(one->event.action), missing);
}

/* What the person left out has its usual value. */
static bool complete(struct compile *compile, const struct node *node, struct policy_case *one)
{
	static const char *const no_arguments[] = { "" };
	struct event *event = &one->event;
	bool is_network = ACTION_BIT(event->action) & ACTION_NETWORK;

	if (ACTION_BIT(event->action) & ACTION_CONTENT)
		return complete_content(compile, node, one);

	if (event->action == ACTION_EXECUTE && !event->argv) {
		event->argv = no_arguments;
		event->argc = 1;
	}
	if (event->action == ACTION_EXECUTE && !event->path && event->program &&
	    event->program[0] == '/')
		event->path = event->program;
	if (is_network && event->protocol == PROTOCOL_NONE)
		event->protocol = event->path ? PROTOCOL_UNIX : PROTOCOL_TCP;
	if (event->path || (is_network && (event->host || event->has_ip)))
		return true;
	return compile_fail(compile, node, "a test of %s needs %s", action_name(event->action),
			    event->action == ACTION_CONNECT  ? "a 'host', an 'ip' or a 'path'"
			    : event->action == ACTION_LISTEN ? "an 'ip' or a 'path'"
							     : "a 'path'");
}

bool compile_case(struct compile *compile, const struct node *node, struct policy_case **out_case)
{
	struct policy_case *one;

	if (node->kind != NODE_MAP)
		return compile_fail(compile, node, "a test is a map of keys");
	one = arena_alloc(compile->arena, sizeof(*one));
	if (!one)
		return compile_short(compile);
	one->source = compile->source;
	one->node = node;
	one->line = node->line;
	if (!compile_map(compile, node, case_keys, COUNT_OF(case_keys), one))
		return false;
	if (!node_find(node, "action") || !node_find(node, "expect"))
		return compile_fail(compile, node, "a test needs 'action' and 'expect'");
	if (!check_fields(compile, node, one->event.action) || !complete(compile, node, one))
		return false;
	*out_case = one;
	return true;
}
