/* SPDX-License-Identifier: MIT */
/*
 * A policy only narrows: of two defaults the stricter holds, and only a policy
 * that was named itself can ask for shadow mode.
 */
#include "rules/merge.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/hash.h"
#include "common/nearest.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool read_version(struct compile *compile, const struct node *node, void *out)
{
	(void)out;
	if (node->kind == NODE_SCALAR && strcmp(node->text, "1.0") == 0)
		return true;
	return compile_fail(compile, node, "this version knows 'version: \"1.0\"' only");
}

static bool read_people(struct compile *compile, const struct node *node, void *out)
{
	(void)out;
	return compile_is_word(compile, node);
}

static bool read_base(struct compile *compile, const struct node *node, void *out)
{
	bool ignored; /* load_all() has looked at it */

	(void)out;
	return compile_bool(compile, node, &ignored);
}

static bool read_mode(struct compile *compile, const struct node *node, void *out)
{
	struct merge *merge = out;
	bool is_word = node->kind == NODE_SCALAR;

	if (is_word && strcmp(node->text, "enforce") == 0)
		merge->says_enforce = true;
	else if (is_word && strcmp(node->text, "shadow") == 0)
		merge->says_shadow = merge->says_shadow || compile->source->is_named;
	else
		return compile_fail(compile, node, "'mode' is enforce or shadow");
	return true;
}

/* Of several the one that keeps most. */
static bool read_record(struct compile *compile, const struct node *node, void *out)
{
	static const char *const words[] = {
		[POLICY_RECORD_CHANGES] = "changes",
		[POLICY_RECORD_ALL] = "all",
		[POLICY_RECORD_STRICT] = "strict",
	};
	struct policy *policy = ((struct merge *)out)->policy;

	for (size_t i = POLICY_RECORD_CHANGES; i < COUNT_OF(words) && node->kind == NODE_SCALAR;
	     i++) {
		if (strcmp(words[i], node->text) != 0)
			continue;
		if (i > policy->record)
			policy->record = (enum policy_record)i;
		return true;
	}
	return compile_fail(compile, node, "'record' is all, changes or strict");
}

/*
 * Defaults.
 */

static void default_say(struct merge *merge, unsigned actions, enum verdict verdict)
{
	for (int i = 1; i < ACTION_COUNT; i++)
		if (actions & ACTION_BIT(i))
			merge->defaults[i] = verdict;
	merge->has_default |= actions;
}

static bool default_kernel(struct compile *compile, const struct node *node, void *out)
{
	enum verdict verdict;

	if (!compile_verdict(compile, node, &verdict))
		return false;
	default_say(out, ACTION_KERNEL, verdict);
	return true;
}

static bool default_content(struct compile *compile, const struct node *node, void *out)
{
	enum verdict verdict;

	if (!compile_verdict(compile, node, &verdict))
		return false;
	default_say(out, ACTION_CONTENT, verdict);
	return true;
}

static bool default_action(struct compile *compile, const struct node *node, void *out)
{
	enum action action;
	enum verdict verdict;

	if (!action_parse(node->key, &action) || !compile_verdict(compile, node, &verdict))
		return false;
	default_say(out, ACTION_BIT(action), verdict);
	return true;
}

/* `kernel` and `content` are for what the others leave open, so they are read before them. */
static bool read_default(struct compile *compile, const struct node *node, void *out)
{
	static const struct key keys[] = {
		{ "kernel", compile_any },	   { "content", compile_any },
		{ "read_file", default_action },   { "write_file", default_action },
		{ "delete_file", default_action }, { "execute", default_action },
		{ "connect", default_action },	   { "listen", default_action },
		{ "resolve", default_action },	   { "database_query", default_action },
		{ "api_call", default_action },	   { "send_data", default_action },
		{ "output", default_action },	   { "tool_call", default_action },
	};
	const struct node *kernel, *content;
	bool good = true;

	if (node->kind == NODE_SCALAR)
		return default_kernel(compile, node, out);
	if (node->kind != NODE_MAP || !node->items)
		return compile_fail(compile, node, "a verdict, or a map of actions and verdicts");
	kernel = node_find(node, "kernel");
	content = node_find(node, "content");
	if (kernel)
		good = default_kernel(compile, kernel, out);
	if (content)
		good = default_content(compile, content, out) && good;
	return compile_map(compile, node, keys, COUNT_OF(keys), out) && good;
}

/*
 * Limits: of several the smallest holds.
 */

static const struct limit_key {
	const char *name;
	size_t offset; /* in struct policy_limits */
	bool (*parse)(const char *text, uint64_t *out);
	const char *hint;
} limit_keys[] = {
	{ "wall_time", offsetof(struct policy_limits, wall_time), duration_parse,
	  "30s, 10m or 2h" },
	{ "cpu_time", offsetof(struct policy_limits, cpu_time), duration_parse, "30s, 10m or 2h" },
	{ "memory", offsetof(struct policy_limits, memory), size_parse, "512MiB or 2GiB" },
	{ "file_size", offsetof(struct policy_limits, file_size), size_parse, "512MiB or 2GiB" },
	{ "processes", offsetof(struct policy_limits, processes), count_parse,
	  "a number such as 200" },
	{ "open_files", offsetof(struct policy_limits, open_files), count_parse,
	  "a number such as 1024" },
	{ "output", offsetof(struct policy_limits, output), size_parse, "64MiB or 2GiB" },
};

static bool limit_read(struct compile *compile, const struct node *node, void *out)
{
	char *base = (char *)&((struct merge *)out)->policy->limits;
	const struct limit_key *key = limit_keys;
	uint64_t *limit, value;

	while (strcmp(key->name, node->key) != 0)
		key++;
	if (!compile_is_word(compile, node))
		return false;
	if (!key->parse(node->text, &value) || value == 0)
		return compile_fail(compile, node, "'%.80s' is no '%s'; hint: write %s", node->text,
				    key->name, key->hint);
	limit = (uint64_t *)(void *)(base + key->offset);
	if (*limit == 0 || value < *limit)
		*limit = value;
	return true;
}

static bool read_limits(struct compile *compile, const struct node *node, void *out)
{
	static const struct key keys[] = {
		{ "wall_time", limit_read }, { "cpu_time", limit_read },
		{ "memory", limit_read },    { "file_size", limit_read },
		{ "processes", limit_read }, { "open_files", limit_read },
		{ "output", limit_read },
	};

	if (node->kind != NODE_MAP || !node->items)
		return compile_fail(compile, node, "a map of limits: wall_time, memory, ...");
	return compile_map(compile, node, keys, COUNT_OF(keys), out);
}

/*
 * Escalation.
 */

static bool read_denials(struct compile *compile, const struct node *node, void *out)
{
	struct policy_escalation *escalation = out;

	if (!compile_is_word(compile, node))
		return false;
	return rate_parse(node->text, &escalation->denials) ||
	       compile_fail(compile, node, "'%.80s' is no rate; hint: write 20/minute", node->text);
}

static bool read_escalation_signal(struct compile *compile, const struct node *node, void *out)
{
	return compile_signal(compile, node, &((struct policy_escalation *)out)->verdict);
}

/* Of two the one that comes sooner: by denials a second. */
static bool is_sooner(const struct policy_escalation *a, const struct policy_escalation *b)
{
	return b->verdict == VERDICT_ALLOW ||
	       a->denials.count * b->denials.period < b->denials.count * a->denials.period;
}

static bool read_escalate(struct compile *compile, const struct node *node, void *out)
{
	static const struct key keys[] = {
		{ "denials", read_denials },
		{ "signal", read_escalation_signal },
	};
	struct policy *policy = ((struct merge *)out)->policy;
	struct policy_escalation escalation = { .verdict = VERDICT_ALLOW };

	if (node->kind != NODE_MAP || !node_find(node, "denials") || !node_find(node, "signal"))
		return compile_fail(
			compile, node,
			"a map is needed here: { denials: 20/minute, signal: SIGSTOP }");
	if (!compile_map(compile, node, keys, COUNT_OF(keys), &escalation))
		return false;
	if (is_sooner(&escalation, &policy->escalation))
		policy->escalation = escalation;
	return true;
}

/* Of what several files say, the strictest. */
static void merge_defaults(struct merge *merge)
{
	enum verdict *merged = merge->policy->defaults;

	for (int i = 1; i < ACTION_COUNT; i++) {
		if (!(merge->has_default & ACTION_BIT(i)))
			continue;
		if (!(merge->had_default & ACTION_BIT(i)) || merge->defaults[i] > merged[i])
			merged[i] = merge->defaults[i];
	}
	merge->had_default |= merge->has_default;
	merge->has_default = 0;
}

/*
 * Rules and tests.
 */

static const struct rule **bucket_of(struct merge *merge, const char *name)
{
	return &merge->named[hash_string(HASH_START, name) % MERGE_BUCKETS];
}

static const struct rule *rule_named(struct merge *merge, const char *name)
{
	const struct rule *rule = *bucket_of(merge, name);

	while (rule && strcmp(rule->name, name) != 0)
		rule = rule->next_named;
	return rule;
}

static bool item_rule(struct compile *compile, const struct node *node, void *out)
{
	struct merge *merge = out;
	const struct rule *same, **bucket;
	struct rule *rule;

	if (!compile_rule(compile, node, &rule))
		return false;
	same = rule_named(merge, rule->name);
	if (same)
		return compile_fail(compile, node_find(node, "name"),
				    "the name '%.80s' is used twice, first in %s:%u", rule->name,
				    same->source->label, same->line);
	if (merge->rule_count == MERGE_RULES_MAX)
		return compile_fail(compile, node, "the policy has more than %d rules",
				    MERGE_RULES_MAX);
	if (rule->enabled && rule->has_limit && merge->limit_count++ == RULE_LIMITS_MAX)
		return compile_fail(compile, node_find(node, "limit"),
				    "the policy has more than %d rules with a limit; hint: "
				    "'limit_by' counts hosts, programs or agents apart in one rule",
				    RULE_LIMITS_MAX);
	rule->index = merge->rule_count++;
	if (merge->last_rule)
		((struct rule *)(uintptr_t)merge->last_rule)->next = rule;
	else
		merge->policy->rules = rule;
	merge->last_rule = rule;
	bucket = bucket_of(merge, rule->name);
	rule->next_named = *bucket;
	*bucket = rule;
	return true;
}

static bool item_case(struct compile *compile, const struct node *node, void *out)
{
	struct merge *merge = out;
	struct policy_case *one;

	if (!compile_case(compile, node, &one))
		return false;
	if (merge->last_case)
		((struct policy_case *)(uintptr_t)merge->last_case)->next = one;
	else
		merge->policy->cases = one;
	merge->last_case = one;
	return true;
}

static bool read_list(struct compile *compile, const struct node *node, compile_fn *item, void *out)
{
	if (node->kind != NODE_LIST || !node->items)
		return compile_fail(compile, node, "'%s' is a list with at least one item",
				    node->key);
	for (const struct node *one = node->items; one; one = one->next)
		(void)item(compile, one, out);
	return true;
}

static bool read_rules(struct compile *compile, const struct node *node, void *out)
{
	return read_list(compile, node, item_rule, out);
}

static bool read_tests(struct compile *compile, const struct node *node, void *out)
{
	return read_list(compile, node, item_case, out);
}

static const struct key file_keys[] = {
	{ "version", read_version },	{ "name", read_people },
	{ "description", read_people }, { "extends", compile_any }, /* by load_all() */
	{ "base", read_base },		{ "mode", read_mode },
	{ "vars", compile_any }, /* by load_all() */
	{ "default", read_default },	{ "rules", read_rules },
	{ "limits", read_limits },	{ "record", read_record },
	{ "escalate", read_escalate },	{ "tests", read_tests },
};

void merge_file(struct merge *merge, const struct loaded *file)
{
	struct compile *compile = &merge->compile;

	compile->source = file->source;
	compile->variables = file->variables;
	if (!node_find(file->root, "version"))
		(void)compile_fail(compile, file->root, "'version: \"1.0\"' is missing");
	if (!node_find(file->root, "name"))
		(void)compile_fail(compile, file->root, "'name' is missing");
	(void)compile_map(compile, file->root, file_keys, COUNT_OF(file_keys), merge);
	merge_defaults(merge);
}

/* A test that waits for a rule that is not there can never pass. */
static void check_case(struct merge *merge, const struct policy_case *one)
{
	if (!one->rule || strcmp(one->rule, DEFAULT_RULE) == 0 || rule_named(merge, one->rule))
		return;
	merge->compile.source = one->source;
	(void)compile_fail(&merge->compile, node_find(one->node, "rule"),
			   "there is no rule named '%.80s'", one->rule);
}

static bool match_reads_statements(const struct match *match)
{
	static const char *const names[] = { "verb", "tables", "has_where" };

	if (match->fields & (FIELD_BIT(FIELD_VERB) | FIELD_BIT(FIELD_TABLES)))
		return true;
	for (size_t i = 0; i < COUNT_OF(names) && match->condition; i++)
		if (condition_concerns(match->condition, names[i]))
			return true;
	return false;
}

static bool rule_reads_statements(const struct rule *rule)
{
	const struct match *except = rule->excepts;

	while (except && !match_reads_statements(except))
		except = except->next;
	return rule->changes_only || except || match_reads_statements(&rule->match);
}

void merge_finish(struct merge *merge)
{
	bool is_complete = merge->compile.errors->count == 0;

	/* The rules that are wrong are not among the others. */
	for (const struct policy_case *one = merge->policy->cases; one && is_complete;
	     one = one->next)
		check_case(merge, one);
	for (int i = 1; i < ACTION_COUNT; i++)
		if (!(merge->had_default & ACTION_BIT(i)))
			merge->policy->defaults[i] = ACTION_BIT(i) & ACTION_KERNEL ? VERDICT_DENY
										   : VERDICT_ALLOW;
	for (const struct rule *rule = merge->policy->rules; rule; rule = rule->next)
		if (rule->enabled && rule_reads_statements(rule))
			merge->policy->reads_statements = true;
	merge->policy->shadow = merge->says_shadow && !merge->says_enforce;
}
