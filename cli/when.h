/* SPDX-License-Identifier: MIT */
/*
 * Points in time, as people write them.
 */
#ifndef AGENTOS_CLI_WHEN_H
#define AGENTOS_CLI_WHEN_H

#include <stdint.h>

#include "common/fault.h"

/**
 * when_parse() - read a point in time
 * @text:   "2026-11-23", "2026-11-23T10:15", "2026-11-23T10:15:02.123Z" (UTC, with or without the Z,
 *          and a space for the T), "@SECONDS" since 1970, or "30m" ago (s, m, h, d)
 * @now_ns: since 1970
 * @out_ns: since 1970, at least 1; written on success
 *
 * Return: 0, or -EINVAL with @fault set.
 */
int when_parse(const char *text, int64_t now_ns, int64_t *out_ns, struct fault *fault);

#endif
