/* SPDX-License-Identifier: MIT */
/*
 * Conditions: what a rule asks of an event beyond its keys.
 *
 *   condition: "verb in ['UPDATE', 'DELETE'] and not has_where"
 *
 *   or, and, not, ( )              from the loosest to the tightest
 *   ==  !=  <  <=  >  >=           of one type; only numbers are less or greater
 *   in, not in                     a list [a, b] on the right, or a field that is a list
 *   matches, glob                  a pattern (rules/pattern.h), a glob; constants, on the right
 *   startswith, endswith           texts
 *   contains                       a part of a text, or an item of a list
 *   'a', "a"                       with \\ \' \" \n \t \$, and ${VARIABLE}, which counts literally
 *   5  10s 10m 2h 1d  10KB 2GiB    numbers; durations are seconds and sizes bytes
 *   true, false                    a field of this type stands alone as well: own and port > 1023
 *   path, argv[0], headers['x']    fields (rules/property.h); action.type is action
 *
 * Upper and lower case differ, but in names of headers. "matches", "glob", "startswith" and "endswith"
 * hold for a list when they do for one of its items. A glob over path, dir, program and script is one as in
 * the keys of these names, any other runs over the text as a whole; both have braces.
 *
 * A field that the event does not have is an empty text or list; as a number, it is
 * equal to none, and neither less nor greater. What nobody knows (VALUE_UNKNOWN) and what takes too long
 * is undecided, and so is what depends on it.
 *
 * As all of a policy it is strict: types are checked when it is loaded, a value that a field never has
 * is an error ("verb == 'drop'"), and so is a condition that no event, or every one, fulfils.
 */
#ifndef AGENTOS_RULES_CONDITION_H
#define AGENTOS_RULES_CONDITION_H

#include "common/event.h"
#include "rules/arena.h"
#include "rules/command.h"
#include "rules/expand.h"

#define CONDITION_SIZE_MAX 4096 /* bytes */
#define CONDITION_DEPTH_MAX 32	/* of parentheses and "not" */
#define CONDITION_NODES_MAX 256 /* comparisons, and groups of them joined by one word */

struct condition;

struct condition_fault {
	size_t offset; /* in the condition: the byte that is meant */
	char text[256];
};

/* Where a condition stands. */
struct condition_scope {
	const struct variable *variables; /* HOME and WORKSPACE among them, for globs over paths */
	unsigned actions;	/* ACTION_BITs of the rule's `on`; ACTION_ALL without it */
	bool actions_are_named; /* whether there is an `on` */
};

/**
 * condition_compile() - make a condition
 * @out:         in @arena; written only on success
 * @out_actions: those of scope->actions for which it can be true; never none
 *
 * Of actions that are named, each must have all fields that matter to it; of others, those that do
 * not are left out. A field does not matter where the action alone decides: port does not for
 * read_file in "action == 'connect' and port == 80".
 *
 * Return: 0; -EINVAL with @fault set; -ENOMEM.
 */
int condition_compile(struct arena *arena, const char *text, const struct condition_scope *scope,
		      const struct condition **out, unsigned *out_actions,
		      struct condition_fault *fault);

/**
 * condition_matches() - whether an event fulfils a condition
 * @event: of one of the actions that the condition can be true for
 *
 * Thread-safe; allocates nothing but what pattern_matches() does.
 *
 * Return: UNDECIDED when it depends on what nobody knows, or takes too long.
 */
enum matched condition_matches(const struct condition *condition, const struct event *event);

/** condition_concerns() - whether it reads the field of this name, e.g. "argv". */
bool condition_concerns(const struct condition *condition, const char *name);

#endif
