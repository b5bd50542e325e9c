/* SPDX-License-Identifier: MIT */
/*
 * How a run starts: the agent is born outside, restricts itself step by step,
 * and waits until the supervisor listens before it executes its command.
 */
#ifndef AGENTOS_LAUNCHER_START_H
#define AGENTOS_LAUNCHER_START_H

#include <sys/types.h>

#include "common/fault.h"
#include "launcher/cgroup.h"
#include "launcher/filter.h"
#include "rules/policy.h"

/* What the agent has for standard input, output and error, when it does not have ours. */
struct start_places {
	int fds[3];	 /* -1: ours */
	int terminal_fd; /* of its session; -1: none */
};

struct start {
	char *const *argv; /* the command, NULL-terminated; searched in PATH */
	const struct filter *filter;
	int ruleset_fd;			    /* of Landlock; -1: none (weaker level) */
	const struct policy_limits *limits; /* of each process */
	const struct cgroup *cgroup;	    /* of the run; there may be none */
	/* It gets a session of its own as well; NULL: it has ours, and our descriptors */
	const struct start_places *places;
};

struct started {
	int listener_fd; /* owned */
	int news_fd;	 /* owned: struct reaper_message */
	int ready_fd;	 /* owned: start_release() writes here */
	pid_t reaper_pid;
	pid_t agent_pid;
};

/**
 * start_agent() - make the reaper and the agent
 *
 * The caller must have one thread only. On success the agent waits for
 * start_release(); on failure nothing is left behind.
 *
 * All signals are blocked afterwards in this thread: the caller reads them from a signalfd.
 *
 * Return: 0, or negative errno with @fault set.
 */
int start_agent(const struct start *start, struct started *out, struct fault *fault);

/**
 * start_own_descriptors() - a descriptor table of our own, with the same descriptors
 *
 * As unshare(CLONE_FILES), which Docker's default list of calls refuses: close_range(2) takes a
 * table as well, and there is nothing to close at the highest number. Async-signal-safe.
 *
 * Return: 0, or -1 with errno.
 */
int start_own_descriptors(void);

/** start_release() - let the agent execute its command. Return: 0 or negative errno. */
int start_release(struct started *started);

#endif
