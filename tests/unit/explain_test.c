/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "rules/explain.h"
#include "tests/support/policies.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define HEAD "version: '1.0'\nname: t\nbase: false\n"

static const struct decision by_rule = {
	.verdict = VERDICT_DENY,
	.rule = "r",
	.file = "p.yaml",
	.line = 7,
	.message = "Ask first.",
};

static void a_refusal_is_one_line(void **state)
{
	static const struct {
		struct event event;
		struct decision decision;
		const char *want;
	} rows[] = {
		{ { .action = ACTION_READ_FILE, .path = "/etc/shadow" },
		  { .verdict = VERDICT_DENY,
		    .rule = "r",
		    .file = "p.yaml",
		    .line = 7,
		    .message = "Ask first." },
		  "agentos: denied read_file '/etc/shadow': rule 'r' (p.yaml:7): Ask first.; "
		  "retrying "
		  "will not help\n" },
		{ { .action = ACTION_READ_FILE, .path = "/etc/shadow" },
		  { .verdict = VERDICT_DENY,
		    .rule = "r",
		    .file = "p.yaml",
		    .line = 7,
		    .message = "" },
		  "agentos: denied read_file '/etc/shadow': rule 'r' (p.yaml:7); retrying will not "
		  "help\n" },
		{ { .action = ACTION_CONNECT, .host = "a.example", .port = 443 },
		  { .verdict = VERDICT_DENY,
		    .rule = "default",
		    .file = "",
		    .line = 0,
		    .message = "no rule allows it" },
		  "agentos: denied connect 'a.example:443': rule 'default': no rule allows it; "
		  "retrying "
		  "will not help\n" },
		{ { .action = ACTION_EXECUTE, .path = "/a\n\x1b[2J\xff" },
		  { .verdict = VERDICT_STOP,
		    .rule = "r",
		    .file = "\x07",
		    .line = 7,
		    .message = "\x1b[1m" },
		  "agentos: denied execute '/a\\x0a\\x1b[2J\\xff': rule 'r' (\\x07:7): \\x1b[1m; "
		  "the run "
		  "is stopped\n" },
		{ { .action = ACTION_READ_FILE, .path = "/x" },
		  { .verdict = VERDICT_DENY,
		    .rule = "r",
		    .file = "p.yaml",
		    .line = 7,
		    .message = "at most 3/10s, again in 4 s",
		    .is_for_now = true },
		  "agentos: denied read_file '/x': rule 'r' (p.yaml:7): at most 3/10s, again in 4 "
		  "s; retrying before that will not help\n" },
		{ { .action = ACTION_READ_FILE, .path = "/x" },
		  { .verdict = VERDICT_ASK,
		    .rule = "r",
		    .file = "p.yaml",
		    .line = 7,
		    .message = "" },
		  "agentos: denied read_file '/x': rule 'r' (p.yaml:7); it needs a person's "
		  "approval, and nobody was there to ask\n" },
		{ { .action = ACTION_READ_FILE, .path = "/a" },
		  { .verdict = VERDICT_ASK,
		    .rule = "r",
		    .file = "p.yaml",
		    .line = 7,
		    .message = "",
		    .answer = ANSWER_REFUSED },
		  "agentos: denied read_file '/a': rule 'r' (p.yaml:7); a person was asked and "
		  "said no\n" },
		{ { .action = ACTION_READ_FILE, .path = "/a" },
		  { .verdict = VERDICT_ASK,
		    .rule = "r",
		    .file = "p.yaml",
		    .line = 7,
		    .message = "",
		    .answer = ANSWER_TIMEOUT },
		  "agentos: denied read_file '/a': rule 'r' (p.yaml:7); a person was asked, and "
		  "there was no answer within 5m\n" },
		{ { .action = ACTION_READ_FILE, .path = "/a" },
		  { .verdict = VERDICT_ASK,
		    .rule = "r",
		    .file = "p.yaml",
		    .line = 7,
		    .message = "",
		    .timeout = 90,
		    .answer = ANSWER_TIMEOUT },
		  "agentos: denied read_file '/a': rule 'r' (p.yaml:7); a person was asked, and "
		  "there was no answer within 90s\n" },
		{ { .action = ACTION_LISTEN },
		  { .verdict = VERDICT_KILL,
		    .rule = "r",
		    .file = "p.yaml",
		    .line = 7,
		    .message = "" },
		  "agentos: denied listen ':0': rule 'r' (p.yaml:7); the run is killed\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[1024];
		size_t len = decision_sentence(&rows[i].event, &rows[i].decision, text,
					       sizeof(text));

		assert_string_equal(text, rows[i].want);
		assert_int_equal(len, strlen(text));
	}
}

static void a_line_that_is_cut_is_still_a_line(void **state)
{
	static char path[9000];
	const struct event event = { .action = ACTION_READ_FILE, .path = path };
	const size_t sizes[] = { 2, 3, 20, 80, 300, 1024 };

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		char text[1025];
		size_t len;

		memset(text, '#', sizeof(text));
		len = decision_sentence(&event, &by_rule, text, sizes[i]);
		assert_true(len < sizes[i]);
		assert_int_equal(strlen(text), len);
		assert_ptr_equal(strchr(text, '\n'), text + len - 1);
		assert_int_equal(text[sizes[i]], '#');
		/* What decided stays readable, however long the path. */
		if (sizes[i] == 1024)
			assert_non_null(
				strstr(text, "': rule 'r' (p.yaml:7): Ask first.; retrying"));
	}
}

static void a_refusal_is_one_object(void **state)
{
	static const struct event event = { .action = ACTION_READ_FILE, .path = "/a\n\"\xff" };
	char text[1024];
	size_t len = decision_json(&event, &by_rule, text, sizeof(text));
	json_t *json = json_loads(text, 0, NULL);

	(void)state;
	assert_int_equal(len, strlen(text));
	assert_ptr_equal(strchr(text, '\n'), text + len - 1);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "agentos")), "denied");
	assert_string_equal(json_string_value(json_object_get(json, "action")), "read_file");
	assert_string_equal(json_string_value(json_object_get(json, "target")), "/a\\x0a\"\\xff");
	assert_string_equal(json_string_value(json_object_get(json, "rule")), "r");
	assert_string_equal(json_string_value(json_object_get(json, "file")), "p.yaml");
	assert_int_equal(json_integer_value(json_object_get(json, "line")), 7);
	assert_string_equal(json_string_value(json_object_get(json, "message")), "Ask first.");
	assert_string_equal(json_string_value(json_object_get(json, "verdict")), "deny");
	json_decref(json);
}

static void an_object_that_is_cut_is_still_one(void **state)
{
	static char path[9000];
	const struct event event = { .action = ACTION_READ_FILE, .path = path };
	const size_t sizes[] = { 32, 100, 300, 512, 1024 };

	(void)state;
	memset(path, '"', sizeof(path) - 1);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		char text[1025];
		size_t len = decision_json(&event, &by_rule, text, sizes[i]);
		json_t *json = json_loads(text, 0, NULL);

		assert_true(len < sizes[i]);
		assert_int_equal(text[len - 1], '\n');
		assert_non_null(json);
		assert_string_equal(json_string_value(json_object_get(json, "agentos")), "denied");
		if (sizes[i] >= 512)
			assert_string_equal(json_string_value(json_object_get(json, "rule")), "r");
		json_decref(json);
	}
}

static void a_target_is_what_an_action_is_about(void **state)
{
	struct event six = { .action = ACTION_CONNECT, .port = 80, .has_ip = true };
	struct event four = { .action = ACTION_LISTEN, .port = 80, .has_ip = true };
	struct event named = { .action = ACTION_CONNECT, .host = "a.example", .port = 1 };
	struct event local = { .action = ACTION_CONNECT, .path = "@x", .protocol = PROTOCOL_UNIX };
	struct event none = { .action = ACTION_READ_FILE };
	char text[64];

	(void)state;
	assert_true(ip_parse("2001:db8::1", &six.ip));
	assert_true(ip_parse("127.0.0.1", &four.ip));
	named.has_ip = true;
	named.ip = six.ip;
	assert_string_equal(event_target(&six, text, sizeof(text)), "[2001:db8::1]:80");
	assert_string_equal(event_target(&four, text, sizeof(text)), "127.0.0.1:80");
	assert_string_equal(event_target(&named, text, sizeof(text)), "a.example:1");
	assert_string_equal(event_target(&local, text, sizeof(text)), "@x");
	assert_string_equal(event_target(&none, text, sizeof(text)), "");
}

static const char shown[] = HEAD
	"default: { kernel: deny, connect: audit }\n"
	"rules:\n"
	"  - { name: data, on: read_file, path: [/srv/, ~/x], action: allow, message: \"a\\eb\" }\n"
	"  - { name: off, path: /srv/, enabled: false, action: kill }\n"
	"  - { name: key, on: [read_file, write_file], path: '**/*.key', program: git,\n"
	"      except: { path: /srv/pub/ }, action: deny }\n"
	"  - { name: net, host: a.example, port: 443, action: allow }\n";

/* What @print writes. */
static char *printed(void (*print)(const struct policy *policy, FILE *out),
		     const struct policy *policy)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	print(policy, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void explain_read(const struct policy *policy, FILE *out)
{
	static const struct event event = {
		.action = ACTION_READ_FILE,
		.path = "/srv/pub/a.key",
		.program = "/usr/bin/git",
	};

	policy_explain(policy, &event, out);
}

static void explain_by_another(const struct policy *policy, FILE *out)
{
	static const struct event event = {
		.action = ACTION_READ_FILE,
		.path = "/srv/a.key",
		.program = "/bin/sh",
	};

	policy_explain(policy, &event, out);
}

static void every_rule_about_the_action_is_explained(void **state)
{
	struct loading loading = policies_load_text(shown);
	char *excepted, *differs;

	(void)state;
	assert_string_equal(loading.fault.text, "");
	excepted = printed(explain_read, loading.policy);
	differs = printed(explain_by_another, loading.policy);
	assert_string_equal(excepted, "  data                     p.yaml:6  allow: matched\n"
				      "  off                      p.yaml:7  kill: switched off\n"
				      "  key                      p.yaml:8  deny: excepted\n");
	assert_string_equal(differs,
			    "  data                     p.yaml:6  allow: matched\n"
			    "  off                      p.yaml:7  kill: switched off\n"
			    "  key                      p.yaml:8  deny: program differs\n");
	free(excepted);
	free(differs);
	policies_release(&loading);
}

static void show_text(const struct policy *policy, FILE *out)
{
	assert_int_equal(policy_show(policy, false, out), 0);
}

static void show_json(const struct policy *policy, FILE *out)
{
	assert_int_equal(policy_show(policy, true, out), 0);
}

static void the_merged_rules_are_shown_as_written(void **state)
{
	struct loading loading = policies_load_text(shown);
	char *text = printed(show_text, loading.policy);

	(void)state;
	assert_int_equal(strncmp(text, "file  /", 7), 0);
	assert_string_equal(strchr(text, '\n'), "\ndefault  read_file: deny\n"
						"default  write_file: deny\n"
						"default  delete_file: deny\n"
						"default  execute: deny\n"
						"default  connect: audit\n"
						"default  listen: deny\n"
						"\nallow  data  (p.yaml:6)\n"
						"  on: read_file\n"
						"  path: [/srv/, ~/x]\n"
						"  message: a\\x1bb\n"
						"\nkill  off  (p.yaml:7)  switched off\n"
						"  path: /srv/\n"
						"  enabled: false\n"
						"\ndeny  key  (p.yaml:8)\n"
						"  on: [read_file, write_file]\n"
						"  path: **/*.key\n"
						"  program: git\n"
						"  except: {path: /srv/pub/}\n"
						"\nallow  net  (p.yaml:10)\n"
						"  host: a.example\n"
						"  port: 443\n");
	free(text);
	policies_release(&loading);
}

static void the_merged_rules_are_shown_as_json(void **state)
{
	struct loading loading = policies_load_text(shown);
	char *text = printed(show_json, loading.policy);
	json_t *json = json_loads(text, 0, NULL);
	json_t *rules = json_object_get(json, "rules");
	json_t *rule = json_array_get(rules, 2);

	(void)state;
	assert_non_null(json);
	assert_int_equal(json_array_size(rules), 4);
	assert_string_equal(json_string_value(json_object_get(json, "hash")),
			    policy_hash(loading.policy));
	assert_string_equal(json_string_value(json_object_get(json, "mode")), "enforce");
	assert_string_equal(json_string_value(json_array_get(json_object_get(json, "files"), 0)),
			    policy_file(loading.policy, 0));
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(json, "default"), "connect")),
		"audit");
	assert_string_equal(json_string_value(json_object_get(rule, "name")), "key");
	assert_string_equal(json_string_value(json_object_get(rule, "origin")), "p.yaml:8");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(rule, "except"), "path")),
		"/srv/pub/");
	assert_int_equal(json_array_size(json_object_get(rule, "on")), 2);
	/* Without `on`, the actions that have the rule's fields. */
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(json_array_get(rules, 3), "on"), 0)),
			    "connect");
	assert_true(json_is_false(json_object_get(json_array_get(rules, 1), "enabled")));
	json_decref(json);
	free(text);
	policies_release(&loading);
}

static void run_inline_tests(const struct policy *policy, FILE *out)
{
	struct policy_test_result result = { 77, 77 };

	policy_test(policy, out, &result);
	(void)fprintf(out, "%u %u\n", result.passed, result.failed);
}

static void inline_tests_say_what_came_out_otherwise(void **state)
{
	static const char team[] = HEAD
		"rules: [{ name: team, on: read_file, path: /srv/, action: allow }]\n"
		"tests: [{ action: read_file, path: /srv/x, expect: allow }]\n";
	static const char text[] = HEAD
		"extends: team.yaml\n"
		"rules:\n"
		"  - { name: secret, path: /srv/secret/, action: deny }\n"
		"  - { name: push, on: execute, args: 'push *', action: deny }\n"
		"  - { name: git, on: execute, path: /usr/bin/git, action: allow }\n"
		"  - { name: own, own: true, action: allow }\n"
		"  - { name: net, host: 10.0.0.0/8, port: 80, action: allow }\n"
		"tests:\n"
		"  - { action: read_file, path: /srv/a, expect: allow }\n"
		"  - { action: file_read, path: /srv/a, expect: allow, rule: team }\n"
		"  - { action: read_file, path: /srv/secret/, expect: deny, rule: secret }\n"
		"  - { action: read_file, path: ~/x, expect: deny, rule: default }\n"
		"  - { action: execute, path: /usr/bin/git, expect: allow }\n"
		"  - { action: execute, path: /usr/bin/git, args: push origin, expect: deny }\n"
		"  - { action: execute, program: /usr/bin/git, args: [push, x], expect: block }\n"
		"  - { action: execute, path: '/memfd:x (deleted)', expect: deny }\n"
		"  - { action: connect, path: '@x', own: true, expect: allow }\n"
		"  - { action: connect, host: 10.1.1.1, port: 80, expect: allow, rule: net }\n"
		"  - { action: connect, host: a.example, ip: 10.1.1.1, port: 80, expect: allow }\n"
		"  - { action: connect, host: a.example, port: 80, expect: deny }\n"
		/* line 24 */
		"  - { action: read_file, path: /srv/a, expect: deny }\n"
		"  - { action: read_file, path: /srv/a, expect: allow, rule: secret }\n"
		"  - { action: connect, host: 10.1.1.1, port: 81, expect: audit, rule: net }\n";
	struct loading loading;
	char *out;

	(void)state;
	policies_write("team.yaml", team, strlen(team));
	loading = policies_load_text(text);
	assert_string_equal(loading.fault.text, "");
	out = printed(run_inline_tests, loading.policy);
	assert_string_equal(
		out,
		"p.yaml:24: read_file '/srv/a': expected deny, got allow by rule 'team'\n"
		"p.yaml:25: read_file '/srv/a': expected allow by rule 'secret', got allow by rule "
		"'team'\n"
		"p.yaml:26: connect '10.1.1.1:81': expected audit by rule 'net', got deny by rule "
		"'default'\n"
		"12 3\n");
	free(out);
	policies_release(&loading);
}

static void base_is_the_first_of_the_built_in_policies(void **state)
{
	const char *const *names = builtin_names();
	size_t count = 0;

	(void)state;
	assert_string_equal(names[0], "base");
	for (; names[count]; count++)
		for (size_t i = 0; i < count; i++)
			assert_string_not_equal(names[i], names[count]);
	assert_true(count >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refusal_is_one_line),
		cmocka_unit_test(a_line_that_is_cut_is_still_a_line),
		cmocka_unit_test(a_refusal_is_one_object),
		cmocka_unit_test(an_object_that_is_cut_is_still_one),
		cmocka_unit_test(a_target_is_what_an_action_is_about),
		cmocka_unit_test(every_rule_about_the_action_is_explained),
		cmocka_unit_test(the_merged_rules_are_shown_as_written),
		cmocka_unit_test(the_merged_rules_are_shown_as_json),
		cmocka_unit_test(inline_tests_say_what_came_out_otherwise),
		cmocka_unit_test(base_is_the_first_of_the_built_in_policies),
	};

	return cmocka_run_group_tests(tests, policies_begin, policies_end);
}
