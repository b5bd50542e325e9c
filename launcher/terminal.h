/* SPDX-License-Identifier: MIT */
/*
 * /dev/tty means the terminal of whoever opens it: the caller's, not ours.
 */
#ifndef AGENTOS_LAUNCHER_TERMINAL_H
#define AGENTOS_LAUNCHER_TERMINAL_H

#include <stdbool.h>
#include <sys/stat.h>

#include "launcher/request.h"

/** terminal_is_own() - Return: whether @st is /dev/tty. */
bool terminal_is_own(const struct stat *st);

/**
 * terminal_policy_path() - the name by which a policy speaks of a file
 * @st:   of a pin, which goes on to mean this terminal when its number is used again
 * @path: canonical; borrowed
 *
 * Reads /proc/PID/fd of the run's processes; only for pseudo-terminals.
 *
 * Return: "/dev/tty" for the caller's controlling terminal, and for a pseudo-terminal whose other end
 * a process of the run holds; else @path.
 */
const char *terminal_policy_path(struct request *request, const struct stat *st, const char *path);

/**
 * terminal_open() - open the caller's controlling terminal
 * @flags: of the caller's open
 *
 * When it is ours as well, through /dev/tty; else by its device, whose name
 * descriptors then show instead.
 *
 * Return: an owned descriptor, -ENXIO when the caller has none, or another negative errno.
 */
int terminal_open(struct request *request, int flags);

#endif
