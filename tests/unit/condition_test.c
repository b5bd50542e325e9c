/* SPDX-License-Identifier: MIT */
/*
 * What conditions mean. What is wrong with them: condition_errors_test.c; random ones, against another way to
 * evaluate them: condition_random_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rules/condition.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT(literal)                                                                              \
	{                                                                                          \
		.bytes = (literal), .size = sizeof(literal) - 1                                    \
	}

/* The common fields of all events. */
#define AGENT .agent = "coder", .uid = 1000, .pid = 42, .hour = 9, .ring = 2

static const struct event read_main = {
	AGENT,
	.action = ACTION_READ_FILE,
	.path = "/home/me/ws/src/main.c",
	.program = "/usr/bin/git",
};
static const struct event read_root = {
	AGENT,
	.action = ACTION_READ_FILE,
	.path = "/",
	.program = "",
};
static const struct event write_env = {
	AGENT,
	.action = ACTION_WRITE_FILE,
	.path = "/home/me/.env",
	.program = "/usr/bin/python3",
	.operation = "create",
	.harmless = true,
};
static const char *const push[] = { "git", "push", "origin", "a b" };
static const struct event execute_git = {
	AGENT,	      .action = ACTION_EXECUTE, .path = "/usr/bin/git", .program = "/bin/sh",
	.argv = push, .argc = COUNT_OF(push),
};
static const char *const script[] = { "/bin/sh", "/home/me/x.sh" };
static const struct event execute_script = {
	AGENT,		.action = ACTION_EXECUTE, .path = "/bin/dash", .script = "/home/me/x.sh",
	.argv = script, .argc = COUNT_OF(script),
};
static struct event connect_tcp = {
	AGENT,
	.action = ACTION_CONNECT,
	.program = "/usr/bin/curl",
	.host = "api.example.com",
	.has_ip = true, /* 10.1.2.3 */
	.port = 443,
	.protocol = PROTOCOL_TCP,
};
static const struct event connect_unix = {
	AGENT,
	.action = ACTION_CONNECT,
	.program = "/usr/bin/curl",
	.path = "@/tmp/x",
	.protocol = PROTOCOL_UNIX,
	.own = true,
};
static const struct content sql = {
	.query = TEXT("UPDATE users SET x = 1"),
	.dialect = TEXT("mysql"),
	.database = TEXT("shop"),
};
static const char *const tables[] = { "users", "shop.orders" };
static const struct statement update = {
	.verb = "UPDATE",
	.tables = tables,
	.table_count = COUNT_OF(tables),
	.changes_data = true,
	.is_understood = true,
};
static const struct event query_update = {
	AGENT,
	.action = ACTION_DATABASE_QUERY,
	.program = "/usr/bin/mysql",
	.host = "db",
	.port = 3306,
	.content = &sql,
	.statement = &update,
};
static const struct statement odd = { .is_understood = false };
static const struct event query_odd = {
	AGENT,
	.action = ACTION_DATABASE_QUERY,
	.program = "/usr/bin/mysql",
	.content = &sql,
	.statement = &odd,
};
static const struct header headers[] = {
	{ "Host", TEXT("api.example.com") },
	{ "X-Empty", TEXT("") },
};
static const struct content request = {
	.method = TEXT("POST"),
	.url = TEXT("https://api.example.com/v1/keys?all"),
	.scheme = TEXT("https"),
	.query = TEXT("all"),
	.body = TEXT("a\0secret\0\xff"),
	.headers = headers,
	.header_count = COUNT_OF(headers),
};
static const struct event call_api = {
	AGENT,
	.action = ACTION_API_CALL,
	.program = "/usr/bin/curl",
	.host = "api.example.com",
	.port = 443,
	.path = "/v1/keys",
	.content = &request,
};
static const struct content sent = { .data = TEXT("card 4111 1111 1111 1111\n") };
static const struct event send_card = {
	AGENT,
	.action = ACTION_SEND_DATA,
	.program = "/usr/bin/curl",
	.host = "pay.example.com",
	.port = 443,
	.content = &sent,
};
static const struct content called = {
	.tool = TEXT("write_file"),
	.server = TEXT("files"),
	.arguments = TEXT("{\"path\": \"/etc/passwd\"}"),
};
static const struct event call_tool = {
	AGENT,
	.action = ACTION_TOOL_CALL,
	.program = "/usr/bin/node",
	.content = &called,
};

#define NO MATCHED_NO
#define YES MATCHED_YES
#define MAYBE MATCHED_UNDECIDED

static const struct row {
	const struct event *event;
	const char *text;
	enum matched want;
} rows[] = {
	/* what all events have */
	{ &read_main, "agent == 'coder' and ring == 2", YES },
	{ &read_main, "uid == 1000", YES },
	{ &read_main, "uid != 1000", NO },
	{ &read_main, "pid > 41 and pid < 43", YES },
	{ &read_main, "pid > 42", NO },
	{ &read_main, "pid >= 42", YES },
	{ &read_main, "pid <= 41", NO },
	{ &read_main, "hour >= 9 and hour < 17", YES },
	{ &read_main, "not (hour >= 9 and hour < 17)", NO },
	{ &read_main, "9 <= hour", YES },
	{ &read_main, "9 < hour", NO },
	{ &read_main, "10 > hour", YES },
	{ &read_main, "9 == hour", YES },
	{ &read_main, "hour in [8, 9]", YES },
	{ &read_main, "hour not in [8, 9]", NO },
	{ &read_main, "action == 'read_file'", YES },
	{ &read_main, "action == 'file_read'", YES },
	{ &read_main, "action.type == 'read_file'", YES },
	{ &read_main, "action in ['read_file', 'execute']", YES },
	{ &read_main, "action matches 'file$' and uid == 1000", YES },
	{ &read_main, "action != 'write_file'", YES },
	/* precedence, and what is in parentheses */
	{ &read_main, "uid == 1000 or uid == 2 and hour == 3", YES },
	{ &read_main, "(uid == 1000 or uid == 2) and hour == 3", NO },
	{ &read_main, "not uid == 2 and hour == 9", YES },
	{ &read_main, "not (uid == 2 and hour == 9)", YES },
	{ &read_main, "not not uid == 1000", YES },
	{ &read_main, "not (not (uid == 1000))", YES },
	{ &read_main, "((uid == 1000))", YES },
	{ &read_main, "uid == 2 or uid == 3 or uid == 1000", YES },
	{ &read_main, "uid == 1000\n\tand hour == 9", YES },
	{ &read_main, "uid==1000 and(hour==9)", YES },
	{ &read_main, "uid == 1000 or 1 == 2", YES },
	{ &read_main, "uid == 1000 and true", YES },
	{ &read_main, "uid == 1 or false", NO },
	/* paths */
	{ &read_main, "path == '/home/me/ws/src/main.c'", YES },
	{ &read_main, "path == \"/home/me/ws/src/main.c\"", YES },
	{ &read_main, "path == '/home/me/ws/src/Main.c'", NO },
	{ &read_main, "path != '/etc/passwd'", YES },
	{ &read_main, "path startswith '/home/'", YES },
	{ &read_main, "path startswith '${WORKSPACE}/'", NO },
	{ &read_main, "path startswith '${HOME}/ws/'", YES },
	{ &read_main, "path endswith '.c'", YES },
	{ &read_main, "path endswith '/home/me/ws/src/main.c'", YES },
	{ &read_main, "path endswith 'x/home/me/ws/src/main.c'", NO },
	{ &read_main, "path contains '/ws/'", YES },
	{ &read_main, "path contains '/WS/'", NO },
	{ &read_main, "path contains dir", YES },
	{ &read_main, "path endswith name", YES },
	{ &read_main, "name == 'main.c'", YES },
	{ &read_main, "name glob '*.c'", YES },
	{ &read_main, "name glob '*.{c,h}'", YES },
	{ &read_main, "name glob '*.h'", NO },
	{ &read_main, "dir == '/home/me/ws/src'", YES },
	{ &read_main, "dir glob '/home/me/**'", YES },
	{ &read_main, "dir glob '/home/*'", NO },
	{ &read_main, "ext == 'c'", YES },
	{ &read_main, "ext in ['h', 'c']", YES },
	{ &read_main, "path glob '/home/me/ws/'", YES },
	{ &read_main, "path glob '/home/*/src/'", NO },
	{ &read_main, "path glob '~/ws/'", YES },
	{ &read_main, "path glob '${HOME}/ws/**/main.c'", YES },
	{ &read_main, "path glob '**/*.{c,h}'", YES },
	{ &read_main, "path matches '/src/.*\\\\.c$'", YES },
	{ &read_main, "path matches '^${HOME}/'", YES },
	/* the value counts literally: there is a star in it */
	{ &read_main, "path glob '${WORKSPACE}/'", NO },
	{ &read_main, "path matches '^${WORKSPACE}/'", NO },
	{ &read_main, "path matches '^/home/me/w*s/'", YES },
	{ &read_main, "path matches '(?i)MAIN'", YES },
	{ &read_main, "path matches 'MAIN'", NO },
	{ &read_main, "not path matches 'MAIN'", YES },
	{ &read_main, "program == '/usr/bin/git'", YES },
	{ &read_main, "program glob 'git'", YES },
	{ &read_main, "program glob 'g?t'", YES },
	{ &read_main, "program glob '/usr/bin/*'", YES },
	{ &read_main, "program glob 'bin'", NO },
	{ &read_root, "path == '/'", YES },
	{ &read_root, "name == ''", YES },
	{ &read_root, "ext == ''", YES },
	{ &read_root, "dir == '/'", YES },
	{ &write_env, "name == '.env' and ext == ''", YES },
	{ &write_env, "operation == 'create'", YES },
	{ &write_env, "harmless", YES },
	{ &write_env, "not harmless", NO },
	{ &write_env, "harmless == true", YES },
	{ &write_env, "harmless != true", NO },
	{ &write_env, "false == harmless", NO },
	/* who acts is not known: what depends on it is undecided */
	{ &read_root, "program == '/usr/bin/git'", MAYBE },
	{ &read_root, "program != '/usr/bin/git'", MAYBE },
	{ &read_root, "not program glob 'git'", MAYBE },
	{ &read_root, "program matches 'git'", MAYBE },
	{ &read_root, "program in ['/bin/a', '/bin/b']", MAYBE },
	{ &read_root, "program startswith '/usr/' and path == '/x'", NO },
	{ &read_root, "path == '/x' and program startswith '/usr/'", NO },
	{ &read_root, "program startswith '/usr/' and path == '/'", MAYBE },
	{ &read_root, "program startswith '/usr/' or path == '/'", YES },
	{ &read_root, "program startswith '/usr/' or path == '/x'", MAYBE },
	{ &read_root, "not (program startswith '/usr/' and path == '/')", MAYBE },
	/* programs */
	{ &execute_git, "argv[1] == 'push'", YES },
	{ &execute_git, "argv[4] == ''", YES },
	{ &execute_git, "argv[4] != ''", NO },
	{ &execute_git, "argv[9999999999999] == 'x'", NO },
	{ &execute_git, "argc == 4", YES },
	{ &execute_git, "'push' in argv", YES },
	{ &execute_git, "'pus' in argv", NO },
	{ &execute_git, "'pus' not in argv", YES },
	{ &execute_git, "argv contains 'a b'", YES },
	{ &execute_git, "not argv contains 'a b'", NO },
	{ &execute_git, "argv matches '^orig'", YES },
	{ &execute_git, "argv matches 'push origin'", NO },
	{ &execute_git, "argv glob 'o*n'", YES },
	{ &execute_git, "argv startswith 'pu'", YES },
	{ &execute_git, "argv endswith ' b'", YES },
	{ &execute_git, "argv endswith 'x'", NO },
	{ &execute_git, "args == 'push origin a b'", YES },
	{ &execute_git, "args glob 'push *'", YES },
	{ &execute_git, "args glob '* ? ?'", YES },
	{ &execute_git, "args contains 'origin'", YES },
	{ &execute_git, "program == '/usr/bin/git' and path == program", YES },
	{ &execute_git, "argv[0] == name", YES },
	{ &execute_git, "name in argv", YES },
	{ &execute_git, "script == ''", YES },
	{ &execute_script, "script endswith '.sh' and argv[1] == script", YES },
	{ &execute_script, "script glob '~/*.sh'", YES },
	{ &execute_script, "name == argv[0]", NO },
	/* peers */
	{ &connect_tcp, "host == 'api.example.com' and port == 443", YES },
	{ &connect_tcp, "host endswith '.example.com'", YES },
	{ &connect_tcp, "host glob '*.example.com'", YES },
	{ &connect_tcp, "ip == '10.1.2.3'", YES },
	{ &connect_tcp, "ip == '::ffff:10.1.2.3'", YES },
	{ &connect_tcp, "ip startswith '10.'", YES },
	{ &connect_tcp, "host == ip", NO },
	{ &connect_tcp, "protocol == 'tcp' and not own", YES },
	{ &connect_tcp, "port in [80, 443]", YES },
	{ &connect_tcp, "port not in [80, 443]", NO },
	{ &connect_unix, "own and path startswith '@'", YES },
	{ &connect_unix, "host == '' and ip == ''", YES },
	{ &connect_unix, "host == ip", YES },
	/* no port: neither equal, nor less, nor greater */
	{ &connect_unix, "port == 0", NO },
	{ &connect_unix, "port != 0", YES },
	{ &connect_unix, "port < 1", NO },
	{ &connect_unix, "port >= 0", NO },
	{ &connect_unix, "not port >= 0", YES },
	{ &connect_unix, "port in [0, 1]", NO },
	/* statements */
	{ &query_update, "action == 'database_query'", YES },
	{ &query_update, "verb == 'UPDATE' and not has_where", YES },
	{ &query_update, "verb in ['UPDATE', 'DELETE']", YES },
	{ &query_update, "has_where", NO },
	{ &query_update, "'users' in tables", YES },
	{ &query_update, "'orders' in tables", NO },
	{ &query_update, "tables glob '*.orders'", YES },
	{ &query_update, "tables[1] == 'shop.orders'", YES },
	{ &query_update, "tables contains database", NO },
	{ &query_update, "query matches '(?i)set\\\\s+x'", YES },
	{ &query_update, "query contains 'users'", YES },
	{ &query_update, "query glob '*users*'", YES },
	{ &query_update, "query glob 'UPDATE users SET ? = ?'", YES },
	{ &query_update, "dialect == 'mysql' and database != 'prod'", YES },
	{ &query_odd, "verb == 'UPDATE'", MAYBE },
	{ &query_odd, "verb != 'UPDATE'", MAYBE },
	{ &query_odd, "has_where", MAYBE },
	{ &query_odd, "'users' in tables", MAYBE },
	{ &query_odd, "'users' not in tables", MAYBE },
	{ &query_odd, "tables[0] == 'users'", MAYBE },
	{ &query_odd, "tables matches 'u'", MAYBE },
	{ &query_odd, "query contains 'users' or verb == 'DROP'", YES },
	/* requests */
	{ &call_api, "method in ['POST', 'PUT'] and path glob '/v1/*'", YES },
	{ &call_api, "headers['host'] == 'api.example.com'", YES },
	{ &call_api, "headers['HOST'] startswith 'api'", YES },
	{ &call_api, "headers['x-empty'] == ''", YES },
	{ &call_api, "headers['x-none'] != ''", NO },
	{ &call_api, "headers['host'] == host", YES },
	{ &call_api, "body contains 'secret'", YES },
	{ &call_api, "body matches 'secret.\\\\xff$'", YES },
	{ &call_api, "body == 'a'", NO },
	{ &call_api, "body startswith 'a'", YES },
	{ &call_api, "body glob 'a?secret*'", YES },
	{ &call_api, "body matches '\\\\p{L}'", MAYBE }, /* it is no UTF-8 */
	{ &call_api, "url contains query and scheme == 'https'", YES },
	/* data, tools */
	{ &send_card, "bytes > 24", YES },
	{ &send_card, "bytes < 1KiB", YES },
	{ &send_card, "bytes in [25, 26]", YES },
	{ &send_card, "data matches '\\\\b4[0-9]{3}( [0-9]{4}){3}\\\\b'", YES },
	{ &send_card, "data endswith '1111\\n'", YES },
	{ &send_card, "data contains '\\t'", NO },
	{ &call_tool, "tool == 'write_file' and server in ['files']", YES },
	{ &call_tool, "arguments contains '\"/etc/'", YES },
	{ &call_tool, "arguments contains \"\\\"/etc/\"", YES },
	{ &call_tool, "arguments contains '\\'' or tool endswith '\\\\'", NO },
	{ &call_tool, "arguments contains '\\${HOME}'", NO },
	{ &call_tool, "arguments matches '^\\\\{.*\\\\}$'", YES },
};

static const struct variable home = { .name = "HOME", .value = "/home/me" };
static const struct variable workspace = {
	.next = &home,
	.name = "WORKSPACE",
	.value = "/home/me/w*s",
};

static const struct condition *compile(struct arena *arena, const char *text, unsigned *out_actions)
{
	const struct condition_scope scope = { .variables = &workspace, .actions = ACTION_ALL };
	const struct condition *condition = NULL;
	struct condition_fault fault = { 0 };

	if (condition_compile(arena, text, &scope, &condition, out_actions, &fault) < 0)
		fail_msg("%s: at %zu: %s", text, fault.offset, fault.text);
	return condition;
}

static void a_condition_means_what_it_says(void **state)
{
	(void)state;
	assert_true(ip_parse("10.1.2.3", &connect_tcp.ip));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct arena arena = { 0 };
		unsigned actions = 0;
		const struct condition *condition = compile(&arena, rows[i].text, &actions);
		enum matched matched = condition_matches(condition, rows[i].event);

		if (matched != rows[i].want)
			fail_msg("%s: is %d, want %d", rows[i].text, matched, rows[i].want);
		if (!(actions & ACTION_BIT(rows[i].event->action)))
			fail_msg("%s: not of this action", rows[i].text);
		arena_release(&arena);
	}
}

#define BIT(action) ACTION_BIT(ACTION_##action)

static const struct {
	unsigned on; /* 0: none */
	const char *text;
	unsigned want;
} actions_rows[] = {
	{ 0, "uid == 0", ACTION_ALL },
	{ 0, "action == 'database_query'", BIT(DATABASE_QUERY) },
	{ 0, "action == 'api_call' and hour > 3", BIT(API_CALL) },
	{ 0, "not action == 'api_call'", ACTION_ALL & ~BIT(API_CALL) },
	{ 0, "action in ['shell_exec', 'listen']", BIT(EXECUTE) | BIT(LISTEN) },
	{ 0, "path startswith '/x'", ACTION_FILES | ACTION_NETWORK | BIT(EXECUTE) | BIT(API_CALL) },
	{ 0, "verb == 'DROP'", BIT(DATABASE_QUERY) },
	/* what lacks a field that matters is left out, */
	{ 0, "path startswith '/x' or port == 5", ACTION_NETWORK | BIT(API_CALL) },
	{ 0, "query contains 'x' and verb == 'A'", BIT(DATABASE_QUERY) },
	/* and it does not matter where the action decides alone */
	{ 0, "action == 'connect' and own or action == 'execute' and argc > 3",
	  BIT(CONNECT) | BIT(EXECUTE) },
	{ 0, "action == 'execute' or own", BIT(EXECUTE) | BIT(CONNECT) },
	{ 0, "port == 5 and action != 'connect' and ip == '1.2.3.4'", BIT(LISTEN) },
	/* an action for which its parts exclude each other */
	{ 0,
	  "(action == 'listen' or port == 5) and (action == 'connect' or port == 6) and ip != ''",
	  ACTION_NETWORK },
	{ 0, "(action == 'listen' or uid == 5) and uid == 6", BIT(LISTEN) },
	{ BIT(READ_FILE) | BIT(CONNECT), "action == 'connect' and port == 5", BIT(CONNECT) },
	{ BIT(READ_FILE) | BIT(CONNECT), "uid == 5", BIT(READ_FILE) | BIT(CONNECT) },
	{ BIT(READ_FILE) | BIT(WRITE_FILE), "action == 'read_file'", BIT(READ_FILE) },
};

static void a_condition_tells_its_actions(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(actions_rows); i++) {
		unsigned on = actions_rows[i].on;
		const struct condition_scope scope = {
			.variables = &workspace,
			.actions = on ? on : ACTION_ALL,
			.actions_are_named = on != 0,
		};
		const struct condition *condition;
		struct condition_fault fault = { 0 };
		struct arena arena = { 0 };
		unsigned actions = 0;

		if (condition_compile(&arena, actions_rows[i].text, &scope, &condition, &actions,
				      &fault) < 0)
			fail_msg("%s: %s", actions_rows[i].text, fault.text);
		if (actions != actions_rows[i].want)
			fail_msg("%s: %#x, want %#x", actions_rows[i].text, actions,
				 actions_rows[i].want);
		arena_release(&arena);
	}
}

static void a_condition_tells_what_it_reads(void **state)
{
	struct arena arena = { 0 };
	unsigned actions;
	const struct condition *condition =
		compile(&arena, "argv[1] == 'x' and argc > 2 or name in argv", &actions);

	(void)state;
	assert_true(condition_concerns(condition, "argv"));
	assert_true(condition_concerns(condition, "argc"));
	assert_true(condition_concerns(condition, "name"));
	assert_false(condition_concerns(condition, "args"));
	assert_false(condition_concerns(condition, "program"));
	/* What is the same for all of its actions is not read. */
	condition = compile(&arena, "action == 'connect' and hour > 3", &actions);
	assert_false(condition_concerns(condition, "action"));
	assert_true(condition_concerns(condition, "hour"));
	arena_release(&arena);
}

/* The limits themselves are tested with the errors. */
static void a_condition_may_be_as_deep_as_is_said(void **state)
{
	char text[CONDITION_SIZE_MAX + 1] = "";
	struct arena arena = { 0 };
	unsigned actions;
	size_t used = 0;

	(void)state;
	for (int i = 0; i < CONDITION_DEPTH_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "uid == %d or hour == 9 and (", i);
	used += (size_t)snprintf(text + used, sizeof(text) - used,
				 "uid == 1000 or uid == 7 and hour == 3");
	memset(text + used, ')', CONDITION_DEPTH_MAX);
	assert_int_equal(condition_matches(compile(&arena, text, &actions), &read_main), YES);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_condition_means_what_it_says),
		cmocka_unit_test(a_condition_tells_its_actions),
		cmocka_unit_test(a_condition_tells_what_it_reads),
		cmocka_unit_test(a_condition_may_be_as_deep_as_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
