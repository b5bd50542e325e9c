/* SPDX-License-Identifier: MIT */
/*
 * What a run has done so far, by its record: who it is, and how far its limits are used up.
 */
#ifndef AGENTOS_CLI_HISTORY_H
#define AGENTOS_CLI_HISTORY_H

#include <jansson.h>

#include "audit/reader.h"
#include "rules/limits.h"

struct history {
	const char *run;       /* borrowed */
	struct reader *reader; /* owned, as is the rest */
	char *agent, *workspace, *policy_hash;
	struct limits *limits; /* after history_count() */
	bool is_over;
	uint64_t now; /* of its monotonic clock: of its end, when it is over */
};

/**
 * history_open() - find a run
 * @path: of the recorder; NULL: the usual one
 * @run:  kept
 * @out:  written always; release with history_close()
 *
 * Return: 0, or negative errno with @fault set: -ENOENT when there is no such run.
 */
int history_open(const char *path, const char *run, struct history *out, struct fault *fault);

/** history_close() - release all; one that is zeroed too. */
void history_close(struct history *history);

/**
 * history_count() - count what the run was granted against the limits of a policy
 * @policy: kept, must outlive @history
 *
 * Return: 0, or negative errno with @fault set.
 */
int history_count(struct history *history, const struct policy *policy, struct fault *fault);

/**
 * history_levels() - the level of each limit that an action is under, now
 * Return: an array of {rule, file, line, used, allowed, period, wait, full}, times in seconds; NULL when
 * memory is short.
 */
json_t *history_levels(const struct history *history, const struct event *event);

#endif
