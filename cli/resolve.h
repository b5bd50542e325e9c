/* SPDX-License-Identifier: MIT */
/*
 * Where a path leads: links followed as the kernel follows them, also in front of what does not
 * exist yet.
 */
#ifndef AGENTOS_CLI_RESOLVE_H
#define AGENTOS_CLI_RESOLVE_H

#include <stdbool.h>

/**
 * resolve_path() - resolve links, "." and ".."
 * @path:   absolute
 * @follow: also a link at the end; a slash behind it has the same effect
 * @out:    PATH_MAX bytes; absolute, without a slash at the end; written on success
 *
 * What does not exist (a link may lead there) is kept as it is named.
 *
 * Return: 0, -ELOOP or -ENAMETOOLONG.
 * Source: path_resolution(7).
 */
int resolve_path(const char *path, bool follow, char *out);

#endif
