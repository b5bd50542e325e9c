/* SPDX-License-Identifier: MIT */
#include "audit/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int state_path(const char *name, char *out)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	const char *slash = *name ? "/" : "";
	int len;

	if (state && state[0] == '/')
		len = snprintf(out, PATH_MAX, "%s/agentos%s%s", state, slash, name);
	else if (home && home[0] == '/')
		len = snprintf(out, PATH_MAX, "%s/.local/state/agentos%s%s", home, slash, name);
	else
		return -ENOENT;
	return len < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int state_make_above(const char *path)
{
	char folder[PATH_MAX];

	if (strlen(path) >= sizeof(folder))
		return -ENAMETOOLONG;
	if (path[0] == '\0')
		return -ENOENT;
	(void)snprintf(folder, sizeof(folder), "%s", path);
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(folder, 0700) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

int state_make_folder(const char *folder)
{
	int r = state_make_above(folder);

	if (r == 0 && mkdir(folder, 0700) < 0 && errno != EEXIST)
		r = -errno;
	if (r == 0 && faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0)
		r = -errno;
	return r;
}

/* Where a name can only be taken and then given: for a moment an empty file has it. */
static int name_take(const char *from, const char *to)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? 0 : -errno;
	(void)close(fd);
	return rename(from, to) < 0 ? -errno : 0;
}

int state_name_file(const char *from, const char *to)
{
	if (link(from, to) == 0 || errno == EEXIST)
		return 0;
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 || errno == EEXIST)
		return 0;
	return errno == EINVAL ? name_take(from, to) : -errno; /* exFAT by FUSE */
}
