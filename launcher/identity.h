/* SPDX-License-Identifier: MIT */
/*
 * Acting as the caller: effective and file-system ids, groups, effective capabilities and umask of
 * this worker thread are the caller's while it makes a call, so that the kernel judges plain
 * permissions, and peers see who connects, as it would have been by the caller's own call.
 *
 * Workers have their own umask and cwd where the kernel lets (unshare(CLONE_FS)); the ids are per
 * thread in the kernel (credentials(7)), and glibc's process-wide wrappers are not used.
 */
#ifndef AGENTOS_LAUNCHER_IDENTITY_H
#define AGENTOS_LAUNCHER_IDENTITY_H

#include <sys/socket.h>

#include "launcher/request.h"

/**
 * identity_own_directory() - give this thread a directory and a umask of its own, and go to "/"
 *
 * Where unshare(2) is refused (Docker's default list of calls) the threads share both: the umask is 0
 * then, and identity_mode() and identity_bind() make up for it.
 *
 * Return: 0 or negative errno.
 */
int identity_own_directory(void);

/**
 * identity_mode() - the mode to create a file with, between identity_assume() and identity_drop()
 *
 * Where threads share their umask the caller's is applied here, also where the folder's default
 * ACL would have the kernel ignore it.
 */
mode_t identity_mode(mode_t mode);

/**
 * identity_bind() - bind(2) with the caller's umask, which is what the mode of a unix socket's file
 * depends on. The caller holds names_lock exclusively, so nobody else creates anything meanwhile.
 *
 * Return: as bind(2).
 */
int identity_bind(int fd, const struct sockaddr *address, socklen_t len);

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
