/* SPDX-License-Identifier: MIT */
/*
 * execve and execveat: decided on our copy, made by the kernel, and checked in
 * the ptrace exec stop, where the old threads are gone and the new program has
 * not run one instruction. What differs from what was decided is killed there.
 */
#ifndef AGENTOS_LAUNCHER_EXEC_H
#define AGENTOS_LAUNCHER_EXEC_H

#include "launcher/request.h"

/** exec_handle() - handler of execve and execveat; answers the request itself. */
int64_t exec_handle(struct request *request);

#endif
