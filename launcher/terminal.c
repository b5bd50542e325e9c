/* SPDX-License-Identifier: MIT */
#include "launcher/terminal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "launcher/procfile.h"

#define TTY_MAJOR_OWN 5 /* /dev/tty is 5:0 (Documentation/admin-guide/devices.txt) */
#define PTS_MAJOR 136	/* UNIX98_PTY_SLAVE_MAJOR; devpts uses 20 bits of minor under it */

bool terminal_is_own(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && major(st->st_rdev) == TTY_MAJOR_OWN &&
	       minor(st->st_rdev) == 0;
}

/* tty_nr, field 7 of /proc/PID/stat (proc(5)): 0 for none. */
static dev_t terminal_of(pid_t pid)
{
	char text[PROCFILE_STAT_SIZE];
	const char *fields = procfile_stat(pid, text);
	unsigned number;

	if (!fields || sscanf(fields, " %*c %*d %*d %*d %u", &number) != 1)
		return 0;
	/* new_encode_dev() of include/linux/kdev_t.h */
	return makedev((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00));
}

static bool is_callers(struct request *request, const struct stat *st)
{
	return S_ISCHR(st->st_mode) && major(st->st_rdev) == PTS_MAJOR &&
	       terminal_of(request->tid) == st->st_rdev;
}

/* "tty-index:" in /proc/PID/fdinfo/FD (proc(5)); -1 when the descriptor is no ptmx. */
static long terminal_index(pid_t pid, const char *fd)
{
	char path[64];
	char text[512];
	const char *at;
	ssize_t len;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%.16s", pid, fd);
	len = readlink(path, text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	if (strcmp(text, "/dev/ptmx") != 0 && strcmp(text, "/dev/pts/ptmx") != 0)
		return -1;
	(void)snprintf(path, sizeof(path), "fdinfo/%.16s", fd);
	(void)procfile_read(pid, path, text, sizeof(text));
	at = strstr(text, "tty-index:");
	return at ? strtol(at + strlen("tty-index:"), NULL, 10) : -1;
}

static bool holds_terminal(pid_t pid, long index)
{
	char path[64];
	struct dirent *entry;
	bool holds = false;
	DIR *fds;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	fds = opendir(path);
	while (fds && !holds && (entry = readdir(fds)))
		holds = entry->d_name[0] != '.' && terminal_index(pid, entry->d_name) == index;
	if (fds)
		(void)closedir(fds);
	return holds;
}

static bool is_of_run(struct request *request, const struct stat *st)
{
	struct stat pts;
	struct dirent *entry;
	bool found = false;
	DIR *processes;

	if (!S_ISCHR(st->st_mode) || major(st->st_rdev) != PTS_MAJOR ||
	    stat("/dev/pts", &pts) < 0 || pts.st_dev != st->st_dev)
		return false;
	processes = opendir("/proc");
	while (processes && !found && (entry = readdir(processes))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		found = pid > 0 && supervisor_owns_pid(request->supervisor, pid) &&
			holds_terminal(pid, (long)minor(st->st_rdev));
	}
	if (processes)
		(void)closedir(processes);
	return found;
}

const char *terminal_policy_path(struct request *request, const struct stat *st, const char *path)
{
	/* One that has left the session has it as its descriptors still. */
	if (S_ISCHR(st->st_mode) && st->st_rdev != 0 &&
	    st->st_rdev == request->supervisor->terminal)
		return "/dev/tty";
	return is_callers(request, st) || is_of_run(request, st) ? "/dev/tty" : path;
}

int terminal_open(struct request *request, int flags)
{
	char path[64];
	struct stat st;
	dev_t theirs = terminal_of(request->tid);
	int fd;

	if (theirs == 0)
		return -ENXIO;
	flags = (flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW)) | O_CLOEXEC | O_NOCTTY;
	if (theirs == terminal_of(0))
		(void)snprintf(path, sizeof(path), "/dev/tty");
	else if (major(theirs) == PTS_MAJOR)
		(void)snprintf(path, sizeof(path), "/dev/pts/%u", minor(theirs));
	else
		(void)snprintf(path, sizeof(path), "/dev/tty%u", minor(theirs));
	fd = open(path, flags);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || (st.st_rdev != theirs && !terminal_is_own(&st))) {
		(void)close(fd);
		return -ENXIO;
	}
	return fd;
}
