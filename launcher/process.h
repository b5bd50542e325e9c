/* SPDX-License-Identifier: MIT */
/*
 * Calls that change limits, priorities or processors of a process named by number.
 */
#ifndef AGENTOS_LAUNCHER_PROCESS_H
#define AGENTOS_LAUNCHER_PROCESS_H

#include "launcher/request.h"

/**
 * process_own() - handler of the calls whose row says OWN
 *
 * Landlock does not look at these calls, and plain permission lets one change every process of the
 * same user, the supervisor included.
 */
int64_t process_own(struct request *request);

#endif
