/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rules/expand.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The alternatives, joined by blanks. */
static void join(const struct expansion *alternatives, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (; alternatives; alternatives = alternatives->next)
		used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "",
					 alternatives->text);
}

static void braces_stand_for_each_of_their_items(void **state)
{
	static const struct {
		const char *pattern, *want, *fault;
	} rows[] = {
		{ "a", "a", NULL },
		{ "{a,b}", "a b", NULL },
		{ "x{a,b}y", "xay xby", NULL },
		{ "{a,b}{c,d}", "ac ad bc bd", NULL },
		{ "{a,{b,c}d}e", "ae bde cde", NULL },
		{ "a{,-x}", "a a-x", NULL },
		{ "{a}", "a", NULL },
		{ "\\{a,b\\}", "\\{a,b\\}", NULL },
		{ "[{]a", "[{]a", NULL },
		{ "a,b", "a,b", NULL },
		{ "{a,b", NULL, "a '{' is not closed; hint: write '\\{' for the character" },
		{ "a}", NULL, "a '}' closes nothing; hint: write '\\}' for the character" },
		{ "{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}{0,1}", NULL,
		  "its braces stand for more than 1000 patterns" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct expansion *alternatives = NULL;
		struct expand_fault fault = { "" };
		struct arena arena = { 0 };
		char text[256];
		int r = expand_braces(&arena, rows[i].pattern, &alternatives, &fault);

		assert_int_equal(r, rows[i].want ? 0 : -EINVAL);
		join(alternatives, text, sizeof(text));
		assert_string_equal(rows[i].want ? text : fault.text,
				    rows[i].want ? rows[i].want : rows[i].fault);
		arena_release(&arena);
	}
}

static const struct variable data = { .name = "DATA", .value = "/srv/[x]*" };
static const struct variable home = { .next = &data, .name = "HOME", .value = "/home/m{e" };
static const struct variable variables = {
	.next = &home,
	.name = "WORKSPACE",
	.value = "/home/me/w*s",
};

static void a_value_counts_literally_in_a_pattern(void **state)
{
	struct expand_fault fault;
	struct arena arena = { 0 };
	const char *text = NULL;

	(void)state;
	assert_int_equal(expand_variables(&arena, &variables, "${DATA}/*", true, &text, &fault), 0);
	assert_string_equal(text, "/srv/\\[x\\]\\*/*");
	assert_int_equal(expand_variables(&arena, &variables, "${DATA}/*", false, &text, &fault),
			 0);
	assert_string_equal(text, "/srv/[x]*/*");
	assert_int_equal(
		expand_variables(&arena, &variables, "$DATA \\${DATA} $", false, &text, &fault), 0);
	assert_string_equal(text, "$DATA \\${DATA} $");
	assert_int_equal(expand_variables(&arena, &variables, "${DATE}", false, &text, &fault),
			 -EINVAL);
	assert_string_equal(fault.text, "unknown variable 'DATE'; hint: did you mean 'DATA'?");
	assert_int_equal(expand_variables(&arena, &variables, "${DATA", false, &text, &fault),
			 -EINVAL);
	assert_string_equal(fault.text, "a '${' is not closed");
	arena_release(&arena);
}

static void a_path_is_made_absolute(void **state)
{
	static const struct {
		const char *pattern, *want, *file;
	} rows[] = {
		{ "/etc/hosts", "/etc/hosts", "/etc/hosts" },
		{ "/etc//x/./y", "/etc/x/y", "/etc/x/y" },
		{ "/srv/", "/srv/", "/srv" },
		{ "/srv/.", "/srv", "/srv" },
		{ "/", "/", "/" },
		{ "/.", "\\/", "/" },
		{ "~", "/home/m\\{e", "/home/m{e" },
		{ "~/", "/home/m\\{e/", "/home/m{e" },
		{ "~/x*", "/home/m\\{e/x*", "/home/m{e/x*" },
		{ "notes/", "/home/me/w\\*s/notes/", "/home/me/w*s/notes" },
		{ "./~", "/home/me/w\\*s/~", "/home/me/w*s/~" },
		{ "*.c", "/home/me/w\\*s/*.c", "/home/me/w*s/*.c" },
		{ "**/.env", "/**/.env", "/**/.env" },
		{ "@bus", "@bus", "@bus" },
		{ "~root/x", NULL, NULL },
		{ "/a/../b", NULL, NULL },
		{ "..", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct expand_fault fault;
		struct arena arena = { 0 };
		const char *text = NULL;
		int want = rows[i].want ? 0 : -EINVAL;

		assert_int_equal(expand_path(&arena, &variables, rows[i].pattern, &text, &fault),
				 want);
		if (rows[i].want)
			assert_string_equal(text, rows[i].want);
		assert_int_equal(expand_file(&arena, &variables, rows[i].pattern, &text, &fault),
				 want);
		if (rows[i].file && strncmp(rows[i].pattern, "**", 2) != 0)
			assert_string_equal(text, rows[i].file);
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(braces_stand_for_each_of_their_items),
		cmocka_unit_test(a_value_counts_literally_in_a_pattern),
		cmocka_unit_test(a_path_is_made_absolute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
