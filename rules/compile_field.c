/* SPDX-License-Identifier: MIT */
/*
 * The fields of a rule: patterns, addresses, ports. Lists are built from their
 * end, so each item is put in front.
 */
#include <errno.h>
#include <string.h>

#include "rules/compile.h"

/* How the texts of a key become globs. */
struct globs {
	enum glob_kind kind;
	bool is_path;	 /* always made absolute */
	bool is_program; /* made absolute unless it is a base name */
	const struct glob **list;
};

static bool glob_add(struct compile *compile, const struct node *node, const char *pattern,
		     const struct globs *globs)
{
	struct expand_fault fault;
	const char *reason;
	struct glob *glob;
	int r = 0;

	if (++compile->pattern_count > COMPILE_PATTERNS_MAX)
		return compile_fail(compile, node, "the policy has more than %d patterns",
				    COMPILE_PATTERNS_MAX);
	if (globs->is_path || (globs->is_program && strpbrk(pattern, "/~")))
		r = expand_path(compile->arena, compile->variables, pattern, &pattern, &fault);
	if (r == -EINVAL)
		return compile_fail(compile, node, "'%.80s': %s", node->text, fault.text);
	if (r == 0)
		r = glob_compile(compile->arena, globs->kind, pattern, &glob, &reason);
	if (r == -EINVAL)
		return compile_fail(compile, node, "'%.80s' is no pattern: %s", node->text, reason);
	if (r < 0)
		return compile_short(compile);
	glob->next = *globs->list;
	*globs->list = glob;
	return true;
}

static bool read_globs(struct compile *compile, const struct node *node, const struct globs *globs)
{
	struct expand_fault fault;
	struct expansion *alternatives;
	const char *pattern;
	int r;

	if (!compile_is_word(compile, node))
		return false;
	r = expand_variables(compile->arena, compile->variables, node->text, true, &pattern,
			     &fault);
	if (r == 0)
		r = expand_braces(compile->arena, pattern, &alternatives, &fault);
	if (r == -EINVAL)
		return compile_fail(compile, node, "'%.80s': %s", node->text, fault.text);
	if (r < 0)
		return compile_short(compile);
	for (; alternatives; alternatives = alternatives->next)
		if (!glob_add(compile, node, alternatives->text, globs))
			return false;
	return true;
}

static bool item_path(struct compile *compile, const struct node *node, void *out)
{
	const struct globs globs = { .kind = GLOB_PATH, .is_path = true, .list = out };

	return read_globs(compile, node, &globs);
}

static bool item_program(struct compile *compile, const struct node *node, void *out)
{
	const struct globs globs = { .kind = GLOB_PATH, .is_program = true, .list = out };

	return read_globs(compile, node, &globs);
}

static bool item_text(struct compile *compile, const struct node *node, void *out)
{
	const struct globs globs = { .kind = GLOB_TEXT, .list = out };

	return read_globs(compile, node, &globs);
}

/* A word of a protocol or language, in any letter case. */
static bool item_word(struct compile *compile, const struct node *node, void *out)
{
	const struct word **list = out;
	struct word *word = arena_alloc(compile->arena, sizeof(*word));

	if (!word)
		return compile_short(compile);
	if (!compile_text(compile, node, &word->text))
		return false;
	if (strspn(word->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.") !=
	    strlen(word->text))
		return compile_fail(compile, node, "'%.80s' is not one word; hint: write a list",
				    word->text);
	word->next = *list;
	*list = word;
	return true;
}

/* Where a byte of a plain text stands; in one that YAML has escapes or folds for, where it begins. */
static const struct node *at_offset(const struct node *node, size_t offset, struct node *copy)
{
	*copy = *node;
	if (!strchr(node->text, '\n') && !strchr(node->text, '\\'))
		copy->column += (unsigned)offset + (node->is_quoted ? 1 : 0);
	return copy;
}

static bool item_pattern(struct compile *compile, const struct node *node, void *out)
{
	const struct search **list = out;
	struct search *search = arena_alloc(compile->arena, sizeof(*search));
	struct pattern_fault fault;
	struct node copy;
	int r;

	if (!search)
		return compile_short(compile);
	if (!compile_is_word(compile, node))
		return false;
	if (++compile->pattern_count > COMPILE_PATTERNS_MAX)
		return compile_fail(compile, node, "the policy has more than %d patterns",
				    COMPILE_PATTERNS_MAX);
	r = pattern_compile(compile->arena, node->text, true, &search->pattern, &fault);
	if (r == -EINVAL)
		return compile_fail(compile, at_offset(node, fault.offset, &copy), "%s",
				    fault.text);
	if (r < 0)
		return compile_short(compile);
	search->next = *list;
	*list = search;
	return true;
}

static bool item_detector(struct compile *compile, const struct node *node, void *out)
{
	enum detector detector;

	if (!compile_is_word(compile, node))
		return false;
	if (!detector_parse(node->text, &detector))
		return compile_unknown(compile, node->line, node->column, "detector", node->text,
				       detector_names(), DETECTOR_COUNT);
	*(unsigned *)out |= DETECTOR_BIT(detector);
	return true;
}

/* It is made once the rule's actions are known: compile_condition(). */
static bool item_condition(struct compile *compile, const struct node *node, void *out)
{
	(void)out;
	return compile_is_word(compile, node);
}

bool compile_condition(struct compile *compile, const struct node *node, unsigned actions,
		       bool are_named, struct match *match)
{
	const struct condition_scope scope = {
		.variables = compile->variables,
		.actions = actions,
		.actions_are_named = are_named,
	};
	struct condition_fault fault;
	struct node copy;
	int r = condition_compile(compile->arena, node->text, &scope, &match->condition,
				  &match->condition_actions, &fault);

	if (r == -EINVAL)
		return compile_fail(compile, at_offset(node, fault.offset, &copy), "%s",
				    fault.text);
	return r == 0 ? true : compile_short(compile);
}

static bool address_add(struct compile *compile, const struct node *node, bool only_ip,
			const struct address **list)
{
	struct fault fault = { 0 };
	struct address *address;
	const char *text;

	if (!compile_text(compile, node, &text))
		return false;
	address = arena_alloc(compile->arena, sizeof(*address));
	if (!address)
		return compile_short(compile);
	if (address_parse(text, only_ip, address, &fault) < 0)
		return compile_fail(compile, node, "%s", fault.text);
	address->next = *list;
	*list = address;
	return true;
}

static bool item_host(struct compile *compile, const struct node *node, void *out)
{
	return address_add(compile, node, false, out);
}

static bool item_ip(struct compile *compile, const struct node *node, void *out)
{
	return address_add(compile, node, true, out);
}

static bool item_port(struct compile *compile, const struct node *node, void *out)
{
	const struct port_range **list = out;
	struct fault fault = { 0 };
	struct port_range *range;
	const char *text;

	if (!compile_text(compile, node, &text))
		return false;
	range = arena_alloc(compile->arena, sizeof(*range));
	if (!range)
		return compile_short(compile);
	if (port_parse(text, range, &fault) < 0)
		return compile_fail(compile, node, "%s", fault.text);
	range->next = *list;
	*list = range;
	return true;
}

static const struct {
	compile_fn *item;
	size_t offset; /* in struct match, of what it reads into */
	bool is_single;
} readers[FIELD_COUNT] = {
	[FIELD_PATH] = { item_path, offsetof(struct match, paths), false },
	[FIELD_PROTOCOL] = { compile_protocol, offsetof(struct match, protocols), false },
	[FIELD_PORT] = { item_port, offsetof(struct match, ports), false },
	[FIELD_IP] = { item_ip, offsetof(struct match, ips), false },
	[FIELD_HOST] = { item_host, offsetof(struct match, hosts), false },
	[FIELD_OWN] = { compile_bool, offsetof(struct match, own), true },
	[FIELD_HARMLESS] = { compile_bool, offsetof(struct match, harmless), true },
	[FIELD_PROGRAM] = { item_program, offsetof(struct match, programs), false },
	[FIELD_ARGS] = { item_text, offsetof(struct match, args), false },
	[FIELD_METHOD] = { item_word, offsetof(struct match, methods), false },
	[FIELD_URL] = { item_text, offsetof(struct match, urls), false },
	[FIELD_QUERY] = { item_text, offsetof(struct match, queries), false },
	[FIELD_VERB] = { item_word, offsetof(struct match, verbs), false },
	[FIELD_TABLES] = { item_text, offsetof(struct match, tables), false },
	[FIELD_CONDITION] = { item_condition, 0, true },
	[FIELD_DETECT] = { item_detector, offsetof(struct match, detectors), false },
	[FIELD_PATTERN] = { item_pattern, offsetof(struct match, searches), false },
};

bool compile_field(struct compile *compile, const struct node *node, void *out)
{
	struct match *match = out;
	unsigned field = 0;
	void *into;

	while (field < FIELD_COUNT && strcmp(node->key, field_name((enum field)field)) != 0)
		field++;
	if (field == FIELD_COUNT)
		return compile_fail(compile, node, "'%.80s' is no field", node->key);
	match->fields |= FIELD_BIT(field);
	into = (char *)match + readers[field].offset;
	if (readers[field].is_single)
		return readers[field].item(compile, node, into);
	return compile_items(compile, node, readers[field].item, into);
}
