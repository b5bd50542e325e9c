/* SPDX-License-Identifier: MIT */
/*
 * The slow way to a place: name by name, with the caller's number in place of "self", and magic
 * links followed only in directories of the run's own processes.
 */
#ifndef AGENTOS_LAUNCHER_WALK_H
#define AGENTOS_LAUNCHER_WALK_H

#include <stdint.h>

#include "launcher/place.h"

#define WALK_SYMLINKS_MAX 40 /* the kernel's MAXSYMLINKS (include/linux/namei.h) */

/**
 * walk_from() - walk a path
 * @base:  O_PATH where a relative one starts; taken over; -1 for absolute ones
 * @flags: PLACE_NOFOLLOW
 * @out:   own_descriptor and descriptor_flags are set
 *
 * Return: an owned O_PATH descriptor, or negative errno.
 */
int walk_from(struct request *request, int base, const char *path, int flags, struct place *out);

/*
 * What both ways use; of place.c.
 */

/** place_open_as_caller() - openat2 with RESOLVE_NO_MAGICLINKS, with the caller's ids. Return: an owned
 * descriptor or negative errno. */
int place_open_as_caller(struct request *request, int base, const char *path, uint64_t flags,
			 uint64_t resolve);

/** place_proc_pid() - Return: the process of "/proc/PID" or "/proc/PID/...", 0 for any other path. */
pid_t place_proc_pid(const char *path);

/** place_canonical_path() - what the kernel calls an open file. Return: 0 or negative errno. */
int place_canonical_path(int fd, char *path, size_t size);

#endif
