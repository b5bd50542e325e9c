/* SPDX-License-Identifier: MIT */
/*
 * The processes that descend from one, found by the parents in /proc.
 */
#ifndef AGENTOS_LAUNCHER_DESCENDANTS_H
#define AGENTOS_LAUNCHER_DESCENDANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** descendants_parent() - Return: parent of process or thread @pid, or -1 when it is gone. */
pid_t descendants_parent(pid_t pid);

/** descendants_include() - Return: whether @pid descends from @root (@root itself does not). */
bool descendants_include(pid_t root, pid_t pid);

/**
 * descendants_list() - the descendants of @root at this moment, those that have ended left out
 * @out: owned by the caller: free(3)
 *
 * One that is born or given to another parent meanwhile can be missed: look again.
 *
 * Return: how many there are, or -ENOMEM.
 */
ssize_t descendants_list(pid_t root, pid_t **out);

/**
 * descendants_signal() - send @signal to every descendant of @root
 *
 * Goes round until a round finds nobody new (at most 64 rounds), so that children born meanwhile
 * are met as well. @signal 0 only counts.
 *
 * Return: how many there were.
 */
size_t descendants_signal(pid_t root, int signal);

#endif
