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
#include "rules/letters.h"

#define PIN_DIRECTORY (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* Last name of a canonical path. */
static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Whether a name is @word, or could be taken for it. */
static bool is_word(const char *name, size_t len, const char *word, enum letters letters)
{
	if (letters != LETTERS_MATTER)
		return letters_equal(name, len, word);
	return len == strlen(word) && memcmp(name, word, len) == 0;
}

static bool is_half(const struct place *place, const char *half)
{
	const char *name = base_of(place->path);

	return is_word(name, strlen(name), half, place->letters);
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
static size_t folder_len(const char *path, enum letters letters)
{
	size_t len = (size_t)(base_of(path) - path);
	const char *name = path + len;
	size_t start = len > 0 ? len - 1 : 0;

	if (len == 0)
		return 0;
	if (is_word(name, strlen(name), "config", letters) ||
	    is_word(name, strlen(name), "hooks", letters))
		return len - 1;
	while (start > 0 && path[start - 1] != '/')
		start--;
	return start > 0 && is_word(path + start, len - 1 - start, "hooks", letters) ? start - 1
										     : 0;
}

/* Whether a place of that kind is a hook, and not the configuration or the folder of hooks. */
static bool is_below_hooks(const struct place *place, size_t len)
{
	return strchr(place->path + len + 1, '/');
}

/* Policies see those by their names already. */
static bool is_called_git(const char *path, size_t len)
{
	return memmem(path, len, "/.git/", 6) || ends_in(path, len, ".git");
}

bool gitfolder_concerns(const struct place *place)
{
	return folder_len(place->path, place->letters) > 0 || is_half(place, "objects") ||
	       is_half(place, "refs");
}

static bool has(int folder, const char *name)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool gitfolder_holds(const struct place *place)
{
	size_t len = place->nameless ? 0 : folder_len(place->path, place->letters);
	CLEAN_FD int inner = -1;
	CLEAN_FD int outer = -1;

	if (len == 0 || is_called_git(place->path, len))
		return false;
	inner = place_folder_open(place);
	if (inner < 0)
		return true;
	if (is_below_hooks(place, len))
		outer = openat(inner, "..", PIN_DIRECTORY);
	else
		outer = take_fd(&inner);
	return outer < 0 || (has(outer, "objects") && has(outer, "refs"));
}

const char *gitfolder_alias(const char *path, char *alias, enum letters letters)
{
	size_t len = folder_len(path, letters);
	int needed;

	if (len == 0)
		return path;
	needed = snprintf(alias, PATH_MAX, "%.*s/.git%s", (int)len, path, path + len);
	return needed < PATH_MAX ? alias : path;
}

bool gitfolder_completes(const struct place *place)
{
	size_t len = (size_t)(base_of(place->path) - place->path) - 1;
	bool is_refs = is_half(place, "refs");

	if ((!is_refs && !is_half(place, "objects")) || is_called_git(place->path, len))
		return false;
	return has(place->parent_fd, is_refs ? "objects" : "refs");
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
