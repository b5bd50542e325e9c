/* SPDX-License-Identifier: MIT */
/*
 * Loading goes in three rounds over all files: read, collect variables,
 * compile; so that where a rule stands never matters.
 */
#include "rules/policy.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clean.h"
#include "rules/compile.h"
#include "rules/load.h"
#include "rules/merged.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const file_keys[] = {
	"version", "name", "description", "extends", "base",
	"mode",	   "vars", "default",	  "rules",   "tests",
};

struct build {
	struct policy *policy;
	struct load load;
	struct compile compile;
	const struct policy_scope *scope;
	bool *set_used; /* owned: of scope->sets */
	bool has_default[ACTION_COUNT];
};

/*
 * Variables.
 */

static bool variable_add(struct build *build, const char *name, size_t name_len, const char *value,
			 bool *used)
{
	struct arena *arena = &build->policy->arena;
	struct variable *variable = arena_alloc(arena, sizeof(*variable));
	const struct variable **end = &build->policy->variables;

	if (!variable)
		return false;
	variable->name = arena_copy(arena, name, name_len);
	variable->value = arena_copy(arena, value ? value : "", value ? strlen(value) : 0);
	variable->used = used;
	/* At the end: what is there already wins. */
	while (*end)
		end = (const struct variable **)(uintptr_t)&(*end)->next;
	*end = variable;
	return variable->name && variable->value;
}

static int variables_of_scope(struct build *build)
{
	const struct policy_scope *scope = build->scope;
	const struct {
		const char *name, *value;
	} own[] = {
		{ "WORKSPACE", scope->workspace }, { "HOME", scope->home },
		{ "TMPDIR", scope->tmpdir },	   { "CWD", scope->cwd },
		{ "USER", scope->user },	   { "AGENT_ID", scope->agent },
	};

	for (size_t i = 0; i < COUNT_OF(own); i++)
		if (!variable_add(build, own[i].name, strlen(own[i].name), own[i].value, NULL))
			return -ENOMEM;
	build->set_used = calloc(scope->set_count + 1, sizeof(bool));
	if (!build->set_used)
		return -ENOMEM;
	for (size_t i = 0; i < scope->set_count; i++) {
		const char *equals = strchr(scope->sets[i], '=');

		if (!equals || equals == scope->sets[i])
			return fault_set(build->load.fault, -EINVAL,
					 "cannot set a variable: '%s': NAME=VALUE is needed",
					 scope->sets[i]);
		if (!variable_add(build, scope->sets[i], (size_t)(equals - scope->sets[i]),
				  equals + 1, &build->set_used[i]))
			return -ENOMEM;
	}
	return 0;
}

static bool is_own_variable(const char *name)
{
	static const char *const own[] = {
		"WORKSPACE", "HOME", "TMPDIR", "CWD", "USER", "AGENT_ID",
	};

	for (size_t i = 0; i < COUNT_OF(own); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

static int variables_of_file(struct build *build, const struct loaded *file)
{
	const struct node *vars = node_find(file->root, "vars");

	build->compile.source = file->source;
	if (!vars)
		return 0;
	if (vars->kind != NODE_MAP) {
		(void)compile_fail(&build->compile, vars, "'vars' is a map of names and values");
		return 0;
	}
	for (const struct node *entry = vars->items; entry; entry = entry->next) {
		const char *value;

		build->compile.variables = build->policy->variables;
		if (is_own_variable(entry->key)) {
			(void)compile_fail(&build->compile, entry, "'%s' is set by agentos",
					   entry->key);
			continue;
		}
		value = compile_text(&build->compile, entry);
		if (value &&
		    !variable_add(build, entry->key, strlen(entry->key), value, NULL))
			return -ENOMEM;
	}
	return 0;
}

/* From the last file to the first: what extends may change what it extends. */
static int variables_of_files(struct build *build, const struct loaded *file)
{
	int r;

	if (!file)
		return 0;
	r = variables_of_files(build, file->next);
	return r < 0 ? r : variables_of_file(build, file);
}

/*
 * The keys of a file.
 */

static void read_header(struct build *build, const struct loaded *file)
{
	struct compile *compile = &build->compile;
	const struct node *version = node_find(file->root, "version");
	const struct node *mode = node_find(file->root, "mode");
	const struct node *base = node_find(file->root, "base");
	bool ignored;

	for (const struct node *entry = file->root->items; entry; entry = entry->next) {
		bool known = false;

		for (size_t i = 0; i < COUNT_OF(file_keys); i++)
			known = known || strcmp(entry->key, file_keys[i]) == 0;
		if (!known)
			(void)compile_unknown(compile, entry->key_line, entry->key_column, "key",
					      entry->key, file_keys, COUNT_OF(file_keys));
	}
	if (!version)
		(void)compile_fail(compile, file->root, "'version: \"1.0\"' is missing");
	else if (version->kind != NODE_SCALAR || strcmp(version->text, "1.0") != 0)
		(void)compile_fail(compile, version, "this version knows 'version: \"1.0\"' only");
	if (!node_find(file->root, "name"))
		(void)compile_fail(compile, file->root, "'name' is missing");
	if (base)
		(void)compile_bool(compile, base, &ignored);
	if (!mode)
		return;
	if (mode->kind == NODE_SCALAR && strcmp(mode->text, "shadow") == 0)
		build->policy->shadow = true;
	else if (mode->kind != NODE_SCALAR || strcmp(mode->text, "enforce") != 0)
		(void)compile_fail(compile, mode, "'mode' is enforce or shadow");
}

static void default_set(struct build *build, unsigned actions, enum verdict verdict)
{
	for (int i = 1; i < ACTION_COUNT; i++) {
		if (!(actions & ACTION_BIT(i)))
			continue;
		if (!build->has_default[i] || verdict > build->policy->defaults[i])
			build->policy->defaults[i] = verdict;
		build->has_default[i] = true;
	}
}

static void read_default(struct build *build, const struct loaded *file)
{
	const struct node *node = node_find(file->root, "default");
	struct compile *compile = &build->compile;
	enum verdict verdict;

	if (!node)
		return;
	if (node->kind == NODE_SCALAR) {
		if (compile_verdict(compile, node, &verdict))
			default_set(build, ACTION_ALL, verdict);
		return;
	}
	if (node->kind != NODE_MAP) {
		(void)compile_fail(compile, node, "a verdict, or a map of actions and verdicts");
		return;
	}
	for (const struct node *entry = node->items; entry; entry = entry->next) {
		static const char *const words[] = {
			"kernel",  "content", "read_file", "write_file", "delete_file",
			"execute", "connect", "listen",
		};
		enum action action;

		if (!compile_verdict(compile, entry, &verdict))
			continue;
		if (strcmp(entry->key, "kernel") == 0)
			default_set(build, ACTION_ALL, verdict);
		else if (action_parse(entry->key, &action))
			default_set(build, ACTION_BIT(action), verdict);
		else if (strcmp(entry->key, "content") != 0) /* no content is seen yet */
			(void)compile_unknown(compile, entry->key_line, entry->key_column, "action",
					      entry->key, words, COUNT_OF(words));
	}
}

static const struct rule *rule_named(const struct policy *policy, const char *name)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		if (strcmp(rule->name, name) == 0)
			return rule;
	return NULL;
}

static void rule_append(struct build *build, struct rule *rule, const struct node *node)
{
	const struct rule **end = &build->policy->rules;
	const struct rule *same = rule_named(build->policy, rule->name);
	unsigned index = 0;

	if (same) {
		(void)compile_fail(&build->compile, node_find(node, "name"),
				   "the name '%.80s' is used twice, first in %s:%u", rule->name,
				   same->source->label, same->line);
		return;
	}
	for (; *end; index++)
		end = (const struct rule **)(uintptr_t)&(*end)->next;
	rule->index = index;
	*end = rule;
}

/* A list under @key; each item goes to @read. */
static void each_in_list(struct build *build, const struct loaded *file, const char *key,
			 void (*read)(struct build *build, const struct node *node))
{
	const struct node *list = node_find(file->root, key);

	if (!list)
		return;
	if (list->kind != NODE_LIST || !list->items) {
		(void)compile_fail(&build->compile, list, "'%s' is a list with at least one item",
				   key);
		return;
	}
	for (const struct node *node = list->items; node; node = node->next)
		read(build, node);
}

static void read_rule(struct build *build, const struct node *node)
{
	struct rule *rule;

	if (compile_rule(&build->compile, node, &rule))
		rule_append(build, rule, node);
}

static void read_case(struct build *build, const struct node *node)
{
	const struct policy_case **end = &build->policy->cases;
	struct policy_case *one;

	if (!compile_case(&build->compile, node, &one))
		return;
	while (*end)
		end = (const struct policy_case **)(uintptr_t)&(*end)->next;
	*end = one;
}

static int compile_files(struct build *build)
{
	build->compile.variables = build->policy->variables;
	for (const struct loaded *file = build->load.files; file; file = file->next) {
		build->compile.source = file->source;
		read_header(build, file);
		read_default(build, file);
		each_in_list(build, file, "rules", read_rule);
		each_in_list(build, file, "tests", read_case);
	}
	for (int i = 1; i < ACTION_COUNT; i++)
		if (!build->has_default[i])
			build->policy->defaults[i] = VERDICT_DENY;
	return build->compile.no_memory ? -ENOMEM : build->load.errors->count ? -EINVAL : 0;
}

static int check_sets(const struct build *build)
{
	for (size_t i = 0; i < build->scope->set_count; i++)
		if (!build->set_used[i])
			return fault_set(build->load.fault, -EINVAL,
					 "cannot set a variable: '%s': no policy uses it",
					 build->scope->sets[i]);
	return 0;
}

/* Names and texts, each with its length, so that nothing can be moved from one to the other. */
static void hash_files(struct policy *policy, const struct loaded *files)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	for (const struct loaded *file = files; file; file = file->next) {
		char head[64];
		int len = snprintf(head, sizeof(head), "%zu:%zu:", strlen(file->source->label),
				   file->size);

		(void)crypto_hash_sha256_update(&state, (const unsigned char *)head, (size_t)len);
		(void)crypto_hash_sha256_update(&state, (const unsigned char *)file->source->label,
						strlen(file->source->label));
		(void)crypto_hash_sha256_update(&state, (const unsigned char *)file->text,
						file->size);
	}
	(void)crypto_hash_sha256_final(&state, digest);
	(void)sodium_bin2hex(policy->hash, sizeof(policy->hash), digest, sizeof(digest));
}

static int finish(struct build *build)
{
	struct policy *policy = build->policy;
	const struct source **end = &policy->sources;
	int r = 0;

	for (const struct loaded *file = build->load.files; file; file = file->next) {
		struct source *source = arena_alloc(&policy->arena, sizeof(*source));

		if (!source)
			return -ENOMEM;
		*source = *file->source;
		source->next = NULL;
		*end = source;
		end = (const struct source **)(uintptr_t)&source->next;
		policy->source_count++;
		if (source->is_builtin && strcmp(source->label, "base.yaml") == 0)
			policy->base = file->source;
	}
	for (int i = 1; i < ACTION_COUNT && r == 0; i++)
		r = index_build(&policy->arena, policy->rules, (enum action)i, &policy->indexes[i]);
	if (r == 0)
		hash_files(policy, build->load.files);
	return r;
}

static int build_all(struct build *build, const char *const *sources, size_t source_count)
{
	int r = variables_of_scope(build);

	if (r == 0)
		r = load_all(&build->load, sources, source_count);
	if (r == 0)
		r = variables_of_files(build, build->load.files);
	if (r == 0)
		r = compile_files(build);
	if (r == 0)
		r = check_sets(build);
	return r == 0 ? finish(build) : r;
}

/* The first error as the sentence of @fault, unless it has one of its own. */
static void fault_from_errors(struct fault *fault, int code, const struct policy_errors *errors)
{
	const struct policy_error *first = errors->items;

	if (errors->count > 0)
		(void)fault_set(fault, code, "%s:%u:%u: %s", first->file, first->line, first->column,
				first->text);
	else if (code == -ENOMEM)
		(void)fault_set(fault, code, "cannot load the policy: out of memory");
}

int policy_load(const char *const *sources, size_t source_count, const struct policy_scope *scope,
		struct policy **out_policy, struct policy_errors *errors, struct fault *fault)
{
	struct policy *policy = calloc(1, sizeof(*policy));
	struct build build = {
		.policy = policy,
		.load = { .errors = errors, .fault = fault },
		.compile = { .errors = errors },
		.scope = scope,
	};
	int r;

	if (!policy || sodium_init() < 0) {
		free(policy);
		return fault_set(fault, -ENOMEM, "cannot load the policy: out of memory");
	}
	build.load.arena = build.compile.arena = &policy->arena;
	r = build_all(&build, sources, source_count);
	free(build.set_used);
	if (r < 0) {
		fault_from_errors(fault, r, errors);
		policy_free(policy);
		return r;
	}
	*out_policy = policy;
	return 0;
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	arena_release(&policy->arena);
	free(policy);
}

bool policy_is_shadow(const struct policy *policy)
{
	return policy->shadow;
}

const char *policy_hash(const struct policy *policy)
{
	return policy->hash;
}

size_t policy_file_count(const struct policy *policy)
{
	return policy->source_count;
}

const char *policy_file(const struct policy *policy, size_t index)
{
	const struct source *source = policy->sources;

	while (index-- > 0 && source)
		source = source->next;
	return source ? source->path : "";
}
