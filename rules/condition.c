/* SPDX-License-Identifier: MIT */
/*
 * A condition is a program for a machine with one result and a stack of results. It is straight but
 * for jumps forwards: behind an "and" when the result is no, and behind an "or" when it is yes.
 */
#include "rules/condition.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "rules/condition_tree.h"

enum instruction_code {
	CODE_CONSTANT,	/* set the result: to @operand, an enum matched */
	CODE_COMPARE,	/* set the result: of comparison @operand */
	CODE_UNLESS_NO, /* go to @operand when the result is no */
	CODE_UNLESS_YES,
	CODE_PUSH, /* the result */
	CODE_AND,  /* of the result and what was pushed last */
	CODE_OR,
};

struct instruction {
	uint16_t code, operand;
};

/* Of each node one, and three more where it has a neighbour. */
#define CODE_MAX (4 * CONDITION_NODES_MAX)
/* Each level of parentheses has an "or" and an "and". */
#define STACK_MAX (2 * CONDITION_DEPTH_MAX + 2)

struct condition {
	const struct instruction *code; /* @code_count */
	size_t code_count;
	struct comparison *const *comparisons; /* that the code names */
	size_t comparison_count;
};

/*
 * Running.
 */

/* NO is the least, YES the most: "and" is the less of two, "or" the more. */
static enum matched both(enum matched a, enum matched b)
{
	if (a == MATCHED_NO || b == MATCHED_NO)
		return MATCHED_NO;
	return a == MATCHED_YES ? b : a;
}

static enum matched either(enum matched a, enum matched b)
{
	return matched_not(both(matched_not(a), matched_not(b)));
}

enum matched condition_matches(const struct condition *condition, const struct event *event)
{
	enum matched stack[STACK_MAX];
	enum matched result = MATCHED_NO;
	size_t depth = 0;

	for (size_t at = 0; at < condition->code_count; at++) {
		struct instruction instruction = condition->code[at];

		switch ((enum instruction_code)instruction.code) {
		case CODE_CONSTANT:
			result = (enum matched)instruction.operand;
			break;
		case CODE_COMPARE:
			result = comparison_holds(condition->comparisons[instruction.operand],
						  event);
			break;
		case CODE_UNLESS_NO:
			at = result == MATCHED_NO ? instruction.operand - 1U : at;
			break;
		case CODE_UNLESS_YES:
			at = result == MATCHED_YES ? instruction.operand - 1U : at;
			break;
		case CODE_PUSH:
			stack[depth++] = result;
			break;
		case CODE_AND:
			result = both(stack[--depth], result);
			break;
		case CODE_OR:
			result = either(stack[--depth], result);
			break;
		}
	}
	return result;
}

static bool reads(const struct operand *operand, const char *name)
{
	return operand->property && strcmp(operand->property->name, name) == 0;
}

bool condition_concerns(const struct condition *condition, const char *name)
{
	for (size_t i = 0; i < condition->comparison_count; i++)
		if (reads(&condition->comparisons[i]->left, name) ||
		    reads(&condition->comparisons[i]->right, name))
			return true;
	return false;
}

/*
 * Making the program.
 */

struct emitter {
	unsigned actions; /* for which it can be true: what is known of them is left out */
	struct instruction code[CODE_MAX];
	size_t code_count;
	struct comparison *comparisons[CONDITION_NODES_MAX];
	size_t comparison_count;
};

static void emit(struct emitter *emitter, enum instruction_code code, size_t operand)
{
	emitter->code[emitter->code_count++] = (struct instruction){
		.code = (uint16_t)code,
		.operand = (uint16_t)operand,
	};
}

static enum matched constant_of(const struct part *part, unsigned actions);

/* What a group comes to when its parts are constants, or one of them decides. */
static enum matched constant_of_group(const struct part *group, unsigned actions)
{
	enum matched all = group->kind == PART_ALL ? MATCHED_YES : MATCHED_NO;

	for (const struct part *part = group->parts; part; part = part->next) {
		enum matched one = constant_of(part, actions);

		all = group->kind == PART_ALL ? both(all, one) : either(all, one);
	}
	return all;
}

/* Return: what is the same for all events of these actions; UNDECIDED when that is neither. */
static enum matched constant_of(const struct part *part, unsigned actions)
{
	unsigned yes = 0;

	if (part->kind == PART_CONSTANT)
		return part->value ? MATCHED_YES : MATCHED_NO;
	if (part->kind != PART_COMPARISON)
		return constant_of_group(part, actions);
	if (!comparison_is_of_action(part->comparison))
		return MATCHED_UNDECIDED;
	for (int i = 1; i < ACTION_COUNT; i++)
		if (actions & ACTION_BIT(i) &&
		    comparison_of_action(part->comparison, (enum action)i))
			yes |= ACTION_BIT(i);
	if (yes == 0)
		return MATCHED_NO;
	return yes == actions ? MATCHED_YES : MATCHED_UNDECIDED;
}

static void emit_part(struct emitter *emitter, const struct part *part);

/* A jump whose goal is not known yet names the jump before it; the first, itself. */
static size_t emit_jump(struct emitter *emitter, bool is_all, size_t before)
{
	size_t jump = emitter->code_count;

	emit(emitter, is_all ? CODE_UNLESS_NO : CODE_UNLESS_YES, before ? before : jump);
	emit(emitter, CODE_PUSH, 0);
	return jump;
}

static void land(struct emitter *emitter, size_t jump)
{
	while (jump) {
		size_t before = emitter->code[jump].operand;

		emitter->code[jump].operand = (uint16_t)emitter->code_count;
		jump = before == jump ? 0 : before;
	}
}

static void emit_group(struct emitter *emitter, const struct part *group)
{
	bool is_all = group->kind == PART_ALL;
	bool is_first = true;
	size_t jump = 0; /* none: something comes before each */

	for (const struct part *part = group->parts; part; part = part->next) {
		if (constant_of(part, emitter->actions) != MATCHED_UNDECIDED)
			continue; /* it does not decide, or the group were a constant */
		if (is_first) {
			emit_part(emitter, part);
			is_first = false;
			continue;
		}
		jump = emit_jump(emitter, is_all, jump);
		emit_part(emitter, part);
		emit(emitter, is_all ? CODE_AND : CODE_OR, 0);
	}
	land(emitter, jump);
}

static void emit_part(struct emitter *emitter, const struct part *part)
{
	enum matched constant = constant_of(part, emitter->actions);

	if (constant != MATCHED_UNDECIDED) {
		emit(emitter, CODE_CONSTANT, constant);
	} else if (part->kind == PART_COMPARISON) {
		emit(emitter, CODE_COMPARE, emitter->comparison_count);
		emitter->comparisons[emitter->comparison_count++] = part->comparison;
	} else {
		emit_group(emitter, part);
	}
}

static void *copy(struct arena *arena, const void *from, size_t size)
{
	void *to = arena_alloc(arena, size);

	if (to)
		memcpy(to, from, size);
	return to;
}

static int make(struct arena *arena, const struct part *root, unsigned actions,
		const struct condition **out)
{
	struct emitter emitter = { .actions = actions };
	struct condition *condition = arena_alloc(arena, sizeof(*condition));

	if (!condition)
		return -ENOMEM;
	emit_part(&emitter, root);
	condition->code_count = emitter.code_count;
	condition->code = copy(arena, emitter.code, emitter.code_count * sizeof(emitter.code[0]));
	condition->comparison_count = emitter.comparison_count;
	condition->comparisons = copy(arena, emitter.comparisons,
				      emitter.comparison_count * sizeof(struct comparison *));
	if (!condition->code || !condition->comparisons)
		return -ENOMEM;
	*out = condition;
	return 0;
}

int condition_compile(struct arena *arena, const char *text, const struct condition_scope *scope,
		      const struct condition **out, unsigned *out_actions,
		      struct condition_fault *fault)
{
	struct reading reading = { .arena = arena, .text = text, .scope = scope, .fault = fault };
	struct part *root;
	unsigned actions;
	int r;

	if (strlen(text) > CONDITION_SIZE_MAX)
		return condition_fail(&reading, 0, "a condition has at most %d bytes",
				      CONDITION_SIZE_MAX);
	r = condition_parse(&reading, &root);
	if (r == 0)
		r = condition_fold(&reading, root, &actions);
	if (r == 0)
		r = condition_solve(&reading, root, &actions);
	if (r == 0)
		r = make(arena, root, actions, out);
	if (r == 0)
		*out_actions = actions;
	return r;
}
