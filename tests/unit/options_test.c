/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/nearest.h"
#include "common/options.h"

struct values {
	bool quiet, help_me;
	const char *agent;
	struct option_list policies;
};

static struct values values;

static const struct option_row rows[] = {
	{ 'p', "policy", OPTION_LIST, &values.policies, "FILE|NAME", "add a policy" },
	{ 'a', "agent", OPTION_TEXT, &values.agent, "ID", "agent identity" },
	{ 0, "agree", OPTION_FLAG, &values.help_me, NULL, "begins like agent" },
	{ 'q', "quiet", OPTION_FLAG, &values.quiet, NULL, "no banner" },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))
#define WORDS_MAX 8

static int parse(const char *const *words, int *out_first, struct fault *fault)
{
	static char copies[WORDS_MAX][64];
	char *argv[WORDS_MAX + 1] = { NULL };
	int argc = 0;

	values = (struct values){ 0 };
	for (; words[argc]; argc++) {
		(void)snprintf(copies[argc], sizeof(copies[argc]), "%s", words[argc]);
		argv[argc] = copies[argc];
	}
	return options_parse(rows, ROW_COUNT, argc, argv, out_first, fault);
}

static void options_end_at_the_first_operand(void **state)
{
	const char *const words[] = { "run", "-q", "--policy=a.yaml", "-p", "b", "sh", "-a", NULL };
	struct fault fault;
	int first = -1;

	(void)state;
	assert_int_equal(parse(words, &first, &fault), 0);
	assert_int_equal(first, 5);
	assert_true(values.quiet);
	assert_int_equal(values.policies.count, 2);
	assert_string_equal(values.policies.items[0], "a.yaml");
	assert_string_equal(values.policies.items[1], "b");
	assert_null(values.agent);
}

static void options_end_at_two_dashes_and_the_last_text_wins(void **state)
{
	const char *const words[] = { "run", "-a", "one", "--agent", "two", "--", "-q", NULL };
	struct fault fault;
	int first = -1;

	(void)state;
	assert_int_equal(parse(words, &first, &fault), 0);
	assert_int_equal(first, 6);
	assert_string_equal(values.agent, "two");
	assert_false(values.quiet);
}

static void mixed_options_may_follow_operands(void **state)
{
	static char words[][16] = { "check", "one", "-a", "me", "two", "--quiet", "--", "-q" };
	char *argv[9] = { NULL };
	struct fault fault;
	int first = -1;

	(void)state;
	for (int i = 0; i < 8; i++)
		argv[i] = words[i];
	values = (struct values){ 0 };
	assert_int_equal(options_parse_mixed(rows, ROW_COUNT, 8, argv, &first, &fault), 0);
	assert_string_equal(values.agent, "me");
	assert_true(values.quiet);
	assert_int_equal(first, 5);
	assert_string_equal(argv[5], "one");
	assert_string_equal(argv[6], "two");
	assert_string_equal(argv[7], "-q");

	/* The control: otherwise the first operand ends them. */
	for (int i = 0; i < 8; i++)
		argv[i] = words[i];
	values = (struct values){ 0 };
	assert_int_equal(options_parse(rows, ROW_COUNT, 8, argv, &first, &fault), 0);
	assert_int_equal(first, 1);
	assert_null(values.agent);
}

static void usage_errors_name_the_option(void **state)
{
	static const struct {
		const char *word, *want;
	} cases[] = {
		{ "--polcy", "unknown option '--polcy'; hint: did you mean '--policy'?" },
		{ "--polcy=x", "unknown option '--polcy'; hint: did you mean '--policy'?" },
		{ "--zzzzzz", "unknown option '--zzzzzz'" },
		{ "-x", "unknown option '-x'" },
		{ "-qx", "unknown option '-x'" },
		{ "--ag", "ambiguous option '--ag'" },
		{ "--quiet=yes", "option '--quiet' takes no argument" },
		{ "--agent", "option '--agent' needs an argument (ID)" },
		{ "-p", "option '--policy' needs an argument (FILE|NAME)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const words[] = { "run", cases[i].word, NULL };
		struct fault fault = { 0 };
		int first = 77;

		assert_int_equal(parse(words, &first, &fault), -EINVAL);
		assert_string_equal(fault.text, cases[i].want);
		assert_int_equal(first, 77);
	}
}

static void help_and_version_are_found(void **state)
{
	const char *const help[] = { "run", "-q", "--help", NULL };
	const char *const letter[] = { "run", "-h", NULL };
	const char *const version[] = { "run", "--version", "--polcy", NULL };
	struct fault fault;
	int first;

	(void)state;
	assert_int_equal(parse(help, &first, &fault), OPTIONS_E_HELP);
	assert_int_equal(parse(letter, &first, &fault), OPTIONS_E_HELP);
	assert_int_equal(parse(version, &first, &fault), OPTIONS_E_VERSION);
}

static void a_list_has_an_end(void **state)
{
	static char word[] = "-px";
	static char self[] = "run";
	char *argv[OPTION_LIST_MAX + 3];
	struct fault fault;
	int first;

	(void)state;
	argv[0] = self;
	for (size_t i = 1; i < OPTION_LIST_MAX + 2; i++)
		argv[i] = word;
	values = (struct values){ 0 };
	assert_int_equal(options_parse(rows, ROW_COUNT, OPTION_LIST_MAX + 1, argv, &first, &fault),
			 0);
	values = (struct values){ 0 };
	assert_int_equal(options_parse(rows, ROW_COUNT, OPTION_LIST_MAX + 2, argv, &first, &fault),
			 -EINVAL);
	assert_int_equal(values.policies.count, OPTION_LIST_MAX);
}

static void help_shows_every_row(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	options_help(out, "agentos-run [OPTIONS]", "runs it", rows, ROW_COUNT);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "Usage: agentos-run [OPTIONS]\n\nruns it\n\n"));
	assert_non_null(strstr(text, "  -p, --policy FILE|NAME   add a policy\n"));
	assert_non_null(strstr(text, "  -q, --quiet              no banner\n"));
	assert_non_null(strstr(text, "      --agree              begins like agent\n"));
	assert_non_null(strstr(text, "--help"));
	assert_non_null(strstr(text, "--version"));
	free(text);
}

static void the_nearest_word_is_a_small_step_away(void **state)
{
	static const char *const words[] = { "run", "policy", "audit", "doctor", "path" };
	static const struct {
		const char *word, *want;
	} cases[] = {
		{ "polciy", "policy" }, { "Audit", "audit" }, { "adit", "audit" },
		{ "docter", "doctor" }, { "rn", "run" },      { "xyz", NULL },
		{ "", NULL },		{ "q", NULL },	      { "pathology-of-a-word", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *found = nearest_word(cases[i].word, words, 5);

		if (cases[i].want)
			assert_string_equal(found, cases[i].want);
		else
			assert_null(found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_end_at_the_first_operand),
		cmocka_unit_test(options_end_at_two_dashes_and_the_last_text_wins),
		cmocka_unit_test(mixed_options_may_follow_operands),
		cmocka_unit_test(usage_errors_name_the_option),
		cmocka_unit_test(help_and_version_are_found),
		cmocka_unit_test(a_list_has_an_end),
		cmocka_unit_test(help_shows_every_row),
		cmocka_unit_test(the_nearest_word_is_a_small_step_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
