/* SPDX-License-Identifier: MIT */
/*
 * Limits: how often what is granted may happen. The policy says it, here is what was counted.
 *
 * Each limit is a bucket that fills up again evenly: "100/hour" is a hundred at once, then one
 * every 36 seconds (the generic cell rate algorithm, ITU-T I.371, with one time for each bucket).
 */
#ifndef AGENTOS_RULES_LIMITS_H
#define AGENTOS_RULES_LIMITS_H

#include <stdint.h>

#include "rules/policy.h"

struct limits;

/**
 * limits_new() - empty counters for the limits of a policy
 * @policy: kept, must outlive them
 * Return: owned; NULL when memory is short.
 */
struct limits *limits_new(const struct policy *policy);

/** limits_free() - NULL is allowed. */
void limits_free(struct limits *limits);

/**
 * limits_take() - count one action, or refuse it
 * @event:    what policy_decide() has granted, or would ask about
 * @decision: its decision; becomes the limit's when one is exceeded, and then nothing was counted
 * @now:      of CLOCK_MONOTONIC, in nanoseconds
 *
 * A decision that refuses stays as it is. Where there is no room to count any more, it is refused.
 * The message of a refusal is the thread's own, good until its next call. No allocation; thread-safe.
 */
void limits_take(struct limits *limits, const struct event *event, struct decision *decision,
		 uint64_t now);

/**
 * limits_escalate() - count one refusal
 * @decision: that refuses; becomes stricter when there are more than the policy's `escalate` lets pass
 * @now:      as above
 */
void limits_escalate(struct limits *limits, struct decision *decision, uint64_t now);

/**
 * limits_recall() - count again what a record says was granted, or was refused, at a time
 * @event: as limits_take() had it then
 * @verdict: that it came to: what was granted or asked about has taken its part of each limit, a refusal
 *         only of `escalate`
 * @now:   of the record; from one call to the next not much earlier
 */
void limits_recall(struct limits *limits, const struct event *event, enum verdict verdict,
		   uint64_t now);

/* How far a limit is used up. Strings borrowed from the policy. */
struct limit_level {
	const char *rule, *file; /* "escalate" and "" of all refusals */
	unsigned line;
	struct rate rate;
	uint64_t used; /* of rate.count, rounded up */
	uint64_t wait; /* nanoseconds until there is one more; 0: there is one now */
	uint64_t full; /* nanoseconds until nothing of it is used any more; 0: so it is now */
};

typedef int limit_level_fn(const struct limit_level *level, void *data);

/**
 * limits_levels() - the level of every limit that an action is under, in the order of the rules; then
 * of `escalate`, if the policy has it
 * @visit: non-zero ends the walk
 * @now:   as above
 *
 * Counts nothing. Return: 0, or what @visit returned.
 */
int limits_levels(struct limits *limits, const struct event *event, uint64_t now,
		  limit_level_fn *visit, void *data);

/** limits_exist() - Return: whether a policy has anything to count. */
bool limits_exist(const struct policy *policy);

#endif
