/* SPDX-License-Identifier: MIT */
#include "cli/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "common/printable.h"
#include "rules/explain.h"
#include "rules/plan.h"

#define RELAY "relay in the launcher, whatever the program is"
#define TAPS "taps in the program; who has none does not reach such a peer"
#define TAPS_ALONE "taps in the program, by libc's functions"
#define SHOWN_SIZE 8192

const char *layer_of(enum action action)
{
	if (action == ACTION_OUTPUT)
		return RELAY;
	if (action == ACTION_RESOLVE)
		return TAPS_ALONE;
	if (ACTION_BIT(action) & ACTION_CONTENT)
		return TAPS;
	return action == ACTION_EXECUTE ? "supervisor, exec stop; landlock underneath"
					: "supervisor; landlock underneath";
}

/* How the execute class is decided, and why. */
static const char *execute_layer(const struct policy *policy)
{
	return policy_execute_is_static(policy)
		       ? "landlock decides as the rules do, the exec stop verifies"
		       : "the exec stop decides, since a rule looks at more than whole trees";
}

static int find_image_rule(const struct rule_view *rule, void *data)
{
	if (!rule->is_enabled || !rule->looks_at_image)
		return 0;
	*(const char **)data = rule->name;
	return 1;
}

/* What is sent to peers, rather than what is printed or looked up, when there are several. */
static enum action first_of(unsigned actions)
{
	static const enum action order[] = { ACTION_DATABASE_QUERY, ACTION_API_CALL,
					     ACTION_SEND_DATA,	    ACTION_TOOL_CALL,
					     ACTION_RESOLVE,	    ACTION_OUTPUT };
	size_t i = 0;

	while (i + 1 < sizeof(order) / sizeof(order[0]) && !(actions & ACTION_BIT(order[i])))
		i++;
	return order[i];
}

/*
 * As text.
 */

static int print_name(const char *name, void *data)
{
	unsigned *count = data;

	printf("%s%s", (*count)++ ? " " : "names resolved at the start: ", name);
	return 0;
}

static int print_tree(const char *path, bool is_exact, void *data)
{
	char shown[SHOWN_SIZE];

	(void)data;
	printf("  %s%s\n", printable_copy(path, shown, sizeof(shown)),
	       is_exact ? "" : "  (some of it)");
	return 0;
}

static void print_layers(unsigned actions)
{
	if (!(actions & ACTION_KERNEL)) {
		printf(": %s\n", layer_of(first_of(actions)));
		return;
	}
	printf(": %s%s%s\n",
	       layer_of(actions == ACTION_BIT(ACTION_EXECUTE) ? ACTION_EXECUTE : ACTION_READ_FILE),
	       actions & ACTION_CONTENT ? "; content by " : "",
	       actions & ACTION_CONTENT ? layer_of(first_of(actions & ACTION_CONTENT)) : "");
}

static int print_rule(const struct rule_view *rule, void *data)
{
	const char *between = "";

	(void)data;
	printf("%-6s %s (%s:%u)%s%s\n", verdict_name(rule->verdict), rule->name, rule->file,
	       rule->line, rule->has_limit ? "  limited" : "",
	       rule->is_enabled ? "" : "  switched off");
	if (!rule->is_enabled)
		return 0;
	printf("       ");
	for (int i = 1; i < ACTION_COUNT; i++) {
		if (!(rule->actions & ACTION_BIT(i)))
			continue;
		printf("%s%s", between, action_name((enum action)i));
		between = " ";
	}
	print_layers(rule->actions);
	return 0;
}

static void print_text(const struct policy *policy)
{
	const char *image_rule = NULL;
	unsigned names = 0;

	printf("execute: %s\n", execute_layer(policy));
	printf("programs that landlock lets run:\n");
	(void)policy_trees(policy, ACTION_EXECUTE, print_tree, NULL);
	if (policy_rules(policy, find_image_rule, &image_rule) > 0)
		printf("memory of other processes: never written, since rule '%s' looks at "
		       "arguments or at who acts\n",
		       image_rule);
	(void)policy_hosts(policy, print_name, &names);
	printf("%s", names ? "\n" : "");
	(void)policy_rules(policy, print_rule, NULL);
}

/*
 * As JSON.
 */

static int add_name(const char *name, void *data)
{
	return json_array_append_new(data, text_to_json(name));
}

static int add_tree(const char *path, bool is_exact, void *data)
{
	return json_array_append_new(
		data, json_pack("{s:o, s:b}", "path", text_to_json(path), "whole", is_exact));
}

static int add_rule(const struct rule_view *rule, void *data)
{
	json_t *layers = json_object();

	for (int i = 1; i < ACTION_COUNT; i++)
		if (rule->actions & ACTION_BIT(i))
			(void)json_object_set_new(layers, action_name((enum action)i),
						  json_string(layer_of((enum action)i)));
	return json_array_append_new(
		data, json_pack("{s:s, s:o, s:i, s:s, s:b, s:b, s:b, s:o}", "name", rule->name,
				"file", text_to_json(rule->file), "line", (int)rule->line,
				"verdict", verdict_name(rule->verdict), "enabled", rule->is_enabled,
				"limited", rule->has_limit, "looks_at_image", rule->looks_at_image,
				"enforced_by", layers));
}

static int print_json(const struct policy *policy)
{
	json_t *trees = json_array();
	json_t *names = json_array();
	json_t *rules = json_array();

	(void)policy_trees(policy, ACTION_EXECUTE, add_tree, trees);
	(void)policy_hosts(policy, add_name, names);
	(void)policy_rules(policy, add_rule, rules);
	return json_print(json_pack("{s:s, s:b, s:b, s:o, s:o, s:o}", "execute",
				    execute_layer(policy), "execute_is_static",
				    policy_execute_is_static(policy), "image_integrity",
				    policy_needs_image_integrity(policy), "programs", trees,
				    "names", names, "rules", rules));
}

int plan_print(const struct policy *policy, bool as_json)
{
	if (as_json)
		return print_json(policy);
	print_text(policy);
	return ferror(stdout) ? -EIO : 0;
}
