/* SPDX-License-Identifier: MIT */
/*
 * From files that were read to one set of rules.
 */
#ifndef AGENTOS_RULES_MERGE_H
#define AGENTOS_RULES_MERGE_H

#include "rules/compile.h"
#include "rules/load.h"

#define MERGE_RULES_MAX 10000
#define MERGE_BUCKETS 4096

/* Zeroed but for the first two. */
struct merge {
	struct policy *policy;
	struct compile compile;
	const struct rule *last_rule;
	const struct rule *named[MERGE_BUCKETS]; /* by a hash of their names */
	const struct policy_case *last_case;
	unsigned rule_count, limit_count;
	enum verdict defaults[ACTION_COUNT]; /* of the file that is being read */
	unsigned has_default;		     /* and of which actions it says one; ACTION_BITs */
	unsigned had_default;		     /* the same of all files so far */
	bool says_shadow, says_enforce;
};

/** merge_file() - add one file. What is wrong goes into merge->compile. */
void merge_file(struct merge *merge, const struct loaded *file);

/** merge_finish() - after the last file: what only all of them together tell. */
void merge_finish(struct merge *merge);

#endif
