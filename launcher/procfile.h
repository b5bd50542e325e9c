/* SPDX-License-Identifier: MIT */
/*
 * The small files that /proc has of each process and thread (proc(5)).
 */
#ifndef AGENTOS_LAUNCHER_PROCFILE_H
#define AGENTOS_LAUNCHER_PROCFILE_H

#include <stddef.h>
#include <sys/types.h>

/**
 * procfile_read() - read /proc/PID/NAME, as much as there is room for
 * @pid:  process or thread; 0 is the caller's own process
 * @name: below that folder: "status", "fdinfo/3"
 * @text: NUL-terminated; "" after a failure
 *
 * Return: its length, or negative errno (-ENOENT, -ESRCH: there is no such process). Thread-safe.
 */
ssize_t procfile_read(pid_t pid, const char *name, char *text, size_t size);

#define PROCFILE_STAT_SIZE 1024

/**
 * procfile_stat() - what comes after the program's name in /proc/PID/stat, which may hold anything
 * @text: PROCFILE_STAT_SIZE bytes
 *
 * Return: a pointer into @text, at field 3; NULL when there is no such process. Thread-safe.
 */
const char *procfile_stat(pid_t pid, char *text);

#endif
