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

/** limits_exist() - Return: whether a policy has anything to count. */
bool limits_exist(const struct policy *policy);

#endif
