/* SPDX-License-Identifier: MIT */
#include "cli/resolve.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel: MAXSYMLINKS */

struct walk {
	char done[PATH_MAX]; /* resolved, without a slash at its end: "" is the root */
	char rest[PATH_MAX]; /* still to be walked */
	int links;
};

/* Takes the next name from the rest. Return: whether there was one. */
static bool name_take(struct walk *walk, char *name)
{
	const char *start = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(start, "/");

	(void)snprintf(name, PATH_MAX, "%.*s", (int)len, start);
	memmove(walk->rest, start + len, strlen(start + len) + 1);
	return len > 0;
}

static void step_back(struct walk *walk)
{
	char *slash = strrchr(walk->done, '/');

	if (slash)
		*slash = '\0';
}

/* The last name of @walk->done is a link to @target. */
static int link_follow(struct walk *walk, const char *target)
{
	char rest[PATH_MAX];

	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	if (target[0] == '/')
		walk->done[0] = '\0';
	else
		step_back(walk);
	if (snprintf(rest, sizeof(rest), "%s%s", target, walk->rest) >= (int)sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(walk->rest, rest, sizeof(rest));
	return 0;
}

static int name_walk(struct walk *walk, const char *name, bool follow)
{
	char target[PATH_MAX];
	size_t len = strlen(walk->done);
	ssize_t size;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		step_back(walk);
		return 0;
	}
	if (len + strlen(name) + 2 > sizeof(walk->done))
		return -ENAMETOOLONG;
	walk->done[len] = '/';
	memcpy(walk->done + len + 1, name, strlen(name) + 1);
	if (!follow && walk->rest[0] == '\0')
		return 0;
	size = readlink(walk->done, target, sizeof(target) - 1);
	if (size < 0)
		return 0; /* no link, or nothing at all */
	target[size] = '\0';
	return link_follow(walk, target);
}

int resolve_path(const char *path, bool follow, char *out)
{
	struct walk walk = { .links = 0 };
	char name[PATH_MAX];
	int r = 0;

	if (strlen(path) >= sizeof(walk.rest))
		return -ENAMETOOLONG;
	(void)snprintf(walk.rest, sizeof(walk.rest), "%s", path);
	while (r == 0 && name_take(&walk, name))
		r = name_walk(&walk, name, follow);
	if (r == 0)
		(void)snprintf(out, PATH_MAX, "%s", walk.done[0] ? walk.done : "/");
	return r;
}
