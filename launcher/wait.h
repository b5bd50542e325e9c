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

struct ask; /* launcher/ask.h */

/**
 * wait_for_end() - until the run has ended, or its reaper
 * @ask:          its questions are withdrawn when a signal that asks the run to end comes by
 * @seconds:      the run may take so long, then all of it is ended; 0: any time
 * @out_timed_out: it took longer
 * @out_all_gone: the reaper has seen the last process of the run go
 *
 * SIGTERM and SIGHUP end a run whose agent ignores them.
 *
 * Return: wait status of the agent's command; -1: unknown.
 */
int wait_for_end(struct started *started, struct ask *ask, uint64_t seconds, bool *out_all_gone,
		 bool *out_timed_out);

#endif
