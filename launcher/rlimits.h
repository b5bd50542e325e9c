/* SPDX-License-Identifier: MIT */
/*
 * What a run may use, by the limits that the kernel keeps for each process (setrlimit(2)): all that
 * the agent starts inherits them, and nobody inside can raise them.
 *
 * cpu_time, memory (private writable memory), file_size and open_files are each process's own;
 * processes are those of the agent's user on the whole machine, which is why root cannot be
 * limited so.
 * Where the run has a control group (launcher/cgroup.h), that bounds memory and processes of all together.
 */
#ifndef AGENTOS_LAUNCHER_RLIMITS_H
#define AGENTOS_LAUNCHER_RLIMITS_H

#include "common/fault.h"
#include "rules/policy.h"

/**
 * rlimits_check() - whether all of them can be enforced here without a control group (launcher/cgroup.h)
 * @why: there is none, for the sentence
 *
 * Return: 0, or -ENOTSUP with @fault set.
 */
int rlimits_check(const struct policy_limits *limits, const char *why, struct fault *fault);

/** rlimits_set() - put this process under them. Async-signal-safe. Return: 0 or negative errno. */
int rlimits_set(const struct policy_limits *limits);

#endif
