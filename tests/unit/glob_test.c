/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rules/command.h"
#include "rules/glob.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct glob *compile_kind(struct arena *arena, enum glob_kind kind,
				       const char *pattern)
{
	struct glob *glob = NULL;
	const char *reason = "";

	if (glob_compile(arena, kind, pattern, &glob, &reason) < 0)
		fail_msg("%s: %s", pattern, reason);
	return glob;
}

static const struct glob *compile(struct arena *arena, const char *pattern)
{
	return compile_kind(arena, GLOB_PATH, pattern);
}

static const struct {
	const char *pattern, *text;
	bool want;
} meanings[] = {
	{ "/etc/hosts", "/etc/hosts", true },
	{ "/etc/hosts", "/etc/hosts2", false },
	{ "/etc/hosts", "/etc/host", false },
	{ "/etc/hosts", "/etc/hosts/x", false },
	{ "/srv/data/", "/srv/data", true },
	{ "/srv/data/", "/srv/data/a/b", true },
	{ "/srv/data/", "/srv/data2", false },
	{ "/srv/data/", "/srv", false },
	{ "/", "/", true },
	{ "/", "/etc", true },
	{ "\\/", "/", true },
	{ "\\/", "/etc", false },
	{ "/a/*.c", "/a/x.c", true },
	{ "/a/*.c", "/a/.c", true },
	{ "/a/*.c", "/a/b/x.c", false },
	{ "/a/*.c", "/a/x.cc", false },
	{ "/a/*", "/a/", true },
	{ "/a/?", "/a/b", true },
	{ "/a/?", "/a/", false },
	{ "/a?b", "/a/b", false },
	{ "/[a-c]x", "/bx", true },
	{ "/[a-c]x", "/dx", false },
	{ "/[!a-c]x", "/dx", true },
	{ "/[!a-c]x", "/ax", false },
	{ "/a[!b]c", "/a/c", false },
	{ "/[]]", "/]", true },
	{ "/[a\\]]", "/]", true },
	{ "/[a-]", "/-", true },
	{ "/\\*", "/*", true },
	{ "/\\*", "/a", false },
	{ "/**/.env", "/.env", true },
	{ "/**/.env", "/a/b/.env", true },
	{ "/**/.env", "/a/b.env", false },
	{ "/**/.env", "/a/.env/b", false },
	{ "/**/.git/hooks/**", "/a/.git/hooks/x/y", true },
	{ "/**/.git/hooks/**", "/a/.git/hooks", false },
	{ "/**/.git/hooks/", "/a/.git/hooks", true },
	{ "/**/.git/hooks/", "/a/.git/.git/hooks/x", true },
	{ "/srv/**/public/", "/srv/public", true },
	{ "/srv/**/public/", "/srv/a/b/public/c", true },
	{ "/srv/**/public/", "/srv/republic", false },
	{ "/srv/**", "/srv/a/b", true },
	{ "/srv/**", "/srv", false },
	{ "/srv/**/", "/srv/a", true },
	{ "/srv/**/", "/srv/a/b", true },
	{ "/srv/**/", "/srvx", false },
	{ "/a**b", "/a/x/b", true },
	{ "/a**b", "/ab", true },
	{ "/a**b", "/a/x/c", false },
	{ "/**/a/**/b", "/a/a/b", true },
	{ "/**/a/**/b", "/x/a/y/z/b", true },
	{ "/**/a/**/b", "/x/b/a", false },
	{ "/**/**/x", "/x", true },
	{ "/**/*key*.pem", "/a/my-key-1.pem", true },
	{ "/**/*key*.pem", "/key/my.pem", false },
	{ "@**", "@/tmp/x", true },
	{ "@x", "@x", true },
	{ "@x", "@xy", false },
};

static void a_pattern_matches_what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(meanings); i++) {
		struct arena arena = { 0 };
		const struct glob *glob = compile(&arena, meanings[i].pattern);

		if (glob_matches(glob, meanings[i].text, strlen(meanings[i].text)) !=
		    meanings[i].want)
			fail_msg("%s on %s: want %d", meanings[i].pattern, meanings[i].text,
				 meanings[i].want);
		arena_release(&arena);
	}
}

/* The language once more, as it is explained to people: slow, and with another method. */
static bool means(const char *pattern, size_t at, const char *text)
{
	const char *rest = pattern + at;
	bool starts_name = at > 0 && pattern[at - 1] == '/';

	if (!rest[0])
		return !text[0];
	if (strcmp(rest, "/") == 0)
		return !text[0] || text[0] == '/';
	if (strncmp(rest, "**/", 3) == 0 && starts_name && rest[3]) {
		for (const char *name = text; name; name = strchr(name, '/')) {
			name += name != text;
			if (means(pattern, at + 3, name))
				return true;
			if (name == text && text[0] == '/')
				return false;
		}
		return false;
	}
	if (strncmp(rest, "**", 2) == 0) {
		size_t taken = strcmp(rest, "**/") == 0 ? 3 : 2;

		for (;; text++) {
			if (means(pattern, at + taken, text))
				return true;
			if (!text[0])
				return false;
		}
	}
	if (rest[0] == '*') {
		for (;; text++) {
			if (means(pattern, at + 1, text))
				return true;
			if (!text[0] || text[0] == '/')
				return false;
		}
	}
	if (!text[0] || (rest[0] == '?' ? text[0] == '/' : rest[0] != text[0]))
		return false;
	return means(pattern, at + 1, text + 1);
}

#define PARTS_MAX 6
#define TEXT_MAX 7

/* Word number @n over @parts, in @out. Return: whether it has at most @max parts. */
static bool nth_word(size_t n, const char *const *parts, size_t part_count, size_t max, char *out)
{
	size_t used = 0;

	for (out[0] = '\0'; n > 0; n = (n - 1) / part_count) {
		const char *part = parts[(n - 1) % part_count];

		if (used++ == max)
			return false;
		memcpy(out, part, strlen(part) + 1);
		out += strlen(part);
	}
	return true;
}

/* Absolute paths without empty names. */
static bool is_path(const char *text)
{
	size_t len = strlen(text);

	return text[0] == '/' && len > 1 && text[len - 1] != '/' && !strstr(text, "//");
}

static size_t make_paths(char paths[][TEXT_MAX + 1], size_t max)
{
	static const char *const letters[] = { "a", "b", "/" };
	char text[TEXT_MAX + 1];
	size_t count = 0;

	for (size_t n = 1; nth_word(n, letters, COUNT_OF(letters), TEXT_MAX - 1, text); n++)
		if (is_path(text) && count < max)
			memcpy(paths[count++], text, sizeof(text));
	return count;
}

static char paths[1024][TEXT_MAX + 1];

static void the_matcher_agrees_with_the_plain_meaning_on_all_short_patterns(void **state)
{
	static const char *const parts[] = { "a", "b", "/", "*", "**", "?" };
	size_t path_count = make_paths(paths, COUNT_OF(paths));
	size_t checked = 0;
	char word[2 * PARTS_MAX + 1];

	(void)state;
	for (size_t n = 1; nth_word(n, parts, COUNT_OF(parts), PARTS_MAX, word); n++) {
		struct arena arena = { 0 };
		const struct glob *glob;

		if (word[0] != '/' || strstr(word, "//") || strstr(word, "***"))
			continue;
		glob = compile(&arena, word);
		for (size_t i = 0; i < path_count; i++, checked++)
			if (glob_matches(glob, paths[i], strlen(paths[i])) !=
			    means(word, 0, paths[i]))
				fail_msg("%s on %s", word, paths[i]);
		arena_release(&arena);
	}
	assert_true(path_count > 100);
	assert_true(checked > 100000);
}

static bool below(const struct glob *glob, const char *path, const char *name)
{
	char text[2 * TEXT_MAX + 4];

	(void)snprintf(text, sizeof(text), "%.8s/%.8s", path, name);
	return glob_matches(glob, text, strlen(text));
}

/* Whether all names that could tell the two directories apart are judged alike. */
static bool alike(const struct glob *glob, const char *a, const char *b, size_t path_count)
{
	for (size_t i = 0; i < path_count; i++)
		if (below(glob, a, paths[i] + 1) != below(glob, b, paths[i] + 1))
			return false;
	return true;
}

static void states_say_what_can_match_below_a_directory(void **state)
{
	static const char *const patterns[] = {
		"/a/",	    "/a/b",	"/a/*/b", "/**/b",    "/**/b/",	 "/**/a/b/**",
		"/a/**/b/", "/*a",	"/a?/b",  "/**/ab",   "/**/b*a", "/b/**/a/*",
		"/**",	    "/a/b/a/b", "/",	  "/**/a/a/", "\\/",	 "/a/**",
	};
	size_t path_count = make_paths(paths, 200);
	size_t equal = 0, different = 0, empty = 0, full = 0;

	(void)state;
	for (size_t p = 0; p < COUNT_OF(patterns); p++) {
		struct arena arena = { 0 };
		const struct glob *glob = compile(&arena, patterns[p]);

		for (size_t i = 0; i < 40; i++) {
			struct glob_states at, other;
			bool any = glob_matches(glob, paths[i], strlen(paths[i]));
			bool every = true;

			glob_states_below(glob, paths[i], &at);
			for (size_t n = 0; n < path_count; n++) {
				any = any || below(glob, paths[i], paths[n] + 1);
				every = every && below(glob, paths[i], paths[n] + 1);
			}
			/* Whatever matches, the states knew of; what they exclude never does. */
			if (any)
				assert_true(glob_touches(glob, paths[i]));
			if (glob_states_empty(glob, &at) &&
			    !glob_matches(glob, paths[i], strlen(paths[i])))
				assert_false(any);
			assert_int_equal(glob_states_full(glob, &at), every);
			empty += glob_states_empty(glob, &at);
			full += glob_states_full(glob, &at);
			for (size_t j = 0; j < 40; j++) {
				glob_states_below(glob, paths[j], &other);
				if (glob_states_equal(glob, &at, &other)) {
					equal++;
					assert_true(alike(glob, paths[i], paths[j], path_count));
				} else {
					different++;
				}
			}
		}
		arena_release(&arena);
	}
	assert_true(equal > 0 && different > 0 && empty > 0 && full > 0);
}

static void a_wrong_pattern_says_why(void **state)
{
	static const struct {
		const char *pattern, *want;
	} rows[] = {
		{ "", "it is empty" },
		{ "/[a", "a '[' is not closed" },
		{ "/[", "a '[' is not closed" },
		{ "/[z-a]", "a range in brackets is the wrong way round" },
		{ "/[\xc3\xa4]", "a set in brackets can hold ASCII characters only" },
		{ "/a\\", "a '\\' stands at the end" },
		{ "/a\\/b", "a '\\' stands before a slash" },
		{ "/a[/]b", "a set in brackets matches no slash" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct arena arena = { 0 };
		struct glob *glob = NULL;
		const char *reason = NULL;

		assert_int_equal(glob_compile(&arena, GLOB_PATH, rows[i].pattern, &glob, &reason),
				 -EINVAL);
		assert_string_equal(reason, rows[i].want);
		assert_null(glob);
		arena_release(&arena);
	}
}

static void a_pattern_has_a_longest(void **state)
{
	char pattern[GLOB_PATTERN_MAX + 1];
	struct arena arena = { 0 };
	struct glob *glob = NULL;
	struct glob_states states;
	const char *reason;

	(void)state;
	memset(pattern, '*', sizeof(pattern));
	for (size_t i = 0; i < sizeof(pattern); i += 2)
		pattern[i] = '/';
	pattern[GLOB_PATTERN_MAX - 2] = '\0';
	assert_int_equal(glob_compile(&arena, GLOB_PATH, pattern, &glob, &reason), 0);
	assert_false(glob_matches(glob, "/a/b", 4));
	assert_true(glob_touches(glob, "/a/b"));
	glob_states_below(glob, "/a/b", &states);
	assert_false(glob_states_empty(glob, &states));
	pattern[GLOB_PATTERN_MAX - 2] = '*';
	pattern[GLOB_PATTERN_MAX - 1] = '\0';
	assert_int_equal(glob_compile(&arena, GLOB_PATH, pattern, &glob, &reason), -EINVAL);
	arena_release(&arena);
}

/* Many stars and a text that nearly matches: the matcher must not try all ways. */
static void stars_do_not_multiply(void **state)
{
	struct arena arena = { 0 };
	const struct glob *glob = compile(&arena, "/**/a*a*a*a*a*a*a*a*a/**/a*a*a*a*a*a*a*b");
	char text[4096];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(text); i += 64)
		text[i] = '/';
	assert_false(glob_matches(glob, text, sizeof(text)));
	text[sizeof(text) - 1] = 'b';
	assert_true(glob_matches(glob, text, sizeof(text)));
	arena_release(&arena);
}

static void arguments_are_one_text_with_blanks(void **state)
{
	static const struct {
		const char *pattern;
		const char *words[6];
		enum matched want;
	} rows[] = {
		{ "push *", { "git", "push", "origin" }, MATCHED_YES },
		{ "push *", { "git", "push" }, MATCHED_NO },
		{ "push", { "git", "push" }, MATCHED_YES },
		{ "push*", { "git", "push", "a", "b/c" }, MATCHED_YES },
		{ "push *", { "push", "pull", "origin" }, MATCHED_NO },
		{ "* --force*", { "git", "push", "origin", "--force" }, MATCHED_YES },
		{ "* --force*", { "git", "push", "origin" }, MATCHED_NO },
		{ "-c ?m /", { "sh", "-c", "rm /" }, MATCHED_YES },
		{ "-c ?m /", { "sh", "-c", "rmm /" }, MATCHED_NO },
		{ "[ab] c", { "x", "b", "c" }, MATCHED_YES },
		{ "[ab] c", { "x", "c", "c" }, MATCHED_NO },
		{ "*", { "git" }, MATCHED_YES },
		{ "*", { "git", "a" }, MATCHED_YES },
		{ "?", { "git" }, MATCHED_NO },
		{ "a  b", { "x", "a", "", "b" }, MATCHED_YES },
		{ "**b", { "x", "a", "/", "b" }, MATCHED_YES },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct arena arena = { 0 };
		const struct glob *glob = compile_kind(&arena, GLOB_TEXT, rows[i].pattern);
		size_t argc = 0;

		while (argc < 6 && rows[i].words[argc])
			argc++;
		if (command_matches(glob, rows[i].words, argc) != rows[i].want)
			fail_msg("row %zu: %s", i, rows[i].pattern);
		arena_release(&arena);
	}
}

static void a_text_has_no_names(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool want;
	} rows[] = {
		{ "*", "a/b", true },	       { "a?b", "a/b", true },
		{ "a[!x]b", "a/b", true },     { "a?b", "ab", false },
		{ "a??b", "a/b", false },      { "*/v?/admin", "x/v1/admin", true },
		{ "*?admin", "/admin", true }, { "a/", "a/b", false },
		{ "a**/b", "a/x/b", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct arena arena = { 0 };
		const struct glob *glob = compile_kind(&arena, GLOB_TEXT, rows[i].pattern);

		if (glob_matches(glob, rows[i].text, strlen(rows[i].text)) != rows[i].want)
			fail_msg("%s on %s: want %d", rows[i].pattern, rows[i].text, rows[i].want);
		arena_release(&arena);
	}
}

static void arguments_that_take_too_long_are_not_decided(void **state)
{
	static char word[8192];
	const char *argv[] = { "x", word };
	struct arena arena = { 0 };
	const struct glob *glob = compile_kind(&arena, GLOB_TEXT,
					       "*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					       "b*");

	(void)state;
	memset(word, 'a', sizeof(word) - 1);
	assert_int_equal(command_matches(glob, argv, 2), MATCHED_UNDECIDED);
	word[600] = 'b';
	assert_int_equal(command_matches(glob, argv, 2), MATCHED_YES);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_matches_what_it_says),
		cmocka_unit_test(the_matcher_agrees_with_the_plain_meaning_on_all_short_patterns),
		cmocka_unit_test(states_say_what_can_match_below_a_directory),
		cmocka_unit_test(a_wrong_pattern_says_why),
		cmocka_unit_test(a_pattern_has_a_longest),
		cmocka_unit_test(stars_do_not_multiply),
		cmocka_unit_test(arguments_are_one_text_with_blanks),
		cmocka_unit_test(a_text_has_no_names),
		cmocka_unit_test(arguments_that_take_too_long_are_not_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
