/* SPDX-License-Identifier: MIT */
#include "launcher/procfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/clean.h"

#define STATUS_SIZE 32768 /* with the groups of a user who is in a thousand */

ssize_t procfile_read(pid_t pid, const char *name, char *text, size_t size)
{
	CLEAN_FD int fd = -1;
	char path[96];
	ssize_t len;

	text[0] = '\0';
	if (pid)
		(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	else
		(void)snprintf(path, sizeof(path), "/proc/self/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, text, size - 1);
	if (len < 0)
		return -errno;
	text[len] = '\0';
	return len;
}

const char *procfile_status(pid_t pid)
{
	static _Thread_local char text[STATUS_SIZE];

	return procfile_read(pid, "status", text, sizeof(text)) > 0 ? text : NULL;
}

const char *procfile_line(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += at != text;
		if (strncmp(at, name, len) == 0 && at[len] == ':')
			return at + len + 1;
	}
	return NULL;
}

const char *procfile_stat(pid_t pid, char *text)
{
	const char *after;

	if (procfile_read(pid, "stat", text, PROCFILE_STAT_SIZE) <= 0)
		return NULL;
	after = strrchr(text, ')');
	return after ? after + 1 : NULL;
}
