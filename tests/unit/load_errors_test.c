/* SPDX-License-Identifier: MIT */
/*
 * What does not load, and what is said of it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/policies.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define KEYS                                                                                       \
	"; hint: it is one of version, name, description, extends, base, mode, vars, default, "    \
	"rules, limits, record, escalate, tests"
#define HEAD "version: '1.0'\nname: t\n"

/* All errors as lines. */
static void print_errors(const struct policy_errors *errors, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < errors->count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s:%u:%u: %s", i ? "\n" : "",
					 errors->items[i].file, errors->items[i].line,
					 errors->items[i].column, errors->items[i].text);
}

static void check_errors(struct loading *loading, const char *want)
{
	char text[4096];
	char first[FAULT_TEXT_SIZE];

	print_errors(&loading->errors, text, sizeof(text));
	assert_string_equal(text, want);
	assert_int_equal(loading->result, -EINVAL);
	assert_null(loading->policy);
	(void)snprintf(first, sizeof(first), "%.*s", (int)strcspn(want, "\n"), want);
	assert_string_equal(loading->fault.text, first);
	policies_release(loading);
}

/* A rule or a test of which one thing is wrong; in the fourth line, from column 4 on. */
static const struct {
	const char *key, *text, *want; /* @want: COLUMN: SENTENCE */
} mistakes[] = {
#define RULE(text, want)                                                                           \
	{                                                                                          \
		"rules", text, want                                                                \
	}
#define TEST(text, want)                                                                           \
	{                                                                                          \
		"tests", text, want                                                                \
	}
	RULE("x", "4: a rule is a map of keys"),
	RULE("{ on: read_file, action: allow }", "4: a rule needs a 'name'"),
	RULE("{ name: r, on: read_file }",
	     "4: a rule needs an 'action': allow, audit, ask, deny, stop or kill; or a 'limit'"),
	RULE("{ name: r, action: deny }",
	     "4: a rule needs 'on', or a key that says what it is about"),
	RULE("{ name: default, on: read_file, action: deny }",
	     "12: the name 'default' is kept for agentos itself"),
	RULE("{ name: guard-x, on: read_file, action: deny }",
	     "12: the name 'guard-x' is kept for agentos itself"),
	RULE("{ name: \"a\\eb\", on: read_file, action: deny }",
	     "12: a name has visible characters only"),
	RULE("{ name: [r], on: read_file, action: deny }",
	     "12: a word is needed here, not a list or a map"),
	RULE("{ name: r, on: read_file, action: deny, paht: /x }",
	     "44: unknown key 'paht'; hint: did you mean 'path'?"),
	RULE("{ name: r, on: read_file, action: deny, zzzz: /x }", "44: unknown key 'zzzz'"),
	RULE("{ name: r, on: read_fiel, action: deny }",
	     "19: unknown action 'read_fiel'; hint: did you mean 'read_file'?"),
	RULE("{ name: r, on: [], action: deny }", "19: an empty list matches nothing"),
	RULE("{ name: r, on: { read_file: 1 }, action: deny }",
	     "19: a word or a list is needed here, not a map"),
	RULE("{ name: r, on: read_file, action: dney }",
	     "38: unknown verdict 'dney'; hint: did you mean 'deny'?"),
	RULE("{ name: r, on: read_file, path: [], action: deny }",
	     "36: an empty list matches nothing"),
	RULE("{ name: r, on: read_file, path: '', action: deny }", "36: the value is empty"),
	RULE("{ name: r, on: read_file, path: /a/../b, action: deny }",
	     "36: '/a/../b': '..' is in no resolved path, so this would never match"),
	RULE("{ name: r, on: read_file, path: '/[a', action: deny }",
	     "36: '/[a' is no pattern: a '[' is not closed"),
	RULE("{ name: r, on: read_file, path: '{a', action: deny }",
	     "36: '{a': a '{' is not closed; hint: write '\\{' for the character"),
	RULE("{ name: r, on: read_file, path: '${WORKSPCE}/', action: deny }",
	     "36: '${WORKSPCE}/': unknown variable 'WORKSPCE'; hint: did you mean "
	     "'WORKSPACE'?"),
	RULE("{ name: r, on: read_file, path: '@x', action: deny }",
	     "36: '@x' names an abstract socket; hint: a file of this name is './@x'"),
	RULE("{ name: r, on: read_file, port: 1, action: deny }",
	     "36: 'port' never matches: none of the rule's actions has it"),
	RULE("{ name: r, on: [read_file, connect], port: 1, action: deny }",
	     "47: 'port' is no field of read_file, which the rule is on as well"),
	RULE("{ name: r, args: x, port: 1, action: deny }",
	     "21: 'args' never matches: none of the rule's actions has it beside its other "
	     "keys"),
	RULE("{ name: r, on: connect, port: http, action: deny }",
	     "34: 'http' is not a port; hint: 0 to 65535, or a range such as 8000-8999"),
	RULE("{ name: r, on: connect, ip: x.example, action: deny }",
	     "32: 'x.example' is not an address"),
	RULE("{ name: r, on: connect, protocol: tpc, action: deny }",
	     "38: unknown protocol 'tpc'; hint: did you mean 'tcp'?"),
	RULE("{ name: r, on: connect, path: /x, port: 1, action: deny }",
	     "34: 'path' is of unix sockets, which have no host, ip or port"),
	RULE("{ name: r, on: connect, path: /x, protocol: tcp, action: deny }",
	     "34: 'path' is of unix sockets, and 'protocol' leaves them out"),
	RULE("{ name: r, on: connect, protocol: unix, port: 1, action: deny }",
	     "38: unix sockets have no host, ip or port"),
	RULE("{ name: r, own: 'true', action: deny }", "20: true or false is needed here"),
	RULE("{ name: r, own: [true], action: deny }", "20: true or false is needed here"),
	RULE("{ name: r, on: read_file, enabled: yes, action: deny }",
	     "39: true or false is needed here"),
	RULE("{ name: r, on: read_file, except: x, action: deny }",
	     "38: a map of keys is needed here; hint: except: { path: ... }"),
	RULE("{ name: r, on: read_file, except: {}, action: deny }",
	     "38: a map of keys is needed here; hint: except: { path: ... }"),
	RULE("{ name: r, on: read_file, except: [], action: deny }",
	     "38: an empty list matches nothing"),
	RULE("{ name: r, on: read_file, except: { action: x }, action: deny }",
	     "40: unknown key 'action'"),
	RULE("{ name: r, on: read_file, except: { port: 1 }, action: deny }",
	     "46: 'port' never matches: none of the rule's actions has it"),
	/* words of later versions */
	RULE("{ name: r, on: read_file, action: deny, limit: 1/year }",
	     "51: '1/year' is no limit; hint: write 100/hour, 20/minute or 3/10m"),
	RULE("{ name: r, on: read_file, action: deny, limit_by: run }",
	     "54: 'limit_by' needs a 'limit' beside it"),
	RULE("{ name: r, on: read_file, limit: 1/hour, limit_by: rune }",
	     "55: unknown word 'rune'; hint: did you mean 'run'?"),
	RULE("{ name: r, on: read_file, limit: 1/hour, limit_by: host }",
	     "55: not every action of the rule has a host"),
	RULE("{ name: r, on: read_file, action: deny, until: 2026-01-01 }",
	     "51: 'until' ends what a rule grants, and this one grants nothing"),
	RULE("{ name: r, on: read_file, action: allow, until: tomorrow }",
	     "52: 'tomorrow' is no date; hint: write 2026-12-31 or 2026-12-31T18:00:00Z"),
	RULE("{ name: r, on: read_file, action: allow, timeout: 5m }",
	     "54: 'timeout' is for rules whose action is ask"),
	RULE("{ name: r, on: read_file, action: ask, timeout: 5 }",
	     "52: '5' is no time; hint: write 30s, 5m or 2h"),
	RULE("{ name: r, on: read_file, action: ask, approvers: [] }",
	     "54: an empty list matches nothing"),
	RULE("{ name: r, on: read_file }",
	     "4: a rule needs an 'action': allow, audit, ask, deny, stop or kill; or a 'limit'"),
	RULE("{ name: r, action: deny, condition: x }",
	     "40: unknown field 'x'; hint: texts stand in quotes"),
	RULE("{ name: r, action: deny, condition: 'port == 1 and prt == 2' }",
	     "55: unknown field 'prt'; hint: did you mean 'port'?"),
	RULE("{ name: r, on: read_file, action: deny, condition: 'port == 1' }",
	     "56: 'port' is no field of read_file"),
	RULE("{ name: r, on: connect, action: deny, condition: \"host == 'a.example'\" }",
	     "53: of connect, names are known by the key 'host' only; hint: use the key, or 'ip' "
	     "in "
	     "the condition"),
	RULE("{ name: r, on: connect, port: 1, action: deny, except: { condition: \"verb == 'X'\" "
	     "} "
	     "}",
	     "73: can never be true: none of the rule's actions has 'verb'"),
	RULE("{ name: r, on: read_file, action: deny, pattern: 'a(b' }",
	     "57: missing closing parenthesis"),
	RULE("{ name: r, on: read_file, action: deny, pattern: [] }",
	     "53: an empty list matches nothing"),
	RULE("{ name: r, on: read_file, action: deny, signal: SIGTERM }",
	     "52: a signal is SIGSTOP or SIGKILL, not 'SIGTERM'"),
	RULE("{ name: r, on: read_file, action: allow, signal: SIGKILL }",
	     "53: 'signal' goes with action: deny"),
	/* content */
	RULE("{ name: r, on: api_call, verb: DROP, action: deny }",
	     "35: 'verb' never matches: none of the rule's actions has it"),
	RULE("{ name: r, on: [api_call, output], method: GET, action: deny }",
	     "47: 'method' is no field of output, which the rule is on as well"),
	RULE("{ name: r, method: 'GET POST', action: deny }",
	     "23: 'GET POST' is not one word; hint: write a list"),
	RULE("{ name: r, on: database_querry, action: deny }",
	     "19: unknown action 'database_querry'; hint: did you mean 'database_query'?"),
	/* tests */
	TEST("x", "4: a test is a map of keys"),
	TEST("{ action: read_file, path: /x }", "4: a test needs 'action' and 'expect'"),
	TEST("{ action: database_query, expect: deny }",
	     "4: a test of database_query needs a 'query'"),
	TEST("{ action: api_call, url: 'http://user@h/', expect: deny }",
	     "29: 'http://user@h/' is not a URL; hint: write it in full, as in "
	     "https://example.com/x"),
	TEST("{ action: api_call, url: 'http://h/', headers: x, expect: deny }",
	     "51: a map of names and values is needed here"),
	TEST("{ action: output, tool: x, data: y, expect: deny }",
	     "28: 'tool' is no field of output"),
	TEST("{ action: output, data: y, hour: 24, expect: deny }",
	     "37: a number from 0 to 23 is needed here"),
	TEST("{ action: read_file, expect: deny }", "4: a test of read_file needs a 'path'"),
	TEST("{ action: connect, port: 1, expect: deny }",
	     "4: a test of connect needs a 'host', an 'ip' or a 'path'"),
	TEST("{ action: listen, port: 1, expect: deny }",
	     "4: a test of listen needs an 'ip' or a 'path'"),
	TEST("{ action: execute, program: git, expect: deny }",
	     "4: a test of execute needs a 'path'"),
	TEST("{ action: read_file, path: /x, port: 1, expect: deny }",
	     "41: 'port' is no field of read_file"),
	TEST("{ action: connect, host: a, port: 1-2, expect: deny }",
	     "38: a test is about one port"),
	TEST("{ action: connect, ip: a, expect: deny }", "27: 'a' is not an address"),
	TEST("{ action: read_file, path: /x, expect: deny, rule: nobody }",
	     "55: there is no rule named 'nobody'"),
	TEST("{ action: read_file, path: /x, expct: deny }",
	     "35: unknown key 'expct'; hint: did you mean 'expect'?"),
};

static void what_a_rule_or_test_gets_wrong_is_said_where_it_stands(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
		struct loading loading;
		char text[512], want[512];

		(void)snprintf(text, sizeof(text), "version: '1.0'\nname: t\n%s:\n - %s\n",
			       mistakes[i].key, mistakes[i].text);
		(void)snprintf(want, sizeof(want), "p.yaml:4:%s", mistakes[i].want);
		loading = policies_load_text(text);
		check_errors(&loading, want);
	}
}

static void what_a_file_gets_wrong_is_all_said_in_order(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "[]", "p.yaml:1:1: a policy is a map: 'version', 'name', 'rules', ..." },
		{ "x: 1\n", "p.yaml:1:1: 'version: \"1.0\"' is missing\n"
			    "p.yaml:1:1: 'name' is missing\n"
			    "p.yaml:1:1: unknown key 'x'" KEYS },
		{ "version: 2\nname: ''\n",
		  "p.yaml:1:10: this version knows 'version: \"1.0\"' only\n"
		  "p.yaml:2:7: the value is empty" },
		{ HEAD "mode: dry\nbase: 'no'\nrules: {}\ntests: []\nlimits: 1\nrecord: some\n",
		  "p.yaml:3:7: 'mode' is enforce or shadow\n"
		  "p.yaml:4:7: true or false is needed here\n"
		  "p.yaml:5:8: 'rules' is a list with at least one item\n"
		  "p.yaml:6:8: 'tests' is a list with at least one item\n"
		  "p.yaml:7:9: a map of limits: wall_time, memory, ...\n"
		  "p.yaml:8:9: 'record' is all, changes or strict" },
		{ HEAD "escalate: { denials: 20, signal: SIGTERM }\n",
		  "p.yaml:3:22: '20' is no rate; hint: write 20/minute\n"
		  "p.yaml:3:34: a signal is SIGSTOP or SIGKILL, not 'SIGTERM'" },
		{ HEAD "escalate: { denials: 20/minute }\n",
		  "p.yaml:3:11: a map is needed here: { denials: 20/minute, signal: SIGSTOP }" },
		{ HEAD "default: { kernle: deny, content: deny, read_file: ask }\n",
		  "p.yaml:3:12: unknown key 'kernle'; hint: did you mean 'kernel'?" },
		{ HEAD "default: [deny]\n",
		  "p.yaml:3:10: a verdict, or a map of actions and verdicts" },
		{ HEAD "vars: { HOME: /x, A: '~/x', 1B: x, C: [], D: '${E}' }\n"
		       "rules: [{ name: r, path: '${A}${D}', action: dany }]\n",
		  "p.yaml:3:15: 'HOME' is set by agentos itself\n"
		  "p.yaml:3:22: the value of a variable counts literally; hint: for the home write "
		  "'${HOME}/x'\n"
		  "p.yaml:3:33: '1B' is no name of a variable; hint: letters, digits and '_'\n"
		  "p.yaml:3:39: a word is needed here, not a list or a map\n"
		  "p.yaml:3:46: '${E}': unknown variable 'E'; hint: define it under 'vars' or with "
		  "--set\n"
		  "p.yaml:4:46: unknown verdict 'dany'; hint: did you mean 'deny'?" },
		{ HEAD "vars: x\n", "p.yaml:3:7: 'vars' is a map of names and values" },
		{ HEAD "rules:\n"
		       " - { name: a, on: read_file, action: deny }\n"
		       " - { name: a, on: read_file, action: deny }\n"
		       " - { name: workspace, on: read_file, action: deny, x: 1 }\n",
		  "p.yaml:5:12: the name 'a' is used twice, first in p.yaml:4\n"
		  "p.yaml:6:52: unknown key 'x'" },
		{ HEAD "extends: [read_onyl, ./none.yaml, [x], '', ./p.yaml]\n",
		  "p.yaml:3:11: there is no built-in policy 'read_onyl'; hint: did you mean "
		  "'read_only'?\n"
		  "p.yaml:3:22: cannot read policy: './none.yaml': No such file or directory\n"
		  "p.yaml:3:35: the name of a policy is needed here\n"
		  "p.yaml:3:40: the name of a policy is needed here\n"
		  "p.yaml:3:44: a policy cannot extend itself, nor what extends it" },
		{ HEAD "extends: []\n", "p.yaml:3:10: a name or a list of names is needed here" },
		{ HEAD "a: \"\\x1b[2J\"\n\"\\x1b[2J\": 1\n",
		  "p.yaml:3:1: unknown key 'a'" KEYS "\n"
		  "p.yaml:4:1: unknown key '\\x1b[2J'" KEYS },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct loading loading = policies_load_text(rows[i].text);

		check_errors(&loading, rows[i].want);
	}
}

static void a_circle_of_policies_is_refused(void **state)
{
	static const struct policies_file files[POLICIES_MERGED_MAX] = {
		{ "a.yaml", HEAD "extends: b.yaml\n" },
		{ "b.yaml", HEAD "extends: c.yaml\n" },
		{ "c.yaml", HEAD "extends: a.yaml\n" },
	};
	const char *const sources[] = { "./a.yaml", NULL };
	struct loading loading = policies_load_files(files, sources);

	(void)state;
	check_errors(&loading, "c.yaml:3:10: a policy cannot extend itself, nor what extends it");
}

static void a_chain_of_policies_has_an_end(void **state)
{
	const char *const sources[] = { "./a0.yaml" };
	struct loading loading;
	char name[16], text[64];

	(void)state;
	for (unsigned last = 31; last <= 32; last++) {
		for (unsigned i = 0; i <= last; i++) {
			(void)snprintf(name, sizeof(name), "a%u.yaml", i);
			(void)snprintf(text, sizeof(text), HEAD "%sa%u.yaml\n",
				       i < last ? "extends: " : "# ", i + 1);
			policies_write(name, text, strlen(text));
		}
		loading = policies_load(sources, 1, NULL, 0);
		if (last == 32)
			check_errors(&loading,
				     "a31.yaml:3:10: more than 32 policies extend each other");
		else
			assert_int_equal(loading.result, 0);
		policies_release(&loading);
	}
}

static void braces_cannot_fill_the_memory(void **state)
{
	static char text[262144];
	size_t used = (size_t)snprintf(
		text, sizeof(text), HEAD "rules: [{ name: r, on: read_file, action: deny, path: [");
	struct loading loading;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s'/{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}'",
					 i ? "," : "");
	(void)snprintf(text + used, sizeof(text) - used, "]}]\n");
	loading = policies_load_text(text);
	assert_int_equal(loading.result, 0); /* 25,600 */
	policies_release(&loading);
	for (unsigned i = 0; i < 100; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 ",'/{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}'");
	(void)snprintf(text + used, sizeof(text) - used, "]}]\n");
	loading = policies_load_text(text);
	assert_int_equal(loading.result, -EINVAL);
	assert_non_null(strstr(loading.fault.text, "the policy has more than 50000 patterns"));
	policies_release(&loading);
}

static void what_is_no_file_is_not_read(void **state)
{
	static const struct {
		const char *source;
		int code;
		const char *want;
	} rows[] = {
		{ "./none.yaml", -ENOENT,
		  "cannot read policy: './none.yaml': No such file or directory" },
		{ "/", -EISDIR, "cannot read policy: '/': Is a directory" },
		{ "/dev/zero", -EINVAL, "cannot read policy: '/dev/zero': Invalid argument" },
		{ "nonesuch", -EINVAL,
		  "there is no built-in policy 'nonesuch'; hint: a file has a '/' or ends in "
		  ".yaml" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct loading loading = policies_load(&rows[i].source, 1, NULL, 0);

		assert_int_equal(loading.result, rows[i].code);
		assert_string_equal(loading.fault.text, rows[i].want);
		assert_int_equal(loading.errors.count, 0);
		policies_release(&loading);
	}
}

static void a_scope_has_absolute_paths(void **state)
{
	struct policy_scope scope = policies_scope;
	struct policy_errors errors = { 0 };
	struct policy *policy = NULL;
	struct fault fault;

	(void)state;
	scope.home = "";
	assert_int_equal(policy_load(NULL, 0, &scope, &policy, &errors, &fault), -EINVAL);
	assert_string_equal(fault.text, "cannot load the policy: HOME is not an absolute path: ''");
	scope.home = NULL;
	assert_int_equal(policy_load(NULL, 0, &scope, &policy, &errors, &fault), -EINVAL);
	assert_null(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_rule_or_test_gets_wrong_is_said_where_it_stands),
		cmocka_unit_test(what_a_file_gets_wrong_is_all_said_in_order),
		cmocka_unit_test(a_circle_of_policies_is_refused),
		cmocka_unit_test(a_chain_of_policies_has_an_end),
		cmocka_unit_test(braces_cannot_fill_the_memory),
		cmocka_unit_test(what_is_no_file_is_not_read),
		cmocka_unit_test(a_scope_has_absolute_paths),
	};

	return cmocka_run_group_tests(tests, policies_begin, policies_end);
}
