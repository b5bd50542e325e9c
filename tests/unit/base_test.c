/* SPDX-License-Identifier: MIT */
/*
 * The built-in policies, decided row by row (tests/data/policies/base.tsv), and
 * the properties of `base` that other layers build on.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/plan.h"
#include "rules/policy.h"

#define ROWS "tests/data/policies/base.tsv"
#define ROW_COUNT_MIN 500 /* fewer: the file was cut, or is not read as it was meant */
#define HOME_DIR "/home/u"
#define COLUMNS 6

enum column { POLICY, WORKSPACE, ACTION, TARGET, VERDICT, RULE };

/* A policy under one workspace; loaded once. */
struct loaded {
	const char *policy, *workspace;
	struct policy *rules;
};

static struct loaded all[] = {
	{ "base", "project", NULL },
	{ "base", "home", NULL },
	{ "read_only", "project", NULL },
	{ "strict", "project", NULL },
};

#define LOADED_COUNT (sizeof(all) / sizeof(all[0]))

static const char *workspace_of(const char *word)
{
	return strcmp(word, "home") == 0 ? HOME_DIR : HOME_DIR "/project";
}

static int load_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOADED_COUNT; i++) {
		const struct policy_scope scope = {
			.workspace = workspace_of(all[i].workspace),
			.home = HOME_DIR,
			.tmpdir = "/tmp/agentos-1",
			.cwd = workspace_of(all[i].workspace),
			.user = "u",
			.agent = "a",
		};
		struct policy_errors errors = { 0 };
		struct fault fault = { 0 };
		int r = policy_load(&all[i].policy, 1, &scope, &all[i].rules, &errors, &fault);

		policy_errors_release(&errors);
		if (r < 0) {
			print_error("%s: %s\n", all[i].policy, fault.text);
			return r;
		}
	}
	return 0;
}

static int free_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOADED_COUNT; i++)
		policy_free(all[i].rules);
	return 0;
}

static const struct policy *find_policy(const char *policy, const char *workspace)
{
	for (size_t i = 0; i < LOADED_COUNT; i++)
		if (strcmp(all[i].policy, policy) == 0 && strcmp(all[i].workspace, workspace) == 0)
			return all[i].rules;
	return NULL;
}

/* Cuts @line at its tabs. Return: how many columns there were. */
static size_t cut(char *line, char *columns[COLUMNS])
{
	size_t count = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *at = line; at && count < COLUMNS; count++)
		columns[count] = strsep(&at, "\t");
	return count;
}

/* The words after a target: "own", "udp", "harmless". */
static bool read_words(char *words, struct event *event)
{
	for (char *word; (word = strsep(&words, " "));) {
		if (strcmp(word, "own") == 0)
			event->own = true;
		else if (strcmp(word, "udp") == 0)
			event->protocol = PROTOCOL_UDP;
		else if (strcmp(word, "harmless") == 0)
			event->harmless = true;
		else
			return false;
	}
	return true;
}

static bool read_target(char *target, const char *workspace, struct event *event, char *path,
			size_t path_size)
{
	char *words = target;
	char *colon;

	target = strsep(&words, " ");
	event->protocol = PROTOCOL_TCP;
	if (!read_words(words, event))
		return false;
	colon = strrchr(target, ':');
	if (ACTION_BIT(event->action) & ACTION_NETWORK && colon) {
		*colon = '\0';
		event->port = (uint16_t)atoi(colon + 1);
		event->has_ip = ip_parse(target, &event->ip);
		return event->has_ip;
	}
	event->protocol = ACTION_BIT(event->action) & ACTION_NETWORK ? PROTOCOL_UNIX
								     : PROTOCOL_NONE;
	if (target[0] == '/' || target[0] == '@')
		(void)snprintf(path, path_size, "%s", target);
	else if (target[0] == '~')
		(void)snprintf(path, path_size, "%s%s", HOME_DIR, target + 1);
	else
		(void)snprintf(path, path_size, "%s/%s", workspace, target);
	event->path = path;
	return true;
}

/* Return: whether the row came out as it says; else it was printed. */
static bool row_holds(char *columns[COLUMNS], unsigned line)
{
	const struct policy *policy = find_policy(columns[POLICY], columns[WORKSPACE]);
	struct event event = { .program = "/usr/bin/sh", .agent = "a" };
	struct decision decision;
	enum verdict want;
	char path[256];

	if (!policy || !action_parse(columns[ACTION], &event.action) ||
	    !verdict_parse(columns[VERDICT], &want) ||
	    !read_target(columns[TARGET], workspace_of(columns[WORKSPACE]), &event, path,
			 sizeof(path))) {
		print_error(ROWS ":%u: this row is not understood\n", line);
		return false;
	}
	policy_decide(policy, &event, &decision);
	if (decision.verdict == want &&
	    (strcmp(columns[RULE], "-") == 0 || strcmp(columns[RULE], decision.rule) == 0))
		return true;
	print_error(ROWS ":%u: %s %s: want %s by %s, is %s by %s\n", line, columns[ACTION],
		    columns[TARGET], columns[VERDICT], columns[RULE],
		    verdict_name(decision.verdict), decision.rule);
	return false;
}

static void each_row_is_decided_as_it_says(void **state)
{
	FILE *rows = fopen(ROWS, "re");
	char line[512];
	unsigned number = 0;
	unsigned count = 0;
	unsigned failed = 0;

	(void)state;
	assert_non_null(rows);
	while (fgets(line, sizeof(line), rows)) {
		char *columns[COLUMNS];

		number++;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		count++;
		assert_int_equal(cut(line, columns), COLUMNS);
		failed += !row_holds(columns, number);
	}
	(void)fclose(rows);
	assert_int_equal(failed, 0);
	assert_true(count >= ROW_COUNT_MIN);
}

static void landlock_alone_can_decide_what_runs(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOADED_COUNT; i++) {
		assert_false(policy_needs_image_integrity(all[i].rules));
		assert_true(policy_execute_is_static(all[i].rules));
	}
}

static void a_folder_keeps_its_meaning_when_it_is_moved(void **state)
{
	static const struct {
		const char *from, *to;
		bool agree;
	} rows[] = {
		{ "/home/u/project/a", "/home/u/project/b", true },
		{ "/home/u/project/a/x", "/home/u/project/b/x", true },
		{ "/home/u/project/repo", "/home/u/project/copy", true },
		{ "/home/u/project/new", "/home/u/project/.git", false },
		{ "/home/u/project/new", "/home/u/project/.git/hooks", false },
		{ "/home/u/project/.git/hooks", "/home/u/project/old", false },
		{ "/home/u/project/new", "/home/u/project/.vscode", false },
		{ "/home/u/project/new", "/home/u/project/.claude", false },
		{ "/home/u/project/new", "/home/u/.config", false },
		{ "/home/u/project/.vscode", "/home/u/project/x", false },
		/* What is an exception below node_modules must not be carried there to become one. */
		{ "/home/u/project/new", "/home/u/project/node_modules", false },
	};
	const struct policy *base = find_policy("base", "project");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool agree = policy_names_agree(base, rows[i].from, rows[i].to);

		if (agree != rows[i].agree)
			print_error("%s -> %s\n", rows[i].from, rows[i].to);
		assert_int_equal(agree, rows[i].agree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_is_decided_as_it_says),
		cmocka_unit_test(landlock_alone_can_decide_what_runs),
		cmocka_unit_test(a_folder_keeps_its_meaning_when_it_is_moved),
	};

	return cmocka_run_group_tests(tests, load_all, free_all);
}
