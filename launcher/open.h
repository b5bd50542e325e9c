/* SPDX-License-Identifier: MIT */
/*
 * open, openat, openat2, creat: opened by the supervisor through the pin that was judged, and
 * handed over.
 */
#ifndef AGENTOS_LAUNCHER_OPEN_H
#define AGENTOS_LAUNCHER_OPEN_H

#include "launcher/request.h"

/** open_handle() - handler of the four calls. */
int64_t open_handle(struct request *request);

#endif
