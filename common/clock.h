/* SPDX-License-Identifier: MIT */
/*
 * Time as one number: nanoseconds of a clock.
 */
#ifndef AGENTOS_COMMON_CLOCK_H
#define AGENTOS_COMMON_CLOCK_H

#include <stdint.h>
#include <time.h>

/** clock_ns() - ns of CLOCK_REALTIME (since 1970, UTC), CLOCK_MONOTONIC, ... Async-signal-safe. */
static inline int64_t clock_ns(clockid_t clock)
{
	struct timespec now = { 0 };

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
