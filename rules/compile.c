/* SPDX-License-Identifier: MIT */
/*
 * Keys are rows of a table: name, field, and how the value is read. All errors
 * of a rule are found before it is given up.
 */
#include "rules/compile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clean.h"
#include "common/nearest.h"

/* Words of the language that later versions carry out: never ignored, always said. */
static const char *const later_words[] = {
	"ask",	      "require_approval", "escalate", "limit",	   "limit_by",	  "condition",
	"pattern",    "until",		  "approvers", "timeout",  "signal",	  "record",
	"limits",     "method",		  "url",      "query",	   "verb",	  "tables",
	"resolve",    "database_query",	  "api_call", "send_data", "output",	  "tool_call",
	"send_email", "database_write",	  "dialect",  "data",	   "tool",	  "server",
};

static bool is_later(const char *word)
{
	for (size_t i = 0; i < sizeof(later_words) / sizeof(later_words[0]); i++)
		if (strcmp(word, later_words[i]) == 0)
			return true;
	return false;
}

bool compile_fail(struct compile *compile, const struct node *node, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)errors_add(compile->errors, compile->source->label, node->line, node->column, "%s",
			 text);
	return false;
}

bool compile_unknown(struct compile *compile, unsigned line, unsigned column, const char *what,
		     const char *word, const char *const *words, size_t word_count)
{
	const char *meant = nearest_word(word, words, word_count);

	if (is_later(word))
		(void)errors_add(compile->errors, compile->source->label, line, column,
				 "this version cannot enforce '%s' yet", word);
	else if (meant)
		(void)errors_add(compile->errors, compile->source->label, line, column,
				 "unknown %s '%.80s'; hint: did you mean '%s'?", what, word, meant);
	else
		(void)errors_add(compile->errors, compile->source->label, line, column,
				 "unknown %s '%.80s'", what, word);
	return false;
}

static bool short_of_memory(struct compile *compile)
{
	compile->no_memory = true;
	return false;
}

/*
 * Values.
 */

static bool is_text(struct compile *compile, const struct node *node)
{
	if (node->kind != NODE_SCALAR)
		return compile_fail(compile, node, "a word is needed here, not a list or a map");
	return node->text[0] ? true : compile_fail(compile, node, "the value is empty");
}

const char *compile_text(struct compile *compile, const struct node *node)
{
	struct expand_fault fault;
	const char *text;
	int r;

	if (!is_text(compile, node))
		return NULL;
	r = expand_variables(compile->arena, compile->variables, node->text, false, &text, &fault);
	if (r == 0)
		return text;
	if (r == -EINVAL)
		(void)compile_fail(compile, node, "'%.80s': %s", node->text, fault.text);
	else
		(void)short_of_memory(compile);
	return NULL;
}

bool compile_bool(struct compile *compile, const struct node *node, bool *out)
{
	if (node->kind == NODE_SCALAR && !node->is_quoted) {
		if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0) {
			*out = node->text[0] == 't';
			return true;
		}
	}
	return compile_fail(compile, node, "true or false is needed here");
}

bool compile_verdict(struct compile *compile, const struct node *node, enum verdict *out)
{
	static const char *const words[] = {
		"allow", "audit", "deny", "stop", "kill", "log", "warn", "block",
	};

	if (!is_text(compile, node))
		return false;
	return verdict_parse(node->text, out)
		       ? true
		       : compile_unknown(compile, node->line, node->column, "verdict", node->text,
					 words, sizeof(words) / sizeof(words[0]));
}

typedef bool item_fn(struct compile *compile, const struct node *item, void *out);

/* A value, or a list of them. */
static bool each_item(struct compile *compile, const struct node *node, item_fn *item, void *out)
{
	bool good = true;

	if (node->kind == NODE_SCALAR)
		return item(compile, node, out);
	if (node->kind == NODE_MAP)
		return compile_fail(compile, node, "a word or a list is needed here, not a map");
	if (!node->items)
		return compile_fail(compile, node, "an empty list matches nothing");
	for (const struct node *one = node->items; one; one = one->next)
		good = item(compile, one, out) && good;
	return good;
}

/*
 * Patterns. Lists are built from their end, so each is put in front.
 */

struct globs {
	enum glob_kind kind;
	bool is_path; /* made absolute */
	const struct glob **list;
};

static bool glob_add(struct compile *compile, const struct node *node, const char *pattern,
		     struct globs *out)
{
	struct expand_fault fault;
	const char *reason;
	struct glob *glob;
	int r = 0;

	if (out->is_path)
		r = expand_path(compile->arena, compile->variables, pattern, &pattern, &fault);
	if (r == -EINVAL)
		return compile_fail(compile, node, "'%.80s': %s", node->text, fault.text);
	if (r == 0)
		r = glob_compile(compile->arena, out->kind, pattern, &glob, &reason);
	if (r == -EINVAL)
		return compile_fail(compile, node, "'%.80s' is no pattern: %s", node->text, reason);
	if (r < 0)
		return short_of_memory(compile);
	glob->next = *out->list;
	*out->list = glob;
	return true;
}

static bool read_globs(struct compile *compile, const struct node *node, struct globs *out)
{
	struct expand_fault fault;
	struct expansion *alternatives;
	const char *pattern;
	int r;

	if (!is_text(compile, node))
		return false;
	r = expand_variables(compile->arena, compile->variables, node->text, true, &pattern,
			     &fault);
	if (r == 0)
		r = expand_braces(compile->arena, pattern, &alternatives, &fault);
	if (r == -EINVAL)
		return compile_fail(compile, node, "'%.80s': %s", node->text, fault.text);
	if (r < 0)
		return short_of_memory(compile);
	for (; alternatives; alternatives = alternatives->next)
		if (!glob_add(compile, node, alternatives->text, out))
			return false;
	return true;
}

static bool item_path(struct compile *compile, const struct node *node, void *out)
{
	struct match *match = out;
	struct globs globs = { .kind = GLOB_PATH, .is_path = true, .list = &match->paths };

	return read_globs(compile, node, &globs);
}

static bool item_program(struct compile *compile, const struct node *node, void *out)
{
	struct match *match = out;
	struct globs globs = { .kind = GLOB_PATH, .list = &match->programs };

	globs.is_path = node->kind == NODE_SCALAR && strpbrk(node->text, "/~$");
	return read_globs(compile, node, &globs);
}

static bool item_args(struct compile *compile, const struct node *node, void *out)
{
	struct match *match = out;
	struct globs globs = { .kind = GLOB_TEXT, .list = &match->args };

	return read_globs(compile, node, &globs);
}

static bool address_add(struct compile *compile, const struct node *node, bool only_ip,
			const struct address **list)
{
	const char *text = compile_text(compile, node);
	struct fault fault = { 0 };
	struct address *address;

	if (!text)
		return false;
	address = arena_alloc(compile->arena, sizeof(*address));
	if (!address)
		return short_of_memory(compile);
	if (address_parse(text, only_ip, address, &fault) < 0)
		return compile_fail(compile, node, "%s", fault.text);
	address->next = *list;
	*list = address;
	return true;
}

static bool item_host(struct compile *compile, const struct node *node, void *out)
{
	struct match *match = out;

	return address_add(compile, node, false, &match->hosts);
}

static bool item_ip(struct compile *compile, const struct node *node, void *out)
{
	struct match *match = out;

	return address_add(compile, node, true, &match->ips);
}

static bool item_port(struct compile *compile, const struct node *node, void *out)
{
	const char *text = compile_text(compile, node);
	struct match *match = out;
	struct fault fault = { 0 };
	struct port_range *range;

	if (!text)
		return false;
	range = arena_alloc(compile->arena, sizeof(*range));
	if (!range)
		return short_of_memory(compile);
	if (port_parse(text, range, &fault) < 0)
		return compile_fail(compile, node, "%s", fault.text);
	range->next = match->ports;
	match->ports = range;
	return true;
}

static bool item_protocol(struct compile *compile, const struct node *node, void *out)
{
	static const char *const words[] = { "tcp", "udp", "unix" };
	struct match *match = out;
	enum protocol protocol;

	if (!is_text(compile, node))
		return false;
	protocol = protocol_parse(node->text);
	if (protocol == PROTOCOL_NONE)
		return compile_unknown(compile, node->line, node->column, "protocol", node->text,
				       words, 3);
	match->protocols |= 1u << protocol;
	return true;
}

static bool item_own(struct compile *compile, const struct node *node, void *out)
{
	return compile_bool(compile, node, &((struct match *)out)->own);
}

static bool item_harmless(struct compile *compile, const struct node *node, void *out)
{
	return compile_bool(compile, node, &((struct match *)out)->harmless);
}

static item_fn *const field_items[FIELD_COUNT] = {
	[FIELD_PATH] = item_path,	  [FIELD_PROTOCOL] = item_protocol,
	[FIELD_PORT] = item_port,	  [FIELD_IP] = item_ip,
	[FIELD_HOST] = item_host,	  [FIELD_OWN] = item_own,
	[FIELD_HARMLESS] = item_harmless, [FIELD_PROGRAM] = item_program,
	[FIELD_ARGS] = item_args,
};

/* Return: the field of this key, or FIELD_COUNT. */
static enum field field_parse(const char *key)
{
	unsigned i = 0;

	while (i < FIELD_COUNT && strcmp(key, field_name((enum field)i)) != 0)
		i++;
	return (enum field)i;
}

/*
 * Rules.
 */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const rule_keys[] = {
	"name", "description", "message", "on", "except", "action", "enabled",
	/* and the fields */
	"path", "protocol", "port", "ip", "host", "own", "harmless", "program", "args",
};

static bool unknown_key(struct compile *compile, const struct node *entry,
			const char *const *keys, size_t count)
{
	return compile_unknown(compile, entry->key_line, entry->key_column, "key", entry->key, keys,
			       count);
}

static bool item_action(struct compile *compile, const struct node *node, void *out)
{
	const char *words[ACTION_COUNT];
	enum action action;

	if (!is_text(compile, node))
		return false;
	for (int i = 1; i < ACTION_COUNT; i++)
		words[i - 1] = action_name((enum action)i);
	if (!action_parse(node->text, &action))
		return compile_unknown(compile, node->line, node->column, "action", node->text,
				       words, ACTION_COUNT - 1);
	*(unsigned *)out |= ACTION_BIT(action);
	return true;
}

static bool read_field(struct compile *compile, const struct node *entry, enum field field,
		       struct match *match)
{
	match->fields |= FIELD_BIT(field);
	return each_item(compile, entry, field_items[field], match);
}

/* One map of `except`: fields only. */
static bool item_except(struct compile *compile, const struct node *node, void *out)
{
	struct rule *rule = out;
	struct match *match = arena_alloc(compile->arena, sizeof(*match));
	bool good = true;

	if (!match)
		return short_of_memory(compile);
	if (node->kind != NODE_MAP || !node->items)
		return compile_fail(compile, node, "a map of keys is needed here");
	for (const struct node *entry = node->items; entry; entry = entry->next) {
		enum field field = field_parse(entry->key);

		if (field == FIELD_COUNT)
			good = unknown_key(compile, entry, rule_keys + 7, FIELD_COUNT);
		else
			good = read_field(compile, entry, field, match) && good;
	}
	match->next = rule->excepts;
	rule->excepts = match;
	return good;
}

static bool read_excepts(struct compile *compile, const struct node *node, struct rule *rule)
{
	return node->kind == NODE_LIST ? each_item(compile, node, item_except, rule)
				       : item_except(compile, node, rule);
}

static bool read_entry(struct compile *compile, const struct node *entry, struct rule *rule)
{
	const char *key = entry->key;
	enum field field = field_parse(key);

	if (field != FIELD_COUNT)
		return read_field(compile, entry, field, &rule->match);
	if (strcmp(key, "name") == 0)
		return (rule->name = compile_text(compile, entry));
	if (strcmp(key, "message") == 0)
		return (rule->message = compile_text(compile, entry));
	if (strcmp(key, "description") == 0)
		return is_text(compile, entry);
	if (strcmp(key, "on") == 0)
		return each_item(compile, entry, item_action, &rule->actions);
	if (strcmp(key, "except") == 0)
		return read_excepts(compile, entry, rule);
	if (strcmp(key, "action") == 0)
		return compile_verdict(compile, entry, &rule->verdict);
	if (strcmp(key, "enabled") == 0)
		return compile_bool(compile, entry, &rule->enabled);
	return unknown_key(compile, entry, rule_keys, COUNT_OF(rule_keys));
}

/* The actions that have all of the fields; an error for a field that none of @actions has. */
static bool check_fields(struct compile *compile, const struct node *node, const struct match *match,
			 unsigned actions, unsigned *out_actions)
{
	unsigned possible = actions;

	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		const char *name = field_name((enum field)i);

		if (!(match->fields & FIELD_BIT(i)))
			continue;
		possible &= field_actions((enum field)i);
		if (!possible)
			return compile_fail(compile, node_find(node, name),
					    "'%s' never matches: none of the rule's actions has it%s",
					    name, actions == ACTION_ALL ? " beside its other keys" : "");
	}
	if (match->fields & FIELD_BIT(FIELD_PATH) && !(possible & ~ACTION_NETWORK) &&
	    match->fields & (FIELD_BIT(FIELD_IP) | FIELD_BIT(FIELD_PORT) | FIELD_BIT(FIELD_HOST)))
		return compile_fail(compile, node_find(node, "path"),
				    "'path' is of unix sockets, which have no host, ip or port");
	*out_actions = possible;
	return true;
}

static bool check_rule(struct compile *compile, const struct node *node, struct rule *rule)
{
	const struct node *on = node_find(node, "on");
	unsigned possible = 0;
	bool good = true;

	if (!node_find(node, "name"))
		good = compile_fail(compile, node, "a rule needs a 'name'");
	if (!node_find(node, "action"))
		good = compile_fail(compile, node, "a rule needs an 'action': allow, audit, deny, "
						   "stop or kill");
	if (!on && !rule->match.fields)
		return compile_fail(compile, node, "a rule needs 'on', or a key that says what it is about");
	if (!check_fields(compile, node, &rule->match, on ? rule->actions : ACTION_ALL, &possible))
		return false;
	/* Of the actions that were named, those without the field would never match. */
	if (on && possible != rule->actions)
		return compile_fail(compile, on, "one of these actions never matches: it has not all "
						 "of the rule's keys");
	rule->actions = possible;
	return good;
}

bool compile_rule(struct compile *compile, const struct node *node, struct rule **out_rule)
{
	struct rule *rule = arena_alloc(compile->arena, sizeof(*rule));
	bool good = true;

	if (!rule)
		return short_of_memory(compile);
	if (node->kind != NODE_MAP)
		return compile_fail(compile, node, "a rule is a map of keys");
	rule->source = compile->source;
	rule->node = node;
	rule->line = node->line;
	rule->message = "";
	rule->enabled = true;
	for (const struct node *entry = node->items; entry; entry = entry->next)
		good = read_entry(compile, entry, rule) && good;
	good = check_rule(compile, node, rule) && good;
	if (good)
		*out_rule = rule;
	return good;
}

/*
 * Inline tests.
 */

static const char *const case_keys[] = {
	"action", "expect", "rule", "path", "host", "ip", "port", "protocol", "program",
	"args", "own", "harmless", "operation",
};

/* A path as an event has it: absolute, without patterns. */
static bool case_path(struct compile *compile, const struct node *node, const char **out)
{
	const char *text = compile_text(compile, node);
	struct expand_fault fault;
	size_t len;
	int r;

	if (!text)
		return false;
	r = expand_path(compile->arena, compile->variables, text, &text, &fault);
	if (r == -EINVAL)
		return compile_fail(compile, node, "'%.80s': %s", node->text, fault.text);
	len = strlen(text);
	*out = arena_copy(compile->arena, text, len > 1 && text[len - 1] == '/' ? len - 1 : len);
	return r == 0 && *out ? true : short_of_memory(compile);
}

/* "push origin", or a list: after a program's name that is of no account. */
static bool case_args(struct compile *compile, const struct node *node, struct event *event)
{
	const char **argv;
	size_t count = 1;

	for (const struct node *item = node->items; item; item = item->next)
		count++;
	argv = arena_alloc(compile->arena, (count + 2) * sizeof(*argv));
	if (!argv)
		return short_of_memory(compile);
	argv[0] = "";
	if (node->kind == NODE_SCALAR) {
		argv[count++] = node->text;
	} else {
		count = 1;
		for (const struct node *item = node->items; item; item = item->next) {
			argv[count] = compile_text(compile, item);
			if (!argv[count++])
				return false;
		}
	}
	event->argv = argv;
	event->argc = count;
	return true;
}

static bool case_port(struct compile *compile, const struct node *node, struct event *event)
{
	const char *text = compile_text(compile, node);
	struct port_range range;
	struct fault fault = { 0 };

	if (!text)
		return false;
	if (port_parse(text, &range, &fault) < 0)
		return compile_fail(compile, node, "%s", fault.text);
	event->port = range.first;
	event->has_ip = true;
	return true;
}

static bool case_protocol(struct compile *compile, const struct node *node, struct event *event)
{
	struct match match = { 0 };

	if (!item_protocol(compile, node, &match))
		return false;
	event->protocol = protocol_parse(node->text);
	return true;
}

static bool case_host(struct compile *compile, const struct node *node, struct event *event)
{
	event->host = compile_text(compile, node);
	if (event->host && ip_parse(event->host, &event->ip)) {
		event->has_ip = true;
		event->host = NULL;
		return true;
	}
	return event->host;
}

static bool case_ip(struct compile *compile, const struct node *node, struct event *event)
{
	const char *text = compile_text(compile, node);

	event->has_ip = true;
	if (!text || ip_parse(text, &event->ip))
		return text;
	return compile_fail(compile, node, "'%.80s' is not an address", text);
}

static bool case_action(struct compile *compile, const struct node *node, struct event *event)
{
	unsigned actions = 0;

	if (!item_action(compile, node, &actions))
		return false;
	return action_parse(node->text, &event->action);
}

static bool case_entry(struct compile *compile, const struct node *entry, struct policy_case *out)
{
	const char *key = entry->key;
	struct event *event = &out->event;

	if (strcmp(key, "action") == 0)
		return case_action(compile, entry, event);
	if (strcmp(key, "expect") == 0)
		return compile_verdict(compile, entry, &out->expect);
	if (strcmp(key, "rule") == 0)
		return (out->rule = compile_text(compile, entry));
	if (strcmp(key, "path") == 0)
		return case_path(compile, entry, &event->path);
	if (strcmp(key, "program") == 0)
		return (event->program = compile_text(compile, entry));
	if (strcmp(key, "operation") == 0)
		return (event->operation = compile_text(compile, entry));
	if (strcmp(key, "host") == 0)
		return case_host(compile, entry, event);
	if (strcmp(key, "ip") == 0)
		return case_ip(compile, entry, event);
	if (strcmp(key, "port") == 0)
		return case_port(compile, entry, event);
	if (strcmp(key, "protocol") == 0)
		return case_protocol(compile, entry, event);
	if (strcmp(key, "args") == 0)
		return case_args(compile, entry, event);
	if (strcmp(key, "own") == 0)
		return compile_bool(compile, entry, &event->own);
	if (strcmp(key, "harmless") == 0)
		return compile_bool(compile, entry, &event->harmless);
	return unknown_key(compile, entry, case_keys, COUNT_OF(case_keys));
}

bool compile_case(struct compile *compile, const struct node *node, struct policy_case **out_case)
{
	struct policy_case *one = arena_alloc(compile->arena, sizeof(*one));
	bool good = true;

	if (!one)
		return short_of_memory(compile);
	if (node->kind != NODE_MAP)
		return compile_fail(compile, node, "a test is a map of keys");
	one->source = compile->source;
	one->line = node->line;
	for (const struct node *entry = node->items; entry; entry = entry->next)
		good = case_entry(compile, entry, one) && good;
	if (!node_find(node, "action") || !node_find(node, "expect"))
		good = compile_fail(compile, node, "a test needs 'action' and 'expect'");
	/* Whoever names no protocol means the usual one. */
	if (one->event.protocol == PROTOCOL_NONE &&
	    ACTION_BIT(one->event.action) & ACTION_NETWORK)
		one->event.protocol = one->event.path ? PROTOCOL_UNIX : PROTOCOL_TCP;
	if (one->event.action == ACTION_EXECUTE && !one->event.path)
		one->event.path = one->event.program;
	if (good)
		*out_case = one;
	return good;
}
