/* SPDX-License-Identifier: MIT */
/*
 * Globs: what a pattern matches is what the language says, whoever wrote pattern and text.
 *
 * The input is a byte for the kind, a pattern, and after a NUL the text. The oracle reads the pattern
 * once more, by the words of rules/glob.h: each place in the pattern at each place in the text, with a table of
 * what was found. What must hold beside that: the automaton that the plan asks agrees with the matcher;
 * and where letters are all that folding changes, what a glob matches is matched folded, too.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/glob.h"
#include "rules/letters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PATTERN_MAX 64
#define TEXT_MAX 128

/*
 * The oracle.
 */

struct oracle {
	const char *pattern;
	const char *text;
	size_t len;
	bool is_path;
	/* By place in the pattern and in the text; 0: not yet known. */
	unsigned char known[PATTERN_MAX + 1][TEXT_MAX + 1];
};

static bool means(struct oracle *oracle, size_t at, size_t from);

/* At each place from @from on that @may_pass lets be reached, whatever follows. */
static bool means_later(struct oracle *oracle, size_t at, size_t from, bool within_name)
{
	for (;; from++) {
		if (means(oracle, at, from))
			return true;
		if (from == oracle->len || (within_name && oracle->text[from] == '/'))
			return false;
	}
}

/* Here, or behind any slash that follows. */
static bool means_after_names(struct oracle *oracle, size_t at, size_t from)
{
	if (means(oracle, at, from))
		return true;
	for (; from < oracle->len; from++)
		if (oracle->text[from] == '/' && means(oracle, at, from + 1))
			return true;
	return false;
}

static unsigned take_of_set(const char *pattern, size_t *at)
{
	if (pattern[*at] == '\\' && pattern[*at + 1])
		++*at;
	return (unsigned char)pattern[(*at)++];
}

/* Whether the set at @at has a byte; *@out_end is behind it. */
static bool set_means(const char *pattern, size_t at, unsigned char byte, size_t *out_end)
{
	bool is_negated = pattern[at + 1] == '!' || pattern[at + 1] == '^';
	bool has = false;

	at += is_negated ? 2 : 1;
	do {
		unsigned first = take_of_set(pattern, &at);
		unsigned last = first;

		if (pattern[at] == '-' && pattern[at + 1] != ']') {
			at++;
			last = take_of_set(pattern, &at);
		}
		has = has || (byte >= first && byte <= last);
	} while (pattern[at] != ']');
	*out_end = at + 1;
	return has != is_negated;
}

static bool means_stars(struct oracle *oracle, size_t at, size_t from)
{
	const char *pattern = oracle->pattern;
	size_t count = strspn(pattern + at, "*");
	bool starts_name = at > 0 && pattern[at - 1] == '/';
	const char *rest = pattern + at + count;

	if (!oracle->is_path)
		return means_later(oracle, at + count, from, false);
	if (count == 1)
		return means_later(oracle, at + 1, from, true);
	if (strcmp(rest, "/") == 0)
		return true; /* any name, and all below */
	if (rest[0] == '/' && starts_name)
		return means_after_names(oracle, at + count + 1, from);
	return means_later(oracle, at + count, from, false);
}

/* Something that stands for one byte. */
static bool means_byte(struct oracle *oracle, size_t at, size_t from)
{
	const char *pattern = oracle->pattern;
	unsigned char byte = (unsigned char)oracle->text[from];
	bool fits;

	if (from == oracle->len)
		return false;
	switch (pattern[at]) {
	case '?':
		fits = !oracle->is_path || byte != '/';
		at++;
		break;
	case '[':
		fits = set_means(pattern, at, byte, &at) && (!oracle->is_path || byte != '/');
		break;
	case '\\':
		fits = (unsigned char)pattern[at + 1] == byte;
		at += 2;
		break;
	default:
		fits = (unsigned char)pattern[at] == byte;
		at++;
	}
	return fits && means(oracle, at, from + 1);
}

static bool means_anew(struct oracle *oracle, size_t at, size_t from)
{
	const char *rest = oracle->pattern + at;

	if (!rest[0])
		return from == oracle->len;
	if (oracle->is_path && strcmp(rest, "/") == 0)
		return from == oracle->len || oracle->text[from] == '/';
	if (rest[0] == '*')
		return means_stars(oracle, at, from);
	return means_byte(oracle, at, from);
}

static bool means(struct oracle *oracle, size_t at, size_t from)
{
	unsigned char *known = &oracle->known[at][from];

	if (*known == 0)
		*known = means_anew(oracle, at, from) ? 1 : 2;
	return *known == 1;
}

static bool oracle_matches(const char *pattern, bool is_path, const char *text, size_t len)
{
	static struct oracle oracle;

	memset(oracle.known, 0, sizeof(oracle.known));
	oracle.pattern = pattern;
	oracle.is_path = is_path;
	oracle.text = text;
	oracle.len = len;
	return means(&oracle, 0, 0);
}

/*
 * What else must hold.
 */

/* Absolute, without empty names or a slash at its end: what events have. */
static bool is_resolved(const char *path, size_t len)
{
	return strlen(path) == len && path[0] == '/' && !strstr(path, "//") &&
	       (len == 1 || path[len - 1] != '/');
}

/* For each directory that @path is in. */
static void check_states(const struct glob *glob, const char *path, bool matches)
{
	struct glob_states states, again;
	char above[TEXT_MAX + 1];

	assert(!matches || glob_touches(glob, path));
	for (size_t i = 0; path[i]; i++) {
		if (path[i] != '/' || !path[1])
			continue;
		memcpy(above, path, i);
		above[i] = '\0';
		if (i == 0)
			memcpy(above, "/", 2);
		glob_states_below(glob, above, &states);
		glob_states_below(glob, above, &again);
		assert(glob_states_equal(glob, &states, &again));
		assert(!matches || !glob_states_empty(glob, &states));
		assert(matches || !glob_states_full(glob, &states));
		assert(!matches || glob_touches(glob, above));
	}
}

/* Letters, digits and slashes, and what patterns are made of. */
static bool is_simple(const char *text)
{
	return !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				  "_/*?[]!")];
}

static void check_folded(struct arena *arena, const struct glob *glob, const char *path,
			 bool matches)
{
	struct glob *folded = NULL;
	char text[TEXT_MAX + 1];
	bool folded_matches;

	assert(glob_fold(arena, glob, &folded) == 0);
	(void)letters_fold_path(path, text);
	folded_matches = glob_matches(folded, text, strlen(text));
	if (is_simple(glob->text) && is_simple(path))
		assert(!matches || folded_matches);
}

static void check(const char *pattern, enum glob_kind kind, const char *text, size_t len)
{
	struct arena arena = { 0 };
	struct glob *glob = NULL;
	const char *reason = NULL;
	int r = glob_compile(&arena, kind, pattern, &glob, &reason);
	bool matches;

	if (r < 0) {
		assert(r == -EINVAL && reason && reason[0] && !glob);
		arena_release(&arena);
		return;
	}
	assert(glob->token_count > 0 && strcmp(glob->text, pattern) == 0);
	matches = glob_matches(glob, text, len);
	assert(matches == oracle_matches(pattern, kind == GLOB_PATH, text, len));
	if (kind == GLOB_PATH && is_resolved(text, len)) {
		check_states(glob, text, matches);
		check_folded(&arena, glob, text, matches);
	}
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char pattern[PATTERN_MAX + 1], text[TEXT_MAX + 1];
	const uint8_t *end;
	size_t len;

	if (size == 0)
		return 0;
	end = memchr(data + 1, '\0', size - 1);
	len = end ? (size_t)(end - data) - 1 : size - 1;
	if (len > PATTERN_MAX || size - 1 - len > TEXT_MAX)
		return 0;
	memcpy(pattern, data + 1, len);
	pattern[len] = '\0';
	size -= 1 + len + (end ? 1 : 0);
	memcpy(text, data + 1 + len + (end ? 1 : 0), size);
	text[size] = '\0';
	check(pattern, data[0] % 2 ? GLOB_TEXT : GLOB_PATH, text, size);
	return 0;
}
