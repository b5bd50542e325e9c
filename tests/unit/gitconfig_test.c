/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "launcher/gitconfig.h"

#define CONFIG "/w/repo/.git/config"
#define MODULE "/w/repo/.git/modules/sub/config"
#define CORE "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n"

static void what_runs_nothing_is_harmless(void **state)
{
	static const struct row {
		const char *path, *old, *new;
	} rows[] = {
		{ CONFIG, "", CORE },
		{ CONFIG, "", "" },
		{ CONFIG, "", "# a comment\n; another\n\n[user]\n\tname = Some One\n" },
		{ CONFIG, CORE,
		  CORE "[remote \"origin\"]\n\turl = https://example.com/x.git\n"
		       "\tfetch = +refs/heads/*:refs/remotes/origin/*\n" },
		{ CONFIG, CORE,
		  CORE "[branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n" },
		{ CONFIG, "", "[CORE]\n\tFileMode = true\n" },
		/* What is in force already stays. */
		{ CONFIG, "[core]\n\tfsmonitor = ./watch\n",
		  "[core]\n\tfsmonitor = ./watch\n\tabbrev = 9\n" },
		/* A working tree within the repository's own folder. */
		{ MODULE, "", "[core]\n\tworktree = ../../../sub\n" },
		{ CONFIG, "", "[core]\n\tworktree = ..\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!gitconfig_text_is_harmless(rows[i].new, rows[i].old, rows[i].path))
			fail_msg("row %zu is taken for harmful: %s", i, rows[i].new);
}

static void what_could_run_something_is_not(void **state)
{
	static const struct row {
		const char *path, *old, *new;
	} rows[] = {
		{ CONFIG, "", "[core]\n\tfsmonitor = ./watch\n" },
		{ CONFIG, "", "[core]\n\thooksPath = hooks\n" },
		{ CONFIG, "", "[core]\n\tsshCommand = ./ssh\n" },
		{ CONFIG, "", "[core]\n\tpager = ./pager\n" },
		{ CONFIG, "", "[core]\n\teditor = ./editor\n" },
		{ CONFIG, "", "[include]\n\tpath = ../other\n" },
		{ CONFIG, "", "[includeIf \"gitdir:/w/\"]\n\tpath = ../other\n" },
		{ CONFIG, "", "[alias]\n\tst = !./run\n" },
		{ CONFIG, "", "[filter \"x\"]\n\tclean = ./run\n" },
		{ CONFIG, "", "[diff \"x\"]\n\ttextconv = ./run\n" },
		{ CONFIG, "", "[credential]\n\thelper = ./run\n" },
		{ CONFIG, "", "[url \"ext::sh -c x\"]\n\tinsteadOf = https://\n" },
		{ CONFIG, "", "[remote \"x\"]\n\turl = ext::sh -c x\n" },
		{ CONFIG, "", "[remote \"x\"]\n\turl = --upload-pack=x\n" },
		{ CONFIG, "", "[remote \"x\"]\n\tuploadpack = ./run\n" },
		/* Ways of writing the same. */
		{ CONFIG, "", "[core]fsmonitor = ./watch\n" },
		{ CONFIG, "", "[core] fsmonitor = ./watch\n" },
		{ CONFIG, "", "[CORE]\n\tFSMonitor=./watch\n" },
		{ CONFIG, "", "[core]\n\tabbrev = 9 \\\n\tfsmonitor = ./watch\n" },
		{ CONFIG, "", "[core]\r\n\tfsmonitor = ./watch\r\n" },
		{ CONFIG, "", "fsmonitor = ./watch\n" },
		{ CONFIG, "", "[core \"x\"\n\tfsmonitor = ./watch\n" },
		/* Kept only in the section where it was. */
		{ CONFIG, "[x]\n\tfsmonitor = ./watch\n", "[core]\n\tfsmonitor = ./watch\n" },
		/* A working tree outside of the repository's folder. */
		{ CONFIG, "", "[core]\n\tworktree = ../../other\n" },
		{ CONFIG, "", "[core]\n\tworktree = /home/user\n" },
		{ CONFIG, "", "[core]\n\tworktree = ~/x\n" },
		{ CONFIG, "", "[core]\n\tworktree = \"../../x\"\n" },
		{ MODULE, "", "[core]\n\tworktree = ../../../../other\n" },
		{ MODULE, "", "[core]\n\tworktree = ../../../sub/../../other\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (gitconfig_text_is_harmless(rows[i].new, rows[i].old, rows[i].path))
			fail_msg("row %zu is taken for harmless: %s", i, rows[i].new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_runs_nothing_is_harmless),
		cmocka_unit_test(what_could_run_something_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
