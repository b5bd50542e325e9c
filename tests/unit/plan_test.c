/* SPDX-License-Identifier: MIT */
/*
 * What the layers ask of a policy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/plan.h"
#include "tests/support/policies.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define HEAD "version: '1.0'\nname: t\nbase: false\n"

static struct loading load(const char *rest)
{
	struct loading loading;
	char text[2048];

	(void)snprintf(text, sizeof(text), HEAD "%s\n", rest);
	loading = policies_load_text(text);
	if (loading.result < 0)
		fail_msg("%s: %s", rest, loading.fault.text);
	return loading;
}

static void who_acts_matters_where_a_rule_looks_at_it(void **state)
{
	static const struct {
		const char *rest;
		bool needs_integrity, is_static;
	} rows[] = {
		{ "", false, true },
		{ "default: allow", false, false },
		{ "rules: [{ name: r, on: execute, path: [/usr/, ~/], action: allow }]", false,
		  true },
		{ "rules: [{ name: r, on: execute, path: /usr/, action: audit }]", false, true },
		{ "rules: [{ name: r, on: execute, path: /usr/bin/git, action: allow }]", false,
		  false },
		{ "rules: [{ name: r, on: execute, path: '/usr/*', action: allow }]", false,
		  false },
		{ "rules: [{ name: r, on: execute, action: allow }]", false, false },
		{ "rules: [{ name: r, on: execute, path: /usr/, action: deny }]", false, false },
		{ "rules: [{ name: r, on: execute, path: /usr/, action: ask }]", false, false },
		{ "default: ask", false, false },
		{ "rules: [{ name: r, on: execute, path: /usr/, enabled: false, action: deny }]",
		  false, true },
		{ "rules: [{ name: r, on: execute, path: /usr/, except: { path: /usr/x/ }, "
		  "action: allow }]",
		  false, false },
		{ "rules: [{ name: r, on: [read_file, write_file], path: /x/, action: deny }]",
		  false, true },
		{ "rules: [{ name: r, on: execute, args: x, action: deny }]", true, false },
		{ "rules: [{ name: r, on: execute, path: /x/, except: { args: x }, action: allow "
		  "}]",
		  true, false },
		{ "rules: [{ name: r, on: execute, program: git, action: allow }]", false, false },
		{ "rules: [{ name: r, on: [execute, read_file], program: git, action: allow }]",
		  true, false },
		{ "rules: [{ name: r, on: read_file, program: git, action: allow }]", true, true },
		{ "rules: [{ name: r, on: read_file, program: git, enabled: false, action: allow "
		  "}]",
		  false, true },
		{ "rules: [{ name: r, on: read_file, except: { program: git }, action: deny }]",
		  true, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct loading loading = load(rows[i].rest);

		if (policy_needs_image_integrity(loading.policy) != rows[i].needs_integrity)
			fail_msg("needs_image_integrity: %s", rows[i].rest);
		if (policy_execute_is_static(loading.policy) != rows[i].is_static)
			fail_msg("execute_is_static: %s", rows[i].rest);
		policies_release(&loading);
	}
}

struct list {
	char text[512];
	size_t visits, last; /* the visit that ends the walk; 0: none */
};

static int note(struct list *list, const char *text, const char *mark)
{
	size_t used = strlen(list->text);

	(void)snprintf(list->text + used, sizeof(list->text) - used, "%s%s%s", used ? " " : "",
		       text, mark);
	return ++list->visits == list->last ? 77 : 0;
}

static int note_tree(const char *path, bool is_exact, void *data)
{
	return note(data, path, is_exact ? "!" : "");
}

static int note_host(const char *host, void *data)
{
	return note(data, host, "");
}

static void trees_hold_all_that_can_be_granted(void **state)
{
	static const struct {
		const char *rest;
		enum action action;
		const char *want; /* "!": exact */
	} rows[] = {
		{ "", ACTION_EXECUTE, "" },
		{ "default: allow", ACTION_EXECUTE, "/!" },
		{ "default: { execute: audit }", ACTION_READ_FILE, "" },
		{ "rules: [{ name: r, path: /usr/, action: allow }]", ACTION_EXECUTE, "/usr!" },
		{ "rules: [{ name: r, path: /usr/, action: audit }]", ACTION_READ_FILE, "/usr!" },
		{ "rules: [{ name: r, path: /usr/, action: ask }]", ACTION_EXECUTE, "/usr!" },
		{ "default: ask", ACTION_EXECUTE, "/!" },
		{ "rules: [{ name: r, path: /usr/, action: deny }]", ACTION_READ_FILE, "" },
		{ "rules: [{ name: r, path: /usr/, enabled: false, action: allow }]",
		  ACTION_READ_FILE, "" },
		{ "rules: [{ name: r, on: write_file, path: /usr/, action: allow }]",
		  ACTION_READ_FILE, "" },
		{ "rules: [{ name: r, path: /etc/hosts, action: allow }]", ACTION_READ_FILE,
		  "/etc/hosts" },
		{ "rules: [{ name: r, path: '/srv/a*/x', action: allow }]", ACTION_READ_FILE,
		  "/srv" },
		{ "rules: [{ name: r, path: '/srv/**', action: allow }]", ACTION_READ_FILE,
		  "/srv" },
		{ "rules: [{ name: r, path: '**/x', action: allow }]", ACTION_READ_FILE, "/" },
		{ "rules: [{ name: r, path: '/x*', action: allow }]", ACTION_READ_FILE, "/" },
		{ "rules: [{ name: r, path: /, action: allow }]", ACTION_READ_FILE, "/!" },
		{ "rules: [{ name: r, path: /., action: allow }]", ACTION_READ_FILE, "/" },
		{ "rules: [{ name: r, on: read_file, action: allow }]", ACTION_READ_FILE, "/!" },
		{ "rules: [{ name: r, path: /usr/, except: { path: /usr/x/ }, action: allow }]",
		  ACTION_READ_FILE, "/usr" },
		{ "rules: [{ name: r, path: /usr/, program: git, action: allow }]",
		  ACTION_READ_FILE, "/usr" },
		{ "rules: [{ name: r, on: execute, program: git, action: allow }]", ACTION_EXECUTE,
		  "/" },
		{ "rules: [{ name: r, on: execute, program: /opt/x/, action: allow }]",
		  ACTION_EXECUTE, "/opt/x" },
		{ "rules: [{ name: r, on: [execute, read_file], program: /opt/x/, action: allow }]",
		  ACTION_READ_FILE, "/" },
		{ "rules: [{ name: r, on: execute, path: '/memfd:*', action: allow }]",
		  ACTION_EXECUTE, "" },
		{ "rules: [{ name: r, on: connect, path: ['@x', /run/], action: allow }]",
		  ACTION_CONNECT, "/run!" },
		{ "rules: [{ name: r, path: [/a/, /b/], action: allow }, "
		  "{ name: s, path: '{/c,/d}/', action: allow }]",
		  ACTION_READ_FILE, "/b! /a! /d! /c!" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct loading loading = load(rows[i].rest);
		struct list list = { .visits = 0 };

		assert_int_equal(policy_trees(loading.policy, rows[i].action, note_tree, &list), 0);
		if (strcmp(list.text, rows[i].want) != 0)
			fail_msg("%s: %s, not %s", rows[i].rest, list.text, rows[i].want);
		policies_release(&loading);
	}
}

static void a_walk_ends_when_the_visitor_says_so(void **state)
{
	struct loading loading = load("rules: [{ name: r, path: [/a/, /b/, /c/], action: allow },"
				      " { name: h, host: [a.example, b.example], action: allow }]");
	struct list trees = { .last = 2 };
	struct list hosts = { .last = 1 };

	(void)state;
	assert_int_equal(policy_trees(loading.policy, ACTION_READ_FILE, note_tree, &trees), 77);
	assert_int_equal(trees.visits, 2);
	assert_int_equal(policy_hosts(loading.policy, note_host, &hosts), 77);
	assert_int_equal(hosts.visits, 1);
	policies_release(&loading);
}

static void each_host_that_a_rule_speaks_of_is_told_once(void **state)
{
	struct loading loading = load(
		"rules:\n"
		"  - { name: a, host: [a.example, '*.b.example', 1.2.3.4, A.example], action: "
		"allow }\n"
		"  - { name: b, host: c.example, except: { host: d.example }, action: deny }\n"
		"  - { name: c, host: '*', except: [{ host: e.example }, { port: 1 }], action: "
		"deny }\n"
		"  - { name: d, host: f.example, enabled: false, action: allow }\n"
		"  - { name: e, host: [g.example, c.example], action: audit }\n");
	static const char *const want[] = { "a.example", "c.example", "d.example", "e.example",
					    "g.example" };
	struct list list = { .visits = 0 };

	(void)state;
	assert_int_equal(policy_hosts(loading.policy, note_host, &list), 0);
	assert_int_equal(list.visits, COUNT_OF(want));
	for (size_t i = 0; i < COUNT_OF(want); i++)
		assert_non_null(strstr(list.text, want[i]));
	policies_release(&loading);
}

static void a_clean_tree_is_granted_as_a_whole(void **state)
{
#define ALLOW "{ name: a, path: [/srv/, /home/me/ws/], action: allow }"
	static const struct {
		const char *rest, *path;
		bool want;
	} rows[] = {
		{ "rules: [" ALLOW "]", "/srv", true },
		{ "rules: [" ALLOW "]", "/srv/a/b", true },
		{ "rules: [" ALLOW "]", "/home/me/ws", true },
		{ "rules: [" ALLOW "]", "/home/me", false },
		{ "rules: [" ALLOW "]", "/", false },
		{ "rules: [" ALLOW "]", "/srv2", false },
		{ "default: allow", "/", true },
		{ "default: audit", "/", false },
		{ "rules: [{ name: a, on: read_file, action: allow }]", "/", true },
		{ "rules: [{ name: a, on: write_file, action: allow }]", "/", false },
		{ "rules: [{ name: a, on: read_file, program: git, action: allow }]", "/", false },
		{ "rules: [{ name: a, path: '/srv/**', action: allow }]", "/srv", false },
		{ "rules: [{ name: a, path: /srv/, action: audit }]", "/srv", false },
		{ "rules: [{ name: a, path: /srv/, except: { path: /srv/x }, action: allow }]",
		  "/srv", false },
		/* what could refuse or flag below */
		{ "rules: [" ALLOW ", { name: d, path: /srv/a/x, action: deny }]", "/srv", false },
		{ "rules: [" ALLOW ", { name: d, path: /srv/a/x, action: deny }]", "/srv/a",
		  false },
		{ "rules: [" ALLOW ", { name: d, path: /srv/a/x, action: deny }]", "/srv/a/x",
		  false },
		{ "rules: [" ALLOW ", { name: d, path: /srv/a/x, action: deny }]", "/srv/b", true },
		{ "rules: [" ALLOW ", { name: d, path: /srv/a/x, action: audit }]", "/srv/a",
		  false },
		{ "rules: [" ALLOW ", { name: d, path: /srv/a/x, enabled: false, action: deny }]",
		  "/srv", true },
		{ "rules: [" ALLOW ", { name: d, on: write_file, path: /srv/a/x, action: deny }]",
		  "/srv", true },
		{ "rules: [" ALLOW ", { name: d, path: '**/.env', action: deny }]", "/srv/b",
		  false },
		{ "rules: [" ALLOW ", { name: d, path: '/srv/*/x/', action: deny }]", "/srv/b",
		  false },
		{ "rules: [" ALLOW ", { name: d, path: '/srv/*/x/', action: deny }]", "/srv/b/y",
		  true },
		{ "rules: [" ALLOW ", { name: d, path: '/*/x', action: deny }]", "/srv/b", true },
		{ "rules: [" ALLOW ", { name: d, on: read_file, program: git, action: deny }]",
		  "/srv", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct loading loading = load(rows[i].rest);

		if (policy_tree_is_clean(loading.policy, ACTION_READ_FILE, rows[i].path) !=
		    rows[i].want)
			fail_msg("%s: %s", rows[i].path, rows[i].rest);
		policies_release(&loading);
	}
}

#define DENY(keys) "rules: [{ name: d, action: deny, " keys " }]"
static const struct {
	const char *rest, *from, *to;
	bool want;
} renames[] = {
	{ "", "/a", "/b", true },
	{ DENY("path: '**/.env'"), "/a", "/b/c", true },
	{ DENY("path: '**/.env'"), "/a", "/.env", true },
	{ DENY("path: '**/.git/hooks/'"), "/a", "/b", true },
	{ DENY("path: '**/.git/hooks/'"), "/a", "/.git", false },
	{ DENY("path: '**/.git/hooks/'"), "/x/.git", "/a", false },
	{ DENY("path: '**/.git/hooks/'"), "/.git", "/x/y/.git", true },
	{ DENY("path: '**/.git/hooks/'"), "/hooks", "/.git/hooks", false },
	{ DENY("path: '**/.git/hooks/'"), "/.git/hooks", "/x/.git/hooks/y", true },
	{ DENY("path: '**/.git/hooks/'"), "/.git/hooks/a", "/.git/hooks/.git", true },
	{ DENY("path: '**/.git/hooks/'"), "/.git/a", "/.git/b", true },
	{ DENY("path: /srv/"), "/a", "/b", true },
	{ DENY("path: /srv/"), "/srv/a", "/srv/b/c", true },
	{ DENY("path: /srv/"), "/srv", "/srv/a", true },
	{ DENY("path: /srv/"), "/a", "/srv", false },
	{ DENY("path: /srv/x"), "/a", "/srv", false },
	{ DENY("path: /srv/x"), "/a", "/srvx", true },
	{ DENY("path: /srv/x"), "/a", "/srv/x", true },
	{ DENY("path: '/srv/*/x'"), "/srv/a", "/srv/b", true },
	{ DENY("path: '/srv/*/x'"), "/srv/a", "/srv/a/b", false },
	{ DENY("path: '/srv/[ab]/x'"), "/srv/a", "/srv/b", true },
	{ DENY("path: '/srv/[ab]/x'"), "/srv/a", "/srv/c", false },
	{ DENY("path: ['/a/', '/b/']"), "/a/x", "/b/x", true },
	{ DENY("path: ['/a/', '/b/']"), "/a/x", "/c", false },
	/* exceptions */
	{ DENY("path: '**/*.key', except: { path: '**/vendor/**' }"), "/a", "/b", true },
	{ DENY("path: '**/*.key', except: { path: '**/vendor/**' }"), "/a", "/vendor", false },
	{ DENY("path: '**/*.key', except: { path: '**/vendor/**' }"), "/vendor/a", "/b", false },
	{ DENY("path: '**/*.key', except: { path: '**/vendor/**' }"), "/vendor/a", "/x/vendor/b",
	  true },
	{ DENY("path: /srv/, except: { path: /srv/ws/ }"), "/srv/ws/a", "/tmp/a", true },
	{ DENY("path: /srv/, except: { path: /srv/ws/ }"), "/srv/ws/a", "/srv/ws/b", true },
	{ DENY("path: /srv/, except: { path: /srv/ws/ }"), "/srv/ws/a", "/srv/b", false },
	{ DENY("path: /srv/, except: [{ path: /srv/ws/ }, { path: /srv/tmp/ }]"), "/srv/ws/a",
	  "/srv/tmp/a", true },
	{ DENY("path: /srv/, except: { path: [/srv/ws/, /srv/tmp/] }"), "/srv/ws/a", "/srv/tmp/a",
	  true },
	{ DENY("path: /etc/, except: { path: /ws/ }"), "/ws/a", "/tmp/a", true },
	{ DENY("on: write_file, path: '**/.git/config', except: { harmless: true }"), "/a", "/.git",
	  false },
	{ DENY("on: write_file, path: '**/.git/config', except: { harmless: true }"), "/a", "/b",
	  true },
	{ DENY("on: write_file, path: /a/, except: { path: /a/, harmless: true }"), "/a/x", "/b",
	  false },
	/* rules that do not refuse files by their names */
	{ DENY("on: read_file, program: git"), "/a", "/b", true },
	{ DENY("on: connect, path: /srv/"), "/a", "/srv/x", true },
	{ DENY("path: /srv/, enabled: false"), "/a", "/srv/x", true },
	{ "rules: [{ name: a, action: allow, path: /srv/ }]", "/a", "/srv/x", true },
	{ "rules: [{ name: a, action: kill, path: /srv/ }]", "/a", "/srv/x", false },
};

static void two_names_agree_when_every_refusal_below_is_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(renames); i++) {
		struct loading loading = load(renames[i].rest);

		if (policy_names_agree(loading.policy, renames[i].from, renames[i].to) !=
		    renames[i].want)
			fail_msg("%s -> %s: %s", renames[i].from, renames[i].to, renames[i].rest);
		if (policy_names_agree(loading.policy, renames[i].to, renames[i].from) !=
		    renames[i].want)
			fail_msg("%s <- %s: %s", renames[i].from, renames[i].to, renames[i].rest);
		policies_release(&loading);
	}
}

static void a_name_protects_when_its_siblings_do_not(void **state)
{
	static const struct {
		const char *rest, *path;
		bool want;
	} rows[] = {
		{ "", "/w/.git", false },
		{ DENY("path: '**/.git/hooks/'"), "/w/.git", true },
		{ DENY("path: '**/.git/hooks/'"), "/w/.git/hooks", true },
		{ DENY("path: '**/.git/hooks/'"), "/w/.git/hooks/x", false },
		{ DENY("path: '**/.git/hooks/'"), "/w/git", false },
		{ DENY("path: '**/.git/hooks/'"), "/.git", true },
		{ DENY("path: '**/.git/hooks/', enabled: false"), "/.git", false },
		{ DENY("path: '**/.env'"), "/w/.env", false },
		{ DENY("path: /srv/a/b"), "/srv", true },
		{ DENY("path: /srv/a/b"), "/srv/a", true },
		{ DENY("path: /srv/a/b"), "/srv/a/b", false },
		{ DENY("path: '/srv/*/b'"), "/srv/a", false },
		{ DENY("path: /srv/, except: { path: /srv/ws/ }"), "/srv/ws", false },
		{ DENY("on: connect, path: /srv/a"), "/srv", false },
		{ "rules: [{ name: a, action: allow, path: /srv/a/ }]", "/srv", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct loading loading = load(rows[i].rest);

		if (policy_protects_below(loading.policy, rows[i].path) != rows[i].want)
			fail_msg("%s: %s", rows[i].path, rows[i].rest);
		policies_release(&loading);
	}
}

/* Under `base`: what ordinary work moves, and what an attack would. */
static void under_base_folders_can_be_moved_but_not_into_control_files(void **state)
{
	static const struct {
		const char *from, *to;
		bool want;
	} rows[] = {
		{ "/home/me/ws/a", "/home/me/ws/b", true },
		{ "/home/me/ws/a", "/home/me/ws/b/c/d", true },
		{ "/home/me/ws/a", "/tmp/agentos-1/a", true },
		{ "/tmp/agentos-1/a", "/home/me/ws/a", true },
		{ "/home/me/ws/.git/objects/tmp_1", "/home/me/ws/.git/objects/ab", true },
		{ "/home/me/ws/node_modules/.x-1", "/home/me/ws/node_modules/x", true },
		{ "/home/me/ws/a", "/home/me/ws/.git", false },
		{ "/home/me/ws/a", "/home/me/ws/.git/hooks", false },
		{ "/home/me/ws/a", "/home/me/ws/.vscode", false },
	};
	struct loading loading = policies_load(NULL, 0, NULL, 0);

	(void)state;
	assert_int_equal(loading.result, 0);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (policy_names_agree(loading.policy, rows[i].from, rows[i].to) != rows[i].want)
			fail_msg("%s -> %s", rows[i].from, rows[i].to);
	policies_release(&loading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_acts_matters_where_a_rule_looks_at_it),
		cmocka_unit_test(trees_hold_all_that_can_be_granted),
		cmocka_unit_test(a_walk_ends_when_the_visitor_says_so),
		cmocka_unit_test(each_host_that_a_rule_speaks_of_is_told_once),
		cmocka_unit_test(a_clean_tree_is_granted_as_a_whole),
		cmocka_unit_test(two_names_agree_when_every_refusal_below_is_the_same),
		cmocka_unit_test(a_name_protects_when_its_siblings_do_not),
		cmocka_unit_test(under_base_folders_can_be_moved_but_not_into_control_files),
	};

	return cmocka_run_group_tests(tests, policies_begin, policies_end);
}
