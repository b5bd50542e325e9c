/* SPDX-License-Identifier: MIT */
#include "launcher/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "common/clean.h"

#define TTY_MAJOR_OWN 5 /* /dev/tty is 5:0 (Documentation/admin-guide/devices.txt) */
#define PTS_MAJOR 136	/* UNIX98_PTY_SLAVE_MAJOR; devpts uses 20 bits of minor under it */

bool terminal_is_own(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && major(st->st_rdev) == TTY_MAJOR_OWN &&
	       minor(st->st_rdev) == 0;
}

/* tty_nr, field 7 of /proc/PID/stat (proc(5)): 0 for none. */
static dev_t terminal_of(const char *process)
{
	CLEAN_FD int fd = -1;
	char path[64];
	char text[1024];
	const char *after;
	ssize_t len;
	unsigned number;

	(void)snprintf(path, sizeof(path), "/proc/%s/stat", process);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (len <= 0)
		return 0;
	text[len] = '\0';
	after = strrchr(text, ')');
	if (!after || sscanf(after + 1, " %*c %*d %*d %*d %u", &number) != 1)
		return 0;
	/* new_encode_dev() of include/linux/kdev_t.h */
	return makedev((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00));
}

bool terminal_is_callers(struct request *request, const struct stat *st)
{
	char process[32];

	if (!S_ISCHR(st->st_mode) || major(st->st_rdev) != PTS_MAJOR)
		return false;
	(void)snprintf(process, sizeof(process), "%d", request->tid);
	return terminal_of(process) == st->st_rdev;
}

int terminal_open(struct request *request, int flags)
{
	char process[32];
	char path[64];
	struct stat st;
	dev_t theirs;
	int fd;

	(void)snprintf(process, sizeof(process), "%d", request->tid);
	theirs = terminal_of(process);
	if (theirs == 0)
		return -ENXIO;
	flags = (flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW)) | O_CLOEXEC | O_NOCTTY;
	if (theirs == terminal_of("self"))
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
