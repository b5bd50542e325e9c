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
#include "rules/quantity.h"

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

/* What a run of refusals leads to. */
struct policy_escalation {
	struct rate denials;
	enum verdict verdict; /* VERDICT_STOP or VERDICT_KILL; VERDICT_ALLOW: none is wanted */
};

/* What a run may use; 0: no limit. Of several files the smallest. */
struct policy_limits {
	uint64_t wall_time, cpu_time; /* seconds */
	uint64_t memory, file_size;   /* bytes */
	uint64_t processes, open_files;
	uint64_t output; /* bytes on stdout and stderr together */
};

/** policy_limits() - Return: the limits of the run; borrowed. */
const struct policy_limits *policy_limits(const struct policy *policy);

#endif
