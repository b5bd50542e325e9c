/* SPDX-License-Identifier: MIT */
/*
 * Acting as the caller: effective and file-system ids, groups, effective capabilities and umask of
 * this worker thread are the caller's while it makes a call, so that the kernel judges plain
 * permissions, and peers see who connects, as it would have been by the caller's own call.
 *
 * Workers have their own umask and cwd (unshare(CLONE_FS)); the ids are per thread in the
 * kernel (credentials(7)), and glibc's process-wide wrappers are not used.
 */
#ifndef AGENTOS_LAUNCHER_IDENTITY_H
#define AGENTOS_LAUNCHER_IDENTITY_H

#include "launcher/request.h"

/**
 * identity_assume() - become the caller
 *
 * Costs nothing while no caller has used umask or a set*id call. Not to be
 * nested; what needs our own rights (/proc/PID, pidfds) is done before.
 *
 * Return: 0, or negative errno: then nothing was assumed and the call must be refused.
 */
int identity_assume(struct request *request);

/** identity_drop() - back to the supervisor's own ids; errno is kept. */
void identity_drop(void);

/**
 * identity_limit_supervisor() - keep only the capabilities that acting for the agent needs
 *
 * What the agent may hold (identity_limit_agent()) plus CAP_SYS_PTRACE: the supervisor must not
 * be a way to rights that no agent has. A no-op for a plain user.
 *
 * Return: 0 or negative errno.
 */
int identity_limit_supervisor(void);

/** identity_limit_agent() - drop all capabilities that no agent may hold, for good. Return: 0 or
 * negative errno. Async-signal-safe. */
int identity_limit_agent(void);

#endif
