/* SPDX-License-Identifier: MIT */
#include "rules/witness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/merged.h"

#define ARGUMENTS_MAX 64

/* One example being made: the event, and what its pointers point to. */
struct example {
	struct event event;
	struct content content;
	struct statement statement;
	const char *table;
	char path[GLOB_PATTERN_MAX + 8], program[GLOB_PATTERN_MAX + 8];
	char args[GLOB_PATTERN_MAX + 8], text[GLOB_PATTERN_MAX + 8];
	char host[ADDRESS_NAME_SIZE + 8];
	const char *argv[ARGUMENTS_MAX];
};

/*
 * Values that fit one item.
 */

/* A byte of a set, a letter where there is one. */
static char byte_of(const struct glob_set *set)
{
	static const char wanted[] =
		"xabcdefghijklmnopqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	for (const char *c = wanted; *c; c++)
		if (set->bits[*c / 64] >> (*c % 64) & 1)
			return *c;
	for (int i = ' ' + 1; i < 0x7f; i++)
		if (i != '/' && set->bits[i / 64] >> (i % 64) & 1)
			return (char)i;
	return 'x';
}

/* A text that a glob matches; of a tree, something in it. @out: GLOB_PATTERN_MAX + 8 bytes. */
static void text_of_glob(const struct glob *glob, char *out)
{
	size_t used = 0;

	for (size_t i = 0; i < glob->token_count; i++) {
		unsigned token = glob->tokens[i];

		if (token < 256)
			out[used++] = (char)token;
		else if (token >= GLOB_SET)
			out[used++] = byte_of(&glob->sets[token - GLOB_SET]);
		else if (token == GLOB_ANY || token == GLOB_BYTE || token == GLOB_STAR ||
			 token == GLOB_DEEP)
			out[used++] = 'x';
		else if (token == GLOB_TREE)
			out[used++] = '/'; /* and GLOB_DEEP follows */
					   /* whole names between two slashes: none are needed */
	}
	out[used] = '\0';
}

static void set_path(struct example *example, const struct glob *glob)
{
	text_of_glob(glob, example->path);
	example->event.path = example->path;
	if (ACTION_BIT(example->event.action) & ACTION_NETWORK)
		example->event.protocol = PROTOCOL_UNIX;
}

static void set_program(struct example *example, const struct glob *glob)
{
	char name[GLOB_PATTERN_MAX + 8];

	text_of_glob(glob, name);
	(void)snprintf(example->program, sizeof(example->program), "%s%.4000s",
		       glob_is_base_name(glob) ? "/usr/bin/" : "", name);
	if (example->event.action == ACTION_EXECUTE)
		example->event.path = example->program;
	else
		example->event.program = example->program;
}

static void set_args(struct example *example, const struct glob *glob)
{
	struct event *event = &example->event;
	char *state = NULL;

	text_of_glob(glob, example->args);
	event->argc = 1;
	for (char *word = strtok_r(example->args, " ", &state); word && event->argc < ARGUMENTS_MAX;
	     word = strtok_r(NULL, " ", &state))
		example->argv[event->argc++] = word;
}

static void set_host(struct example *example, const struct address *address)
{
	struct event *event = &example->event;

	event->has_ip = address->kind == ADDRESS_NETWORK;
	if (event->has_ip)
		event->ip = address->ip;
	(void)snprintf(example->host, sizeof(example->host), "%s%s",
		       address->kind == ADDRESS_BELOW ? "www" : "",
		       address->kind == ADDRESS_EVERY ? "example.com" : address->name);
	event->host = event->has_ip ? NULL : example->host;
}

static struct text text_set(struct example *example, const struct glob *glob)
{
	text_of_glob(glob, example->text);
	return text_of(example->text);
}

static enum protocol first_protocol(unsigned protocols)
{
	enum protocol protocol = PROTOCOL_TCP;

	while (protocol < PROTOCOL_UNIX && !(protocols >> protocol & 1))
		protocol++;
	return protocol;
}

/* What an event has where no rule says anything. */
static void example_begin(struct example *example, enum action action)
{
	static const char usual_path[] = "/example/file", usual_host[] = "example.com";
	struct event *event = &example->event;

	*event = (struct event){ .action = action, .agent = "agent", .program = WITNESS_PROGRAM };
	example->content = (struct content){ 0 };
	example->statement = (struct statement){ .verb = "SELECT", .is_understood = true };
	example->argv[0] = "";
	if (ACTION_BIT(action) & ACTION_NETWORK)
		event->protocol = PROTOCOL_TCP;
	if (ACTION_BIT(action) & (ACTION_FILES | ACTION_BIT(ACTION_EXECUTE)))
		event->path = usual_path;
	else
		event->host = usual_host;
	if (action == ACTION_LISTEN) {
		event->host = NULL;
		event->has_ip = ip_parse("127.0.0.1", &event->ip);
	}
	event->port = 443;
	event->argv = action == ACTION_EXECUTE ? example->argv : NULL;
	event->argc = action == ACTION_EXECUTE ? 1 : 0;
	if (ACTION_BIT(action) & ACTION_CONTENT) {
		event->content = &example->content;
		example->content.query = text_of("SELECT 1");
		example->content.data = example->content.tool = text_of("example");
		example->content.method = text_of("GET");
	}
}

/* The first item of each list, and what is single. */
static void example_fit(struct example *example, const struct match *match)
{
	struct event *event = &example->event;

	if (match->ips)
		set_host(example, match->ips);
	if (match->hosts)
		set_host(example, match->hosts);
	if (match->ports)
		event->port = match->ports->first;
	if (match->protocols)
		event->protocol = first_protocol(match->protocols);
	if (match->paths)
		set_path(example, match->paths);
	if (match->programs)
		set_program(example, match->programs);
	if (match->args && event->argv)
		set_args(example, match->args);
	if (match->methods)
		example->content.method = text_of(match->methods->text);
	if (match->urls)
		example->content.url = text_set(example, match->urls);
	if (match->queries)
		example->content.query = text_set(example, match->queries);
	if (match->verbs)
		example->statement.verb = match->verbs->text;
	if (match->tables) {
		example->table = text_set(example, match->tables).bytes;
		example->statement.tables = &example->table;
		example->statement.table_count = 1;
	}
	if (match->verbs || match->tables)
		event->statement = &example->statement;
	event->own = match->fields & FIELD_BIT(FIELD_OWN) && match->own;
	event->harmless = match->fields & FIELD_BIT(FIELD_HARMLESS) && match->harmless;
}

/*
 * The walk.
 */

struct walk {
	struct example *example;
	witness_fn *visit;
	void *data;
};

static int visit(const struct walk *walk)
{
	return walk->visit(&walk->example->event, walk->data);
}

/* One for each further item of the lists that are usually long. */
static int visit_items(const struct walk *walk, const struct match *match)
{
	int r = visit(walk);

	for (const struct glob *glob = match->paths; glob && r == 0; glob = glob->next) {
		set_path(walk->example, glob);
		r = visit(walk);
	}
	for (const struct glob *glob = match->programs; glob && r == 0; glob = glob->next) {
		set_program(walk->example, glob);
		r = visit(walk);
	}
	for (const struct address *host = match->hosts; host && r == 0; host = host->next) {
		set_host(walk->example, host);
		r = visit(walk);
	}
	for (const struct port_range *port = match->ports; port && r == 0; port = port->next) {
		walk->example->event.port = port->last;
		r = visit(walk);
	}
	for (const struct glob *glob = match->args; glob && r == 0 && walk->example->event.argv;
	     glob = glob->next) {
		set_args(walk->example, glob);
		r = visit(walk);
	}
	for (const struct word *word = match->verbs; word && r == 0; word = word->next) {
		walk->example->statement.verb = word->text;
		r = visit(walk);
	}
	return r;
}

static int visit_rule(const struct walk *walk, const struct rule *rule, enum action action)
{
	int r;

	example_begin(walk->example, action);
	example_fit(walk->example, &rule->match);
	r = visit_items(walk, &rule->match);
	for (const struct match *except = rule->excepts; except && r == 0; except = except->next) {
		example_begin(walk->example, action);
		example_fit(walk->example, &rule->match);
		example_fit(walk->example, except);
		r = visit_items(walk, except);
	}
	return r;
}

int policy_witnesses(const struct policy *policy, witness_fn *call, void *data)
{
	struct walk walk = { .example = calloc(1, sizeof(*walk.example)),
			     .visit = call,
			     .data = data };
	int r = walk.example ? 0 : -ENOMEM;

	for (const struct rule *rule = policy->rules; rule && r == 0; rule = rule->next)
		for (int i = 1; i < ACTION_COUNT && r == 0 && rule->enabled; i++)
			if (rule->actions & ACTION_BIT(i))
				r = visit_rule(&walk, rule, (enum action)i);
	for (const struct policy_case *one = policy->cases; one && r == 0; one = one->next)
		r = call(&one->event, data);
	free(walk.example);
	return r;
}
