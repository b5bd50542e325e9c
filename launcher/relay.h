/* SPDX-License-Identifier: MIT */
/*
 * Between the run and whoever reads what it prints, where a rule is about `output` or there is a limit of it.
 *
 *     agent -> pipe or terminal of ours -> judged (launcher/output.h) -> what was our standard output
 *
 * The agent never has what we were given: each of its descriptors 0 to 2 that is a terminal is one of
 * ours (launcher/screen.h), and 1 and 2 are pipes otherwise. It runs in a session of its own, so that the user's
 * terminal is not its /dev/tty either. So it does not matter how a program writes.
 */
#ifndef AGENTOS_LAUNCHER_RELAY_H
#define AGENTOS_LAUNCHER_RELAY_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/fault.h"
#include "launcher/screen.h"
#include "launcher/start.h"
#include "launcher/supervisor.h"

struct relay;
struct guard;

/** relay_is_needed() - whether a rule or a limit of a policy is about what is printed, and is to be kept. */
bool relay_is_needed(const struct policy *policy, unsigned content_actions);

/**
 * relay_open() - make what the agent gets in place of our descriptors 0 to 2
 * @out: never freed before the process ends
 *
 * Return: 0, or negative errno with @fault set: then the run must not start.
 */
int relay_open(struct relay **out, struct fault *fault);

/** relay_places() - what the agent is to have; borrowed until relay_start(). */
struct start_places relay_places(const struct relay *relay);

/** relay_guard() - put the user's terminal, as it is called, out of the run's reach. Return: as guard_add(). */
int relay_guard(const struct relay *relay, struct guard *guard);

/** relay_start() - start to pass on; our copies of the agent's ends are closed. Return: 0 or negative errno. */
int relay_start(struct relay *relay, struct supervisor *supervisor, pid_t agent_pid);

/** relay_screen() - Return: the terminal, or NULL; also for @relay NULL. */
struct screen *relay_screen(const struct relay *relay);

/** relay_terminal() - Return: the device of the agent's terminal, or 0; also for @relay NULL. */
dev_t relay_terminal(const struct relay *relay);

/** relay_over_fd() - Return: readable once more was printed than `limits: output` grants; borrowed. */
int relay_over_fd(const struct relay *relay);

/** relay_done_fd() - Return: readable once all has been passed on, after relay_end(); borrowed. */
int relay_done_fd(const struct relay *relay);

/** relay_end() - the run has ended: nothing comes any more but what it has printed. */
void relay_end(struct relay *relay);

/** relay_is_done() - whether all of it has been passed on. */
bool relay_is_done(struct relay *relay);

#endif
