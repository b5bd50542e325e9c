/* SPDX-License-Identifier: MIT */
/*
 * Guard and policy, asked about a place: by its name, by the name that a git folder's content is known by,
 * and, where the file system may ignore letter case, by the folded form of both. The strictest holds.
 */
#ifndef AGENTOS_LAUNCHER_JUDGE_H
#define AGENTOS_LAUNCHER_JUDGE_H

#include <stdbool.h>
#include <stdio.h>

#include "common/event.h"
#include "common/verdict.h"
#include "launcher/place.h"
#include "launcher/supervisor.h"

/** judge_by_guard() - whether the guard refuses an event; then @out_decision is written. */
bool judge_by_guard(const struct supervisor *supervisor, const struct event *event,
		    struct decision *out_decision);

/** judge_by_policy() - what the policy decides. Thread-safe; allocates once in a run, if at all. */
void judge_by_policy(struct supervisor *supervisor, const struct event *event,
		     struct decision *out_decision);

/** judge_move() - whether every refusing rule judges what is below @from as it does below @to. */
bool judge_move(struct supervisor *supervisor, const struct place *from, const struct place *to);

/** judge_protects_below() - whether a refusing rule speaks of names below just this one. */
bool judge_protects_below(struct supervisor *supervisor, const struct place *place);

/**
 * judge_explain_folded() - say of every refusing rule whether it matches a name in which letter case does not count
 * @event: as judge_by_policy() had it
 * @out:   as policy_explain() writes, after a line that says so; nothing where letter case counts
 */
void judge_explain_folded(struct supervisor *supervisor, const struct event *event, FILE *out);

#endif
