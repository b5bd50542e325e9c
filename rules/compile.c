/* SPDX-License-Identifier: MIT */
/*
 * Values, and what is said of a wrong one.
 */
#include "rules/compile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/nearest.h"

#define WORDS_MAX 48
#define LISTED_MAX 14 /* words that a hint lists */
#define LIST_SIZE 256

bool compile_fail(struct compile *compile, const struct node *node, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)errors_add(compile->errors, compile->source->label, node->line, node->column, "%s",
			 text);
	return false;
}

/* "a, b, c"; nothing when there are too many to be read. */
static const char *list_words(const char *const *words, size_t count, char list[LIST_SIZE])
{
	size_t used = 0;

	list[0] = '\0';
	for (size_t i = 0; i < count && count <= LISTED_MAX && used < LIST_SIZE; i++)
		used += (size_t)snprintf(list + used, LIST_SIZE - used, "%s%s", i ? ", " : "",
					 words[i]);
	return list;
}

/* No error beyond these is kept: what follows need not be looked at. */
static bool is_full(const struct compile *compile)
{
	return compile->errors->count == ERRORS_MAX;
}

bool compile_unknown(struct compile *compile, unsigned line, unsigned column, const char *what,
		     const char *word, const char *const *words, size_t word_count)
{
	const char *meant, *hint;
	char list[LIST_SIZE];

	if (is_full(compile))
		return false; /* looking for what was meant takes time */
	meant = nearest_word(word, words, word_count);
	hint = meant ? meant : list_words(words, word_count, list);
	(void)errors_add(compile->errors, compile->source->label, line, column,
			 "unknown %s '%.80s'%s%s%s", what, word,
			 meant	   ? "; hint: did you mean '"
			 : hint[0] ? "; hint: it is one of "
				   : "",
			 hint, meant ? "'?" : "");
	return false;
}

bool compile_short(struct compile *compile)
{
	compile->no_memory = true;
	return false;
}

static bool read_entry(struct compile *compile, const struct node *entry, const struct key *keys,
		       size_t key_count, void *out)
{
	const char *names[WORDS_MAX];
	size_t i = 0;

	for (; i < key_count && i < WORDS_MAX; i++) {
		names[i] = keys[i].name;
		if (strcmp(keys[i].name, entry->key) == 0)
			return keys[i].read(compile, entry, out);
	}
	return compile_unknown(compile, entry->key_line, entry->key_column, "key", entry->key,
			       names, i);
}

bool compile_map(struct compile *compile, const struct node *node, const struct key *keys,
		 size_t key_count, void *out)
{
	bool good = true;

	for (const struct node *entry = node->items; entry && !is_full(compile);
	     entry = entry->next)
		good = read_entry(compile, entry, keys, key_count, out) && good;
	return good && !is_full(compile);
}

bool compile_items(struct compile *compile, const struct node *node, compile_fn *item, void *out)
{
	bool good = true;

	if (node->kind == NODE_SCALAR)
		return item(compile, node, out);
	if (node->kind == NODE_MAP)
		return compile_fail(compile, node, "a word or a list is needed here, not a map");
	if (!node->items)
		return compile_fail(compile, node, "an empty list matches nothing");
	for (const struct node *one = node->items; one && !is_full(compile); one = one->next)
		good = item(compile, one, out) && good;
	return good && !is_full(compile);
}

bool compile_is_word(struct compile *compile, const struct node *node)
{
	if (node->kind != NODE_SCALAR)
		return compile_fail(compile, node, "a word is needed here, not a list or a map");
	return node->text[0] ? true : compile_fail(compile, node, "the value is empty");
}

bool compile_any(struct compile *compile, const struct node *node, void *out)
{
	(void)compile;
	(void)node;
	(void)out;
	return true;
}

bool compile_words(struct compile *compile, const struct node *node, void *out)
{
	if (!compile_is_word(compile, node))
		return false;
	*(const char **)out = node->text;
	return true;
}

bool compile_text(struct compile *compile, const struct node *node, void *out)
{
	struct expand_fault fault;
	int r;

	if (!compile_is_word(compile, node))
		return false;
	r = expand_variables(compile->arena, compile->variables, node->text, false, out, &fault);
	if (r == -EINVAL)
		return compile_fail(compile, node, "'%.80s': %s", node->text, fault.text);
	return r == 0 ? true : compile_short(compile);
}

bool compile_bool(struct compile *compile, const struct node *node, void *out)
{
	if (node->kind == NODE_SCALAR && !node->is_quoted) {
		if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0) {
			*(bool *)out = node->text[0] == 't';
			return true;
		}
	}
	return compile_fail(compile, node, "true or false is needed here");
}

bool compile_verdict(struct compile *compile, const struct node *node, void *out)
{
	static const char *const words[] = {
		"allow", "audit", "ask",  "deny",  "stop",
		"kill",	 "log",	  "warn", "block", "require_approval",
	};

	if (!compile_is_word(compile, node))
		return false;
	return verdict_parse(node->text, out)
		       ? true
		       : compile_unknown(compile, node->line, node->column, "verdict", node->text,
					 words, sizeof(words) / sizeof(words[0]));
}

bool compile_signal(struct compile *compile, const struct node *node, void *out)
{
	enum verdict *verdict = out;

	if (!compile_is_word(compile, node))
		return false;
	if (strncmp(node->text, "SIG", 3) == 0 && verdict_parse(node->text, verdict))
		return true;
	return compile_fail(compile, node, "a signal is SIGSTOP or SIGKILL, not '%.80s'",
			    node->text);
}

bool compile_action(struct compile *compile, const struct node *node, void *out)
{
	const char *words[ACTION_COUNT];
	enum action action;

	if (!compile_is_word(compile, node))
		return false;
	for (int i = 1; i < ACTION_COUNT; i++)
		words[i - 1] = action_name((enum action)i);
	if (!action_parse(node->text, &action))
		return compile_unknown(compile, node->line, node->column, "action", node->text,
				       words, ACTION_COUNT - 1);
	*(unsigned *)out |= ACTION_BIT(action);
	return true;
}

bool compile_protocol(struct compile *compile, const struct node *node, void *out)
{
	static const char *const words[] = { "tcp", "udp", "unix" };
	enum protocol protocol;

	if (!compile_is_word(compile, node))
		return false;
	protocol = protocol_parse(node->text);
	if (protocol == PROTOCOL_NONE)
		return compile_unknown(compile, node->line, node->column, "protocol", node->text,
				       words, sizeof(words) / sizeof(words[0]));
	*(unsigned *)out |= 1u << protocol;
	return true;
}
