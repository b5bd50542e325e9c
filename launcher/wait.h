/* SPDX-License-Identifier: MIT */
/*
 * While the agent runs: its news are taken from the reaper, and signals that reach us are
 * passed on to it.
 */
#ifndef AGENTOS_LAUNCHER_WAIT_H
#define AGENTOS_LAUNCHER_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/start.h"

struct ask;	  /* launcher/ask.h */
struct explained; /* launcher/explained.h */
struct relay;	  /* launcher/relay.h */

/* What belongs to the run; borrowed. */
struct wait_for {
	struct ask *
		ask; /* its questions are withdrawn when a signal that asks the run to end comes by */
	struct explained *explained;
	struct relay *relay; /* NULL: the agent has our descriptors, and is in our process group */
	uint64_t seconds;    /* the run may take so long, then all of it is ended; 0: any time */
};

/* How it came to an end. */
struct wait_end {
	int status;	  /* wait status of the agent's command; -1: unknown */
	bool all_gone;	  /* the reaper has seen the last process of the run go */
	bool timed_out;	  /* it took longer */
	bool printed_all; /* it was ended since it printed more than it may */
};

/**
 * wait_for_end() - until the run has ended, or its reaper, and all that it has printed was passed on
 *
 * SIGTERM and SIGHUP end a run whose agent ignores them. A signal that asks the run to end, and the end of
 * its time, also end the wait for a reader that does not take what was printed.
 */
struct wait_end wait_for_end(struct started *started, const struct wait_for *wait);

/**
 * wait_end_orphans() - end what is left when the reaper has not said that nothing is: it was killed, or there never
 * was a run
 *
 * It is ours then: the caller is a subreaper too.
 */
void wait_end_orphans(pid_t reaper_pid);

#endif
