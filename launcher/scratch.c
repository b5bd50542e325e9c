/* SPDX-License-Identifier: MIT */
#include "launcher/scratch.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clean.h"

#define OPEN_DIRECTORIES 32

int scratch_make(char *path, size_t size, struct fault *fault)
{
	const char *parent = getenv("TMPDIR");
	char name[PATH_MAX];
	CLEAN_FREE char *real = NULL;

	if (!parent || parent[0] != '/')
		parent = "/tmp";
	(void)snprintf(name, sizeof(name), "%s/agentos-XXXXXX", parent);
	if (!mkdtemp(name))
		return fault_set(fault, -errno, "cannot make a temporary directory: '%s': %s", name,
				 strerror(errno));
	real = realpath(name, NULL);
	if (!real || strlen(real) >= size) {
		int r = real ? -ENAMETOOLONG : -errno;

		(void)remove(name);
		return fault_set(fault, r, "cannot use temporary directory: '%s': %s", name,
				 strerror(-r));
	}
	(void)snprintf(path, size, "%s", real);
	return 0;
}

/* A directory that the agent made unreadable is opened up before it is entered. */
static int open_up(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)where;
	if (type == FTW_DNR || type == FTW_D)
		(void)chmod(path, 0700);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	(void)remove(path);
	return 0;
}

void scratch_remove(const char *path)
{
	if (!path[0])
		return;
	if (nftw(path, remove_one, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0 &&
	    access(path, F_OK) < 0)
		return;
	(void)nftw(path, open_up, OPEN_DIRECTORIES, FTW_PHYS | FTW_MOUNT);
	(void)nftw(path, remove_one, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
