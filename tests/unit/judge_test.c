/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "launcher/guard.h"
#include "launcher/judge.h"
#include "tests/support/policies.h"

static const char policy_text[] =
	"version: '1.0'\nname: t\nbase: false\ndefault: allow\nrules:\n"
	"  - { name: env, path: '**/.env', action: deny }\n"
	"  - { name: harsh, path: '**/.harsh', action: kill }\n"
	"  - { name: mild, path: '**/.HARSH', action: deny }\n"
	"  - { name: config, path: '**/.git/config', action: deny }\n"
	"  - { name: below, on: [read_file, write_file], path: '**/secrets/', action: deny }\n";

static struct loading loading;
static struct supervisor supervisor;
static struct place place;

/* A file in the current folder. */
static int setup(void **state)
{
	if (policies_begin(state) < 0)
		return -1;
	loading = policies_load_text(policy_text);
	supervisor.policy = loading.policy;
	supervisor.guard = guard_new();
	place = (struct place)PLACE_INIT;
	place.fd = open("p.yaml", O_PATH | O_CLOEXEC);
	return loading.result < 0 || !supervisor.guard || fstat(place.fd, &place.st) < 0 ||
			       !realpath("p.yaml", place.path)
		       ? -1
		       : 0;
}

static int teardown(void **state)
{
	policy_free((struct policy *)(uintptr_t)atomic_load(&supervisor.folded));
	policies_release(&loading);
	guard_free(supervisor.guard);
	place_release(&place);
	return policies_end(state);
}

static const char *rule_of(const char *path, enum letters letters, bool in_git_folder)
{
	static struct decision decision;
	struct event event = {
		.action = ACTION_READ_FILE,
		.path = path,
		.place = &place,
		.in_git_folder = in_git_folder,
	};

	place.letters = letters;
	judge_by_policy(&supervisor, &event, &decision);
	return decision.rule;
}

static void where_letter_case_matters_names_are_bytes(void **state)
{
	(void)state;
	assert_string_equal(rule_of("/w/.env", LETTERS_MATTER, false), "env");
	assert_string_equal(rule_of("/w/.ENV", LETTERS_MATTER, false), "default");
	assert_string_equal(rule_of("/w/E~1", LETTERS_MATTER, false), "default");
	assert_string_equal(rule_of("/w/CONFIG", LETTERS_MATTER, true), "default");
	assert_null(atomic_load(&supervisor.folded));
}

static void elsewhere_the_strictest_of_all_spellings_holds(void **state)
{
	(void)state;
	assert_string_equal(rule_of("/w/.ENV", LETTERS_IGNORED, false), "env");
	assert_string_equal(rule_of("/w/.HARSH", LETTERS_MATTER, false), "mild");
	assert_string_equal(rule_of("/w/.HARSH", LETTERS_IGNORED, false), "harsh");
	assert_string_equal(rule_of("/w/E~1", LETTERS_IGNORED, false), "guard-short-name");
	assert_string_equal(rule_of("/w/CONFIG", LETTERS_IGNORED, true), "config");
	assert_string_equal(rule_of("/w/README", LETTERS_IGNORED, false), "default");
}

/* The line about a rule in what is said of a name's other spellings; "" when nothing is. */
static const char *explained(const char *path, enum letters letters, const char *rule)
{
	static char text[65536];
	struct event event = { .action = ACTION_READ_FILE, .path = path, .place = &place };
	FILE *out = fmemopen(text, sizeof(text), "w");
	char *line;

	place.letters = letters;
	assert_non_null(out);
	judge_explain_folded(&supervisor, &event, out);
	assert_int_equal(fclose(out), 0);
	line = strstr(text, rule);
	if (!line)
		return "";
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static void every_rule_is_explained_for_other_spellings(void **state)
{
	(void)state;
	assert_string_equal(explained("/w/.ENV", LETTERS_MATTER, "env"), "");
	assert_non_null(strstr(explained("/w/.ENV", LETTERS_IGNORED, "env"), "matched"));
	assert_null(strstr(explained("/w/README", LETTERS_IGNORED, "env"), "matched"));
	assert_string_not_equal(explained("/w/README", LETTERS_IGNORED, "env"), "");
}

static void a_name_that_nobody_looked_at_is_folded(void **state)
{
	struct event event = { .action = ACTION_READ_FILE, .path = "/w/.ENV" };
	struct decision decision;

	(void)state;
	judge_by_policy(&supervisor, &event, &decision);
	assert_string_equal(decision.rule, "env");
	event.path = "@.ENV"; /* an abstract socket */
	judge_by_policy(&supervisor, &event, &decision);
	assert_string_equal(decision.rule, "default");
}

static void folders_are_asked_when_only_they_know(void **state)
{
	int folder = open(".", O_PATH | O_CLOEXEC);
	unsigned flags;
	char path[PATH_MAX];

	(void)state;
	/* The folder of p.yaml has no casefold flag; where none can be read, it counts as one. */
	if (volume_flags(folder, &flags) == 0)
		assert_string_equal(rule_of("/w/.ENV", LETTERS_BY_FOLDER, false), "default");
	assert_string_equal(rule_of("/w/E~1", LETTERS_BY_FOLDER, false), "default");
	/* A file that is not where it was: nobody knows its folder. */
	(void)snprintf(path, sizeof(path), "%s", place.path);
	(void)snprintf(place.path, sizeof(place.path), "/nowhere/p.yaml");
	assert_string_equal(rule_of("/w/.ENV", LETTERS_BY_FOLDER, false), "env");
	(void)snprintf(place.path, sizeof(place.path), "%s", path);
	(void)close(folder);
}

static void folders_and_links_get_no_protected_spelling(void **state)
{
	struct place from = PLACE_INIT;
	struct place to = PLACE_INIT;

	(void)state;
	from.letters = to.letters = LETTERS_MATTER;
	(void)snprintf(from.path, sizeof(from.path), "/w/a");
	(void)snprintf(to.path, sizeof(to.path), "/w/SECRETS");
	assert_true(judge_move(&supervisor, &from, &to));
	assert_false(judge_protects_below(&supervisor, &to));
	from.letters = to.letters = LETTERS_IGNORED;
	assert_false(judge_move(&supervisor, &from, &to));
	assert_false(judge_move(&supervisor, &to, &from));
	assert_true(judge_protects_below(&supervisor, &to));
	assert_false(judge_protects_below(&supervisor, &from));
}

static void the_guard_is_asked_for_every_spelling(void **state)
{
	struct event event = { .action = ACTION_WRITE_FILE,
			       .path = "/w/AUDIT.db",
			       .place = &place };
	struct decision decision;

	(void)state;
	assert_int_equal(guard_add(supervisor.guard, "/w/audit.db", true, false), 0);
	place.letters = LETTERS_MATTER;
	assert_false(judge_by_guard(&supervisor, &event, &decision));
	place.letters = LETTERS_IGNORED;
	assert_true(judge_by_guard(&supervisor, &event, &decision));
	assert_string_equal(decision.rule, "guard-agentos");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_letter_case_matters_names_are_bytes),
		cmocka_unit_test(elsewhere_the_strictest_of_all_spellings_holds),
		cmocka_unit_test(every_rule_is_explained_for_other_spellings),
		cmocka_unit_test(a_name_that_nobody_looked_at_is_folded),
		cmocka_unit_test(folders_are_asked_when_only_they_know),
		cmocka_unit_test(folders_and_links_get_no_protected_spelling),
		cmocka_unit_test(the_guard_is_asked_for_every_spelling),
	};

	return cmocka_run_group_tests_name("judge", tests, setup, teardown);
}
