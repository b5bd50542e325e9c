/* SPDX-License-Identifier: MIT */
/*
 * An answer counts for what was asked, and for nothing that differs in any way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/binding.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const argv[] = { "git", "push", "origin" };
static const char *const joined[] = { "git", "push origin", "" };
static const char *const shifted[] = { "gitp", "ush", "origin" };
static struct content content = { .query = { "DROP TABLE a", 12 }, .method = { "POST", 4 } };
static struct content other_content = { .query = { "DROP TABLE b", 12 }, .method = { "POST", 4 } };
static const struct header headers[] = { { "X", { "1", 1 } }, { "X", { "2", 1 } } };
static const struct statement statement = { .verb = "DROP" },
			      other_statement = { .verb = "SELECT" };

/* All that an answer is bound to. */
struct sample {
	struct event event;
	struct decision decision;
	const char *policy_hash, *folder;
};

static struct sample sample(void)
{
	struct sample out = {
		.event = { .action = ACTION_EXECUTE,
			   .call = "execve",
			   .agent = "claude",
			   .program = "/usr/bin/bash",
			   .pid = 7,
			   .path = "/usr/bin/git",
			   .given = "git",
			   .operation = "create",
			   .argv = argv,
			   .argc = COUNT_OF(argv),
			   .script = "/ws/run",
			   .protocol = PROTOCOL_TCP,
			   .host = "a.example",
			   .has_ip = true,
			   .port = 443,
			   .content = &content,
			   .statement = &statement },
		.decision = { .verdict = VERDICT_ASK, .rule = "r", .file = "p.yaml", .line = 7 },
		.policy_hash = "abc",
		.folder = "/ws",
	};

	content.headers = headers;
	content.header_count = 1;
	return out;
}

static struct binding binding_of(const struct sample *from)
{
	const struct asked asked = { &from->event, &from->decision, from->policy_hash,
				     from->folder };
	struct binding out;

	binding_make(&asked, &out);
	return out;
}

#define CHANGE(name, statement_)                                                                   \
	static void name(struct sample *s)                                                         \
	{                                                                                          \
		statement_;                                                                        \
	}

CHANGE(action, s->event.action = ACTION_WRITE_FILE)
CHANGE(call, s->event.call = "execveat")
CHANGE(agent, s->event.agent = "claud")
CHANGE(program, s->event.program = "/usr/bin/dash")
CHANGE(no_program, s->event.program = NULL)
CHANGE(uid, s->event.uid = 1)
CHANGE(ring, s->event.ring = 1)
CHANGE(path, s->event.path = "/usr/bin/gi")
CHANGE(no_path, s->event.path = NULL)
CHANGE(empty_path, s->event.path = "")
CHANGE(operation, s->event.operation = "truncate")
CHANGE(is_dir, s->event.is_dir = true)
CHANGE(in_git_folder, s->event.in_git_folder = true)
CHANGE(harmless, s->event.harmless = true)
CHANGE(fewer_arguments, s->event.argc = 2)
CHANGE(no_arguments, s->event.argc = 0)
CHANGE(joined_arguments, s->event.argv = joined)
CHANGE(shifted_arguments, s->event.argv = shifted)
CHANGE(script, s->event.script = "/ws/ru")
CHANGE(protocol, s->event.protocol = PROTOCOL_UDP)
CHANGE(host, s->event.host = "b.example")
CHANGE(no_host, s->event.host = NULL)
CHANGE(ip, s->event.ip.s6_addr[15] = 1)
CHANGE(no_ip, s->event.has_ip = false)
CHANGE(port, s->event.port = 80)
CHANGE(own, s->event.own = true)
CHANGE(query, s->event.content = &other_content)
CHANGE(no_content, s->event.content = NULL)
CHANGE(header, (void)s; content.headers = headers + 1)
CHANGE(more_headers, (void)s; content.header_count = 2)
CHANGE(verb, s->event.statement = &other_statement)
CHANGE(rule, s->decision.rule = "s")
CHANGE(rule_file, s->decision.file = "q.yaml")
CHANGE(rule_line, s->decision.line = 8)
CHANGE(policy_hash, s->policy_hash = "abd")
CHANGE(folder, s->folder = "/w")
CHANGE(no_folder, s->folder = NULL)
/* Bytes that move from one field to the next. */
CHANGE(moved, (s->event.call = "execveclaude", s->event.agent = ""))

static void any_field_that_changes_changes_it(void **state)
{
	static void (*const changes[])(struct sample *) = {
		action,
		call,
		agent,
		program,
		no_program,
		uid,
		ring,
		path,
		no_path,
		empty_path,
		operation,
		is_dir,
		in_git_folder,
		harmless,
		fewer_arguments,
		no_arguments,
		joined_arguments,
		shifted_arguments,
		script,
		protocol,
		host,
		no_host,
		ip,
		no_ip,
		port,
		own,
		query,
		no_content,
		header,
		more_headers,
		verb,
		rule,
		rule_file,
		rule_line,
		policy_hash,
		folder,
		no_folder,
		moved,
	};
	struct binding seen[COUNT_OF(changes) + 1];

	(void)state;
	for (size_t i = 0; i <= COUNT_OF(changes); i++) {
		struct sample changed = sample();

		if (i > 0)
			changes[i - 1](&changed);
		seen[i] = binding_of(&changed);
		for (size_t j = 0; j < i; j++)
			if (binding_equals(&seen[i], &seen[j]))
				fail_msg("changes %zu and %zu give the same", i, j);
	}
}

static void the_same_action_is_the_same(void **state)
{
	struct sample one = sample(), two = sample();
	struct binding first, second;

	(void)state;
	two.event.pid = 8; /* whoever asks, as long as it is the same program */
	two.event.given = "/usr/../usr/bin/git";
	two.decision.timeout = 5;
	first = binding_of(&one);
	second = binding_of(&two);
	assert_true(binding_equals(&first, &second));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_field_that_changes_changes_it),
		cmocka_unit_test(the_same_action_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
