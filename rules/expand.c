/* SPDX-License-Identifier: MIT */
#include "rules/expand.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/nearest.h"
#include "rules/glob.h"

#define NAMES_MAX 64 /* variables that a hint looks at */
#define MAGIC "*?[]{},\\~@"

static int fail(struct expand_fault *fault, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int fail(struct expand_fault *fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return -EINVAL;
}

static const struct variable *variable_find(const struct variable *variables, const char *name,
					    size_t len)
{
	for (const struct variable *variable = variables; variable; variable = variable->next)
		if (strlen(variable->name) == len && memcmp(variable->name, name, len) == 0)
			return variable;
	return NULL;
}

const char *variable_value(const struct variable *variables, const char *name)
{
	const struct variable *variable = variable_find(variables, name, strlen(name));

	return variable ? variable->value : NULL;
}

static int fail_unknown(const struct variable *variables, const char *name, size_t len,
			struct expand_fault *fault)
{
	const char *names[NAMES_MAX];
	char word[64];
	size_t count = 0;
	const char *meant;

	(void)snprintf(word, sizeof(word), "%.*s", (int)len, name);
	for (; variables && count < NAMES_MAX; variables = variables->next)
		names[count++] = variables->name;
	meant = nearest_word(word, names, count);
	if (meant)
		return fail(fault, "unknown variable '%s'; hint: did you mean '%s'?", word, meant);
	return fail(fault, "unknown variable '%s'; hint: define it under 'vars' or with --set",
		    word);
}

/* Text that grows up to a bound; never more than its buffer. */
struct growing {
	char bytes[GLOB_PATTERN_MAX];
	size_t len;
	bool full;
};

static void grow(struct growing *out, char byte)
{
	if (out->len == sizeof(out->bytes))
		out->full = true;
	else
		out->bytes[out->len++] = byte;
}

static void grow_value(struct growing *out, const char *value, bool literal)
{
	for (; *value; value++) {
		if (literal && strchr(MAGIC, *value))
			grow(out, '\\');
		grow(out, *value);
	}
}

static int grown(struct arena *arena, const struct growing *out, const char **out_text,
		 struct expand_fault *fault)
{
	const char *text;

	if (out->full)
		return fail(fault, "with its variables it is longer than %d bytes",
			    GLOB_PATTERN_MAX);
	text = arena_copy(arena, out->bytes, out->len);
	if (!text)
		return -ENOMEM;
	*out_text = text;
	return 0;
}

int expand_variables(struct arena *arena, const struct variable *variables, const char *text,
		     bool literal, const char **out_text, struct expand_fault *fault)
{
	struct growing out = { .len = 0 };

	while (*text) {
		const struct variable *variable;
		size_t len;

		if (text[0] == '\\' && text[1]) {
			grow(&out, *text++);
			grow(&out, *text++);
			continue;
		}
		if (text[0] != '$' || text[1] != '{') {
			grow(&out, *text++);
			continue;
		}
		len = strcspn(text + 2, "}");
		if (!text[2 + len])
			return fail(fault, "a '${' is not closed");
		variable = variable_find(variables, text + 2, len);
		if (!variable)
			return fail_unknown(variables, text + 2, len, fault);
		if (variable->used)
			*variable->used = true;
		grow_value(&out, variable->value, literal);
		text += len + 3;
	}
	return grown(arena, &out, out_text, fault);
}

/*
 * Braces: in a list of patterns, the first pair of one is replaced by its
 * alternatives, which take its place, until no braces are left.
 */

/* The first of @bytes that is neither escaped nor in brackets; NULL when there is none. */
static const char *find_magic(const char *text, const char *bytes)
{
	for (; *text; text++) {
		if (*text == '\\' && text[1]) {
			text++;
		} else if (strchr(bytes, *text)) {
			return text;
		} else if (*text == '[') {
			const char *end = text[1] ? strchr(text + 2, ']') : NULL;

			text = end ? end : text;
		}
	}
	return NULL;
}

/* The brace that closes @open. */
static const char *find_close(const char *open)
{
	size_t depth = 0;

	for (const char *at = open; at; at = find_magic(at + 1, "{}")) {
		depth = *at == '{' ? depth + 1 : depth - 1;
		if (depth == 0)
			return at;
	}
	return NULL;
}

/* The end of the alternative that starts at @at: a comma, or @close. */
static const char *find_end(const char *at, const char *close)
{
	size_t depth = 0;

	for (at = find_magic(at, "{},"); at && at < close; at = find_magic(at + 1, "{},")) {
		if (*at == '{')
			depth++;
		else if (*at == '}')
			depth--;
		else if (depth == 0)
			return at;
	}
	return close;
}

/* Replaces *@at by the alternatives of the braces that it opens at @open. */
static int split(struct arena *arena, struct expansion **at, const char *open, const char *close,
		 size_t *count)
{
	const struct expansion *whole = *at;
	struct expansion *rest = whole->next;
	const char *item = open + 1;

	for (;;) {
		const char *end = find_end(item, close);
		struct expansion *one = arena_alloc(arena, sizeof(*one));

		if (!one)
			return -ENOMEM;
		one->text = arena_format(arena, "%.*s%.*s%s", (int)(open - whole->text),
					 whole->text, (int)(end - item), item, close + 1);
		if (!one->text)
			return -ENOMEM;
		one->next = rest;
		*at = one;
		at = &one->next;
		++*count;
		if (end == close || *count > EXPANSION_MAX)
			return 0;
		item = end + 1;
	}
}

int expand_braces(struct arena *arena, const char *pattern, struct expansion **out,
		  struct expand_fault *fault)
{
	struct expansion *first = arena_alloc(arena, sizeof(*first));
	size_t count = 0;

	if (!first)
		return -ENOMEM;
	first->text = pattern;
	for (struct expansion **at = &first; *at;) {
		const char *open = find_magic((*at)->text, "{}");
		const char *close;
		int r;

		if (!open) {
			at = &(*at)->next;
			continue;
		}
		if (*open == '}')
			return fail(fault,
				    "a '}' closes nothing; hint: write '\\}' for the character");
		close = find_close(open);
		if (!close)
			return fail(fault,
				    "a '{' is not closed; hint: write '\\{' for the character");
		r = split(arena, at, open, close, &count);
		if (r < 0)
			return r;
		if (count > EXPANSION_MAX)
			return fail(fault, "its braces stand for more than %d patterns",
				    EXPANSION_MAX);
	}
	*out = first;
	return 0;
}

/*
 * Paths.
 */

/* What stands before a pattern to make it absolute; NULL for nothing. */
static int find_base(const struct variable *variables, const char **pattern, const char **out_base,
		     struct expand_fault *fault)
{
	const char *text = *pattern;

	*out_base = NULL;
	if (text[0] == '~') {
		if (text[1] && text[1] != '/')
			return fail(fault, "the home of another user cannot be named; hint: write "
					   "the path, or './~' for a file of this name");
		*out_base = variable_value(variables, "HOME");
		*pattern = text + 1;
	} else if (text[0] && text[0] != '/' && text[0] != '@' && strncmp(text, "**/", 3) != 0) {
		*out_base = variable_value(variables, "WORKSPACE");
	}
	return 0;
}

/* One name of a pattern, and the slash before it. */
static int grow_name(struct growing *out, const char *name, size_t len, bool is_last,
		     struct expand_fault *fault)
{
	if (len == 2 && memcmp(name, "..", 2) == 0)
		return fail(fault, "'..' is in no resolved path, so this would never match");
	if (len == 0 || (len == 1 && name[0] == '.')) {
		/*
		 * A slash at the end means the tree; "/." there, the directory alone: of the root,
		 * which is all slash, an escaped one, so that it does not become the tree of all.
		 */
		if (is_last && len == 1 && out->len == 0)
			grow_value(out, "\\/", false);
		else if (is_last && len == 0)
			grow(out, '/');
		return 0;
	}
	grow(out, '/');
	for (size_t i = 0; i < len; i++)
		grow(out, name[i]);
	return 0;
}

/* With what makes it absolute in front, NUL-terminated. */
static int join(const struct variable *variables, const char *text, bool is_pattern,
		struct growing *joined, struct expand_fault *fault)
{
	const char *base;
	int r = find_base(variables, &text, &base, fault);

	if (r < 0)
		return r;
	if (!base && text[0] == '\0')
		return fail(fault, "it is empty");
	if (base)
		grow_value(joined, base, is_pattern);
	if (text[0] && text[0] != '/')
		grow(joined, '/');
	grow_value(joined, text, false);
	if (text[0] == '\0')
		grow_value(joined, "/.", false); /* HOME itself, also when that is "/" */
	grow(joined, '\0');
	return joined->full ? fail(fault, "it is longer than a path can be") : 0;
}

int expand_path(struct arena *arena, const struct variable *variables, const char *pattern,
		const char **out_pattern, struct expand_fault *fault)
{
	struct growing joined = { .len = 0 };
	struct growing out = { .len = 0 };
	const char *at = joined.bytes;
	int r;

	if (pattern[0] == '@') {
		*out_pattern = pattern;
		return 0;
	}
	r = join(variables, pattern, true, &joined, fault);
	if (r < 0)
		return r;
	do {
		size_t len;

		at++; /* the slash */
		len = strcspn(at, "/");
		r = grow_name(&out, at, len, at[len] == '\0', fault);
		if (r < 0)
			return r;
		at += len;
	} while (*at);
	return grown(arena, &out, out_pattern, fault);
}

int expand_file(struct arena *arena, const struct variable *variables, const char *text,
		const char **out_path, struct expand_fault *fault)
{
	struct growing joined = { .len = 0 };
	struct growing out = { .len = 0 };
	const char *at = joined.bytes;
	int r;

	if (text[0] == '@') {
		*out_path = text;
		return 0;
	}
	r = join(variables, text, false, &joined, fault);
	if (r < 0)
		return r;
	while (*at) {
		size_t len = strcspn(++at, "/");

		r = grow_name(&out, at, len, false, fault);
		if (r < 0)
			return r;
		at += len;
	}
	if (out.len == 0)
		grow(&out, '/');
	return grown(arena, &out, out_path, fault);
}
