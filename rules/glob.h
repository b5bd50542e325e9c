/* SPDX-License-Identifier: MIT */
/*
 * Globs, compiled to tokens that are matched without recursion and without memory.
 *
 *   *       any run of bytes within a name      ?       one byte of a name
 *   [a-z]   one byte of the set                 [!a-z]  one byte that is not in the set
 *   **      any run of bytes across names; as a whole name ("a/(any)/b") also none at all
 *   \x      x itself                            DIR/    DIR and all below it
 *
 * In a glob over an argument vector there are no names: * and ? match slashes and blanks too.
 *
 * A glob is also a nondeterministic automaton, one state a token, which the plan asks what it may
 * match below a directory (struct glob_states).
 */
#ifndef AGENTOS_RULES_GLOB_H
#define AGENTOS_RULES_GLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/arena.h"

#define GLOB_PATTERN_MAX 4096 /* bytes of a pattern after expansion */

/* A token below 256 is that byte. */
enum glob_token {
	GLOB_ANY = 256, /* ? in a name */
	GLOB_BYTE,	/* ? in a text */
	GLOB_STAR,	/* * */
	GLOB_DEEP,	/* ** beside other bytes of a name, or last */
	GLOB_DIRS,	/* a name "**" before a slash: whole names, or none */
	GLOB_BODY,	/* follows GLOB_DIRS: inside one of these names */
	GLOB_TREE,	/* a last slash: the end, or a slash and anything; GLOB_DEEP follows */
	GLOB_SET,	/* this plus the number of the set */
};

struct glob_set {
	uint64_t bits[4];
};

enum glob_kind {
	GLOB_PATH, /* names between slashes */
	GLOB_TEXT, /* one text: an argument vector */
};

/* All pointers borrowed from the arena that the glob was made in. */
struct glob {
	const struct glob *next; /* in the list of a rule's key */
	const char *text;	 /* the pattern, for people */
	const uint16_t *tokens;
	size_t token_count;
	const struct glob_set *sets;
	const char *prefix; /* the literal bytes it starts with */
	size_t prefix_len;
	const char *suffix; /* the literal bytes it ends with, when something else comes before */
	size_t suffix_len;
	bool is_literal; /* nothing but @prefix */
	bool is_tree;	 /* @prefix and all below it, nothing else */
};

/* States of the automaton, as a bit set; the last state accepts. */
#define GLOB_STATE_WORDS (GLOB_PATTERN_MAX / 64 + 1)

struct glob_states {
	uint64_t bits[GLOB_STATE_WORDS];
};

/**
 * glob_compile() - make a glob
 * @pattern:    without braces; of GLOB_PATH absolute (or an abstract socket's "@name")
 * @out_glob:   in @arena; written only on success
 * @out_reason: why it is no pattern; a literal
 *
 * Return: 0, -EINVAL with @out_reason set, or -ENOMEM.
 */
int glob_compile(struct arena *arena, enum glob_kind kind, const char *pattern,
		 struct glob **out_glob, const char **out_reason);

/**
 * glob_find_literals() - find the literal ends of a glob whose tokens are set, which most paths fail at once
 * Return: false when memory is short.
 */
bool glob_find_literals(struct arena *arena, struct glob *glob);

/**
 * glob_fold() - the same glob over folded paths (rules/letters.h)
 * @out: in @arena; written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int glob_fold(struct arena *arena, const struct glob *glob, struct glob **out);

/** glob_matches() - whether a glob matches all of @len bytes. No allocation; thread-safe. */
bool glob_matches(const struct glob *glob, const char *text, size_t len);

/** glob_matches_any() - whether one of a list does; the empty list matches nothing. */
bool glob_matches_any(const struct glob *globs, const char *text);

/** glob_is_base_name() - whether a glob is over the last name of a path only (of `program`). */
bool glob_is_base_name(const struct glob *glob);

/**
 * glob_states_below() - where the automaton stands before the names below a directory
 * @path: absolute, no slash at its end; or "/"
 */
void glob_states_below(const struct glob *glob, const char *path, struct glob_states *out);

/** glob_states_equal() - whether two sets of states of @glob are the same. */
bool glob_states_equal(const struct glob *glob, const struct glob_states *a,
		       const struct glob_states *b);

/** glob_states_empty() - whether nothing below can match any more. */
bool glob_states_empty(const struct glob *glob, const struct glob_states *states);

/** glob_states_full() - whether everything below matches, whatever its name. */
bool glob_states_full(const struct glob *glob, const struct glob_states *states);

/** glob_touches() - whether a glob could match @path or any name below it. */
bool glob_touches(const struct glob *glob, const char *path);

#endif
