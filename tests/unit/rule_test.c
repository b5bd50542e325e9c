/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/policies.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define WORDS_MAX 6

/* An event in few words. */
struct given {
	enum action action;
	const char *path;
	const char *program;
	const char *host, *ip;
	unsigned port;
	enum protocol protocol;
	const char *argv[WORDS_MAX];
	bool own, harmless;
};

static struct event event_of(const struct given *given)
{
	struct event event = {
		.action = given->action,
		.path = given->path,
		.program = given->program,
		.host = given->host,
		.port = (uint16_t)given->port,
		.protocol = given->protocol,
		.own = given->own,
		.harmless = given->harmless,
	};

	if (given->ip)
		event.has_ip = ip_parse(given->ip, &event.ip);
	while (event.argc < WORDS_MAX && given->argv[event.argc])
		event.argc++;
	event.argv = event.argc ? given->argv : NULL;
	return event;
}

/* Whether a rule of these keys decides about the event, as one that allows or that denies. */
static bool decides(const char *keys, const char *verdict, const struct given *given)
{
	struct event event = event_of(given);
	struct decision decision;
	struct loading loading;
	char text[1024];
	bool matched;

	(void)snprintf(text, sizeof(text),
		       "version: '1.0'\nname: t\nbase: false\ndefault: %s\nrules:\n"
		       "  - { name: r, action: %s, %s }\n",
		       strcmp(verdict, "deny") == 0 ? "allow" : "deny", verdict, keys);
	loading = policies_load_text(text);
	if (loading.result < 0)
		fail_msg("%s: %s", keys, loading.fault.text);
	policy_decide(loading.policy, &event, &decision);
	matched = strcmp(decision.rule, "r") == 0;
	policies_release(&loading);
	return matched;
}

#define ON(action_, path_, ...)                                                                    \
	{                                                                                          \
		.action = action_, .path = path_, __VA_ARGS__                                      \
	}
#define READ ACTION_READ_FILE
#define WRITE ACTION_WRITE_FILE
#define DELETE ACTION_DELETE_FILE
#define EXECUTE ACTION_EXECUTE
#define CONNECT ACTION_CONNECT
#define LISTEN ACTION_LISTEN
#define TCP PROTOCOL_TCP
#define UDP PROTOCOL_UDP
#define UNIX PROTOCOL_UNIX

static const struct {
	const char *keys;
	struct given given;
	bool want;
} matches[] = {
	/* on and path */
	{ "on: read_file, path: /srv/", ON(READ, "/srv/x"), true },
	{ "on: read_file, path: /srv/", ON(WRITE, "/srv/x"), false },
	{ "on: read_file, path: /srv/", ON(READ, "/srv2/x"), false },
	{ "on: [read_file, write_file], path: /srv/", ON(WRITE, "/srv/x"), true },
	{ "on: file_delete, path: /srv/", ON(DELETE, "/srv/x"), true },
	{ "on: shell_exec, path: /srv/", ON(EXECUTE, "/srv/x"), true },
	{ "path: /srv/", ON(DELETE, "/srv/x"), true },
	{ "path: /srv/", ON(CONNECT, "/srv/x", .protocol = UNIX), true },
	{ "path: [/a/, /b/]", ON(READ, "/b/x"), true },
	{ "path: '{/a,/b}/x'", ON(READ, "/b/x"), true },
	{ "on: read_file", ON(READ, "/x"), true },
	{ "on: connect", ON(CONNECT, NULL, .ip = "1.1.1.1", .port = 1, .protocol = TCP), true },
	{ "path: ~/x", ON(READ, "/home/me/x"), true },
	{ "path: notes/", ON(READ, "/home/me/ws/notes/a"), true },
	{ "path: '${TMPDIR}/'", ON(READ, "/tmp/agentos-1"), true },
	{ "path: '/u/${USER}/${AGENT_ID}'", ON(READ, "/u/me/tester"), true },
	{ "path: /.", ON(READ, "/"), true },
	{ "path: /.", ON(READ, "/etc"), false },
	{ "path: /", ON(READ, "/etc"), true },
	/* exceptions */
	{ "path: /a/, except: { path: /a/b/ }", ON(READ, "/a/c"), true },
	{ "path: /a/, except: { path: /a/b/ }", ON(READ, "/a/b/c"), false },
	{ "path: /a/, except: [{ path: /a/b/ }, { path: /a/c/ }]", ON(READ, "/a/c/c"), false },
	{ "on: write_file, path: /a, except: { harmless: true }", ON(WRITE, "/a"), true },
	{ "on: write_file, path: /a, except: { harmless: true }", ON(WRITE, "/a", .harmless = true),
	  false },
	{ "on: [write_file, delete_file], path: /a, except: { harmless: true }",
	  ON(DELETE, "/a", .harmless = true), true },
	{ "on: write_file, path: /a, except: { path: /a, harmless: true }",
	  ON(WRITE, "/a", .harmless = false), true },
	/* programs */
	{ "on: read_file, program: git", ON(READ, "/x", .program = "/usr/bin/git"), true },
	{ "on: read_file, program: git", ON(READ, "/x", .program = "/opt/git"), true },
	{ "on: read_file, program: git", ON(READ, "/usr/bin/git", .program = "/usr/bin/sh"),
	  false },
	{ "on: read_file, program: /usr/bin/git", ON(READ, "/x", .program = "/opt/git"), false },
	{ "on: read_file, program: 'python3*'", ON(READ, "/x", .program = "/usr/bin/python3.11"),
	  true },
	{ "on: read_file, program: tools/", ON(READ, "/x", .program = "/home/me/ws/tools/a"),
	  true },
	{ "on: read_file, program: ~/bin/", ON(READ, "/x", .program = "/home/me/bin/a"), true },
	{ "on: read_file, program: '**/bin/*'", ON(READ, "/x", .program = "/a/bin/b"), true },
	{ "on: execute, program: git", ON(EXECUTE, "/usr/bin/git", .program = "/bin/sh"), true },
	{ "on: execute, program: sh", ON(EXECUTE, "/usr/bin/git", .program = "/bin/sh"), false },
	/* arguments */
	{ "on: execute, program: git, args: 'push *'",
	  ON(EXECUTE, "/usr/bin/git", .argv = { "git", "push", "origin" }), true },
	{ "on: execute, program: git, args: 'push *'",
	  ON(EXECUTE, "/usr/bin/git", .argv = { "git", "pull", "origin" }), false },
	{ "args: ['pull*', '* --force']",
	  ON(EXECUTE, "/usr/bin/git", .argv = { "git", "push", "--force" }), true },
	{ "args: '*'", ON(EXECUTE, "/usr/bin/git"), false },
	/* peers */
	{ "host: a.example", ON(CONNECT, NULL, .host = "a.example", .protocol = TCP), true },
	{ "host: [b.example, 10.0.0.0/8]", ON(CONNECT, NULL, .ip = "10.1.1.1", .protocol = TCP),
	  true },
	{ "host: a.example, port: 443", ON(CONNECT, NULL, .host = "a.example", .port = 443), true },
	{ "host: a.example, port: 443", ON(CONNECT, NULL, .host = "a.example", .port = 80), false },
	{ "on: connect, port: [80, 8000-8999]", ON(CONNECT, NULL, .ip = "1.1.1.1", .port = 8500),
	  true },
	{ "on: connect, port: [80, 8000-8999]", ON(CONNECT, NULL, .ip = "1.1.1.1", .port = 81),
	  false },
	{ "on: connect, port: 0-65535", ON(CONNECT, "/run/x", .protocol = UNIX), false },
	{ "ip: '::1'", ON(LISTEN, NULL, .ip = "::1", .port = 1), true },
	{ "ip: '::1'", ON(LISTEN, NULL, .ip = "127.0.0.1", .port = 1), false },
	{ "protocol: udp", ON(CONNECT, NULL, .ip = "1.1.1.1", .protocol = UDP), true },
	{ "protocol: udp", ON(CONNECT, NULL, .ip = "1.1.1.1", .protocol = TCP), false },
	{ "protocol: [tcp, udp]", ON(LISTEN, NULL, .ip = "1.1.1.1", .protocol = TCP), true },
	{ "own: true", ON(CONNECT, NULL, .ip = "127.0.0.1", .own = true), true },
	{ "own: true", ON(CONNECT, NULL, .ip = "127.0.0.1"), false },
	{ "own: false", ON(CONNECT, NULL, .ip = "127.0.0.1"), true },
	{ "on: connect, path: '@**'", ON(CONNECT, "@/tmp/x", .protocol = UNIX), true },
	{ "on: connect, path: '@x'", ON(CONNECT, "@y", .protocol = UNIX), false },
	/* enabled */
	{ "path: /a, enabled: true", ON(READ, "/a"), true },
	{ "path: /a, enabled: false", ON(READ, "/a"), false },
};

static void a_rule_matches_when_all_its_keys_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(matches); i++) {
		if (decides(matches[i].keys, "allow", &matches[i].given) != matches[i].want)
			fail_msg("allow: row %zu: %s", i, matches[i].keys);
		if (decides(matches[i].keys, "deny", &matches[i].given) != matches[i].want)
			fail_msg("deny: row %zu: %s", i, matches[i].keys);
	}
}

/* What is not known, or has no name, counts against the agent: granted by nothing, refused by all. */
static void in_doubt_a_rule_refuses(void **state)
{
	static const struct {
		const char *keys;
		struct given given;
		bool allow, deny; /* whether such a rule matches */
	} rows[] = {
		{ "on: execute, path: '/**'", ON(EXECUTE, "/bin/x"), true, true },
		{ "on: execute, path: '/**'", ON(EXECUTE, "/memfd:x (deleted)"), false, true },
		{ "on: execute, path: /", ON(EXECUTE, "/memfd:x (deleted)"), false, true },
		{ "on: execute", ON(EXECUTE, "/memfd:x (deleted)"), false, true },
		{ "on: execute, program: '*'", ON(EXECUTE, "/memfd:x (deleted)"), false, true },
		{ "on: execute, path: '/memfd:*'", ON(EXECUTE, "/memfd:x (deleted)"), true, true },
		{ "on: execute, path: '/memfd:y*'", ON(EXECUTE, "/memfd:x (deleted)"), false,
		  false },
		{ "on: execute, program: 'memfd:*'", ON(EXECUTE, "/memfd:x (deleted)"), true,
		  true },
		{ "on: execute, path: '/**', program: 'memfd:*'", ON(EXECUTE, "/memfd:x (deleted)"),
		  false, true },
		{ "on: execute, path: /ws/", ON(EXECUTE, "/ws/x (deleted)"), false, true },
		{ "on: execute, path: '/ws/* (deleted)'", ON(EXECUTE, "/ws/x (deleted)"), true,
		  true },
		{ "on: execute, path: /ws/", ON(EXECUTE, "/ws/x (deleted)y"), true, true },
		{ "on: execute, path: /ws/, except: { path: '/**/x*' }", ON(EXECUTE, "/ws/x"),
		  false, false },
		{ "on: execute, path: /ws/, except: { path: '/**/x*' }",
		  ON(EXECUTE, "/ws/x (deleted)"), false, true },
		{ "on: read_file, path: /ws/", ON(READ, "/ws/x (deleted)"), true, true },
		{ "on: read_file, program: git", ON(READ, "/x", .program = ""), false, true },
		{ "on: read_file, program: git", ON(READ, "/x", .program = NULL), false, false },
		{ "on: read_file, except: { program: git }", ON(READ, "/x", .program = ""), false,
		  true },
		{ "on: read_file, except: { program: git }", ON(READ, "/x", .program = "/bin/sh"),
		  true, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (decides(rows[i].keys, "allow", &rows[i].given) != rows[i].allow)
			fail_msg("allow: row %zu: %s", i, rows[i].keys);
		if (decides(rows[i].keys, "deny", &rows[i].given) != rows[i].deny)
			fail_msg("deny: row %zu: %s", i, rows[i].keys);
	}
}

/* Arguments made to keep the matcher busy: see COMMAND_STEPS_MAX. */
static void arguments_that_take_too_long_are_refused(void **state)
{
	static char word[16000];
	struct given given = ON(EXECUTE, "/bin/x", .argv = { "x", word });
	char keys[512];
	int used = snprintf(keys, sizeof(keys), "on: execute, args: '*");

	(void)state;
	memset(keys + used, 'a', 400);
	(void)snprintf(keys + used + 400, sizeof(keys) - (size_t)used - 400, "b*'");
	memset(word, 'a', sizeof(word) - 1);
	assert_false(decides(keys, "allow", &given));
	assert_true(decides(keys, "deny", &given));
	word[500] = '\0'; /* the control: it can be told that this does not match */
	assert_false(decides(keys, "allow", &given));
	assert_false(decides(keys, "deny", &given));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_matches_when_all_its_keys_do),
		cmocka_unit_test(in_doubt_a_rule_refuses),
		cmocka_unit_test(arguments_that_take_too_long_are_refused),
	};

	return cmocka_run_group_tests(tests, policies_begin, policies_end);
}
