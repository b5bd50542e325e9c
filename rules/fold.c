/* SPDX-License-Identifier: MIT */
/*
 * A folded policy is a policy whose rules look at folded paths. Of a rule without a path (or, of
 * execute, a program) the policy itself has said all.
 */
#include <errno.h>
#include <stdlib.h>

#include "rules/merged.h"
#include "rules/policy.h"

/* Puts folded globs in front of @list. */
static int fold_globs(struct arena *arena, const struct glob *globs, const struct glob **list)
{
	int r = 0;

	for (const struct glob *glob = globs; glob && r == 0; glob = glob->next) {
		struct glob *folded;

		r = glob_fold(arena, glob, &folded);
		if (r < 0)
			break;
		folded->next = *list;
		*list = folded;
	}
	return r;
}

static int fold_excepts(struct arena *arena, const struct match *excepts, const struct match **list)
{
	int r = 0;

	for (; excepts && r == 0; excepts = excepts->next) {
		struct match *folded = arena_alloc(arena, sizeof(*folded));

		if (!folded)
			return -ENOMEM;
		/* The program that acts may lie where letter case counts: any other is not excepted. */
		*folded = *excepts;
		folded->next = *list;
		folded->paths = NULL;
		*list = folded;
		r = fold_globs(arena, excepts->paths, &folded->paths);
	}
	return r;
}

static int fold_rule(struct arena *arena, const struct rule *rule, struct rule **out)
{
	struct rule *folded = arena_alloc(arena, sizeof(*folded));
	int r;

	if (!folded)
		return -ENOMEM;
	*folded = *rule;
	folded->next = NULL;
	folded->match.paths = NULL;
	folded->excepts = NULL;
	r = fold_globs(arena, rule->match.paths, &folded->match.paths);
	/* Beside the globs as they are: of other actions the program's path comes as it is. */
	if (r == 0)
		r = fold_globs(arena, rule->match.programs, &folded->match.programs);
	if (r == 0)
		r = fold_excepts(arena, rule->excepts, &folded->excepts);
	*out = folded;
	return r;
}

static bool is_wanted(const struct rule *rule)
{
	bool has_path = rule->match.fields & FIELD_BIT(FIELD_PATH);
	bool has_program = rule->match.fields & FIELD_BIT(FIELD_PROGRAM) &&
			   rule->actions & ACTION_BIT(ACTION_EXECUTE);

	bool is_opaque = rule->match.fields & (FIELD_BIT(FIELD_PATTERN) | FIELD_BIT(FIELD_DETECT) |
					       FIELD_BIT(FIELD_CONDITION));

	return rule->enabled && !verdict_grants(rule->verdict) &&
	       (has_path || has_program || is_opaque);
}

static int fold_rules(const struct policy *policy, struct policy *folded)
{
	const struct rule **end = &folded->rules;
	int r = 0;

	for (const struct rule *rule = policy->rules; rule && r == 0; rule = rule->next) {
		struct rule *one;

		if (!is_wanted(rule))
			continue;
		r = fold_rule(&folded->arena, rule, &one);
		if (r == 0) {
			*end = one;
			end = &one->next;
		}
	}
	for (int i = 1; i < ACTION_COUNT && r == 0; i++)
		r = index_build(&folded->arena, folded->rules, (enum action)i, &folded->indexes[i]);
	return r;
}

struct policy *policy_fold(const struct policy *policy)
{
	struct policy *folded = calloc(1, sizeof(*folded));

	if (folded && fold_rules(policy, folded) < 0) {
		policy_free(folded);
		return NULL;
	}
	return folded;
}
