/* SPDX-License-Identifier: MIT */
#include "launcher/gitfolder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clean.h"
#include "launcher/gitconfig.h"

#define PIN_DIRECTORY (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* Last name of a canonical path. */
static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_half(const char *name)
{
	return strcmp(name, "objects") == 0 || strcmp(name, "refs") == 0;
}

static bool ends_in(const char *text, size_t len, const char *end)
{
	size_t end_len = strlen(end);

	return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

/*
 * Bytes of @path up to the folder that may be a git folder, when the rest is its configuration, its
 * hooks or one of them; else 0.
 */
static size_t folder_len(const char *path)
{
	size_t len = (size_t)(base_of(path) - path);
	const char *name = path + len;

	if (len == 0)
		return 0;
	if (strcmp(name, "config") == 0 || strcmp(name, "hooks") == 0)
		return len - 1;
	return ends_in(path, len, "/hooks/") ? len - strlen("/hooks/") : 0;
}

/* Policies see those by their names already. */
static bool is_called_git(const char *path, size_t len)
{
	return memmem(path, len, "/.git/", 6) || ends_in(path, len, ".git");
}

bool gitfolder_concerns(const char *path)
{
	return folder_len(path) > 0 || is_half(base_of(path));
}

static bool has(int folder, const char *name)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The folder in which the place lies, pinned; -1 when it has moved since it was described. */
static int folder_open(const struct place *place)
{
	char path[PATH_MAX];
	size_t len = (size_t)(base_of(place->path) - place->path);
	struct stat st;
	CLEAN_FD int fd = -1;

	if (place->fd < 0)
		return fcntl(place->parent_fd, F_DUPFD_CLOEXEC, 0);
	(void)snprintf(path, sizeof(path), "%.*s", (int)len, place->path);
	fd = open(path, PIN_DIRECTORY | O_NOFOLLOW);
	if (fd < 0 || fstatat(fd, base_of(place->path), &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !is_same(&st, &place->st))
		return -1;
	return take_fd(&fd);
}

bool gitfolder_holds(const struct place *place)
{
	size_t len = place->nameless ? 0 : folder_len(place->path);
	CLEAN_FD int inner = -1;
	CLEAN_FD int outer = -1;

	if (len == 0 || is_called_git(place->path, len))
		return false;
	inner = folder_open(place);
	if (inner < 0)
		return true;
	if (ends_in(place->path, (size_t)(base_of(place->path) - place->path), "/hooks/"))
		outer = openat(inner, "..", PIN_DIRECTORY);
	else
		outer = take_fd(&inner);
	return outer < 0 || (has(outer, "objects") && has(outer, "refs"));
}

const char *gitfolder_alias(const char *path, char *alias)
{
	size_t len = folder_len(path);
	int needed;

	if (len == 0)
		return path;
	needed = snprintf(alias, PATH_MAX, "%.*s/.git%s", (int)len, path, path + len);
	return needed < PATH_MAX ? alias : path;
}

bool gitfolder_completes(const struct place *place)
{
	const char *name = base_of(place->path);

	if (!is_half(name) || is_called_git(place->path, (size_t)(name - place->path) - 1))
		return false;
	return has(place->parent_fd, strcmp(name, "refs") == 0 ? "objects" : "refs");
}

/* Git runs none of the samples that it puts there itself. */
static bool hooks_are_samples(int folder)
{
	struct dirent *entry;
	bool samples = true;
	int fd = openat(folder, "hooks", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (!stream) {
		int error = errno;

		if (fd >= 0)
			(void)close(fd);
		return fd < 0 && error == ENOENT;
	}
	while (samples && (errno = 0, entry = readdir(stream)))
		samples = entry->d_name[0] == '.' ||
			  ends_in(entry->d_name, strlen(entry->d_name), ".sample");
	samples = samples && errno == 0;
	(void)closedir(stream);
	return samples;
}

bool gitfolder_accept(const struct place *place)
{
	char path[PATH_MAX];
	size_t len = (size_t)(base_of(place->path) - place->path);

	if (snprintf(path, sizeof(path), "%.*sconfig", (int)len, place->path) >= PATH_MAX)
		return false;
	return hooks_are_samples(place->parent_fd) && gitconfig_renew(place->parent_fd, path);
}
