/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/resolve.h"

static char root[PATH_MAX];

/*
 * dir/file, dir/f -> x, dir/up -> .., link -> dir, dangling -> nowhere/x, absolute -> ROOT/dir/file,
 * chain -> link, loop -> loop
 */
static int make(void **state)
{
	char temporary[] = "/tmp/agentos-resolve.XXXXXX";
	char target[PATH_MAX + 16];

	(void)state;
	if (!mkdtemp(temporary) || !realpath(temporary, root) || chdir(root) < 0)
		return -1;
	(void)snprintf(target, sizeof(target), "%s/dir/file", root);
	return mkdir("dir", 0700) || symlink("x", "dir/f") || mkdir("dir/file", 0700) ||
	       symlink("..", "dir/up") || symlink("dir", "link") ||
	       symlink("nowhere/x", "dangling") || symlink(target, "absolute") ||
	       symlink("link", "chain") || symlink("loop", "loop");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int clean(void **state)
{
	(void)state;
	return chdir("/") || nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void links_are_followed_as_the_kernel_follows_them(void **state)
{
	static const struct {
		const char *path;
		bool follow;
		const char *want; /* after the root of this test */
	} cases[] = {
		{ "/dir/file", true, "/dir/file" },
		{ "//dir/./file/", true, "/dir/file" },
		{ "/dir/../dir/file", true, "/dir/file" },
		{ "/link/file", true, "/dir/file" },
		{ "/link", true, "/dir" },
		{ "/link", false, "/link" },
		{ "/link/", false, "/dir" },
		{ "/chain/file", false, "/dir/file" },
		{ "/chain", false, "/chain" },
		{ "/absolute", true, "/dir/file" },
		{ "/dangling", true, "/nowhere/x" },
		{ "/dangling", false, "/dangling" },
		{ "/dangling/y", true, "/nowhere/x/y" },
		{ "/nothing/here", true, "/nothing/here" },
		{ "/nothing/../dir/file", true, "/dir/file" },
		/* ".." of a link is the parent of what it leads to. */
		{ "/link/up/dir", true, "/dir" },
		{ "/dir/up/link/file", true, "/dir/file" },
		{ "/dir/f", true, "/dir/x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[2 * PATH_MAX];
		char want[2 * PATH_MAX];
		char got[PATH_MAX] = "";

		(void)snprintf(path, sizeof(path), "%s%s", root, cases[i].path);
		(void)snprintf(want, sizeof(want), "%s%s", root, cases[i].want);
		assert_int_equal(resolve_path(path, cases[i].follow, got), 0);
		if (strcmp(got, want) != 0)
			fail_msg("case %zu: %s, not %s", i, got, want);
	}
}

static void the_root_is_its_own_parent(void **state)
{
	char got[PATH_MAX];

	(void)state;
	assert_int_equal(resolve_path("/", true, got), 0);
	assert_string_equal(got, "/");
	assert_int_equal(resolve_path("/../..//.", true, got), 0);
	assert_string_equal(got, "/");
}

static void a_loop_and_what_is_too_long_are_errors(void **state)
{
	char path[2 * PATH_MAX];
	char got[PATH_MAX] = "untouched";

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/loop", root);
	assert_int_equal(resolve_path(path, true, got), -ELOOP);
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[PATH_MAX] = '\0';
	assert_int_equal(resolve_path(path, true, got), -ENAMETOOLONG);
	path[PATH_MAX - 1] = '\0';
	assert_int_equal(resolve_path(path, true, got), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_followed_as_the_kernel_follows_them),
		cmocka_unit_test(the_root_is_its_own_parent),
		cmocka_unit_test(a_loop_and_what_is_too_long_are_errors),
	};

	return cmocka_run_group_tests(tests, make, clean);
}
