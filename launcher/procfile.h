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

/**
 * procfile_status() - /proc/PID/status
 * @pid: as above
 *
 * Return: all of it, the thread's own until its next call; NULL when there is no such process.
 */
const char *procfile_status(pid_t pid);

/**
 * procfile_line() - a line "NAME:\t..." of a file such as status
 * @text: NULL is one without lines
 *
 * Return: what comes after the colon, with all the lines after it; NULL when it is not there.
 */
const char *procfile_line(const char *text, const char *name);

#define PROCFILE_STAT_SIZE 1024

/**
 * procfile_stat() - what comes after the program's name in /proc/PID/stat, which may hold anything
 * @text: PROCFILE_STAT_SIZE bytes
 *
 * Return: a pointer into @text, at field 3; NULL when there is no such process. Thread-safe.
 */
const char *procfile_stat(pid_t pid, char *text);

#endif
