/* SPDX-License-Identifier: MIT */
/*
 * From what a person wrote to patterns that can be compiled: variables, braces, ~ and names
 * relative to the workspace.
 */
#ifndef AGENTOS_RULES_EXPAND_H
#define AGENTOS_RULES_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/arena.h"

/* A variable; strings borrowed. */
struct variable {
	const struct variable *next;
	const char *name;
	const char *value;
	bool *used; /* set when it is expanded; NULL: nobody asks */
};

/* One of the alternatives that braces stand for. */
struct expansion {
	struct expansion *next;
	const char *text;
};

#define EXPANSION_MAX 1000 /* alternatives of one pattern */

/* What @variables may be asked for, and the message when it fails. */
struct expand_fault {
	char text[256];
};

/**
 * expand_variables() - put values in place of ${NAME}
 * @literal:   the result is a pattern, in which the values stand for themselves
 * @out_text:  in @arena; written only on success
 *
 * Return: 0; -EINVAL with @fault set (an unknown variable, with the nearest); -ENOMEM.
 */
int expand_variables(struct arena *arena, const struct variable *variables, const char *text,
		     bool literal, const char **out_text, struct expand_fault *fault);

/**
 * expand_braces() - the alternatives of {a,b}, in order; nested ones as well
 * Return: 0; -EINVAL with @fault set; -ENOMEM.
 */
int expand_braces(struct arena *arena, const char *pattern, struct expansion **out,
		  struct expand_fault *fault);

/**
 * expand_path() - make one alternative absolute and normal
 * @variables: HOME and WORKSPACE are taken from these
 *
 * "~" is HOME; what starts with neither '/' nor '@' (an abstract socket) nor "(any)/" is
 * relative to WORKSPACE; "DIR/." is DIR itself; repeated slashes are one.
 *
 * Return: 0; -EINVAL with @fault set ("..": no resolved path has it); -ENOMEM.
 */
int expand_path(struct arena *arena, const struct variable *variables, const char *pattern,
		const char **out_pattern, struct expand_fault *fault);

/**
 * expand_file() - make the path of an event, as a person wrote it in a test, absolute and normal
 *
 * As expand_path(), but no byte is magic, and "DIR/" is DIR.
 */
int expand_file(struct arena *arena, const struct variable *variables, const char *text,
		const char **out_path, struct expand_fault *fault);

/** variable_value() - Return: the value of the first variable of this name, or NULL. */
const char *variable_value(const struct variable *variables, const char *name);

#endif
