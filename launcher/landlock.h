/* SPDX-License-Identifier: MIT */
/*
 * The Landlock floor under everything: what the supervisor performs is not
 * granted here at all, so a call that were missed would find nothing. Only
 * programs are granted, because the kernel itself opens what execve runs.
 */
#ifndef AGENTOS_LAUNCHER_LANDLOCK_H
#define AGENTOS_LAUNCHER_LANDLOCK_H

#include "common/fault.h"
#include "rules/policy.h"

#define LANDLOCK_ABI_TCP 4    /* Linux 6.7 */
#define LANDLOCK_ABI_SCOPES 6 /* Linux 6.12: signals and abstract unix sockets */

/** landlock_abi() - Return: the kernel's Landlock ABI (1 and up), or 0 when it has none. */
int landlock_abi(void);

/**
 * landlock_build() - make a ruleset from the policy's execute trees
 * @policy: NULL grants nothing
 *
 * Handles every file and TCP right and scope of the kernel's ABI.
 *
 * Return: an owned descriptor of the ruleset, or negative errno with @fault set.
 */
int landlock_build(const struct policy *policy, struct fault *fault);

/** landlock_enforce() - restrict this thread; no_new_privs must be set. Async-signal-safe. Return: 0
 * or negative errno. */
int landlock_enforce(int ruleset_fd);

#endif
