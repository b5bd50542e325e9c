/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/diff.h"
#include "rules/explain.h"
#include "rules/witness.h"
#include "tests/support/policies.h"

#define HEAD "version: \"1.0\"\nname: t\nbase: false\nrules:\n"

static void add(char *list, size_t size, const char *first, const char *second)
{
	size_t used = strlen(list);

	(void)snprintf(list + used, size - used, "%s %s\n", first, second);
}

static int note_witness(const struct event *event, void *data)
{
	char target[4096];

	add(data, 4096, action_name(event->action), event_target(event, target, sizeof(target)));
	return 0;
}

static void each_item_of_a_rule_has_an_example(void **state)
{
	struct loading loading = policies_load_text(
		HEAD
		"  - { name: a, on: read_file, path: [/srv/, '/a/*.[ch]', '/**/.env', '/x?\\*'], "
		"except: { path: /srv/pub/ }, action: allow }\n"
		"  - { name: b, on: connect, host: ['*.example.com', 10.0.0.0/8], port: [80, "
		"8000-8999], action: allow }\n"
		"  - { name: off, on: listen, enabled: false, action: allow }\n");
	char list[4096] = "";
	static const char *const wanted[] = {
		"read_file /srv/x\n",	   "read_file /a/x.c\n",
		"read_file /.env\n",	   "read_file /xx*\n",
		"read_file /srv/pub/x\n",  "connect www.example.com:80\n",
		"connect 10.0.0.0:8000\n", "connect www.example.com:8999\n",
	};

	(void)state;
	assert_string_equal(loading.fault.text, "");
	assert_int_equal(policy_witnesses(loading.policy, note_witness, list), 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!strstr(list, wanted[i]))
			fail_msg("no example %sin:\n%s", wanted[i], list);
	assert_null(strstr(list, "listen"));
	policies_release(&loading);
}

static int note_difference(const struct difference *difference, void *data)
{
	char target[4096];
	char text[4200];

	(void)snprintf(text, sizeof(text), "%s -> %s", verdict_name(difference->old->verdict),
		       verdict_name(difference->new->verdict));
	add(data, 4096, event_target(difference->event, target, sizeof(target)), text);
	return 0;
}

static void what_two_policies_decide_otherwise_is_said_once(void **state)
{
	static const struct {
		const char *old, *new, *expected;
	} rows[] = {
		{ "  - { name: a, on: read_file, path: /srv/, action: allow }\n",
		  "  - { name: b, on: read_file, path: /srv/, action: allow }\n", "" },
		{ "  - { name: a, on: read_file, path: /srv/, action: allow }\n",
		  "  - { name: a, on: read_file, path: /srv/, action: audit }\n",
		  "/srv/x allow -> audit\n" },
		{ "  - { name: a, on: read_file, path: /srv/, action: allow }\n",
		  "  - { name: a, on: read_file, path: /srv/, action: allow }\n"
		  "  - { name: b, on: read_file, path: '**/.env', action: deny }\n",
		  "" }, /* neither grants what the example of the second is */
		{ "  - { name: a, on: read_file, path: /, action: allow }\n",
		  "  - { name: a, on: read_file, path: /, action: allow }\n"
		  "  - { name: b, on: read_file, path: '**/.env', action: deny }\n",
		  "/.env allow -> deny\n" },
		{ "  - { name: a, on: connect, host: a.example, port: 1-3, action: allow }\n",
		  "  - { name: a, on: connect, host: a.example, port: 1, action: allow }\n",
		  "a.example:3 allow -> deny\n" },
		{ "  - { name: a, on: execute, path: /bin/, action: allow }\n",
		  "  - { name: a, on: execute, path: /bin/, action: allow }\n"
		  "  - { name: b, on: execute, program: /bin/git, args: 'push *', action: ask }\n",
		  "/bin/git allow -> ask\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char old_text[1024], new_text[1024], list[4096] = "";
		struct loading old, new;

		(void)snprintf(old_text, sizeof(old_text), HEAD "%s", rows[i].old);
		(void)snprintf(new_text, sizeof(new_text), HEAD "%s", rows[i].new);
		old = policies_load_text(old_text);
		new = policies_load_text(new_text);
		assert_string_equal(old.fault.text, "");
		assert_string_equal(new.fault.text, "");
		assert_int_equal(policy_diff(old.policy, new.policy, note_difference, list), 0);
		if (strcmp(list, rows[i].expected) != 0)
			fail_msg("row %zu: %s", i, list);
		policies_release(&old);
		policies_release(&new);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_item_of_a_rule_has_an_example),
		cmocka_unit_test(what_two_policies_decide_otherwise_is_said_once),
	};

	return cmocka_run_group_tests(tests, policies_begin, policies_end);
}
