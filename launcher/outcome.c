/* SPDX-License-Identifier: MIT */
#include "launcher/outcome.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "rules/limits.h"

uint64_t outcome_now(void)
{
	return (uint64_t)clock_ns(CLOCK_MONOTONIC);
}

int outcome_record(struct supervisor *supervisor, const struct event *event,
		   struct decision *decision, const char *layer, uint64_t *ticket)
{
	if (decision->verdict >= VERDICT_DENY && supervisor->limits &&
	    strcmp(layer, OUTCOME_SHADOW) != 0)
		limits_escalate(supervisor->limits, decision, outcome_now());
	return recorder_append(supervisor->recorder, event, decision, layer, ticket);
}

void outcome_effect(struct supervisor *supervisor, const struct decision *decision)
{
	if (decision->verdict == VERDICT_KILL)
		supervisor_signal_tree(supervisor, SIGKILL);
	else if (decision->verdict == VERDICT_STOP)
		supervisor_signal_tree(supervisor, SIGSTOP);
}
