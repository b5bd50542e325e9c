/* SPDX-License-Identifier: MIT */
/*
 * sendto, sendmsg and sendmmsg: made by the supervisor on copies of payload,
 * address and control messages, because a filter cannot see whether a msghdr has an address,
 * and the caller could change what it has after it was looked at.
 */
#ifndef AGENTOS_LAUNCHER_SENDS_H
#define AGENTOS_LAUNCHER_SENDS_H

#include "launcher/request.h"

/* Handlers, by call. */
int64_t sends_sendto(struct request *request);
int64_t sends_sendmsg(struct request *request);
int64_t sends_sendmmsg(struct request *request);

#endif
