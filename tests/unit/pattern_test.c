/* SPDX-License-Identifier: MIT */
/* link: -Wl,--wrap=pcre2_jit_compile_8 -Wl,--wrap=clock_gettime */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "rules/pattern.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define NO MATCHED_NO
#define YES MATCHED_YES
#define MAYBE MATCHED_UNDECIDED

int __real_pcre2_jit_compile_8(void *code, uint32_t options);
int __wrap_pcre2_jit_compile_8(void *code, uint32_t options);

/* As on a machine that PCRE2 has no compiler for, or one that lets no program write code. */
static bool has_no_compiler;

int __wrap_pcre2_jit_compile_8(void *code, uint32_t options)
{
	return has_no_compiler ? -45 /* PCRE2_ERROR_JIT_BADOPTION */
			       : __real_pcre2_jit_compile_8(code, options);
}

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

/* As on a machine that is fast enough: under valgrind, and beside other work, none is. */
static bool has_frozen_time;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	if (!has_frozen_time)
		return __real_clock_gettime(clock, now);
	*now = (struct timespec){ 0 };
	return 0;
}

static const struct pattern *compile(struct arena *arena, const char *text, bool caseless)
{
	struct pattern_fault fault = { 0 };
	const struct pattern *pattern = NULL;

	if (pattern_compile(arena, text, caseless, &pattern, &fault) < 0)
		fail_msg("%s: at %zu: %s", text, fault.offset, fault.text);
	return pattern;
}

static const struct {
	const char *pattern;
	bool caseless;
	struct text text;
	enum matched want;
} rows[] = {
#define ROW(pattern, caseless, text, want)                                                         \
	{                                                                                          \
		pattern, caseless, { text, sizeof(text) - 1 }, want                                \
	}
	ROW("b", false, "abc", YES),
	ROW("^b", false, "abc", NO),
	ROW("a|b", false, "xb", YES),
	ROW("a|b", false, "x", NO),
	ROW("DROP", false, "drop table", NO),
	ROW("DROP", true, "drop table", YES),
	ROW("(?-i)DROP", true, "drop table", NO),
	ROW("(?-i)DROP", true, "DROP table", YES),
	ROW("(?-i)q|DROP", true, "drop table", NO), /* it holds for all alternatives */
	ROW("(?i)drop", false, "DROP", YES),
	ROW("DROP|TRUNCATE|DELETE FROM .* WHERE 1=1", true, "delete from t where 1=1", YES),
	ROW("a.b", false, "a\0b", YES),
	ROW("a.b", false,
	    "a\xff"
	    "b",
	    YES),
	ROW("a.b", false, "a\nb", NO),
	ROW("(?s)a.b", false, "a\nb", YES),
	ROW("\\xff", false, "\xff", YES),
	ROW("a$", false, "a\n", YES),
	ROW("(?<=a)b", false, "ab", YES),
	ROW("(a)\\1", false, "aa", YES),
	ROW("(((((((((((a)))))))))))", false, "a", YES), /* more groups than there is room for */
	ROW("", false, "", YES),
	ROW("a(?C1)b", false, "ab", YES),
	ROW("a(*FAIL)|b", false, "ab", YES),
	/* bytes, until one speaks of characters */
	ROW("^..$", false, "\xc3\xa9", YES),
	ROW("^\\w$", false, "\xe9", NO),
	ROW("\xc3\xa9", false, "caf\xc3\xa9", YES),
	ROW("\xc3\xa9", false, "CAF\xc3\x89", NO),
	ROW("\xc3\xa9", true, "CAF\xc3\x89", YES),
	ROW("^[\xc3\xa9]$", false, "\xc3\xa9", YES),
	ROW("^\\p{Lu}$", false, "\xc3\x89", YES),
	ROW("^\\x{e9}$", false, "\xc3\xa9", YES),
	ROW("^\\N{U+e9}$", false, "\xc3\xa9", YES),
	ROW("^\\X$", false, "e\xcc\x81", YES),
	ROW("\\\\p", false, "\\p\xff", YES), /* not a property */
	ROW("\xc3\xa9", false, "caf\xc3\xa9 \xff", MAYBE),
	ROW("\xc3\xa9", false, "\xff", MAYBE),
};

static void check_rows(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct arena arena = { 0 };
		const struct pattern *pattern = compile(&arena, rows[i].pattern, rows[i].caseless);
		enum matched matched = pattern_matches(pattern, rows[i].text);

		if (matched != rows[i].want)
			fail_msg("%s on %s: is %d, want %d", rows[i].pattern, rows[i].text.bytes,
				 matched, rows[i].want);
		arena_release(&arena);
	}
}

static void a_pattern_is_searched(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	check_rows();
	assert_int_equal(pattern_matches(compile(&arena, "^$", false), (struct text){ 0 }), YES);
	has_no_compiler = true;
	check_rows();
	has_no_compiler = false;
	arena_release(&arena);
}

static void a_wrong_pattern_is_told(void **state)
{
	static const struct {
		const char *pattern;
		size_t offset;
		const char *want;
	} wrong[] = {
		{ "a(", 2, "missing closing parenthesis" },
		{ "a)b", 1, "unmatched closing parenthesis" },
		{ "*a", 0, "quantifier does not follow a repeatable item" },
		{ "a\\", 2, "\\ at end of pattern" },
		{ "[a", 2, "missing terminating ] for character class" },
		{ "(*UTF)a", 5, "(*VERB) not recognized or malformed" },
		{ "(*NO_JIT)a", 8, "(*VERB) not recognized or malformed" },
		{ "(*LIMIT_MATCH=1)a", 13, "(*VERB) not recognized or malformed" },
		{ "a\\C", 3, "using \\C is disabled by the application" },
		{ "((a{1,999}){1,999}){1,999}", 26, "regular expression is too large" },
	};
	char text[PATTERN_SIZE_MAX + 2];
	struct pattern_fault fault;
	const struct pattern *pattern = NULL;
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_int_equal(pattern_compile(&arena, wrong[i].pattern, false, &pattern, &fault),
				 -EINVAL);
		if (strcmp(fault.text, wrong[i].want) != 0 || fault.offset != wrong[i].offset)
			fail_msg("%s: at %zu: %s", wrong[i].pattern, fault.offset, fault.text);
	}
	memset(text, 'a', sizeof(text));
	text[PATTERN_SIZE_MAX + 1] = '\0';
	assert_int_equal(pattern_compile(&arena, text, false, &pattern, &fault), -EINVAL);
	assert_string_equal(fault.text, "it is longer than 4096 bytes");
	assert_null(pattern);
	text[PATTERN_SIZE_MAX] = '\0';
	assert_int_equal(pattern_compile(&arena, text, false, &pattern, &fault), 0);
	arena_release(&arena);
}

/*
 * Patterns that take long.
 */

#define BIG ((size_t)1 << 20)
#define LIMIT_MS 60000 /* far above what is promised: what is unbounded would take years */

static char *big_text(char fill, size_t size)
{
	char *text = malloc(size);

	assert_non_null(text);
	memset(text, fill, size);
	memcpy(text + size - 3, " @!", 3);
	return text;
}

static long long cpu_ms(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static const struct {
	const char *pattern;
	char fill;
	size_t size;
} slow[] = {
	{ "(a+)+$", 'a', 40 },		    /* exponential, from one byte */
	{ "(a|aa)+$", 'a', 100 },	    /* the same */
	{ "(a|a)*b?$", 'a', 1000 },	    /* the same */
	{ "^(([a-z])+.)+[A-Z]", 'a', BIG }, /* the same, anchored */
	{ "(\\w+\\s?)+:!", 'a', 10000 },    /* the same, from each byte */
	{ "[a-z]+@", 'a', BIG },       /* quadratic: few steps from each byte, and many bytes */
	{ ".*.*.*[=#]", 'a', BIG },    /* the same */
	{ "^(?:a|b)*[xy]", 'a', BIG }, /* deep */
};

static void check_slow(void)
{
	for (size_t i = 0; i < COUNT_OF(slow); i++) {
		char *text = big_text(slow[i].fill, slow[i].size);
		struct arena arena = { 0 };
		const struct pattern *pattern = compile(&arena, slow[i].pattern, false);
		long long start = cpu_ms();
		enum matched matched = pattern_matches(pattern,
						       (struct text){ text, slow[i].size });
		long long took = cpu_ms() - start;

		if (matched != MAYBE || took > LIMIT_MS)
			fail_msg("%s: is %d after %lld ms", slow[i].pattern, matched, took);
		arena_release(&arena);
		free(text);
	}
}

static void a_pattern_that_takes_long_is_undecided(void **state)
{
	(void)state;
	check_slow();
	has_no_compiler = true;
	check_slow();
	has_no_compiler = false;
}

#define LARGE (BIG / 8) /* valgrind is slow */

/* The control: large texts, and patterns as people write them. */
static void a_large_text_is_searched_to_its_end(void **state)
{
	static const char *const patterns[] = {
		"\\b[0-9]{3}-[0-9]{2}-[0-9]{4}!",
		"DROP|TRUNCATE|x!",
		"(?i)password|secret!|x!",
		"(?:x|y)!",
		"AKIA[0-9A-Z]{16}|x!",
	};
	char *text = big_text('x', LARGE);

	(void)state;
	has_frozen_time = true;
	for (size_t i = 0; i < LARGE - 20; i += 13)
		memcpy(text + i, "123-45-67 x, ", 13);
	memcpy(text + LARGE - 20, " 123-45-6789! x!    ", 20);
	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		struct arena arena = { 0 };
		const struct pattern *pattern = compile(&arena, patterns[i], false);

		if (pattern_matches(pattern, (struct text){ text, LARGE }) != YES)
			fail_msg("%s", patterns[i]);
		assert_int_equal(pattern_matches(pattern, (struct text){ text, LARGE - 20 }), NO);
		arena_release(&arena);
	}
	has_frozen_time = false;
	free(text);
}

static void *search(void *data)
{
	static const struct text yes = { "xxabbbc", 7 };
	static const struct text no = { "xxabbbd", 7 };
	size_t wrong = 0;

	for (int i = 0; i < 2000; i++) {
		wrong += pattern_matches(data, yes) != YES;
		wrong += pattern_matches(data, no) != NO;
	}
	return (void *)wrong;
}

static void threads_share_a_pattern(void **state)
{
	struct arena arena = { 0 };
	const struct pattern *pattern = compile(&arena, "a(b+)c", false);
	pthread_t threads[8];
	void *wrong;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, search, (void *)(uintptr_t)pattern), 0);
	for (size_t i = 0; i < COUNT_OF(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	arena_release(&arena);
}

static char order[4];

static void note(void *data)
{
	order[strlen(order)] = *(const char *)data;
}

static void an_arena_releases_what_is_deferred_the_last_one_first(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	assert_int_equal(arena_defer(&arena, note, arena_copy(&arena, "1", 1)), 0);
	assert_int_equal(arena_defer(&arena, note, arena_copy(&arena, "2", 1)), 0);
	assert_string_equal(order, "");
	arena_release(&arena);
	assert_string_equal(order, "21");
	arena_release(&arena);
	assert_string_equal(order, "21");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_is_searched),
		cmocka_unit_test(a_wrong_pattern_is_told),
		cmocka_unit_test(a_pattern_that_takes_long_is_undecided),
		cmocka_unit_test(a_large_text_is_searched_to_its_end),
		cmocka_unit_test(threads_share_a_pattern),
		cmocka_unit_test(an_arena_releases_what_is_deferred_the_last_one_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
