/* SPDX-License-Identifier: MIT */
/*
 * Decisions straight from what docs/POLICY.md says: one rule after the other, from the texts of its keys, with
 * recursion and with regexec(3). Slow, and without anything of rules/.
 */
#include "tests/support/decide_again.h"

#include <arpa/inet.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * Deciding: -1 no, 0 undecided, 1 yes.
 */

static int least(int a, int b)
{
	return a < b ? a : b;
}

static int yes(bool holds)
{
	return holds ? 1 : -1;
}

static bool has_action(unsigned actions, const struct event *event)
{
	return actions >> event->action & 1;
}

/* "[...]" at *@pattern, which goes behind it. */
static bool in_set(const char **pattern, char byte)
{
	const char *at = *pattern + 1;
	bool negated = *at == '!';
	bool found = false;

	for (at += negated; *at != ']'; at++) {
		if (at[1] == '-' && at[2] != ']') {
			found = found || (byte >= at[0] && byte <= at[2]);
			at += 2;
		}
		found = found || byte == *at;
	}
	*pattern = at + 1;
	return found != negated;
}

static bool glob_path(const char *pattern, const char *start, const char *text)
{
	const char *at = pattern;

	if (!*pattern)
		return !*text;
	if (pattern[0] == '/' && !pattern[1])
		return !*text || *text == '/';
	if (strcmp(pattern, "**/") == 0)
		return true;
	if (pattern > start && pattern[-1] == '/' && strncmp(pattern, "**/", 3) == 0) {
		const char *slash = strchr(text, '/');

		return glob_path(pattern + 3, start, text) ||
		       (slash && slash > text && glob_path(pattern, start, slash + 1));
	}
	if (strncmp(pattern, "**", 2) == 0) {
		for (; *text; text++)
			if (glob_path(pattern + 2, start, text))
				return true;
		return glob_path(pattern + 2, start, text);
	}
	if (*pattern == '*') {
		for (; *text && *text != '/'; text++)
			if (glob_path(pattern + 1, start, text))
				return true;
		return glob_path(pattern + 1, start, text);
	}
	if (!*text)
		return false;
	if (*pattern == '[')
		return *text != '/' && in_set(&at, *text) && glob_path(at, start, text + 1);
	if (*pattern == '?')
		return *text != '/' && glob_path(pattern + 1, start, text + 1);
	if (*pattern == '\\')
		pattern++;
	return *pattern == *text && glob_path(pattern + 1, start, text + 1);
}

/* Any text; "*" and "?" stand for all bytes. */
static bool glob_text(const char *pattern, const char *text)
{
	const char *at = pattern;

	if (!*pattern)
		return !*text;
	if (*pattern == '*')
		return glob_text(pattern + 1, text) || (*text && glob_text(pattern, text + 1));
	if (!*text)
		return false;
	if (*pattern == '[')
		return in_set(&at, *text) && glob_text(at, text + 1);
	return (*pattern == '?' || *pattern == *text) && glob_text(pattern + 1, text + 1);
}

typedef bool glob_fn(const char *pattern, const char *text);

/* With the first braces replaced by each of their alternatives. */
static bool with_braces(const char *pattern, const char *text, glob_fn *glob)
{
	const char *open = strchr(pattern, '{');
	const char *close = open ? strchr(open, '}') : NULL;
	const char *item = open;
	char one[256];

	if (!open || open[-(open > pattern)] == '$')
		return glob(pattern, text);
	while (item < close) {
		size_t len = strcspn(item + 1, ",}");

		(void)snprintf(one, sizeof(one), "%.*s%.*s%s", (int)(open - pattern), pattern,
			       (int)len, item + 1, close + 1);
		if (with_braces(one, text, glob))
			return true;
		item += len + 1;
	}
	return false;
}

static const char *const workspace = "/home/me/ws";

/* A pattern as it was written, over an absolute path. */
static bool path_glob(const char *written, const char *path)
{
	char pattern[256];
	size_t len;

	if (strncmp(written, "${WORKSPACE}", 12) == 0)
		(void)snprintf(pattern, sizeof(pattern), "%s%s", workspace, written + 12);
	else if (strncmp(written, "${DIR}", 6) == 0)
		(void)snprintf(pattern, sizeof(pattern), "/a%s", written + 6);
	else if (written[0] == '~')
		(void)snprintf(pattern, sizeof(pattern), "/home/me%s", written + 1);
	else if (strncmp(written, "**/", 3) == 0)
		(void)snprintf(pattern, sizeof(pattern), "/%s", written);
	else if (written[0] != '/' && written[0] != '@')
		(void)snprintf(pattern, sizeof(pattern), "%s/%s", workspace, written);
	else
		(void)snprintf(pattern, sizeof(pattern), "%s", written);
	len = strlen(pattern);
	/* "/a/." is the directory itself. */
	if (len > 2 && strcmp(pattern + len - 2, "/.") == 0)
		pattern[len - 2] = '\0';
	if (strcmp(pattern, "/.") == 0)
		return strcmp(path, "/") == 0;
	return glob_path(pattern, pattern, path);
}

static bool program_glob(const char *written, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (strpbrk(written, "/~"))
		return path_glob(written, path);
	path = slash ? slash + 1 : path;
	return glob_path(written, written, path);
}

static bool is_nameless(const struct event *event)
{
	size_t len = event->path ? strlen(event->path) : 0;

	return event->action == ACTION_EXECUTE &&
	       (strncmp(event->path, "/memfd:", 7) == 0 ||
		(len > 10 && strcmp(event->path + len - 10, " (deleted)") == 0));
}

/* A network, or an address, with 128 bits. Return: false for a name. */
static bool read_network(const char *text, unsigned char *bytes, unsigned *bits)
{
	char copy[64];
	char *slash;
	bool is_six = strchr(text, ':');

	(void)snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	memset(bytes, 0, 16);
	bytes[10] = bytes[11] = 0xff;
	*bits = is_six ? 128 : 32;
	if (inet_pton(is_six ? AF_INET6 : AF_INET, copy, is_six ? bytes : bytes + 12) != 1)
		return false;
	if (slash)
		*bits = (unsigned)atoi(slash);
	*bits += is_six ? 0 : 96;
	return true;
}

static bool in_network(const char *text, const struct event *event)
{
	unsigned char bytes[16];
	unsigned bits;

	if (!event->has_ip || !read_network(text, bytes, &bits))
		return false;
	for (unsigned i = 0; i < bits; i++)
		if ((bytes[i / 8] ^ event->ip.s6_addr[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

static bool is_host(const char *text, const struct event *event)
{
	char name[64];
	size_t len, own = strlen(text);

	if (strcmp(text, "*") == 0)
		return event->host || event->has_ip;
	(void)snprintf(name, sizeof(name), "%s", event->host ? event->host : "");
	len = strlen(name);
	if (len > 0 && name[len - 1] == '.')
		name[--len] = '\0';
	if (text[0] == '*') /* at least one byte before the dot */
		return len > own - 1 && strcasecmp(name + len - (own - 1), text + 1) == 0;
	return in_network(text, event) || (len > 0 && strcasecmp(name, text) == 0);
}

static bool in_ports(const char *text, const struct event *event)
{
	const char *dash = strchr(text, '-');
	int first = atoi(text);
	int last = dash ? atoi(dash + 1) : first;

	return (event->has_ip || event->host) && event->port >= first && event->port <= last;
}

static void join_arguments(const struct event *event, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 1; i < event->argc; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i > 1 ? " " : "",
					 event->argv[i]);
}

static bool searches(const char *pattern, const char *text)
{
	bool is_exact = strncmp(pattern, "(?-i)", 5) == 0;
	regex_t regex;
	bool found;

	if (!text)
		return false;
	if (regcomp(&regex, pattern + (is_exact ? 5 : 0),
		    REG_EXTENDED | REG_NOSUB | (is_exact ? 0 : REG_ICASE)) != 0)
		abort();
	found = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

static bool is_pattern(const char *pattern, const struct event *event)
{
	const struct content *content = event->content;
	char text[256];

	switch (event->action) {
	case ACTION_EXECUTE:
		join_arguments(event, text, sizeof(text));
		return searches(pattern, text);
	case ACTION_CONNECT:
	case ACTION_LISTEN:
	case ACTION_RESOLVE:
		if (event->path || event->host)
			return searches(pattern, event->path ? event->path : event->host);
		return searches(pattern, ip_format(&event->ip, text, sizeof(text)));
	case ACTION_DATABASE_QUERY:
		return searches(pattern, content->query.bytes);
	case ACTION_API_CALL:
		return searches(pattern, content->url.bytes) ||
		       searches(pattern, content->body.bytes);
	case ACTION_SEND_DATA:
	case ACTION_OUTPUT:
		return searches(pattern, content->data.bytes);
	case ACTION_TOOL_CALL:
		return searches(pattern, content->arguments.bytes);
	default:
		return searches(pattern, event->path);
	}
}

/* One item of a key; of verbs and tables of a statement that is understood. */
static bool item_matches(const char *key, const char *item, const struct event *event, bool grants)
{
	const char *acting = event->action == ACTION_EXECUTE ? event->path : event->program;
	bool is_meant = strstr(item, "memfd:") || strstr(item, "(deleted)");
	const struct content *content = event->content;
	char text[256];

	/* A tree or a name never grants a program that is in no tree and has no name. */
	if (grants && is_nameless(event) && !is_meant &&
	    (strcmp(key, "path") == 0 || strcmp(key, "program") == 0))
		return false;
	if (strcmp(key, "path") == 0)
		return event->path && with_braces(item, event->path, path_glob);
	if (strcmp(key, "program") == 0)
		return with_braces(item, acting, program_glob);
	if (strcmp(key, "host") == 0)
		return is_host(item, event);
	if (strcmp(key, "ip") == 0)
		return in_network(item, event);
	if (strcmp(key, "port") == 0)
		return in_ports(item, event);
	if (strcmp(key, "protocol") == 0)
		return strcmp(protocol_name(event->protocol), item) == 0;
	if (strcmp(key, "own") == 0)
		return event->own == (item[0] == 't');
	if (strcmp(key, "harmless") == 0)
		return event->harmless == (item[0] == 't');
	if (strcmp(key, "args") == 0) {
		join_arguments(event, text, sizeof(text));
		return with_braces(item, text, glob_text);
	}
	if (strcmp(key, "method") == 0)
		return strcasecmp(content->method.bytes, item) == 0;
	if (strcmp(key, "url") == 0)
		return glob_text(item, content->url.bytes);
	if (strcmp(key, "query") == 0)
		return content->query.bytes && glob_text(item, content->query.bytes);
	if (strcmp(key, "verb") == 0)
		return strcasecmp(event->statement->verb, item) == 0;
	return is_pattern(item, event);
}

static bool any_item(const struct key *key, const struct event *event, bool grants)
{
	for (size_t i = 0; i < key->count; i++)
		if (item_matches(key->row->name, key->items[i], event, grants))
			return true;
	return false;
}

/* One table is enough to refuse; to grant, all are needed. */
static bool tables_match(const struct key *key, const struct statement *statement, bool grants)
{
	size_t count = 0;

	for (size_t t = 0; t < statement->table_count; t++) {
		bool found = false;

		for (size_t i = 0; i < key->count; i++)
			found = found || glob_text(key->items[i], statement->tables[t]);
		count += found;
	}
	return count > 0 && (!grants || count == statement->table_count);
}

static int key_matches(const struct key *key, const struct event *event, bool grants)
{
	const char *name = key->row->name;

	if (!has_action(key->row->actions, event))
		return -1;
	if (strcmp(name, "program") == 0 && event->action != ACTION_EXECUTE && !event->program[0])
		return 0;
	if (strcmp(name, "verb") != 0 && strcmp(name, "tables") != 0)
		return yes(any_item(key, event, grants));
	if (!event->statement->is_understood)
		return 0;
	return yes(name[0] == 'v' ? any_item(key, event, grants)
				  : tables_match(key, event->statement, grants));
}

static int condition_holds(const struct match *match, const struct event *event)
{
	int result[2] = { 1, 1 };

	if (match->only && event->action != match->only)
		return -1;
	for (size_t i = 0; i < 2 && match->leaves[i]; i++) {
		if (!has_action(match->leaves[i]->actions, event))
			return -1;
		result[i] = match->leaves[i]->holds(event);
		if (match->negated && (i == 1 || match->joined == ALONE))
			result[i] = -result[i];
	}
	if (match->joined == EITHER)
		return -least(-result[0], -result[1]);
	return least(result[0], result[1]);
}

static int match_holds(const struct match *match, const struct event *event, bool grants)
{
	int result = 1;

	for (size_t i = 0; i < match->key_count; i++)
		result = least(result, key_matches(&match->keys[i], event, grants));
	return match->leaves[0] ? least(result, condition_holds(match, event)) : result;
}

/* Which hosts are mail servers, and which ports. */
static bool is_mail(const struct event *event)
{
	if (event->action == ACTION_TOOL_CALL)
		return strcmp(event->content->tool.bytes, "send_email") == 0;
	return (event->host && strncmp(event->host, "smtp", 4) == 0) ||
	       ((event->host || event->has_ip) && event->port == 25);
}

static bool rule_holds(const struct rule *rule, const struct event *event)
{
	bool grants = rule->verdict <= VERDICT_AUDIT;
	bool names_file = false;
	int result;

	/* One that refuses beyond its limit only is nothing before that. */
	if (rule->is_off || rule->is_over || (rule->has_limit && rule->verdict >= VERDICT_DENY))
		return false;
	if (rule->on && !has_action(rule->on, event))
		return false;
	if (rule->is_write_alias && event->action == ACTION_DATABASE_QUERY &&
	    event->statement->is_understood && !event->statement->changes_data)
		return false;
	if (rule->is_mail_alias && !is_mail(event))
		return false;
	for (size_t i = 0; i < rule->match.key_count; i++)
		names_file = names_file || strcmp(rule->match.keys[i].row->name, "path") == 0 ||
			     strcmp(rule->match.keys[i].row->name, "program") == 0;
	if (grants && is_nameless(event) && !names_file)
		return false;
	result = match_holds(&rule->match, event, grants);
	if (grants ? result < 1 : result < 0)
		return false;
	for (size_t i = 0; i < rule->except_count; i++) {
		result = match_holds(&rule->excepts[i], event, !grants);
		if (grants ? result >= 0 : result == 1)
			return false;
	}
	return true;
}

/*
 * Comparisons.
 */

#define LEAF(name, expression)                                                                     \
	static int name(const struct event *event)                                                 \
	{                                                                                          \
		return yes(expression);                                                            \
	}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static const char *last_name(const struct event *event)
{
	const char *path = or_empty(event->path);
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool has_port(const struct event *event)
{
	return event->has_ip || event->host;
}

LEAF(uid_is, event->uid == 1)
LEAF(ring_in, event->ring == 2 || event->ring == 3)
LEAF(hour_late, event->hour >= 12)
LEAF(agent_is, strcmp(event->agent, "bot") == 0)
LEAF(path_glob_b, event->path &&glob_path("/a/*/b", "/a/*/b", event->path))
LEAF(path_starts, strncmp(or_empty(event->path), "/a/b", 4) == 0)
LEAF(name_is, strcmp(last_name(event), "b") == 0)
LEAF(name_ends,
     strlen(last_name(event)) > 0 && last_name(event)[strlen(last_name(event)) - 1] == 'c')
LEAF(argc_is, event->argc == 2)
LEAF(argv_is, event->argc > 1 && strcmp(event->argv[1], "a") == 0)
LEAF(port_is, has_port(event) && event->port == 80)
LEAF(port_less, has_port(event) && event->port < 100)
LEAF(protocol_is, event->protocol == PROTOCOL_UDP)
LEAF(method_is, strcmp(event->content->method.bytes, "GET") == 0)
LEAF(data_has, strstr(event->content->data.bytes, "ab"))
LEAF(tool_in,
     strcmp(event->content->tool.bytes, "a") == 0 || strcmp(event->content->tool.bytes, "b") == 0)

static int program_starts(const struct event *event)
{
	const char *acting = event->action == ACTION_EXECUTE ? event->path : event->program;

	return acting[0] ? yes(strncmp(acting, "/a", 2) == 0) : 0;
}

static int verb_is(const struct event *event)
{
	const struct statement *statement = event->statement;

	return statement->is_understood ? yes(strcmp(statement->verb, "DROP") == 0) : 0;
}

static int is_without_where(const struct event *event)
{
	return event->statement->is_understood ? yes(!event->statement->has_where) : 0;
}

const struct leaf leaf_rows[] = {
	{ "uid == 1", EVERY, uid_is },
	{ "ring in [2, 3]", EVERY, ring_in },
	{ "hour >= 12", EVERY, hour_late },
	{ "agent == \"bot\"", EVERY, agent_is },
	{ "program startswith \"/a\"", EVERY, program_starts },
	{ "path glob \"/a/*/b\"", KERNEL | BIT(API_CALL), path_glob_b },
	{ "path startswith \"/a/b\"", KERNEL | BIT(API_CALL), path_starts },
	{ "name == \"b\"", FILES | BIT(EXECUTE), name_is },
	{ "name endswith \"c\"", FILES | BIT(EXECUTE), name_ends },
	{ "argc == 2", BIT(EXECUTE), argc_is },
	{ "argv[1] == \"a\"", BIT(EXECUTE), argv_is },
	{ "port == 80", SOCKETS | PEERS, port_is },
	{ "port < 100", SOCKETS | PEERS, port_less },
	{ "protocol == \"udp\"", SOCKETS, protocol_is },
	{ "method == \"GET\"", BIT(API_CALL), method_is },
	{ "data contains \"ab\"", BIT(SEND_DATA) | BIT(OUTPUT), data_has },
	{ "tool in [\"a\", \"b\"]", BIT(TOOL_CALL), tool_in },
	{ "verb == \"DROP\"", BIT(DATABASE_QUERY), verb_is },
	{ "has_where == false", BIT(DATABASE_QUERY), is_without_where },
};

const size_t leaf_count = sizeof(leaf_rows) / sizeof(leaf_rows[0]);

const struct rule *decide_again(const struct merged *merged, const struct event *event,
				enum verdict *out)
{
	const struct rule *best = NULL;
	bool is_said = false;

	for (size_t i = 0; i < merged->rule_count; i++)
		if (rule_holds(&merged->rules[i], event) &&
		    (!best || merged->rules[i].verdict > best->verdict))
			best = &merged->rules[i];
	*out = has_action(KERNEL, event) ? VERDICT_DENY : VERDICT_ALLOW;
	for (size_t i = 0; i < merged->file_count; i++) {
		if (!merged->files[i].has_default[event->action])
			continue;
		if (!is_said || merged->files[i].defaults[event->action] > *out)
			*out = merged->files[i].defaults[event->action];
		is_said = true;
	}
	if (*out <= VERDICT_AUDIT && is_nameless(event))
		*out = VERDICT_DENY;
	if (best)
		*out = best->verdict;
	return best;
}
