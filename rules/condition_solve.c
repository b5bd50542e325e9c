/* SPDX-License-Identifier: MIT */
/*
 * Whether a condition can be true, and whether it can be false: one way through the tree after the
 * other, which takes all parts of an "and" and one of an "or", is followed until two of its comparisons
 * conflict. A way that comes to an end is one in which it can be true, as far as can be told.
 *
 * To ask whether it can be false is to follow the same tree with "and" and "or" exchanged, and each
 * comparison the other way round.
 */
#include <errno.h>
#include <stdlib.h>

#include "common/clean.h"
#include "rules/condition_conflict.h"
#include "rules/condition_tree.h"

#define STEPS_MAX 5000 /* then it is left undecided, and loads */
#define TRIES_MAX 100
#define SHOWN 64

enum known { UNKNOWN, CONFLICT, NO_CONFLICT };

struct solver {
	bool truth;	   /* what it should come to */
	unsigned actions;  /* that are asked about */
	unsigned possible; /* of these, those for which a way came to an end */
	unsigned steps;
	bool gave_up;
	struct effort effort;
	struct literal way[CONDITION_NODES_MAX];
	size_t way_count;
	const struct comparison *first, *second; /* that conflict; the second may be missing */
	size_t comparison_count;
	unsigned char known[]; /* enum known of each two comparisons, by their numbers */
};

/* What is left to follow. */
struct rest {
	const struct part *part;
	bool with_next; /* and the parts that follow it in its group */
	const struct rest *next;
};

static void note(struct solver *solver, const struct comparison *first,
		 const struct comparison *second)
{
	if (solver->first)
		return;
	solver->first = first;
	solver->second = second;
}

static bool conflicts(struct solver *solver, struct literal a, struct literal b)
{
	unsigned char *known = &solver->known[a.comparison->number * solver->comparison_count +
					      b.comparison->number];

	if (*known == UNKNOWN)
		*known = literals_conflict(a, b, &solver->effort) ? CONFLICT : NO_CONFLICT;
	return *known == CONFLICT;
}

static bool way_add(struct solver *solver, const struct comparison *comparison)
{
	struct literal literal = { comparison, solver->truth };

	for (size_t i = 0; i < solver->way_count; i++) {
		if (conflicts(solver, solver->way[i], literal)) {
			note(solver, solver->way[i].comparison, comparison);
			return false;
		}
	}
	solver->way[solver->way_count++] = literal;
	return true;
}

static bool way_fits(const struct solver *solver, enum action action)
{
	for (size_t i = 0; i < solver->way_count; i++)
		if (comparison_is_of_action(solver->way[i].comparison) &&
		    comparison_of_action(solver->way[i].comparison, action) != solver->truth)
			return false;
	return true;
}

/* The actions for which all comparisons with the action come out. */
static unsigned way_actions(struct solver *solver)
{
	const struct comparison *first = NULL;
	const struct comparison *last = NULL;
	unsigned actions = 0;

	for (int i = 1; i < ACTION_COUNT; i++)
		if (solver->actions & ACTION_BIT(i) && way_fits(solver, (enum action)i))
			actions |= ACTION_BIT(i);
	for (size_t i = 0; i < solver->way_count; i++) {
		if (!comparison_is_of_action(solver->way[i].comparison))
			continue;
		last = solver->way[i].comparison;
		first = first ? first : last;
	}
	if (!actions)
		note(solver, first, first == last ? NULL : last);
	return actions;
}

/* All comparisons of the way together, after each two of them. */
static void way_end(struct solver *solver)
{
	unsigned actions = way_actions(solver);
	size_t last;

	for (size_t i = 0; actions && i < solver->way_count; i++) {
		if (!literals_exhaust(solver->way, solver->way_count, i, &last, &solver->effort))
			continue;
		note(solver, solver->way[i].comparison, solver->way[last].comparison);
		actions = 0;
	}
	solver->possible |= actions;
}

static void follow(struct solver *solver, const struct rest *rest);

static void follow_group(struct solver *solver, const struct part *group, const struct rest *next)
{
	struct rest rest = { .part = group->parts, .with_next = true, .next = next };

	if ((group->kind == PART_ALL) == solver->truth) {
		follow(solver, &rest);
		return;
	}
	rest.with_next = false;
	for (; rest.part; rest.part = rest.part->next)
		follow(solver, &rest);
}

static void follow(struct solver *solver, const struct rest *rest)
{
	struct rest siblings;
	const struct rest *next;
	const struct part *part;

	if (solver->possible == solver->actions || solver->gave_up)
		return;
	solver->gave_up = ++solver->steps > STEPS_MAX;
	if (!rest) {
		way_end(solver);
		return;
	}
	part = rest->part;
	siblings = (struct rest){ .part = part->next, .with_next = true, .next = rest->next };
	next = rest->with_next && part->next ? &siblings : rest->next;
	if (part->kind == PART_CONSTANT) {
		if (part->value == solver->truth)
			follow(solver, next);
	} else if (part->kind == PART_COMPARISON) {
		if (!way_add(solver, part->comparison))
			return;
		follow(solver, next);
		solver->way_count--;
	} else {
		follow_group(solver, part, next);
	}
}

static struct solver *solve(const struct part *root, size_t comparison_count, unsigned actions,
			    bool truth)
{
	struct solver *solver = calloc(1, sizeof(*solver) + comparison_count * comparison_count);
	const struct rest rest = { .part = root };

	if (!solver)
		return NULL;
	solver->comparison_count = comparison_count;
	solver->truth = truth;
	solver->actions = actions;
	solver->effort.tries = TRIES_MAX;
	follow(solver, &rest);
	if (solver->gave_up)
		solver->possible = actions;
	return solver;
}

static int fail_never(const struct reading *reading, const struct solver *solver)
{
	const struct comparison *first = solver->first;
	const struct comparison *second = solver->second;
	char first_text[SHOWN], second_text[SHOWN];

	if (!first)
		return condition_fail(reading, 0, "can never be true");
	condition_copy(reading, first->start, first->end, first_text, sizeof(first_text));
	if (!second || first == second)
		return condition_fail(
			reading, first->start, "can never be true: no %s fulfils '%s%s'",
			comparison_is_of_action(first) ? "action of the rule" : "event",
			first->inverted ? "not " : "", first_text);
	condition_copy(reading, second->start, second->end, second_text, sizeof(second_text));
	return condition_fail(reading, second->start,
			      "can never be true: '%s%s' and '%s%s' exclude each other",
			      first->inverted ? "not " : "", first_text,
			      second->inverted ? "not " : "", second_text);
}

int condition_solve(const struct reading *reading, const struct part *root, unsigned *actions)
{
	/* When folding has left none, it is still to be told why. */
	unsigned asked = *actions ? *actions : reading->scope->actions;
	size_t count = reading->comparison_count;
	CLEAN_FREE struct solver *can = solve(root, count, asked, true);
	CLEAN_FREE struct solver *cannot = solve(root, count, reading->scope->actions, false);

	if (!can || !cannot)
		return -ENOMEM;
	if (!*actions || !can->possible)
		return fail_never(reading, can);
	if (!cannot->possible)
		return condition_fail(reading, 0, "is always true; hint: leave it out");
	*actions = can->possible;
	return 0;
}
