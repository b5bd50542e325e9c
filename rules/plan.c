/* SPDX-License-Identifier: MIT */
/*
 * What the layers ask of a policy: which trees a class of actions can touch,
 * and where the kernel alone decides as the rules would.
 */
#include <string.h>

#include "rules/merged.h"
#include "rules/policy.h"

static bool concerns(const struct rule *rule, enum action action)
{
	return rule->enabled && rule->actions & ACTION_BIT(action);
}

static bool looks_at_image(const struct match *match)
{
	return match->fields & (FIELD_BIT(FIELD_PROGRAM) | FIELD_BIT(FIELD_ARGS));
}

bool policy_needs_image_integrity(const struct policy *policy)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next) {
		if (!rule->enabled)
			continue;
		if (looks_at_image(&rule->match))
			return true;
		for (const struct match *except = rule->excepts; except; except = except->next)
			if (looks_at_image(except))
				return true;
	}
	return false;
}

/* Whether a granting rule says nothing but "these trees". */
static bool is_trees_only(const struct rule *rule)
{
	if (rule->match.fields != FIELD_BIT(FIELD_PATH) || rule->excepts)
		return false;
	for (const struct glob *glob = rule->match.paths; glob; glob = glob->next)
		if (!glob->is_tree)
			return false;
	return true;
}

bool policy_execute_is_static(const struct policy *policy)
{
	if (verdict_grants(policy->defaults[ACTION_EXECUTE]))
		return false;
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		if (concerns(rule, ACTION_EXECUTE) &&
		    (!verdict_grants(rule->verdict) || !is_trees_only(rule)))
			return false;
	return true;
}

/* The deepest directory that holds all that a glob can match. */
static int visit_hull(const struct glob *glob, bool is_whole, policy_tree_fn *visit, void *data)
{
	char path[GLOB_PATTERN_MAX];
	size_t len = glob->prefix_len;

	if (glob->prefix[0] != '/' && len > 0)
		return 0; /* an abstract socket is in no tree */
	if (!glob->is_literal && !glob->is_tree)
		while (len > 0 && glob->prefix[len - 1] != '/')
			len--;
	while (len > 1 && glob->prefix[len - 1] == '/')
		len--;
	if (len == 0)
		return visit("/", is_whole && glob->is_tree, data);
	memcpy(path, glob->prefix, len);
	path[len] = '\0';
	return visit(path, is_whole && glob->is_tree, data);
}

int policy_trees(const struct policy *policy, enum action action, policy_tree_fn *visit, void *data)
{
	int r = 0;

	if (verdict_grants(policy->defaults[action]))
		return visit("/", true, data);
	for (const struct rule *rule = policy->rules; rule && r == 0; rule = rule->next) {
		bool is_whole = rule->match.fields == FIELD_BIT(FIELD_PATH) && !rule->excepts;

		if (!concerns(rule, action) || !verdict_grants(rule->verdict))
			continue;
		if (!(rule->match.fields & FIELD_BIT(FIELD_PATH)))
			return visit("/", rule->match.fields == 0 && !rule->excepts, data);
		for (const struct glob *glob = rule->match.paths; glob && r == 0; glob = glob->next)
			r = visit_hull(glob, is_whole, visit, data);
	}
	return r;
}

/* Whether the tree of @glob holds @path. */
static bool tree_holds(const struct glob *glob, const char *path)
{
	return glob->is_tree && glob_matches(glob, path, strlen(path));
}

static bool grants_tree(const struct rule *rule, const char *path)
{
	if (rule->match.fields == 0)
		return !rule->excepts;
	if (!is_trees_only(rule))
		return false;
	for (const struct glob *glob = rule->match.paths; glob; glob = glob->next)
		if (tree_holds(glob, path))
			return true;
	return false;
}

static bool could_refuse_in(const struct rule *rule, const char *path)
{
	if (!(rule->match.fields & FIELD_BIT(FIELD_PATH)))
		return true;
	for (const struct glob *glob = rule->match.paths; glob; glob = glob->next)
		if (glob_touches(glob, path))
			return true;
	return false;
}

bool policy_tree_is_clean(const struct policy *policy, enum action action, const char *path)
{
	bool granted = verdict_grants(policy->defaults[action]);

	for (const struct rule *rule = policy->rules; rule; rule = rule->next) {
		if (!concerns(rule, action))
			continue;
		if (verdict_grants(rule->verdict))
			granted = granted || grants_tree(rule, path);
		else if (could_refuse_in(rule, path))
			return false;
	}
	return granted;
}

static bool globs_agree(const struct glob *globs, const char *from, const char *to)
{
	struct glob_states below_from, below_to;

	for (const struct glob *glob = globs; glob; glob = glob->next) {
		glob_states_below(glob, from, &below_from);
		glob_states_below(glob, to, &below_to);
		if (!glob_states_equal(glob, &below_from, &below_to))
			return false;
	}
	return true;
}

bool policy_names_agree(const struct policy *policy, const char *from, const char *to)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next) {
		if (!rule->enabled || verdict_grants(rule->verdict) || !(rule->actions & ACTION_FILES))
			continue;
		if (!globs_agree(rule->match.paths, from, to))
			return false;
		for (const struct match *except = rule->excepts; except; except = except->next)
			if (!globs_agree(except->paths, from, to))
				return false;
	}
	return true;
}

int policy_hosts(const struct policy *policy, policy_host_fn *visit, void *data)
{
	int r = 0;

	for (const struct rule *rule = policy->rules; rule && r == 0; rule = rule->next) {
		if (!concerns(rule, ACTION_CONNECT) || !verdict_grants(rule->verdict))
			continue;
		for (const struct address *host = rule->match.hosts; host && r == 0; host = host->next)
			if (host->kind == ADDRESS_NAME)
				r = visit(host->name, data);
	}
	return r;
}
