/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/binfmt.h"

static char folder[64];

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int folder_make(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/agentos-binfmt.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
	static const char *const names[] = { "status", "entry" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

/* What the kernel would start for a file that begins with @text, or "none". */
static const char *found(const char *text, const char *name)
{
	static char interpreter[PATH_MAX + 8];
	char head[BINFMT_HEAD] = "";
	struct binfmt *binfmt = binfmt_read(folder);
	const struct binfmt_entry *entry;

	assert_non_null(binfmt);
	memcpy(head, text, strlen(text));
	entry = binfmt_find(binfmt, head, name);
	(void)snprintf(interpreter, sizeof(interpreter), "%s%s",
		       entry ? entry->interpreter : "none",
		       entry && entry->keeps_first ? " keeps" : "");
	binfmt_free(binfmt);
	return interpreter;
}

static void an_entry_fits_by_bytes_or_by_suffix(void **state)
{
	static const struct row {
		const char *entry, *text, *name, *expected;
	} rows[] = {
		{ "enabled\ninterpreter /bin/a\nflags: \noffset 0\nmagic 414243\n", "ABCD", "x",
		  "/bin/a" },
		{ "enabled\ninterpreter /bin/a\nflags: \noffset 0\nmagic 414243\n", "ABD", "x",
		  "none" },
		{ "enabled\ninterpreter /bin/a\nflags: POCF\noffset 2\nmagic 4142\n", "..AB", "x",
		  "/bin/a keeps" },
		{ "enabled\ninterpreter /bin/a\nflags: \noffset 0\nmagic 414243\nmask ff00ff\n",
		  "A?C", "x", "/bin/a" },
		{ "enabled\ninterpreter /bin/a\nflags: \nextension .jar\n", "PK", "/w/x.jar",
		  "/bin/a" },
		{ "enabled\ninterpreter /bin/a\nflags: \nextension .jar\n", "PK", "/w/x.JAR",
		  "none" },
		{ "enabled\ninterpreter /bin/a\nflags: \nextension .jar\n", "PK", "/w/jar",
		  "none" },
		{ "enabled\ninterpreter /a b\nflags: \noffset 0\nmagic 41\n", "A", "x", "/a b" },
	};

	(void)state;
	put("status", "enabled\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put("entry", rows[i].entry);
		if (strcmp(found(rows[i].text, rows[i].name), rows[i].expected) != 0)
			fail_msg("row %zu: found %s", i, found(rows[i].text, rows[i].name));
	}
}

static void what_is_not_in_force_or_not_understood_is_left_out(void **state)
{
	static const char *const entries[] = {
		"disabled\ninterpreter /bin/a\nflags: \noffset 0\nmagic 41\n",
		"enabled\nflags: \noffset 0\nmagic 41\n",
		"enabled\ninterpreter /bin/a\nflags: \noffset 0\n",
		"enabled\ninterpreter /bin/a\nflags: \noffset 0\nmagic 4\n",
		"enabled\ninterpreter /bin/a\nflags: \noffset 0\nmagic 4g\n",
		"enabled\ninterpreter /bin/a\nflags: \noffset x\nmagic 41\n",
		"enabled\ninterpreter /bin/a\nflags: \noffset -1\nmagic 41\n",
		"enabled\ninterpreter /bin/a\nflags: \noffset 256\nmagic 41\n",
		"enabled\ninterpreter /bin/a\nflags: \noffset 0\nmagic 41\nmask ffff\n",
		"enabled\ninterpreter /bin/a\nflags: \nextension \n",
		"",
	};

	(void)state;
	put("status", "enabled\n");
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		put("entry", entries[i]);
		if (strcmp(found("A", "x"), "none") != 0)
			fail_msg("entry %zu is taken", i);
	}
}

static void all_can_be_switched_off(void **state)
{
	(void)state;
	put("entry", "enabled\ninterpreter /bin/a\nflags: \noffset 0\nmagic 41\n");
	put("status", "enabled\n");
	assert_string_equal(found("A", "x"), "/bin/a");
	put("status", "disabled\n");
	assert_string_equal(found("A", "x"), "none");
}

static void where_nothing_is_mounted_there_are_none(void **state)
{
	struct binfmt *binfmt = binfmt_read("/nonexistent");
	const char head[BINFMT_HEAD] = "A";

	(void)state;
	assert_non_null(binfmt);
	assert_null(binfmt_find(binfmt, head, "x"));
	binfmt_free(binfmt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_entry_fits_by_bytes_or_by_suffix, folder_make,
						folder_remove),
		cmocka_unit_test_setup_teardown(what_is_not_in_force_or_not_understood_is_left_out,
						folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(all_can_be_switched_off, folder_make,
						folder_remove),
		cmocka_unit_test(where_nothing_is_mounted_there_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
