/* SPDX-License-Identifier: MIT */
/*
 * What the layers ask of a policy: which trees a class of actions can touch,
 * and where the kernel alone decides as the rules would.
 */
#include <stdio.h>
#include <string.h>

#include "rules/explain.h"
#include "rules/merged.h"
#include "rules/plan.h"
#include "rules/policy.h"

/* Fields that look at a whole text. */
#define SEARCHED (FIELD_BIT(FIELD_PATTERN) | FIELD_BIT(FIELD_DETECT))

static bool concerns(const struct rule *rule, enum action action)
{
	return rule->enabled && rule->actions & ACTION_BIT(action);
}

/* Of execute, the program is the file that runs, and no matter of who acts. */
static bool looks_at_image(const struct match *match, unsigned actions)
{
	static const char *const of_image[] = {
		"argv", "args", "argc", "script", "program", "pid"
	};

	if (match->fields & FIELD_BIT(FIELD_ARGS))
		return true;
	if (match->fields & SEARCHED && actions & ACTION_BIT(ACTION_EXECUTE))
		return true;
	for (size_t i = 0; match->condition && i < sizeof(of_image) / sizeof(of_image[0]); i++)
		if (condition_concerns(match->condition, of_image[i]))
			return true;
	return match->fields & FIELD_BIT(FIELD_PROGRAM) && actions & ~ACTION_BIT(ACTION_EXECUTE);
}

static bool rule_looks_at_image(const struct rule *rule)
{
	if (looks_at_image(&rule->match, rule->actions))
		return true;
	for (const struct match *except = rule->excepts; except; except = except->next)
		if (looks_at_image(except, rule->actions))
			return true;
	return false;
}

bool policy_needs_image_integrity(const struct policy *policy)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		if (rule->enabled && rule_looks_at_image(rule))
			return true;
	return false;
}

static bool match_looks_at(const struct match *match, const char *field)
{
	bool has_key = match->fields & FIELD_BIT(FIELD_PROGRAM) && strcmp(field, "program") == 0;

	return has_key || (match->condition && condition_concerns(match->condition, field));
}

bool policy_looks_at(const struct policy *policy, const char *field)
{
	bool is_program = strcmp(field, "program") == 0;

	for (const struct rule *rule = policy->rules; rule; rule = rule->next) {
		if (!rule->enabled)
			continue;
		if (match_looks_at(&rule->match, field) ||
		    (is_program && rule->has_limit && rule->limit_by == LIMIT_BY_PROGRAM))
			return true;
		for (const struct match *except = rule->excepts; except; except = except->next)
			if (match_looks_at(except, field))
				return true;
	}
	return false;
}

int policy_rules(const struct policy *policy, rule_fn *visit, void *data)
{
	int r = 0;

	for (const struct rule *rule = policy->rules; rule && r == 0; rule = rule->next) {
		const struct rule_view view = {
			.name = rule->name,
			.file = rule->source->label,
			.line = rule->line,
			.actions = rule->actions,
			.verdict = rule->grants_nothing && rule->verdict < VERDICT_DENY
					   ? VERDICT_DENY
					   : rule->verdict,
			.is_enabled = rule->enabled,
			.has_limit = rule->has_limit,
			.looks_at_image = rule_looks_at_image(rule),
		};

		r = visit(&view, data);
	}
	return r;
}

bool rule_means_content(const struct rule *rule)
{
	/* Mail goes by the ports and hosts that connect is judged by. */
	return rule->actions & ACTION_CONTENT & ~rule->mail_actions &&
	       (node_find(rule->node, "on") || !(rule->actions & ACTION_KERNEL));
}

/* A limit refuses as well, later. */
static bool may_refuse(const struct rule *rule)
{
	return rule->verdict != VERDICT_ALLOW || rule->has_limit;
}

bool policy_needs_content(const struct policy *policy, unsigned actions, struct decision *out_rule)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next) {
		if (!rule->enabled || rule->source->is_builtin || !rule_means_content(rule) ||
		    !may_refuse(rule) || !(rule->actions & actions))
			continue;
		*out_rule = (struct decision){
			.verdict = rule->verdict,
			.rule = rule->name,
			.file = rule->source->label,
			.line = rule->line,
		};
		return true;
	}
	return false;
}

static bool reads_data(const struct match *match)
{
	return match->fields & SEARCHED || match->condition;
}

bool policy_reads_output(const struct policy *policy)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next) {
		bool reads = concerns(rule, ACTION_OUTPUT) && reads_data(&rule->match);

		for (const struct match *except = rule->excepts; except; except = except->next)
			reads |= concerns(rule, ACTION_OUTPUT) && reads_data(except);
		if (reads)
			return true;
	}
	return false;
}

unsigned policy_content_actions(const struct policy *policy)
{
	unsigned actions = 0;

	for (enum action action = ACTION_RESOLVE; action < ACTION_COUNT; action++)
		if (policy->defaults[action] != VERDICT_ALLOW)
			actions |= ACTION_BIT(action);
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		if (rule->enabled && rule_means_content(rule) && may_refuse(rule))
			actions |= rule->actions & ACTION_CONTENT;
	return actions;
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
	if (policy->defaults[ACTION_EXECUTE] < VERDICT_DENY)
		return false;
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		if (concerns(rule, ACTION_EXECUTE) &&
		    (rule_may_refuse(rule) || rule->until || !is_trees_only(rule)))
			return false;
	return true;
}

/* The deepest directory that holds all that a glob can match. */
static int visit_hull(const struct glob *glob, bool is_whole, policy_tree_fn *visit, void *data)
{
	char path[GLOB_PATTERN_MAX];
	size_t len = glob->prefix_len;

	/* An abstract socket and a file without a name are in no tree. */
	if (glob->text[0] == '@' || strncmp(glob->prefix, "/memfd:", 7) == 0)
		return 0;
	if (!glob->is_literal && !glob->is_tree)
		while (len > 0 && glob->prefix[len - 1] != '/')
			len--;
	while (len > 0 && glob->prefix[len - 1] == '/')
		len--;
	if (len == 0)
		return visit("/", is_whole && glob->is_tree, data);
	memcpy(path, glob->prefix, len);
	path[len] = '\0';
	return visit(path, is_whole && glob->is_tree, data);
}

/* Whether each of a list is a path; a base name can be anywhere. */
static bool are_paths(const struct glob *globs)
{
	for (const struct glob *glob = globs; glob; glob = glob->next)
		if (glob_is_base_name(glob))
			return false;
	return globs;
}

/* Whether a rule grants all that its trees hold. */
static bool is_unconditional(const struct rule *rule)
{
	return !(rule->match.fields & ~FIELD_BIT(FIELD_PATH)) && !rule->excepts;
}

static int visit_rule(const struct rule *rule, enum action action, policy_tree_fn *visit,
		      void *data)
{
	const struct glob *globs = rule->match.paths;
	bool is_whole = is_unconditional(rule);
	int r = 0;

	if (!(rule->match.fields & FIELD_BIT(FIELD_PATH))) {
		if (action != ACTION_EXECUTE || !are_paths(rule->match.programs))
			return visit("/", is_whole, data);
		globs = rule->match.programs;
	}
	for (const struct glob *glob = globs; glob && r == 0; glob = glob->next)
		r = visit_hull(glob, is_whole, visit, data);
	return r;
}

int policy_trees(const struct policy *policy, enum action action, policy_tree_fn *visit, void *data)
{
	int r = 0;

	if (policy->defaults[action] < VERDICT_DENY)
		return visit("/", true, data);
	for (const struct rule *rule = policy->rules; rule && r == 0; rule = rule->next)
		if (concerns(rule, action) && rule_may_grant(rule))
			r = visit_rule(rule, action, visit, data);
	return r;
}

static bool grants_tree(const struct rule *rule, const char *path)
{
	if (!is_unconditional(rule) || rule->until)
		return false;
	if (rule->match.fields == 0)
		return true;
	for (const struct glob *glob = rule->match.paths; glob; glob = glob->next)
		if (glob->is_tree && glob_matches(glob, path, strlen(path)))
			return true;
	return false;
}

static bool could_match_in(const struct rule *rule, const char *path)
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
	bool granted = policy->defaults[action] == VERDICT_ALLOW;

	for (const struct rule *rule = policy->rules; rule; rule = rule->next) {
		if (!concerns(rule, action))
			continue;
		if (rule->verdict == VERDICT_ALLOW && !rule->has_limit)
			granted = granted || grants_tree(rule, path);
		else if (could_match_in(rule, path))
			return false; /* to be refused, or to be flagged */
	}
	return granted;
}

/*
 * Names below a directory before and after a rename. For each list of globs it is enough to
 * know where their automata stand, since from there on they read the same names.
 */

struct below {
	const struct glob *globs;
	const char *path;
	bool none; /* no name below matches */
	bool all;  /* every name below matches */
};

static struct below look_below(const struct glob *globs, const char *path)
{
	struct below below = { .globs = globs, .path = path, .none = true };
	struct glob_states states;

	for (const struct glob *glob = globs; glob; glob = glob->next) {
		glob_states_below(glob, path, &states);
		below.none = below.none && glob_states_empty(glob, &states);
		below.all = below.all || glob_states_full(glob, &states);
	}
	return below;
}

static bool globs_agree(const struct below *from, const struct below *to)
{
	struct glob_states at_from, at_to;

	if (from->all || to->all || from->none || to->none)
		return from->all == to->all && from->none == to->none;
	for (const struct glob *glob = from->globs; glob; glob = glob->next) {
		glob_states_below(glob, from->path, &at_from);
		glob_states_below(glob, to->path, &at_to);
		if (!glob_states_equal(glob, &at_from, &at_to))
			return false;
	}
	return true;
}

/* Whether a rule refuses nothing below @path: no pattern reaches there, or an exception takes out all. */
static bool is_nothing_below(const struct rule *rule, const char *path)
{
	if (rule->match.fields & FIELD_BIT(FIELD_PATH) && look_below(rule->match.paths, path).none)
		return true;
	for (const struct match *except = rule->excepts; except; except = except->next)
		if (except->fields == FIELD_BIT(FIELD_PATH) && look_below(except->paths, path).all)
			return true;
	return false;
}

/* Whether a path is looked at by what has no automaton: then nobody can say what it is below. */
static bool is_opaque(const struct match *match)
{
	return match->fields & SEARCHED ||
	       (match->condition && (condition_concerns(match->condition, "path") ||
				     condition_concerns(match->condition, "dir")));
}

static bool rule_is_opaque(const struct rule *rule)
{
	const struct match *except = rule->excepts;

	while (except && !is_opaque(except))
		except = except->next;
	return except || is_opaque(&rule->match);
}

static bool rule_agrees(const struct rule *rule, const char *from, const char *to)
{
	bool nothing = is_nothing_below(rule, from);
	struct below at_from, at_to;

	if (nothing || is_nothing_below(rule, to))
		return nothing == is_nothing_below(rule, to);
	if (rule_is_opaque(rule))
		return false;
	at_from = look_below(rule->match.paths, from);
	at_to = look_below(rule->match.paths, to);
	if (!globs_agree(&at_from, &at_to))
		return false;
	for (const struct match *except = rule->excepts; except; except = except->next) {
		at_from = look_below(except->paths, from);
		at_to = look_below(except->paths, to);
		if (!globs_agree(&at_from, &at_to))
			return false;
	}
	return true;
}

bool policy_names_agree(const struct policy *policy, const char *from, const char *to)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		if (rule->enabled && rule_may_refuse(rule) && rule->actions & ACTION_FILES &&
		    !rule_agrees(rule, from, to))
			return false;
	return true;
}

/* The same path with a last name that no rule is likely to know. Return: whether it fits. */
static bool neutral_sibling(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');
	int len = slash ? snprintf(out, size, "%.*s/agentos.neutral.name", (int)(slash - path),
				   path)
			: -1;

	return len > 0 && (size_t)len < size;
}

static bool rule_protects_below(const struct rule *rule, const char *path, const char *neutral)
{
	struct below at_path = look_below(rule->match.paths, path);
	struct below at_neutral = look_below(rule->match.paths, neutral);

	return !is_nothing_below(rule, path) && !globs_agree(&at_neutral, &at_path);
}

bool policy_protects_below(const struct policy *policy, const char *path)
{
	char neutral[GLOB_PATTERN_MAX];

	if (!neutral_sibling(path, neutral, sizeof(neutral)))
		return true;
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		if (rule->enabled && rule_may_refuse(rule) && rule->actions & ACTION_FILES &&
		    rule_protects_below(rule, path, neutral))
			return true;
	return false;
}

int policy_hosts(const struct policy *policy, policy_host_fn *visit, void *data)
{
	int r = 0;

	for (const struct host *host = policy->hosts; host && r == 0; host = host->next)
		r = visit(host->name, data);
	return r;
}
