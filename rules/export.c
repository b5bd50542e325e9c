/* SPDX-License-Identifier: MIT */
/*
 * A merged policy as one JSON policy that loads, and decides the same.
 *
 * Rules stand there as they were written. Two files may mean different things by one variable, so each
 * meaning gets a name of its own. Rules of the built-in policies come last: of two that are equally strict the
 * user's own decides, and there the first.
 */
#include "rules/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rules/explain.h"
#include "rules/merged.h"

#define NAME_SIZE 256
#define TEXT_SIZE (2 * 4096)

json_t *scalar_to_json(const struct node *node, void *data)
{
	(void)data;
	if (!node->is_quoted && strcmp(node->text, "true") == 0)
		return json_true();
	if (!node->is_quoted && strcmp(node->text, "false") == 0)
		return json_false();
	return json_string(node->text);
}

/* What is not complete would say something else. */
static json_t *drop(json_t *json)
{
	json_decref(json);
	return NULL;
}

json_t *node_to_json(const struct node *node, scalar_json_fn *scalar, void *data)
{
	bool is_map = node->kind == NODE_MAP;
	json_t *json;

	if (node->kind == NODE_SCALAR)
		return scalar(node, data);
	json = is_map ? json_object() : json_array();
	for (const struct node *item = node->items; item && json; item = item->next) {
		json_t *one = node_to_json(item, scalar, data);

		if ((is_map ? json_object_set_new(json, item->key, one)
			    : json_array_append_new(json, one)) < 0)
			json = drop(json);
	}
	return json;
}

/* The variables of the policy that is written, and those of the file whose rule it is. */
struct naming {
	json_t *vars;
	const struct variable *variables;
	bool is_test;
	bool is_literal; /* in a text that knows no variables */
};

/* What a file's variable is called in the policy that is written, where it is defined as well. */
static void name_variable(const struct naming *naming, const char *name, char out[NAME_SIZE])
{
	const char *value = variable_value(naming->variables, name);

	(void)snprintf(out, NAME_SIZE, "%s", name);
	for (unsigned i = 2; value; i++) {
		const char *there = json_string_value(json_object_get(naming->vars, out));

		if (!there)
			(void)json_object_set_new(naming->vars, out, json_string(value));
		if (!there || strcmp(there, value) == 0)
			return;
		(void)snprintf(out, NAME_SIZE, "%.200s_%u", name, i);
	}
}

/* Those that every run says itself have their names, and may have other values there. */
static bool is_own(const char *name)
{
	static const char *const own[] = {
		"WORKSPACE", "HOME", "TMPDIR", "CWD", "USER", "AGENT_ID"
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

static json_t *named_json(const struct node *node, void *data)
{
	const struct naming *naming = data;
	const char *at = node->text;
	char text[TEXT_SIZE];
	size_t used = 0;

	if (naming->is_literal || !strstr(at, "${"))
		return scalar_to_json(node, NULL);
	while (*at && used < sizeof(text)) {
		char name[NAME_SIZE], called[NAME_SIZE];
		size_t len = strcspn(at + 1, "}");

		if (strncmp(at, "${", 2) != 0 || len > sizeof(name)) {
			if (*at == '\\' && at[1])
				text[used++] = *at++;
			if (used < sizeof(text))
				text[used++] = *at++;
			continue;
		}
		(void)snprintf(name, sizeof(name), "%.*s", (int)len - 1, at + 2);
		(void)snprintf(called, sizeof(called), "%s", name);
		if (!is_own(name))
			name_variable(naming, name, called);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "${%s}", called);
		at += len + 2;
	}
	return used < sizeof(text) ? json_stringn(text, used) : NULL;
}

/* Texts for people, patterns, and contents in tests. */
static bool is_literal(const char *key, bool is_test)
{
	static const char *const literals[] = { "name", "description", "message", "pattern" };

	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++)
		if (strcmp(literals[i], key) == 0)
			return true;
	return is_test && (content_field_find(key) || strcmp(key, "headers") == 0);
}

static json_t *entry_json(const struct node *node, struct naming *naming);

/* One exception, or a list of them, whose keys are those of rules. */
static json_t *except_json(const struct node *node, struct naming *naming)
{
	json_t *json;

	if (node->kind == NODE_MAP)
		return entry_json(node, naming);
	json = json_array();
	for (const struct node *item = node->items; item && json; item = item->next)
		if (json_array_append_new(json, entry_json(item, naming)) < 0)
			json = drop(json);
	return json;
}

/* A rule or a test. */
static json_t *entry_json(const struct node *node, struct naming *naming)
{
	json_t *json = json_object();

	for (const struct node *item = node->items; item && json; item = item->next) {
		json_t *value;

		naming->is_literal = is_literal(item->key, naming->is_test);
		value = strcmp(item->key, "except") == 0 ? except_json(item, naming)
							 : node_to_json(item, named_json, naming);
		if (json_object_set_new(json, item->key, value) < 0)
			json = drop(json);
	}
	return json;
}

static json_t *rules_json(const struct policy *policy, struct naming *naming)
{
	json_t *rules = json_array();

	naming->is_test = false;
	for (int builtin = 0; builtin < 2; builtin++)
		for (const struct rule *rule = policy->rules; rule && rules; rule = rule->next) {
			if (rule->source->is_builtin != builtin)
				continue;
			naming->variables = rule->source->variables;
			if (json_array_append_new(rules, entry_json(rule->node, naming)) < 0)
				rules = drop(rules);
		}
	return rules;
}

/* Those that `agentos policy test` runs. */
static json_t *tests_json(const struct policy *policy, struct naming *naming)
{
	json_t *tests = json_array();

	naming->is_test = true;
	for (const struct policy_case *one = policy->cases; one && tests; one = one->next) {
		if (!one->source->is_named)
			continue;
		naming->variables = one->source->variables;
		if (json_array_append_new(tests, entry_json(one->node, naming)) < 0)
			tests = drop(tests);
	}
	return tests;
}

static json_t *limits_json(const struct policy_limits *limits)
{
	const struct {
		const char *name;
		uint64_t value;
		const char *unit;
	} rows[] = {
		{ "wall_time", limits->wall_time, "s" }, { "cpu_time", limits->cpu_time, "s" },
		{ "memory", limits->memory, "" },	 { "file_size", limits->file_size, "" },
		{ "processes", limits->processes, "" },	 { "open_files", limits->open_files, "" },
		{ "output", limits->output, "" },
	};
	json_t *json = json_object();
	char text[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), "%" PRIu64 "%s", rows[i].value, rows[i].unit);
		if (rows[i].value)
			(void)json_object_set_new(json, rows[i].name, json_string(text));
	}
	return json;
}

/* The loader refuses maps and lists without anything in them. Return: @json; NULL when something is missing. */
static json_t *with(json_t *json, const char *key, json_t *value)
{
	bool is_empty = json_object_size(value) + json_array_size(value) == 0;

	if (!json || !value || (!is_empty && json_object_set(json, key, value) < 0))
		json = drop(json);
	json_decref(value);
	return json;
}

static json_t *export_json(const struct policy *policy)
{
	static const char *const records[] = {
		[POLICY_RECORD_CHANGES] = "changes",
		[POLICY_RECORD_ALL] = "all",
		[POLICY_RECORD_STRICT] = "strict",
	};
	struct naming naming = { .vars = json_object() };
	json_t *json = json_object();
	json_t *defaults = json_object();

	for (int i = 1; i < ACTION_COUNT; i++)
		(void)json_object_set_new(defaults, action_name((enum action)i),
					  json_string(verdict_name(policy->defaults[i])));
	(void)json_object_set_new(json, "version", json_string("1.0"));
	(void)json_object_set_new(json, "name", json_string("merged"));
	(void)json_object_set_new(json, "base", json_false());
	(void)json_object_set_new(json, "mode", json_string(policy->shadow ? "shadow" : "enforce"));
	if (policy->record != POLICY_RECORD_UNSAID)
		(void)json_object_set_new(json, "record", json_string(records[policy->record]));
	json = with(json, "limits", limits_json(&policy->limits));
	json = with(json, "default", defaults);
	json = with(json, "rules", rules_json(policy, &naming));
	json = with(json, "tests", tests_json(policy, &naming));
	return with(json, "vars", naming.vars);
}

int policy_export(const struct policy *policy, FILE *out)
{
	json_t *json = export_json(policy);
	int r = json ? json_dumpf(json, out, JSON_INDENT(2)) : -1;

	json_decref(json);
	return r < 0 || fputc('\n', out) == EOF ? -ENOMEM : 0;
}
