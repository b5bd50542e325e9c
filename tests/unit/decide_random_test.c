/* SPDX-License-Identifier: MIT */
/* link: tests/unit/decide_again.c */
/*
 * Random policies and events, decided by the engine and by decide_again.c, which knows the language only.
 *
 *   DECIDE_EVENTS (100000)   how many decisions
 *   DECIDE_SEED              where the random numbers begin; a failure prints it
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/decide_again.h"
#include "tests/support/policies.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define EVENTS_EACH 4
#define TEXT_SIZE 32768

static uint64_t seed = 0x9e3779b97f4a7c15;

/* Source: Marsaglia, "Xorshift RNGs", 2003. */
static unsigned below(unsigned end)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % end;
}

#define ANY_OF(pool) ((pool)[below(COUNT_OF(pool))])

/*
 * What policies are made of.
 */

static const char *const paths[] = {
	"/a",	      "/a/",	    "/a/b",	  "/a/b/",     "/a/*",	   "/a/**",
	"/a/*/c",     "/**/b",	    "**/b/",	  "**/.env",   "/a/**/c",  "/a/b*",
	"/*/b*c",     "/**/*c/b",   "/a/?",	  "/a/[ab]",   "/a/[!a]",  "/a/{b,c/a}",
	"/{a,b}/",    "/a/.",	    "/",	  "~/",	       "~/b",	   "b/",
	"*",	      "${DIR}/b",   "/a/b?/**/",  "/a/*b*/c*", "/.",	   "/a/**/b/",
	"/**/a*b/*c", "/**/a/**/b", "/a/**/**/b", "/a/**b",    "/**c/*/b", "${WORKSPACE}/b/",
	"/a/\\*",     "/a/[a-b]c"
};
static const char *const sockets[] = { "/a/b", "/a/", "@a", "@a*", "/**/b", "@**", "@?b" };
static const char *const nameless[] = { "/memfd:*", "/memfd:a (deleted)", "/a/* (deleted)" };
static const char *const programs[] = {
	"b", "b*", "?", "/a/b", "/a/", "**/b", "[ab]", "{b,c}", "~/b", "memfd:*", "bc", "*c",
};
static const char *const hosts[] = {
	"a.test",    "*.a.test",   "*.test",	      "A.Test",	      "*",	  "b.a.test",
	"10.0.0.1",  "10.0.0.0/8", "10.0.0.0/31",     "192.0.2.0/24", "fd00::/8", "fd00::1",
	"0.0.0.0/0", "::/0",	   "::ffff:10.0.0.1", "smtp.a.test",
};
static const char *const ips[] = {
	"10.0.0.1",    "10.0.0.0/8", "10.0.0.0/31", "192.0.2.0/24", "fd00::/8",
	"fd00::1/128", "0.0.0.0/0",  "::/0",	    "127.0.0.1",
};
static const char *const ports[] = { "25", "80", "80-443", "443", "1-1024", "0-65535", "444-9999" };
static const char *const internet[] = { "tcp", "udp" };
static const char *const arguments[] = {
	"a", "a *", "* b", "*", "a?b", "*a*b*", "[ab]*", "a {b,c}", "b", "?", "a*b*a",
};
static const char *const methods[] = { "GET", "post", "Put" };
static const char *const urls[] = { "*", "http://*", "*a.test*", "*://*/a/b*", "https://a.test/a" };
static const char *const queries[] = { "*", "a=1", "*a=?*", "SELECT*", "*FROM a*", "[ab]*" };
static const char *const verbs[] = { "select", "DROP", "Update" };
static const char *const tables[] = { "a", "a*", "*", "s.?", "b" };
/* The same to regcomp(3) and PCRE2. */
static const char *const patterns[] = {
	"a",	  "^a",	      "b$",   "a.*b", "(?-i)A", "(?-i)b",  "a|c",
	"DROP|b", "[0-9]{2}", "^/a/", "^$",   "x",	"\\.env$",
};
static const char *const booleans[] = { "true", "false" };

/* A key of rules: the actions that have it, and its values. */
static const struct key_row rows[] = {
#define ROW(name, actions, pool, form)                                                             \
	{                                                                                          \
		name, actions, pool, COUNT_OF(pool), form                                          \
	}
	ROW("path", KERNEL | BIT(API_CALL), paths, QUOTED),
	ROW("host", BIT(CONNECT) | BIT(RESOLVE) | PEERS, hosts, QUOTED),
	ROW("ip", SOCKETS, ips, QUOTED),
	ROW("port", SOCKETS | PEERS, ports, QUOTED),
	ROW("protocol", SOCKETS, internet, QUOTED),
	ROW("own", BIT(CONNECT), booleans, PLAIN),
	ROW("harmless", BIT(WRITE_FILE), booleans, PLAIN),
	ROW("program", EVERY, programs, QUOTED),
	ROW("args", BIT(EXECUTE), arguments, QUOTED),
	ROW("method", BIT(API_CALL), methods, QUOTED),
	ROW("url", BIT(API_CALL), urls, QUOTED),
	ROW("query", BIT(API_CALL) | BIT(DATABASE_QUERY), queries, QUOTED),
	ROW("verb", BIT(DATABASE_QUERY), verbs, QUOTED),
	ROW("tables", BIT(DATABASE_QUERY), tables, QUOTED),
	ROW("pattern", EVERY, patterns, QUOTED),
};

static struct merged policy;

/*
 * Making policies.
 */

static bool has_key(const struct match *match, const char *name)
{
	for (size_t i = 0; i < match->key_count; i++)
		if (strcmp(match->keys[i].row->name, name) == 0)
			return true;
	return false;
}

/* A socket has either a path, or an address; and one that can be neither is refused. */
static bool goes_with(const struct match *match, const struct key_row *row, unsigned actions)
{
	bool is_path = strcmp(row->name, "path") == 0;
	bool is_internet = strcmp(row->name, "host") == 0 || strcmp(row->name, "ip") == 0 ||
			   strcmp(row->name, "port") == 0 || strcmp(row->name, "protocol") == 0;

	(void)actions;
	return !(is_path && (has_key(match, "host") || has_key(match, "ip") ||
			     has_key(match, "port") || has_key(match, "protocol"))) &&
	       !(is_internet && has_key(match, "path")) && !has_key(match, row->name);
}

static const char *make_item(const struct key_row *row, unsigned actions)
{
	if (strcmp(row->name, "path") == 0 && actions == BIT(EXECUTE) && below(6) == 0)
		return ANY_OF(nameless);
	if (strcmp(row->name, "path") == 0 && !(actions & ~SOCKETS) && below(2))
		return ANY_OF(sockets);
	return row->pool[below((unsigned)row->count)];
}

/* Keys that all of @actions have; or (@narrows) that some of them have, which are then left. */
static unsigned make_keys(struct match *match, unsigned actions, bool narrows, unsigned count)
{
	for (unsigned tries = 0; match->key_count < count && tries < 12; tries++) {
		const struct key_row *row = &rows[below(COUNT_OF(rows))];
		struct key *key = &match->keys[match->key_count];
		unsigned left = actions & row->actions;

		if (!left || (left != actions && !narrows) || !goes_with(match, row, actions))
			continue;
		actions = left;
		key->row = row;
		key->count = row->form == PLAIN ? 1 : 1 + below(below(4) == 0 ? ITEMS_MAX : 1);
		for (size_t i = 0; i < key->count; i++)
			key->items[i] = make_item(row, actions);
		match->key_count++;
	}
	return actions;
}

/* As make_keys(). */
static unsigned make_condition(struct match *match, unsigned actions, bool narrows)
{
	const struct leaf *leaf = &leaf_rows[below((unsigned)leaf_count)];
	unsigned left = actions & leaf->actions;

	if (!left || (left != actions && !narrows))
		return actions;
	match->leaves[0] = leaf;
	actions = left;
	if (below(2)) {
		leaf = &leaf_rows[below((unsigned)leaf_count)];
		left = actions & leaf->actions;
		/* Of one field twice, the loader may know that it can never be true. */
		if (left && (left == actions || narrows) &&
		    strncmp(leaf->text, match->leaves[0]->text, 4) != 0) {
			match->leaves[1] = leaf;
			match->joined = below(2) ? BOTH : EITHER;
			actions = left;
		}
	}
	match->negated = below(3) == 0;
	if (below(6) == 0) {
		enum action action = (enum action)(1 + below(ACTION_COUNT - 1));

		if (actions >> action & 1 && (actions & (actions - 1))) {
			match->only = action;
			actions = 1u << action;
		}
	}
	return actions;
}

static void make_rule(struct rule *rule, size_t index)
{
	static const struct {
		const char *word;
		enum verdict verdict;
	} words[] = {
		{ "allow", VERDICT_ALLOW },  { "allow", VERDICT_ALLOW }, { "audit", VERDICT_AUDIT },
		{ "log", VERDICT_AUDIT },    { "ask", VERDICT_ASK },	 { "deny", VERDICT_DENY },
		{ "block", VERDICT_DENY },   { "stop", VERDICT_STOP },	 { "kill", VERDICT_KILL },
		{ "SIGKILL", VERDICT_KILL },
	};
	unsigned word = below(COUNT_OF(words));
	unsigned actions = 0;

	memset(rule, 0, sizeof(*rule));
	(void)snprintf(rule->name, sizeof(rule->name), "r%zu", index);
	rule->word = words[word].word;
	rule->verdict = words[word].verdict;
	if (below(12) == 0) {
		rule->is_write_alias = below(2);
		rule->is_mail_alias = !rule->is_write_alias;
		rule->on = rule->is_write_alias ? BIT(DATABASE_QUERY)
						: BIT(CONNECT) | BIT(API_CALL) | BIT(TOOL_CALL);
	} else if (below(4) > 0) {
		for (unsigned i = 0, count = 1 + below(3); i < count; i++)
			rule->on |= 1u << (1 + below(ACTION_COUNT - 1));
	}
	actions = make_keys(&rule->match, rule->on ? rule->on : EVERY, !rule->on,
			    (rule->on ? 0 : 1) + below(3));
	if (below(4) == 0)
		actions = make_condition(&rule->match, actions, !rule->on);
	for (unsigned i = 0, count = below(4) ? 0 : 1 + below(EXCEPTS_MAX); i < count; i++) {
		struct match *except = &rule->excepts[rule->except_count];
		unsigned left = make_keys(except, actions, true, 1 + below(2));

		if (except->key_count == 0)
			continue;
		rule->except_count++;
		if (below(3) == 0)
			(void)make_condition(except, left, true);
	}
	rule->is_off = below(16) == 0;
	rule->is_over = rule->verdict < VERDICT_DENY && below(16) == 0;
	rule->has_limit = below(16) == 0;
	rule->has_signal = rule->verdict == VERDICT_DENY && below(6) == 0;
	if (rule->has_signal)
		rule->verdict = VERDICT_STOP;
}

static void default_set(struct file *file, unsigned actions, enum verdict verdict)
{
	for (int i = 1; i < ACTION_COUNT; i++) {
		if (!(actions >> i & 1))
			continue;
		file->has_default[i] = true;
		file->defaults[i] = verdict;
	}
}

static void make_default(struct file *file)
{
	enum verdict first = (enum verdict)below(VERDICT_COUNT);
	enum verdict second = (enum verdict)below(VERDICT_COUNT);
	enum action action = (enum action)(1 + below(ACTION_COUNT - 1));

	switch (below(4)) {
	case 0:
		default_set(file, KERNEL, first);
		(void)snprintf(file->default_text, sizeof(file->default_text), "default: %s\n",
			       verdict_name(first));
		break;
	case 1:
		default_set(file, below(2) ? KERNEL : EVERY & ~KERNEL, first);
		(void)snprintf(file->default_text, sizeof(file->default_text),
			       "default: { %s: %s, %s: %s }\n", action_name(action),
			       verdict_name(second),
			       file->has_default[ACTION_READ_FILE] ? "kernel" : "content",
			       verdict_name(first));
		default_set(file, 1u << action, second);
		break;
	default:
		break;
	}
}

static void make_policy(void)
{
	policy.rule_count = 1 + below(RULES_MAX);
	for (size_t i = 0; i < policy.rule_count; i++)
		make_rule(&policy.rules[i], i);
	policy.file_count = 1 + (below(3) ? 0 : below(FILES_MAX));
	memset(policy.files, 0, sizeof(policy.files));
	for (size_t i = 0; i < policy.file_count; i++) {
		policy.files[i].first = policy.rule_count * i / policy.file_count;
		policy.files[i].end = policy.rule_count * (i + 1) / policy.file_count;
		make_default(&policy.files[i]);
	}
}

/*
 * Printing.
 */

static char text[TEXT_SIZE];
static size_t used;

static void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	used += (size_t)vsnprintf(text + used, sizeof(text) - used, format, args);
	va_end(args);
	if (used >= sizeof(text))
		abort();
}

static void print_match(const struct match *match)
{
	for (size_t i = 0; i < match->key_count; i++) {
		const struct key *key = &match->keys[i];
		const char *quote = key->row->form == QUOTED ? "'" : "";

		print("%s: %s", key->row->name, key->count > 1 ? "[" : "");
		for (size_t n = 0; n < key->count; n++)
			print("%s%s%s%s", n ? ", " : "", quote, key->items[n], quote);
		print("%s, ", key->count > 1 ? "]" : "");
	}
	if (!match->leaves[0])
		return;
	print("condition: '");
	if (match->only)
		print("action == \"%s\" and (", action_name(match->only));
	if (match->joined == ALONE)
		print("%s%s", match->negated ? "not " : "", match->leaves[0]->text);
	else
		print("%s %s %s%s", match->leaves[0]->text, match->joined == BOTH ? "and" : "or",
		      match->negated ? "not " : "", match->leaves[1]->text);
	print("%s', ", match->only ? ")" : "");
}

static void print_on(const struct rule *rule)
{
	const char *between = "";

	if (rule->is_write_alias || rule->is_mail_alias) {
		print("on: %s, ", rule->is_mail_alias ? "send_email" : "database_write");
		return;
	}
	print("on: [");
	for (int i = 1; i < ACTION_COUNT; i++) {
		if (!(rule->on >> i & 1))
			continue;
		print("%s%s", between, action_name((enum action)i));
		between = ", ";
	}
	print("], ");
}

static void print_rule(const struct rule *rule)
{
	print("  - { name: %s, ", rule->name);
	if (rule->on)
		print_on(rule);
	print_match(&rule->match);
	if (rule->except_count > 0)
		print("except: [");
	for (size_t i = 0; i < rule->except_count; i++) {
		print("{ ");
		print_match(&rule->excepts[i]);
		print("}, ");
	}
	print("%s", rule->except_count > 0 ? "], " : "");
	print("%s", rule->is_off ? "enabled: false, " : "");
	print("%s", rule->is_over ? "until: 2001-01-01, " : "");
	print("%s", rule->has_limit ? "limit: 1/hour, " : "");
	print("%s", rule->has_signal ? "signal: SIGSTOP, " : "");
	print("action: %s }\n", rule->word);
}

static void print_file(size_t index, bool extends)
{
	const struct file *file = &policy.files[index];

	used = 0;
	print("version: '1.0'\nname: f%zu\nbase: false\nvars: { DIR: /a }\n%s", index,
	      file->default_text);
	if (extends && index > 0)
		print("extends: ./f%zu.yaml\n", index - 1);
	print("rules:\n");
	for (size_t i = file->first; i < file->end; i++)
		print_rule(&policy.rules[i]);
	if (file->first == file->end)
		used -= strlen("rules:\n");
}

/* All on the command line, or each extending the one before. */
static struct loading load_files(void)
{
	static const char *const names[] = { "./f0.yaml", "./f1.yaml", "./f2.yaml" };
	bool extends = below(2);

	for (size_t i = 0; i < policy.file_count; i++) {
		print_file(i, extends);
		policies_write(names[i], text, used);
	}
	return extends ? policies_load(&names[policy.file_count - 1], 1, NULL, 0)
		       : policies_load(names, policy.file_count, NULL, 0);
}

static const char *or_empty(const char *text_or_null)
{
	return text_or_null ? text_or_null : "";
}

/*
 * Making events.
 */

struct sample {
	struct event event;
	struct content content;
	struct statement statement;
	const char *tables[2];
	const char *argv[4];
	char path[128];
};

static void make_path(struct sample *sample)
{
	static const char *const names[] = { "a", "b", "c", "ab", "abc", "bc", ".env", "*", "cb" };
	static const char *const roots[] = { "", "", "", "/a", "/a/b", "/home/me", "/home/me/ws" };
	size_t size = (size_t)snprintf(sample->path, sizeof(sample->path), "%s", ANY_OF(roots));

	for (unsigned i = 0, count = below(5); i < count; i++)
		size += (size_t)snprintf(sample->path + size, sizeof(sample->path) - size, "/%s",
					 ANY_OF(names));
	if (size == 0)
		(void)snprintf(sample->path, sizeof(sample->path), "/");
	sample->event.path = sample->path;
}

static void make_peer(struct sample *sample)
{
	static const char *const names[] = { "a.test",	"b.a.test", "c.b.a.test",
					     "A.TEST",	"a.test.",  "smtp.a.test",
					     "xa.test", "test",	    "smtp2.test" };
	static const char *const numbers[] = { "10.0.0.1",  "10.0.0.2", "10.9.9.9", "192.0.2.77",
					       "127.0.0.1", "fd00::1",	"fe80::1",  "11.0.0.1" };
	static const uint16_t all[] = { 0, 25, 80, 81, 443, 444, 1024, 9999, 65535 };
	struct event *event = &sample->event;
	bool has_name = event->action == ACTION_RESOLVE || below(2);

	if (has_name && event->action != ACTION_LISTEN)
		event->host = ANY_OF(names);
	if (!event->host || (event->action == ACTION_CONNECT && below(3)))
		event->has_ip = ip_parse(ANY_OF(numbers), &event->ip);
	event->port = event->action == ACTION_RESOLVE ? 0 : ANY_OF(all);
}

static void make_content(struct sample *sample)
{
	static const char *const texts[] = { "a", "", "ab", "xAb 12", "drop b", "a=1&b", "a" };
	static const char *const all_methods[] = { "GET", "POST", "put", "DELETE" };
	static const char *const all_urls[] = { "http://a.test/", "https://a.test/a",
						"https://b.test/a/b", "http://x/A?a=1" };
	static const char *const tools[] = { "a", "b", "c", "send_email" };
	static const char *const statements[] = { "SELECT a FROM a", "DROP TABLE a", "a", "b=1" };
	struct content *content = &sample->content;

	sample->event.content = content;
	if (sample->event.action == ACTION_DATABASE_QUERY)
		content->query = text_of(ANY_OF(statements));
	if (sample->event.action == ACTION_API_CALL) {
		content->method = text_of(ANY_OF(all_methods));
		content->url = text_of(ANY_OF(all_urls));
		content->query = text_of(below(3) ? ANY_OF(texts) : NULL);
		content->body = text_of(below(3) ? ANY_OF(texts) : NULL);
		make_path(sample);
	}
	content->data = text_of(ANY_OF(texts));
	content->tool = text_of(ANY_OF(tools));
	if (sample->event.action == ACTION_TOOL_CALL)
		content->arguments = text_of(below(3) ? ANY_OF(texts) : NULL);
}

static void make_statement(struct sample *sample)
{
	static const char *const all_verbs[] = { "SELECT", "DROP", "UPDATE", "GRANT" };
	static const char *const all_tables[] = { "a", "b", "ab", "s.a" };

	for (size_t i = 0; i < COUNT_OF(sample->tables); i++)
		sample->tables[i] = ANY_OF(all_tables);
	sample->statement = (struct statement){
		.verb = ANY_OF(all_verbs),
		.tables = sample->tables,
		.table_count = below(3),
		.has_where = below(2),
		.changes_data = below(2),
		.is_understood = below(5) > 0,
	};
	sample->event.statement = &sample->statement;
}

static void make_kernel(struct sample *sample)
{
	static const char *const abstract[] = { "@a", "@ab", "@b" };
	static const char *const unnamed[] = { "/memfd:a (deleted)", "/memfd:b (deleted)",
					       "/a/b (deleted)" };
	static const char *const all_arguments[] = { "a", "b", "ab", "", "c" };
	struct event *event = &sample->event;
	bool is_socket = 1u << event->action & SOCKETS;

	if (is_socket && below(3)) {
		make_peer(sample);
		event->protocol = below(3) ? PROTOCOL_TCP : PROTOCOL_UDP;
	} else {
		make_path(sample);
		if (is_socket)
			event->protocol = PROTOCOL_UNIX;
		if (is_socket && below(3) == 0)
			event->path = ANY_OF(abstract);
	}
	event->own = event->action == ACTION_CONNECT && below(2);
	event->harmless = event->action == ACTION_WRITE_FILE && below(2);
	if (event->action != ACTION_EXECUTE)
		return;
	if (below(8) == 0)
		event->path = ANY_OF(unnamed);
	event->argc = 1 + below(COUNT_OF(sample->argv));
	for (size_t i = 0; i < event->argc; i++)
		sample->argv[i] = ANY_OF(all_arguments);
	event->argv = sample->argv;
}

/* Mostly one that some rule names. */
static enum action make_action(void)
{
	unsigned named = policy.rules[below((unsigned)policy.rule_count)].on;
	enum action action;

	if (!named || below(3) == 0)
		return (enum action)(1 + below(ACTION_COUNT - 1));
	do
		action = (enum action)(1 + below(ACTION_COUNT - 1));
	while (!(named & 1u << action));
	return action;
}

static void make_sample(struct sample *sample)
{
	static const char *const all_programs[] = { "/a/b", "/usr/b", "/a/bc", "/home/me/b", "" };
	struct event *event = &sample->event;

	memset(sample, 0, sizeof(*sample));
	event->action = make_action();
	event->program = ANY_OF(all_programs);
	event->agent = below(2) ? "bot" : "other";
	event->uid = below(3);
	event->ring = below(4);
	event->hour = below(24);
	if ((1u << event->action & KERNEL)) {
		make_kernel(sample);
		return;
	}
	make_content(sample);
	if (event->action == ACTION_DATABASE_QUERY)
		make_statement(sample);
	if (1u << event->action & (PEERS | BIT(RESOLVE)))
		make_peer(sample);
}

/*
 * Both.
 */

static void print_sample(const struct sample *sample)
{
	const struct event *event = &sample->event;
	char ip[INET6_ADDRSTRLEN] = "-";

	if (event->has_ip)
		(void)ip_format(&event->ip, ip, sizeof(ip));
	print_error("event: %s path=%s program=%s host=%s ip=%s port=%u protocol=%s own=%d "
		    "harmless=%d uid=%u ring=%u hour=%u agent=%s args:",
		    action_name(event->action), or_empty(event->path), event->program,
		    or_empty(event->host), ip, event->port, protocol_name(event->protocol),
		    event->own, event->harmless, event->uid, event->ring, event->hour,
		    event->agent);
	for (size_t i = 1; i < event->argc; i++)
		print_error(" '%s'", event->argv[i]);
	print_error("\ncontent: method=%s url=%s query=%s body=%s data=%s tool=%s arguments=%s\n",
		    or_empty(sample->content.method.bytes), or_empty(sample->content.url.bytes),
		    or_empty(sample->content.query.bytes), or_empty(sample->content.body.bytes),
		    or_empty(sample->content.data.bytes), or_empty(sample->content.tool.bytes),
		    or_empty(sample->content.arguments.bytes));
	if (event->statement)
		print_error("statement: %s tables=%zu %s %s where=%d changes=%d understood=%d\n",
			    sample->statement.verb, sample->statement.table_count,
			    sample->tables[0], sample->tables[1], sample->statement.has_where,
			    sample->statement.changes_data, sample->statement.is_understood);
}

static void print_policy(uint64_t began)
{
	print_error("DECIDE_SEED=%llu\n", (unsigned long long)began);
	for (size_t i = 0; i < policy.file_count; i++) {
		print_file(i, false);
		print_error("%s", text);
	}
}

static struct {
	size_t decisions, policies, by_rule, verdicts[VERDICT_COUNT];
} counts;

static bool agrees(const struct policy *loaded, const struct sample *sample)
{
	struct decision decision;
	enum verdict verdict;
	const struct rule *rule = decide_again(&policy, &sample->event, &verdict);
	const char *name = rule ? rule->name : "default";

	policy_decide(loaded, &sample->event, &decision);
	counts.decisions++;
	counts.by_rule += rule != NULL;
	counts.verdicts[verdict]++;
	if (decision.verdict == verdict && strcmp(decision.rule, name) == 0)
		return true;
	print_error("the engine: %s by %s; the reference: %s by %s\n",
		    verdict_name(decision.verdict), decision.rule, verdict_name(verdict), name);
	return false;
}

static void try_policy(void)
{
	uint64_t began = seed;
	struct loading loading;
	bool agree = true;

	make_policy();
	loading = load_files();
	if (loading.result < 0) {
		print_policy(began);
		fail_msg("%s", loading.fault.text);
	}
	counts.policies++;
	for (unsigned i = 0; i < EVENTS_EACH && agree; i++) {
		struct sample sample;

		make_sample(&sample);
		agree = agrees(loading.policy, &sample);
		if (!agree)
			print_sample(&sample);
	}
	policies_release(&loading);
	if (!agree) {
		print_policy(began);
		fail_msg("they decide differently");
	}
}

static size_t number_of(const char *name, size_t otherwise)
{
	const char *value = getenv(name);

	return value ? (size_t)strtoull(value, NULL, 10) : otherwise;
}

static void random_policies_are_decided_as_the_language_says(void **state)
{
	size_t wanted = number_of("DECIDE_EVENTS", 100000);

	(void)state;
	seed = number_of("DECIDE_SEED", seed);
	print_message("DECIDE_SEED=%llu\n", (unsigned long long)seed);
	while (counts.decisions < wanted)
		try_policy();
	print_message("%zu policies, %zu decisions, %zu of them by a rule\n", counts.policies,
		      counts.decisions, counts.by_rule);
	/* Each of them was there, unless there were few. */
	for (size_t i = 0; i < VERDICT_COUNT && wanted >= 10000; i++)
		assert_true(counts.verdicts[i] > wanted / 50);
	assert_true(wanted < 10000 || counts.by_rule > wanted / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_policies_are_decided_as_the_language_says),
	};

	return cmocka_run_group_tests(tests, policies_begin, policies_end);
}
