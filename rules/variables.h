/* SPDX-License-Identifier: MIT */
/*
 * Where the variables of a policy come from. A file sees its own, then those of what it extends; but
 * what the operator and the run say comes first. No file can change what a variable means in
 * another: it could take back what the other denies.
 */
#ifndef AGENTOS_RULES_VARIABLES_H
#define AGENTOS_RULES_VARIABLES_H

#include "rules/compile.h"

/**
 * variables_of_scope() - the variables that every file sees
 * @set_used: scope->set_count flags, set when a --set is used
 * @out:      in @arena; written only on success
 *
 * Return: 0; -EINVAL or -ENOMEM with @fault set.
 */
int variables_of_scope(struct arena *arena, const struct policy_scope *scope, bool *set_used,
		       const struct variable **out, struct fault *fault);

/**
 * variables_inherit() - put the variables of an extended file in front of a list
 * @from:   its list, which ends in @shared
 * @shared: the variables that every file sees
 *
 * Return: 0 or -ENOMEM.
 */
int variables_inherit(struct arena *arena, const struct variable *from,
		      const struct variable *shared, const struct variable **list);

/**
 * variables_define() - put those of a file's `vars` in front of compile->variables
 * @vars:   the value of the key
 * @shared: as above; a variable that is there already is left as it is
 *
 * Errors are added.
 */
void variables_define(struct compile *compile, const struct node *vars,
		      const struct variable *shared);

#endif
