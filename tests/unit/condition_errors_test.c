/* SPDX-License-Identifier: MIT */
/* link: -Wl,--wrap=calloc */
/*
 * Conditions that do not load: what is said, and of which byte.
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

#include "rules/condition.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(action) ACTION_BIT(ACTION_##action)

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

static int until_failure = -1; /* -1: none fails */

void *__wrap_calloc(size_t count, size_t size)
{
	if (until_failure >= 0 && until_failure-- == 0)
		return NULL;
	return __real_calloc(count, size);
}

static const struct variable home = { .name = "HOME", .value = "/home/me" };
static const struct variable workspace = { .next = &home, .name = "WORKSPACE", .value = "/w" };

static int compile(struct arena *arena, const char *text, unsigned on, unsigned *out_actions,
		   struct condition_fault *fault)
{
	const struct condition_scope scope = {
		.variables = &workspace,
		.actions = on ? on : ACTION_ALL,
		.actions_are_named = on != 0,
	};
	const struct condition *condition = NULL;
	int r = condition_compile(arena, text, &scope, &condition, out_actions, fault);

	assert_true((r == 0) == (condition != NULL));
	return r;
}

struct row {
	const char *text;
	size_t offset;
	const char *want;
};

/* Once without `on`, and once for @on. */
static void check_row(const struct row *row, unsigned on)
{
	struct condition_fault fault = { 0 };
	struct arena arena = { 0 };
	unsigned actions = 77;
	int r = compile(&arena, row->text, on, &actions, &fault);

	arena_release(&arena);
	if (r != -EINVAL)
		fail_msg("%s: %d", row->text, r);
	if (strcmp(fault.text, row->want) != 0 || fault.offset != row->offset)
		fail_msg("%s: at %zu: %s", row->text, fault.offset, fault.text);
	assert_int_equal(actions, 77);
}

static const struct row forms[] = {
	{ "", 0, "the condition is empty" },
	{ " \t\n", 0, "the condition is empty" },
	{ "port == ", 8, "a field or a value is needed at the end" },
	{ "not", 3, "a field or a value is needed at the end" },
	{ "uid == 1 and", 12, "a field or a value is needed at the end" },
	{ "and uid == 1", 0, "a field or a value is needed here, not 'and'" },
	{ "uid == 1 or or uid == 2", 12, "a field or a value is needed here, not 'or'" },
	{ "uid == )", 7, "a field or a value is needed here, not ')'" },
	{ "uid == (1)", 7, "a field or a value is needed here, not '('" },
	{ "(uid == 1", 0, "a '(' is not closed" },
	{ "uid == 1)", 8, "a ')' closes nothing" },
	{ "()", 1, "a field or a value is needed here, not ')'" },
	{ "(uid == 1) == true", 11, "parentheses hold conditions, which are not compared" },
	{ "(uid == 1 uid == 2)", 10, "'and' or 'or' is needed before 'uid'" },
	{ "uid == 1 uid == 2", 9, "'and' or 'or' is needed before 'uid'" },
	{ "uid == 1 'x'", 9, "'and' or 'or' is needed before ''x''" },
	{ "(uid == 1) not own", 11, "parentheses hold conditions, which are not compared" },
	{ "1 < uid < 5", 8, "one comparison follows another; hint: join them with 'and'" },
	{ "uid == 1 AND own", 9, "unknown operator 'AND'; hint: did you mean 'and'?" },
	{ "path beginswith '/x'", 5, "unknown operator 'beginswith'" },
	{ "path startwith '/x'", 5,
	  "unknown operator 'startwith'; hint: did you mean 'startswith'?" },
	{ "path match '/x'", 5, "unknown operator 'match'; hint: did you mean 'matches'?" },
	{ "path '/x'", 5, "an operator is needed here" },
	{ "uid = 1", 4, "'=' is no operator; hint: write '=='" },
	{ "uid === 1", 4, "'===' is no operator; hint: write '=='" },
	{ "uid <> 1", 4, "'<>' is no operator; hint: write '!='" },
	{ "uid => 1", 4, "'=>' is no operator; hint: write '>='" },
	{ "uid == 1 && own", 9, "'&&' is no operator; hint: write 'and'" },
	{ "uid == 1 || own", 9, "'||' is no operator; hint: write 'or'" },
	{ "!own", 0, "'!' is no operator; hint: write 'not'" },
	{ "path =~ 'x'", 5, "'=~' is no operator; hint: write 'matches'" },
	{ "uid == -1", 7, "'-' is no operator; hint: there are no negative numbers" },
	{ "uid == 1;", 8, "';' has no meaning here" },
	{ "uid == \x01", 7, "a control character stands here" },
	{ "\xc3\xa9 == 'a'", 0, "letters beyond ASCII stand in quoted texts only" },
	{ "uid not == 1", 8,
	  "'in' is needed behind 'not' here; hint: of other comparisons, 'not' stands in front" },
	{ "path == 'x", 8, "a quoted text is not closed" },
	{ "path == 'x\\'", 8, "a quoted text is not closed" },
	{ "name matches '\\d'", 14, "unknown escape '\\d'; hint: write '\\\\d'" },
	{ "name == '\\\x01'", 9, "unknown escape; hint: write '\\\\' for a backslash" },
	{ "name == '${HOM}'", 9, "unknown variable 'HOM'; hint: did you mean 'HOME'?" },
	{ "name == '${HOME'", 9, "a '${' is not closed; hint: write '\\$' for the character" },
	{ "uid == 1x", 7,
	  "'1x' has no unit of ours; hint: s m h d for durations, B KB MB GB TB KiB MiB GiB TiB "
	  "for sizes" },
	{ "uid == 1.5", 7, "'1.5': numbers have no fraction" },
	{ "uid == 9223372036854775808", 7, "'9223372036854775808' is too large" },
	{ "bytes > 9000000TiB", 8, "'9000000TiB' is too large" },
	{ "name in []", 8, "an empty list holds nothing" },
	{ "name in ['a'", 8, "a list is not closed" },
	{ "name in ['a',", 13, "a list is not closed" },
	{ "name in ['a', ]", 14, "a list holds texts and numbers, and ']' is neither" },
	{ "name in ['a' 'b']", 13, "a ',' or a ']' is needed here" },
	{ "name in ['a', 5]", 14, "the values of a list are of one kind" },
	{ "bytes in [5, 5KB]", 13, "the values of a list are of one kind" },
	{ "name in [true]", 9, "a list holds texts and numbers, and 'true' is neither" },
	{ "name in [['a']]", 9, "a list holds texts and numbers, and '[' is neither" },
};

static const struct row types[] = {
	{ "potr == 5", 0, "unknown field 'potr'; hint: did you mean 'port'?" },
	{ "action.path == '/x'", 0, "unknown field 'action.path'; hint: texts stand in quotes" },
	{ "verb == DROP", 8, "unknown field 'DROP'; hint: texts stand in quotes" },
	{ "own == True", 7, "unknown field 'True'; hint: texts stand in quotes" },
	{ "port", 0, "'port' is neither true nor false; hint: compare it" },
	{ "uid == 1 and 'x'", 13, "'x' is neither true nor false; hint: compare it" },
	{ "port == 'a'", 8, "'port' is a number, and 'a' is a text" },
	{ "'a' == port", 0, "'port' is a number, and 'a' is a text" },
	{ "path == 5", 8, "'path' is a text, and '5' is a number" },
	{ "path == true", 8, "'path' is a text, and 'true' is true or false" },
	{ "own == 1", 7, "'own' is true or false, and '1' is a number" },
	{ "port == name", 8, "'port' is a number, and 'name' is a text" },
	{ "port == 10m", 8, "'port' is a number, and '10m' is a duration" },
	{ "port < 2KB", 7, "'port' is a number, and '2KB' is a size" },
	{ "bytes > 10s", 8, "'bytes' is a size, and '10s' is a duration" },
	{ "2GiB > 10m", 7, "'2GiB' is a size, and '10m' is a duration" },
	{ "bytes == port", 9, "'bytes' is a size, and 'port' is a number" },
	{ "path < 'a'", 0, "'<' needs numbers, and 'path' is a text" },
	{ "port < 'a'", 7, "'<' needs numbers, and 'a' is a text" },
	{ "own >= true", 0, "'>=' needs numbers, and 'own' is true or false" },
	{ "tables == 'a'", 0, "'tables' is a list; hint: ask what is 'in' it" },
	{ "name != ['a']", 8, "'['a']' is a list; hint: ask what is 'in' it" },
	{ "name in 'a'", 8, "'in' needs a list on the right, and 'a' is a text" },
	{ "name in dir", 8, "'in' needs a list on the right, and 'dir' is a text" },
	{ "own in ['a']", 0,
	  "'in' needs a text or a number on the left, and 'own' is true or false" },
	{ "argv in ['a']", 0, "'in' needs a text or a number on the left, and 'argv' is a list" },
	{ "port in ['a']", 8, "'port' is a number, and what is in the list is a text" },
	{ "5 in argv", 5, "'5' is a number, and what is in the list is a text" },
	{ "bytes in [5s]", 9, "'bytes' is a size, and what is in the list is a duration" },
	{ "port matches '5'", 0, "'matches' needs a text on the left, and 'port' is a number" },
	{ "path glob 5", 10, "'glob' needs a text on the right, and '5' is a number" },
	{ "path matches name", 13, "'matches' needs a text in quotes, and 'name' is a field" },
	{ "['a'] startswith 'a'", 0,
	  "a field is needed here; hint: a list of values stands behind 'in'" },
	{ "path contains ''", 14, "an empty text is part of every text" },
	{ "path matches ''", 13, "an empty text is part of every text" },
	{ "path matches 'a('", 13,
	  "'a(' is no pattern: missing closing parenthesis, at its byte 3" },
	{ "path matches '(*UTF)a'", 13,
	  "'(*UTF)a' is no pattern: (*VERB) not recognized or malformed, at its byte 6" },
	{ "name glob '[a'", 10, "'[a' is no pattern: a '[' is not closed" },
	{ "name glob '{a'", 10, "a '{' is not closed; hint: write '\\{' for the character" },
	{ "path glob '../x'", 10, "'..' is in no resolved path, so this would never match" },
	{ "path[0] == 'x'", 4, "'path' is no list, and has no items" },
	{ "argv['x'] == 'x'", 5, "a number from 0 is needed in these brackets" },
	{ "argv[1s] == 'x'", 5, "a number without a unit is needed in these brackets" },
	{ "argv[1 == 'x'", 7, "a ']' is needed here" },
	{ "argv[] == 'x'", 5, "a number from 0 is needed in these brackets" },
	{ "headers == 'x'", 0, "'headers' needs a name in brackets; hint: headers['host']" },
	{ "headers[0] == 'x'", 8, "a name in quotes is needed in these brackets" },
	{ "headers[''] == 'x'", 8, "the name is empty" },
	{ "path == path", 0, "both sides are the same field" },
	{ "headers['A'] != headers['a']", 0, "both sides are the same field" },
	/* values that a field never has */
	{ "action == 'raed_file'", 10,
	  "unknown action 'raed_file'; hint: did you mean 'read_file'?" },
	{ "action in ['connect', 'x']", 22, "unknown action 'x'" },
	{ "protocol == 'tpc'", 12, "unknown protocol 'tpc'; hint: did you mean 'tcp'?" },
	{ "ip == '10.0.0.0/8'", 6,
	  "'10.0.0.0/8' is no address; hint: the key 'ip' knows networks" },
	{ "ip != 'localhost'", 6, "'localhost' is no address" },
	{ "verb == 'drop'", 8, "'drop' has letters that it never has: verbs are in upper case" },
	{ "host endswith '.Example.com'", 14,
	  "'.Example.com' has letters that it never has: hosts are in lower case" },
	{ "ext in ['c', '.h']", 13, "'.h': 'ext' begins behind the dot" },
	{ "name == 'a/b'", 8, "'a/b': there is no slash in a 'name'" },
	{ "dir == '/tmp/'", 7, "'/tmp/': there is no slash at the end of a 'dir'" },
	{ "program == 'git'", 11,
	  "'git' is no whole path; hint: use 'glob' for a name or a pattern" },
	{ "path startswith '~/x'", 16,
	  "'~/x' is no whole path; hint: write ${HOME}, or use 'glob'" },
};

static const struct row truths[] = {
	{ "1 == 2", 0, "can never be true" },
	{ "false", 0, "can never be true" },
	{ "true", 0, "is always true; hint: leave it out" },
	{ "not 1 == 2", 0, "is always true; hint: leave it out" },
	{ "'abc' matches 'b'", 0, "is always true; hint: leave it out" },
	{ "uid == 5 or true", 0, "is always true; hint: leave it out" },
	{ "uid == 5 or uid != 5", 0, "is always true; hint: leave it out" },
	{ "own or not own", 0, "is always true; hint: leave it out" },
	{ "hour < 5 or hour >= 5", 0, "is always true; hint: leave it out" },
	{ "hour <= 23", 0, "is always true; hint: leave it out" },
	{ "uid == 5 or not (uid == 5 and hour == 3)", 0, "is always true; hint: leave it out" },
	{ "port == 1 and port == 2", 14,
	  "can never be true: 'port == 1' and 'port == 2' exclude each other" },
	{ "port > 5 and port < 3", 13,
	  "can never be true: 'port > 5' and 'port < 3' exclude each other" },
	{ "port > 5 and not port > 4", 17,
	  "can never be true: 'port > 5' and 'not port > 4' exclude each other" },
	{ "port >= 6 and 6 > port", 14,
	  "can never be true: 'port >= 6' and '6 > port' exclude each other" },
	{ "port == 7 and port in [5, 6]", 14,
	  "can never be true: 'port == 7' and 'port in [5, 6]' exclude each other" },
	{ "argc > 3 and argc < 5 and argc != 4", 26,
	  "can never be true: 'argc > 3' and 'argc != 4' exclude each other" },
	{ "port >= 80 and port <= 80 and port != 80", 30,
	  "can never be true: 'port >= 80' and 'port != 80' exclude each other" },
	{ "port == 70000", 0, "can never be true: no event fulfils 'port == 70000'" },
	{ "not hour < 24", 4, "can never be true: no event fulfils 'not hour < 24'" },
	{ "uid < 0", 0, "can never be true: no event fulfils 'uid < 0'" },
	{ "verb in ['A'] and verb != 'A'", 18,
	  "can never be true: 'verb in ['A']' and 'verb != 'A'' exclude each other" },
	{ "verb in ['A', 'B'] and verb != 'A' and verb != 'B'", 39,
	  "can never be true: 'verb in ['A', 'B']' and 'verb != 'B'' exclude each other" },
	{ "verb == 'A' and verb matches '^B'", 16,
	  "can never be true: 'verb == 'A'' and 'verb matches '^B'' exclude each other" },
	{ "path startswith '/a' and path startswith '/b'", 25,
	  "can never be true: 'path startswith '/a'' and 'path startswith '/b'' exclude each "
	  "other" },
	{ "path startswith '/a/b' and not path startswith '/a'", 31,
	  "can never be true: 'path startswith '/a/b'' and 'not path startswith '/a'' exclude each "
	  "other" },
	{ "path startswith '/a' and path == '/b'", 25,
	  "can never be true: 'path startswith '/a'' and 'path == '/b'' exclude each other" },
	{ "name endswith '.c' and name endswith '.h'", 23,
	  "can never be true: 'name endswith '.c'' and 'name endswith '.h'' exclude each other" },
	{ "name endswith '.c' and not name contains 'c'", 27,
	  "can never be true: 'name endswith '.c'' and 'not name contains 'c'' exclude each "
	  "other" },
	{ "own and own == false", 8,
	  "can never be true: 'own' and 'own == false' exclude each other" },
	{ "own == true and own != true", 16,
	  "can never be true: 'own == true' and 'own != true' exclude each other" },
	{ "'a' in argv and 'a' not in argv", 16,
	  "can never be true: ''a' in argv' and ''a' not in argv' exclude each other" },
	{ "argv matches 'a' and not argv matches 'a'", 25,
	  "can never be true: 'argv matches 'a'' and 'not argv matches 'a'' exclude each other" },
	{ "headers['a'] == 'x' and headers['A'] == 'y'", 24,
	  "can never be true: 'headers['a'] == 'x'' and 'headers['A'] == 'y'' exclude each other" },
	{ "uid == 0 and (uid == 1 or uid == 2)", 14,
	  "can never be true: 'uid == 0' and 'uid == 1' exclude each other" },
	{ "(uid == 0 or uid == 1) and hour == 3 and uid > 5", 41,
	  "can never be true: 'uid == 0' and 'uid > 5' exclude each other" },
	{ "action == 'read_file' and action == 'connect'", 26,
	  "can never be true: 'action == 'read_file'' and 'action == 'connect'' exclude each "
	  "other" },
	/* actions */
	{ "action == 'read_file' and port == 5", 26, "'port' is no field of read_file" },
	{ "verb == 'DROP' and argv[0] == 'x'", 19,
	  "can never be true: no action has both 'verb' and 'argv[0]'" },
	{ "verb == 'DROP' and argv[0] == 'x' and uid == 5", 19,
	  "can never be true: no action has both 'verb' and 'argv[0]'" },
};

static const struct row ons[] = {
	{ "port == 5", 0, "'port' is no field of read_file, which the rule is on as well" },
	{ "uid == 5 and name == 'x'", 13,
	  "'name' is no field of connect, which the rule is on as well" },
	{ "verb == 'A'", 0, "'verb' is no field of read_file" },
	{ "action == 'read_file' or port == 'x'", 33, "'port' is a number, and 'x' is a text" },
	{ "action == 'connect' and name == 'x'", 24,
	  "'name' is no field of connect, which the rule is on as well" },
	{ "action == 'listen'", 0,
	  "can never be true: no action of the rule fulfils 'action == 'listen''" },
	{ "action in ['read_file', 'connect']", 0, "is always true; hint: leave it out" },
	{ "action != 'listen'", 0, "is always true; hint: leave it out" },
};

static void what_is_not_in_the_language_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++)
		check_row(&forms[i], 0);
}

static void what_does_not_go_together_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(types); i++)
		check_row(&types[i], 0);
}

static void what_is_never_or_always_true_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(truths); i++)
		check_row(&truths[i], 0);
	for (size_t i = 0; i < COUNT_OF(ons); i++)
		check_row(&ons[i], BIT(READ_FILE) | BIT(CONNECT));
}

/* The controls: nearly the same, and in order. */
static void what_can_be_true_loads(void **state)
{
	static const char *const texts[] = {
		"port == 1 or port == 2",
		"port > 5 and port < 7",
		"port > 5 and not port > 6",
		"not port == 1 and not port == 2",
		"port < 5 or port >= 5", /* a unix socket has none */
		"not port < 5 and not port >= 5",
		"not port < 80 and not port > 80 and port != 80",
		"verb in ['A', 'B'] and verb != 'A'",
		"path startswith '/a' and path startswith '/a/b'",
		"path startswith '/a' and not path startswith '/a/b'",
		"name endswith '.c' and not name contains 'h'",
		"name contains 'a' and name contains 'b'",
		"argv[0] == 'a' and argv[1] == 'b'",
		"argv matches 'a' and not argv matches 'b'",
		"argv startswith 'a' and argv startswith 'b'",
		"'a' in argv and 'b' in argv",
		"headers['a'] == 'x' and headers['b'] == 'y'",
		"uid == 0 and (uid == 1 or hour == 2)",
		"uid == 5 or not (uid == 6 and hour == 3)",
		"verb == 'A' and verb matches '^A'",
		"host == ip and ip == '1.2.3.4'",
		"10KB == 10000B and uid == 1",
		"1h == 60m and uid == 1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct condition_fault fault = { 0 };
		struct arena arena = { 0 };
		unsigned actions;

		if (compile(&arena, texts[i], 0, &actions, &fault) < 0)
			fail_msg("%s: %s", texts[i], fault.text);
		arena_release(&arena);
	}
}

static void check_text(const char *text, int want)
{
	struct condition_fault fault = { 0 };
	struct arena arena = { 0 };
	unsigned actions;
	int r = compile(&arena, text, 0, &actions, &fault);

	if (r != want)
		fail_msg("%.60s...: %d: %s", text, r, fault.text);
	arena_release(&arena);
}

/* @text: of twice the size that is allowed. */
static size_t repeat(char *text, const char *what, size_t count)
{
	size_t size = strlen(what);

	for (size_t i = 0; i < count; i++)
		memcpy(text + i * size, what, size + 1);
	return count * size;
}

static void limits_are_kept(void **state)
{
	static char text[2 * CONDITION_SIZE_MAX];
	size_t used;

	(void)state;
	repeat(text + repeat(text, "not ", CONDITION_DEPTH_MAX), "own", 1);
	check_text(text, 0);
	repeat(text + repeat(text, "not ", CONDITION_DEPTH_MAX + 1), "own", 1);
	check_text(text, -EINVAL);
	used = repeat(text, "(", 1000);
	used += repeat(text + used, "own", 1);
	repeat(text + used, ")", 1000);
	check_text(text, -EINVAL);
	repeat(text + repeat(text, "own or ", CONDITION_NODES_MAX - 2), "own", 1);
	check_text(text, 0);
	repeat(text + repeat(text, "own or ", CONDITION_NODES_MAX - 1), "own", 1);
	check_text(text, -EINVAL);
	memset(text, ' ', sizeof(text) - 1);
	memcpy(text, "own", 3);
	text[CONDITION_SIZE_MAX] = '\0';
	check_text(text, 0);
	text[CONDITION_SIZE_MAX] = ' ';
	text[CONDITION_SIZE_MAX + 1] = '\0';
	check_text(text, -EINVAL);
	/* A value may make a text too long. */
	repeat(text + repeat(text, "path == '", 1), "${HOME}", 500);
	memcpy(text + strlen(text), "'", 2);
	check_text(text, 0);
	repeat(text + repeat(text, "path == '", 1), "${HOME}", 520);
	memcpy(text + strlen(text), "'", 2);
	check_text(text, -EINVAL);
}

/* More ways than are followed: it is not known to be false, and loads. */
static void what_would_take_long_to_tell_loads(void **state)
{
	static char text[2 * CONDITION_SIZE_MAX];
	size_t used = 0;

	(void)state;
	for (size_t i = 0; i < 40; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "(argv[%zu] != 'a' or argv[%zu] != 'b') and ", i, i);
	(void)snprintf(text + used, sizeof(text) - used, "argv[0] == 'c' and argv[0] == 'd'");
	check_text(text, 0);
}

static void memory_may_be_short(void **state)
{
	int failures = 0;
	int r;

	(void)state;
	do {
		struct condition_fault fault = { 0 };
		struct arena arena = { 0 };
		unsigned actions;

		until_failure = failures;
		r = compile(&arena,
			    "path matches '^/x' and (name glob '{a,b}' or program glob '~/x') and "
			    "name in ['a', 'b'] and dir != '${HOME}'",
			    0, &actions, &fault);
		until_failure = -1;
		arena_release(&arena);
		if (r < 0 && r != -ENOMEM)
			fail_msg("%d: %s", failures, fault.text);
	} while (r < 0 && ++failures < 1000);
	assert_int_equal(r, 0);
	assert_true(failures > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_in_the_language_is_told),
		cmocka_unit_test(what_does_not_go_together_is_told),
		cmocka_unit_test(what_is_never_or_always_true_is_told),
		cmocka_unit_test(what_can_be_true_loads),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(what_would_take_long_to_tell_loads),
		cmocka_unit_test(memory_may_be_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
