/* SPDX-License-Identifier: MIT */
/*
 * A policy: what was loaded from YAML, merged and compiled; immutable from
 * then on, shared by threads without a lock, freed as a whole.
 *
 * Language: docs/POLICY.md. Strict: whatever is not understood, or cannot do
 * what it says, refuses to load.
 */
#ifndef AGENTOS_RULES_POLICY_H
#define AGENTOS_RULES_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/action.h"
#include "common/event.h"
#include "common/fault.h"
#include "common/verdict.h"

struct policy;

/* What the variables of a policy stand for in this run. All strings borrowed during the load. */
struct policy_scope {
	const char *workspace; /* absolute, resolved */
	const char *home;      /* absolute, resolved */
	const char *tmpdir;    /* absolute, resolved */
	const char *cwd;
	const char *user;
	const char *agent;
	const char *const *sets; /* "VAR=VALUE" of --set, @set_count of them */
	size_t set_count;
};

/* One error of a policy file. The loader reports all of a file, in order. */
struct policy_error {
	const char *file;      /* owned by the list */
	unsigned line, column; /* from 1 */
	const char *text;      /* one sentence; owned by the list */
};

struct policy_errors {
	struct policy_error *items; /* owned */
	size_t count;
};

/** policy_errors_release() - free what a load put into @errors. */
void policy_errors_release(struct policy_errors *errors);

/**
 * policy_load() - load and merge policies
 * @sources:      @source_count names: a path (contains '/' or ends in .yaml, .yml or .json), or the
 *                name of a built-in. May be empty: then `base` alone
 * @scope:        values of the variables
 * @out_policy:   written only on success; free with policy_free()
 * @errors:       zeroed by the caller; filled when the result is -EINVAL
 * @fault:        the first error as one sentence "FILE:LINE:COLUMN: ..."
 *
 * `base` is merged unless one of the sources itself says `base: false`.
 *
 * Return: 0; -EINVAL when a policy is wrong; another negative errno when a
 * file cannot be read or memory is short.
 */
int policy_load(const char *const *sources, size_t source_count, const struct policy_scope *scope,
		struct policy **out_policy, struct policy_errors *errors, struct fault *fault);

/** policy_free() - NULL is allowed. */
void policy_free(struct policy *policy);

/**
 * policy_decide() - judge one event
 * @policy:       read only
 * @event:        event->path absolute and resolved; event->action not NONE
 * @out_decision: always written; strings borrowed from @policy
 *
 * Strictest wins: kill, stop, deny, ask, audit, allow, then the default. Makes no system call, cannot
 * fail (what cannot be known, or takes too long, counts as a match of a refusing rule, and as none of
 * a granting one). Allocates nothing, but for a thread's first search of a pattern and where a rule
 * asks what a query does (rules/statements.h). Thread-safe.
 */
void policy_decide(const struct policy *policy, const struct event *event,
		   struct decision *out_decision);

/**
 * policy_fold() - the refusing rules of a policy, for folded paths (rules/letters.h)
 *
 * For file systems that ignore letter case: there a rule refuses whatever could be the file that it
 * names, and so do its exceptions take out. What grants is not in it, so it is asked beside the policy,
 * and the stricter answer holds.
 *
 * Return: owned, free with policy_free() before @policy, of which it borrows; NULL when memory is short.
 */
struct policy *policy_fold(const struct policy *policy);

/**
 * policy_refuses() - whether a rule of a folded policy refuses an event
 * @folded:       of policy_fold()
 * @event:        event->path is folded
 * @out_decision: written when it does
 *
 * As policy_decide() otherwise.
 */
bool policy_refuses(const struct policy *folded, const struct event *event,
		    struct decision *out_decision);

/** policy_is_shadow() - Return: whether the policy says `mode: shadow`. */
bool policy_is_shadow(const struct policy *policy);

/* What a run records, from least to most. */
enum policy_record {
	POLICY_RECORD_UNSAID,
	POLICY_RECORD_CHANGES, /* refusals and changes */
	POLICY_RECORD_ALL,     /* granted reads too */
	POLICY_RECORD_STRICT,  /* and each of them before it happens */
};

/** policy_record() - Return: the most that one of the files says in `record`. */
enum policy_record policy_record(const struct policy *policy);

/** policy_hash() - Return: lower-case hex SHA-256 over the merged sources; borrowed. */
const char *policy_hash(const struct policy *policy);

/** policy_file_count(), policy_file() - the files that were merged, `base.yaml` first; borrowed. */
size_t policy_file_count(const struct policy *policy);
const char *policy_file(const struct policy *policy, size_t index);

/*
 * Questions of the plan (which layer can enforce what).
 */

/**
 * policy_needs_image_integrity() - whether a verdict depends on who acts
 *
 * Return: whether any rule looks at arguments or at the acting program (of execute alone, `program`
 * is the file that runs, and no matter of who acts). Then no agent process may write another's
 * memory, and exec must always be verified.
 */
bool policy_needs_image_integrity(const struct policy *policy);

/**
 * policy_execute_is_static() - whether Landlock alone can decide the execute class
 *
 * Return: whether `execute` has only granting rules that are whole trees (what is granted as one
 * file may be a folder, below which Landlock would grant all), so that the trees of policy_trees()
 * decide exactly as the rules do. Programs without a name on disk are in no tree, and Landlock does
 * not look at them.
 */
bool policy_execute_is_static(const struct policy *policy);

/**
 * policy_needs_content() - whether a rule of the user's is about content, and does not just allow it
 * @out_rule: written only then: its name and place
 *
 * The built-in policies are left out: what they say about content they say about the ways to it, too.
 * So are rules that are about content only because they say nothing of the action.
 */
bool policy_needs_content(const struct policy *policy, struct decision *out_rule);

/* What a run may use; 0: no limit. Of several files the smallest. */
struct policy_limits {
	uint64_t wall_time, cpu_time; /* seconds */
	uint64_t memory, file_size;   /* bytes */
	uint64_t processes, open_files;
};

/** policy_limits() - Return: the limits of the run; borrowed. */
const struct policy_limits *policy_limits(const struct policy *policy);

typedef int policy_tree_fn(const char *path, bool is_exact, void *data);

/**
 * policy_trees() - the trees that granting rules of @action could touch
 * @visit: called for each: @path is an existing or not existing absolute path, literal;
 *         @is_exact says that the rule grants that path and all below it (nothing was cut at a
 *         wildcard); returning non-zero ends the walk
 *
 * This is a hull: nothing outside these trees is ever granted.
 *
 * Return: 0, or what @visit returned.
 */
int policy_trees(const struct policy *policy, enum action action, policy_tree_fn *visit,
		 void *data);

/**
 * policy_tree_is_clean() - whether a tree can be left to Landlock
 *
 * Return: whether @action is granted for @path and everything below it, today and
 * for names that do not exist yet, by every rule there is, and none wants it flagged (audit).
 */
bool policy_tree_is_clean(const struct policy *policy, enum action action, const char *path);

/**
 * policy_names_agree() - whether two names are alike to every refusing rule
 * @from, @to: absolute resolved paths of a directory before and after a rename
 *
 * A refusing pattern such as "(any)/.git/hooks/" sees a different thing below @from than
 * below @to when the rename adds or takes away a name that the pattern speaks of.
 *
 * Return: whether every refusing file rule would judge each possible name
 * below @from as it judges the same name below @to. In doubt, false.
 */
bool policy_names_agree(const struct policy *policy, const char *from, const char *to);

/**
 * policy_protects_below() - whether a refusing rule speaks of names below just this one
 * @path: absolute, resolved
 *
 * Such as "/w/.git" for a rule on "(any)/.git/hooks/": a symbolic link of this name would let
 * others find under it what was written under names that nobody protects.
 *
 * Return: whether some refusing file rule sees names below @path otherwise than names below
 * another entry of the same directory.
 */
bool policy_protects_below(const struct policy *policy, const char *path);

typedef int policy_host_fn(const char *host, void *data);

/**
 * policy_hosts() - the literal host names in rules about connect, granting or refusing, and in
 * their exceptions: without an address, none of them could ever match
 * @visit: called once for each name (no wildcards, no addresses); non-zero ends the walk
 *
 * Return: 0, or what @visit returned.
 */
int policy_hosts(const struct policy *policy, policy_host_fn *visit, void *data);

#endif
