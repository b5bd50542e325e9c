/* SPDX-License-Identifier: MIT */
/*
 * The merged rules as a person wrote them, each with its origin.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/printable.h"
#include "rules/explain.h"
#include "rules/export.h"
#include "rules/merged.h"

#define TEXT_SHOWN 8192

static json_t *rule_json(const struct rule *rule)
{
	json_t *json = node_to_json(rule->node, scalar_to_json, NULL);
	json_t *on = json_array();
	char origin[512];

	for (int i = 1; i < ACTION_COUNT; i++)
		if (rule->actions & ACTION_BIT(i))
			(void)json_array_append_new(on, json_string(action_name((enum action)i)));
	(void)snprintf(origin, sizeof(origin), "%s:%u", rule->source->label, rule->line);
	(void)json_object_set_new(json, "on", on);
	(void)json_object_set_new(json, "origin", json_string(origin));
	return json;
}

static json_t *policy_json(const struct policy *policy)
{
	json_t *json = json_object();
	json_t *files = json_array();
	json_t *defaults = json_object();
	json_t *rules = json_array();

	for (const struct source *source = policy->sources; source; source = source->next)
		(void)json_array_append_new(files, json_string(source->path));
	for (int i = 1; i < ACTION_COUNT; i++)
		(void)json_object_set_new(defaults, action_name((enum action)i),
					  json_string(verdict_name(policy->defaults[i])));
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		(void)json_array_append_new(rules, rule_json(rule));
	(void)json_object_set_new(json, "hash", json_string(policy->hash));
	(void)json_object_set_new(json, "mode", json_string(policy->shadow ? "shadow" : "enforce"));
	(void)json_object_set_new(json, "files", files);
	(void)json_object_set_new(json, "default", defaults);
	(void)json_object_set_new(json, "rules", rules);
	return json;
}

static void print_node(const struct node *node, FILE *out)
{
	const char *between = "";
	char shown[TEXT_SHOWN];

	if (node->kind == NODE_SCALAR) {
		(void)fprintf(out, "%s", printable_copy(node->text, shown, sizeof(shown)));
		return;
	}
	(void)fprintf(out, "%c", node->kind == NODE_MAP ? '{' : '[');
	for (const struct node *item = node->items; item; item = item->next) {
		(void)fprintf(out, "%s", between);
		if (item->key)
			(void)fprintf(out, "%s: ", item->key);
		print_node(item, out);
		between = ", ";
	}
	(void)fprintf(out, "%c", node->kind == NODE_MAP ? '}' : ']');
}

static void print_rule(const struct rule *rule, FILE *out)
{
	(void)fprintf(out, "\n%s  %s  (%s:%u)%s\n", verdict_name(rule->verdict), rule->name,
		      rule->source->label, rule->line, rule->enabled ? "" : "  switched off");
	for (const struct node *entry = rule->node->items; entry; entry = entry->next) {
		if (strcmp(entry->key, "name") == 0 || strcmp(entry->key, "action") == 0)
			continue;
		(void)fprintf(out, "  %s: ", entry->key);
		print_node(entry, out);
		(void)fprintf(out, "\n");
	}
}

int policy_show(const struct policy *policy, bool as_json, FILE *out)
{
	if (as_json) {
		json_t *json = policy_json(policy);
		int r = json ? json_dumpf(json, out, JSON_INDENT(2)) : -1;

		json_decref(json);
		return r < 0 || fputc('\n', out) == EOF ? -ENOMEM : 0;
	}
	for (const struct source *source = policy->sources; source; source = source->next)
		(void)fprintf(out, "file  %s\n", source->path);
	/* Content is allowed unless somebody says otherwise. */
	for (int i = 1; i < ACTION_COUNT; i++)
		if (ACTION_BIT(i) & ACTION_KERNEL || policy->defaults[i] != VERDICT_ALLOW)
			(void)fprintf(out, "default  %s: %s\n", action_name((enum action)i),
				      verdict_name(policy->defaults[i]));
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		print_rule(rule, out);
	return ferror(out) ? -EIO : 0;
}
