/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/sources.h"

static void the_default_is_what_lies_there(void **state)
{
	char folder[] = "/tmp/agentos-sources.XXXXXX";
	struct option_list list = { .count = 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	sources_choose(&list, "sh");
	assert_int_equal(list.count, 0);
	sources_choose(&list, NULL);
	assert_int_equal(list.count, 0);

	/* A link that leads nowhere will not load, and must not be passed over either. */
	assert_int_equal(symlink("nowhere", "agentos.yaml"), 0);
	sources_choose(&list, "claude");
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0], "./agentos.yaml");

	assert_int_equal(unlink("agentos.yaml"), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void what_is_named_is_taken_alone(void **state)
{
	char folder[] = "/tmp/agentos-sources.XXXXXX";
	struct option_list list = { .items = { "strict" }, .count = 1 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(mkdir("agentos.yaml", 0700), 0);
	sources_choose(&list, "claude");
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0], "strict");
	assert_int_equal(rmdir("agentos.yaml"), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void a_program_has_its_profile_by_name(void **state)
{
	static const struct {
		const char *command, *want; /* NULL: none */
	} rows[] = {
		{ "claude", "claude" },
		{ "./claude", "claude" },
		{ "/opt/x/cursor-agent", "cursor-agent" },
		{ "codex", "codex" },
		{ "gemini", "gemini" },
		{ "opencode", "opencode" },
		{ "aider", "aider" },
		{ "goose", "goose" },
		{ "Claude", NULL },
		{ "claude-x", NULL },
		{ "claude/x", NULL },
		{ "", NULL },
		{ "sh", NULL },
		{ "strict", NULL }, /* a built-in, and no profile */
		{ "base", NULL },
	};
	char folder[] = "/tmp/agentos-sources.XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct option_list list = { .count = 0 };

		sources_choose(&list, rows[i].command);
		assert_int_equal(list.count, rows[i].want ? 1 : 0);
		if (rows[i].want)
			assert_string_equal(list.items[0], rows[i].want);
	}
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_is_what_lies_there),
		cmocka_unit_test(what_is_named_is_taken_alone),
		cmocka_unit_test(a_program_has_its_profile_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
