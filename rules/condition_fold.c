/* SPDX-License-Identifier: MIT */
/*
 * Which actions have the fields that matter: of each action it is known what compares with it, and what
 * that alone decides needs no field.
 */
#include <string.h>

#include "rules/condition_tree.h"

#define SHOWN 48

enum folded {
	FOLDED_NO,
	FOLDED_YES,
	FOLDED_OPEN,  /* it depends on the event */
	FOLDED_LACKS, /* it depends on a field that the action does not have */
};

/* Of one action. */
struct fold {
	enum action action;
	const struct operand *lacking; /* the first one */
};

bool comparison_is_of_action(const struct comparison *comparison)
{
	const struct property *property = comparison->left.property;

	return property && !comparison->right.property && strcmp(property->name, "action") == 0;
}

bool comparison_of_action(const struct comparison *comparison, enum action action)
{
	const struct event event = { .action = action };

	return comparison_holds(comparison, &event) == MATCHED_YES;
}

static bool lacks(const struct operand *operand, enum action action)
{
	return operand->property && !(operand->property->actions & ACTION_BIT(action));
}

static enum folded fold_comparison(const struct comparison *comparison, struct fold *fold)
{
	const struct operand *lacking = NULL;

	if (comparison_is_of_action(comparison))
		return comparison_of_action(comparison, fold->action) ? FOLDED_YES : FOLDED_NO;
	if (lacks(&comparison->left, fold->action))
		lacking = &comparison->left;
	else if (lacks(&comparison->right, fold->action))
		lacking = &comparison->right;
	if (!lacking)
		return FOLDED_OPEN;
	fold->lacking = lacking;
	return FOLDED_LACKS;
}

static enum folded fold_part(const struct part *part, struct fold *fold);

/* One part may decide; else one that lacks a field does; else one that is open. */
static enum folded fold_group(const struct part *group, struct fold *fold)
{
	enum folded decides = group->kind == PART_ALL ? FOLDED_NO : FOLDED_YES;
	enum folded folded = group->kind == PART_ALL ? FOLDED_YES : FOLDED_NO;
	const struct operand *lacking = NULL;

	for (const struct part *part = group->parts; part; part = part->next) {
		enum folded one = fold_part(part, fold);

		if (one == decides)
			return one;
		if (one == FOLDED_LACKS && !lacking)
			lacking = fold->lacking;
		if (one == FOLDED_LACKS || (one == FOLDED_OPEN && folded != FOLDED_LACKS))
			folded = one;
	}
	fold->lacking = lacking;
	return folded;
}

static enum folded fold_part(const struct part *part, struct fold *fold)
{
	switch (part->kind) {
	case PART_CONSTANT:
		return part->value ? FOLDED_YES : FOLDED_NO;
	case PART_COMPARISON:
		return fold_comparison(part->comparison, fold);
	default:
		return fold_group(part, fold);
	}
}

static const char *show(const struct reading *reading, const struct operand *operand, char *out)
{
	return condition_quote(reading, operand, out, SHOWN);
}

/* Two fields that no action of @actions has both of. */
static int fail_together(const struct reading *reading, unsigned actions)
{
	const struct operand *first = NULL;
	char first_text[SHOWN], text[SHOWN];

	for (size_t i = 0; i < reading->comparison_count; i++) {
		const struct operand *left = &reading->comparisons[i]->left;
		const struct operand *operand = left->property ? left
							       : &reading->comparisons[i]->right;

		if (!first && (operand->property->actions & actions) != actions)
			first = operand;
		if (!(operand->property->actions & actions))
			return condition_fail(
				reading, operand->start,
				"can never be true: none of the rule's actions has %s",
				show(reading, operand, text));
		if (first && !(first->property->actions & operand->property->actions & actions))
			return condition_fail(reading, operand->start,
					      "can never be true: no action has both %s and %s",
					      show(reading, first, first_text),
					      show(reading, operand, text));
	}
	return condition_fail(reading, 0, "can never be true: no action has all of its fields");
}

/* No action is left. @fold: of one that lacks a field. */
static int fail_never(const struct reading *reading, const struct fold *fold)
{
	char text[SHOWN];

	for (size_t i = 0; i < reading->comparison_count; i++)
		if (comparison_is_of_action(reading->comparisons[i]))
			return condition_fail(reading, fold->lacking->start, "%s is no field of %s",
					      show(reading, fold->lacking, text),
					      action_name(fold->action));
	return fail_together(reading, reading->scope->actions);
}

static int fail_named(const struct reading *reading, const struct fold *fold)
{
	unsigned having = reading->scope->actions & fold->lacking->property->actions;
	char text[SHOWN];

	return condition_fail(reading, fold->lacking->start, "%s is no field of %s%s",
			      show(reading, fold->lacking, text), action_name(fold->action),
			      having ? ", which the rule is on as well" : "");
}

int condition_fold(const struct reading *reading, const struct part *root, unsigned *out_actions)
{
	struct fold lacking = { .lacking = NULL };
	unsigned actions = 0;
	unsigned always = 0;

	for (int i = 1; i < ACTION_COUNT; i++) {
		struct fold fold = { .action = (enum action)i };
		enum folded folded;

		if (!(reading->scope->actions & ACTION_BIT(i)))
			continue;
		folded = fold_part(root, &fold);
		if (folded == FOLDED_LACKS &&
		    (!lacking.lacking || fold.lacking->start < lacking.lacking->start))
			lacking = fold;
		if (folded == FOLDED_OPEN || folded == FOLDED_YES)
			actions |= ACTION_BIT(i);
		if (folded == FOLDED_YES)
			always |= ACTION_BIT(i);
	}
	if (lacking.lacking && reading->scope->actions_are_named)
		return fail_named(reading, &lacking);
	if (!actions && lacking.lacking)
		return fail_never(reading, &lacking);
	if (always == reading->scope->actions)
		return condition_fail(reading, 0, "is always true; hint: leave it out");
	*out_actions = actions;
	return 0;
}
