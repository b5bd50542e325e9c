/* SPDX-License-Identifier: MIT */
/*
 * A recorder of an older version: it is not changed, and makes room for one of this version.
 */
#ifndef AGENTOS_AUDIT_OLDER_H
#define AGENTOS_AUDIT_OLDER_H

#include <stddef.h>

#include "common/fault.h"

/**
 * older_set_aside() - give the database at @path, of which schema_check() has said -ESTALE, another name
 * @path: its folder resolved
 * @out:  the new name, "PATH.old" or "PATH.old-2" and so on; @size bytes, at least PATH_MAX
 *
 * What is in its WAL is written into it first.
 *
 * Return: 0; -EBUSY while somebody uses it; other negative errno; with @fault set.
 */
int older_set_aside(const char *path, char *out, size_t size, struct fault *fault);

#endif
