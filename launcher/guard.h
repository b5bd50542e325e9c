/* SPDX-License-Identifier: MIT */
/*
 * The guard: what no policy can open up, because a run that allowed it would
 * no longer be governed: our own files, the policies in force, the recorder.
 */
#ifndef AGENTOS_LAUNCHER_GUARD_H
#define AGENTOS_LAUNCHER_GUARD_H

#include <stdbool.h>

#include "common/event.h"
#include "common/verdict.h"

struct guard;

/** guard_new() - Return: an empty guard, owned; NULL when memory is short. */
struct guard *guard_new(void);

/** guard_free() - NULL is allowed. */
void guard_free(struct guard *guard);

/**
 * guard_add() - protect a file, or a directory and all below it
 * @path:   resolved here when it exists; copied
 * @secret: reading is refused as well
 * @tree:   @path is a directory whose whole content is meant
 *
 * Return: 0 or negative errno. Not thread-safe: before the workers start.
 */
int guard_add(struct guard *guard, const char *path, bool secret, bool tree);

/** guard_permit_read() - @path may be read whatever the policy says (the shim). Return: 0 or -errno. */
int guard_permit_read(struct guard *guard, const char *path);

/**
 * guard_forbid_memory_writes() - refuse opening /proc/PID/mem for writing
 * For policies whose verdicts depend on who acts.
 */
void guard_forbid_memory_writes(struct guard *guard);

/**
 * guard_refuses() - whether the guard refuses @event
 * @out_decision: written when it does
 *
 * Read-only; thread-safe.
 */
bool guard_refuses(const struct guard *guard, const struct event *event,
		   struct decision *out_decision);

/** guard_refuses_folded() - the same for a folded path (rules/letters.h): by the entries, folded. */
bool guard_refuses_folded(const struct guard *guard, const struct event *event,
			  struct decision *out_decision);

/** guard_permits() - whether the guard lets @event through before the policy is asked. */
bool guard_permits(const struct guard *guard, const struct event *event);

#endif
