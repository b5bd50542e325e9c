/* SPDX-License-Identifier: MIT */
/*
 * What is decided goes into the record, and then into effect.
 */
#ifndef AGENTOS_LAUNCHER_OUTCOME_H
#define AGENTOS_LAUNCHER_OUTCOME_H

#include "launcher/supervisor.h"

#define OUTCOME_SHADOW "shadow" /* the layer that refuses nothing */

/** outcome_now() - Return: CLOCK_MONOTONIC in nanoseconds, as limits count. */
uint64_t outcome_now(void);

/**
 * outcome_record() - record a decision, after the refusals so far have made it stricter
 * @event: as policy_redact() has it
 * @layer: OUTCOME_SHADOW leaves the decision as it is
 * @ticket: as recorder_append() has it
 *
 * Return: 0, or negative errno: then the action does not happen. Thread-safe.
 */
int outcome_record(struct supervisor *supervisor, const struct event *event,
		   struct decision *decision, const char *layer, uint64_t *ticket);

/** outcome_effect() - what a refusal does to the run: `stop` stops it, `kill` kills it. Thread-safe. */
void outcome_effect(struct supervisor *supervisor, const struct decision *decision);

#endif
