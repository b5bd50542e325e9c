/* SPDX-License-Identifier: MIT */
/*
 * Commands of Redis, one a line, with the quotes of redis-cli: "a\n\x41" and 'a\'b'.
 * Source: sdssplitargs() in src/sds.c of Redis.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rules/sql_build.h"

#define WORDS_MAX 256
#define NAME_MAX_LEN 40

enum kind { READ, CHANGE, OUTSIDE, RUNS };

struct command {
	const char *name;
	enum kind kind;
	int first, last, step;
};

static const struct command commands[] = {
#define COMMAND(name, kind, first, last, step) { name, kind, first, last, step },
#include "rules/sql_redis.def"
#undef COMMAND
};

struct word {
	const char *text;
	size_t len;
	bool has_escapes; /* it is not these bytes */
};

struct words {
	struct word words[WORDS_MAX];
	size_t count;
	bool is_bad; /* quotes that do not end, or not before a blank; too many words */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* From behind the quote to behind its match, which a blank must follow. */
static const char *take_quoted(struct words *words, const char *at, const char *end, char quote)
{
	struct word word = { .text = at };

	while (at < end && *at != quote) {
		/* Between single quotes a backslash means something only before another one. */
		if (*at == '\\' && (quote == '"' || (at + 1 < end && at[1] == quote))) {
			word.has_escapes = true;
			at++;
		}
		at += at < end;
	}
	word.len = (size_t)(at - word.text);
	if (at == end || (at + 1 < end && !is_blank(at[1]))) {
		words->is_bad = true;
		return end;
	}
	words->words[words->count++] = word;
	return at + 1;
}

/* A quote inside a word would begin another part of it. */
static const char *take_plain(struct words *words, const char *at, const char *end)
{
	struct word word = { .text = at };

	for (; at < end && !is_blank(*at); at++)
		words->is_bad = words->is_bad || *at == '"' || *at == '\'';
	word.len = (size_t)(at - word.text);
	words->words[words->count++] = word;
	return at;
}

static void split(struct words *words, const char *at, const char *end)
{
	words->count = 0;
	words->is_bad = false;
	while (at < end && !words->is_bad) {
		if (is_blank(*at)) {
			at++;
		} else if (words->count == WORDS_MAX) {
			words->is_bad = true;
		} else if (*at == '"' || *at == '\'') {
			at = take_quoted(words, at + 1, end, *at);
		} else {
			at = take_plain(words, at, end);
		}
	}
}

static int compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct command *)row)->name);
}

/* The first @count words in capitals, with a blank between. Return: the command, or NULL. */
static const struct command *find(const struct words *words, size_t count)
{
	char name[NAME_MAX_LEN + 1];
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		const struct word *word = &words->words[i];

		if (word->has_escapes || word->len + 1 > NAME_MAX_LEN - len)
			return NULL;
		if (i > 0)
			name[len++] = ' ';
		for (size_t n = 0; n < word->len; n++) {
			char c = word->text[n];

			name[len++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
		}
	}
	name[len] = '\0';
	return bsearch(name, commands, sizeof(commands) / sizeof(commands[0]), sizeof(commands[0]),
		       compare);
}

static void add_keys(struct sql *sql, struct sql_effect *effect, const struct command *command,
		     const struct words *words)
{
	int count = (int)words->count;
	int last = command->last < 0 ? count + command->last : command->last;

	for (int i = command->first; i > 0 && i <= last && i < count; i += command->step) {
		const struct word *word = &words->words[i];

		if (word->has_escapes)
			sql_effect_doubt(sql, effect);
		sql_add_word(sql, effect, word->text, word->len, command->kind != READ);
	}
}

/* SORT a BY nosort STORE b, GEORADIUS a ... STORE b */
static void add_store(struct sql *sql, struct sql_effect *effect, const struct command *command,
		      const struct words *words)
{
	if (strcmp(command->name, "SORT") != 0 && strncmp(command->name, "GEORADIUS", 9) != 0)
		return;
	for (size_t i = 2; i + 1 < words->count; i++) {
		const struct word *word = &words->words[i];

		if ((word->len == 5 && strncasecmp(word->text, "STORE", 5) == 0) ||
		    (word->len == 9 && strncasecmp(word->text, "STOREDIST", 9) == 0))
			sql_add_word(sql, effect, word[1].text, word[1].len, true);
	}
}

static void read_line(struct sql *sql, struct words *words)
{
	const struct command *command = NULL;
	struct sql_effect *effect;

	if (words->count == 0 && !words->is_bad)
		return;
	if (words->count > 1)
		command = find(words, 2);
	if (!command && words->count > 0)
		command = find(words, 1);
	if (!command || words->is_bad) {
		sql_add_unknown(sql, command ? command->name : "UNKNOWN");
		return;
	}
	effect = sql_add(sql, command->name, command->kind != READ);
	effect->leaves_database = command->kind == OUTSIDE || command->kind == RUNS;
	if (command->kind == RUNS)
		sql_effect_doubt(sql, effect);
	add_keys(sql, effect, command, words);
	add_store(sql, effect, command, words);
}

void sql_read_redis(const char *text, size_t len, struct sql *sql)
{
	const char *end = text + len;
	struct words words;

	while (text < end) {
		const char *line = memchr(text, '\n', (size_t)(end - text));

		line = line ? line : end;
		split(&words, text, line);
		read_line(sql, &words);
		text = line < end ? line + 1 : end;
	}
}
