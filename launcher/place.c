/* SPDX-License-Identifier: MIT */
/*
 * Two ways to the same pin. The quick one gives the whole path to openat2(2)
 * with RESOLVE_NO_MAGICLINKS: one call, and the kernel's own errors. It cannot
 * be right where the path goes through /proc/self (that would be ours) or a
 * magic link (which the flag refuses): there the path is walked name by name,
 * with the caller's number put in, and magic links are followed only in
 * directories of the run's own processes.
 */
#include "launcher/place.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "launcher/descendants.h"
#include "launcher/gitfolder.h"
#include "launcher/identity.h"
#include "launcher/walk.h"

#define PIN (O_PATH | O_CLOEXEC)

void place_release(struct place *place)
{
	if (place->fd >= 0)
		(void)close(take_fd(&place->fd));
	if (place->parent_fd >= 0)
		(void)close(take_fd(&place->parent_fd));
	place->path_fd = -1;
}

char *place_self_path(int fd, char *text)
{
	(void)snprintf(text, 32, "/proc/self/fd/%d", fd);
	return text;
}

/* What the caller's relative paths start at: its cwd, or its descriptor @dir_fd. */
static int base_open(struct request *request, int dir_fd)
{
	char path[64];
	int fd;

	if (dir_fd == AT_FDCWD)
		(void)snprintf(path, sizeof(path), "/proc/%d/cwd", request->tid);
	else if (dir_fd >= 0)
		(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", request->tid, dir_fd);
	else
		return -EBADF;
	fd = open(path, PIN);
	if (fd < 0)
		return errno == ENOENT ? -EBADF : -errno;
	if (!request_is_alive(request)) {
		(void)close(fd);
		return -ESRCH;
	}
	return fd;
}

int place_open_as_caller(struct request *request, int base, const char *path, uint64_t flags,
			 uint64_t resolve)
{
	struct open_how how = { .flags = flags, .resolve = resolve | RESOLVE_NO_MAGICLINKS };
	int r = identity_assume(request);
	int fd;

	if (r < 0)
		return r;
	fd = (int)syscall(SYS_openat2, base, path, &how, sizeof(how));
	fd = fd < 0 ? -errno : fd;
	identity_drop();
	return fd;
}

/* The process of "/proc/PID" or "/proc/PID/...", 0 for any other path. */
pid_t place_proc_pid(const char *path)
{
	if (strncmp(path, "/proc/", 6) != 0 || !isdigit((unsigned char)path[6]))
		return 0;
	return (pid_t)strtol(path + 6, NULL, 10);
}

int place_canonical_path(int fd, char *path, size_t size)
{
	char link[32];
	ssize_t len = readlink(place_self_path(fd, link), path, size - 1);

	if (len < 0)
		return -errno;
	path[len] = '\0';
	return (size_t)len == size - 1 ? -ENAMETOOLONG : 0;
}

/* Whether the quick way could have met /proc/self, and said something about us. */
static bool concerns_proc(int base, const char *path)
{
	char start[PATH_MAX];

	if (path[0] != '/')
		return base >= 0 && place_canonical_path(base, start, sizeof(start)) == 0 &&
		       strncmp(start, "/proc", 5) == 0;
	path += strspn(path, "/");
	return strncmp(path, "proc", 4) == 0 || strncmp(path, "dev", 3) == 0;
}

/* Whether a canonical path is in our own /proc directory: the caller meant its own. */
static bool is_ours(const struct request *request, const char *path)
{
	return place_proc_pid(path) == request->supervisor->self_pid;
}

/* Its canonical path, asked for once. */
static int name_it(int fd, struct place *out)
{
	int r = 0;

	if (out->path_fd != fd) {
		r = place_canonical_path(fd, out->path, sizeof(out->path));
		out->path_fd = r < 0 ? -1 : fd;
	}
	return r;
}

/* Pins @path; @base is borrowed, -1 for absolute paths. */
static int pin(struct request *request, int base, const char *path, int flags, uint64_t resolve,
	       struct place *out)
{
	uint64_t how = PIN | (flags & PLACE_NOFOLLOW ? O_NOFOLLOW : 0);
	int own_base;
	int fd = place_open_as_caller(request, base, path, how, resolve);

	if (resolve)
		return fd;
	if (fd >= 0) {
		if (name_it(fd, out) < 0 || !is_ours(request, out->path))
			return fd;
		(void)close(fd);
		out->path_fd = -1;
	} else if (fd != -ELOOP && !concerns_proc(base, path)) {
		return fd;
	}
	own_base = base >= 0 ? fcntl(base, F_DUPFD_CLOEXEC, 0) : open("/", PIN | O_DIRECTORY);
	if (own_base < 0)
		return -errno;
	if (path[0] == '/') {
		(void)close(own_base);
		own_base = -1;
	}
	return walk_from(request, own_base, path, flags, out);
}

/* The names, type and standing of the pinned object. */
static int place_describe(struct request *request, struct place *out)
{
	int r;

	if (fstat(out->fd, &out->st) < 0)
		return -errno;
	r = name_it(out->fd, out);
	if (r < 0)
		return r;
	out->nameless = out->path[0] != '/' || (out->st.st_nlink == 0 && !S_ISDIR(out->st.st_mode));
	out->proc_pid = place_proc_pid(out->path);
	if (out->proc_pid && out->proc_pid != request->tid &&
	    !supervisor_owns_pid(request->supervisor, out->proc_pid))
		return -ENOENT; /* other processes are not to be seen */
	out->letters = volume_letters(out->fd, out->st.st_dev);
	out->in_git_folder = gitfolder_holds(out);
	return 0;
}

/*
 * Splits at the last name; trailing slashes stay with it. The directory gets a "." in its place, so
 * that it must be one that the caller may search. @path is changed.
 */
static const char *split(char *path, char *name, size_t name_size)
{
	size_t len = strlen(path);
	size_t end = len;
	size_t start;
	bool slashed;

	while (end > 0 && path[end - 1] == '/')
		end--;
	slashed = end < len && end > 0;
	start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	if (end == 0)
		(void)snprintf(name, name_size, "/"); /* the root itself */
	else if (end - start > NAME_MAX)
		name[0] = '\0';
	else
		(void)snprintf(name, name_size, "%.*s%s", (int)(end - start), path + start,
			       slashed ? "/" : "");
	if (start == 0)
		return end == 0 ? "/" : ".";
	path[start] = '.';
	path[start + 1] = '\0';
	return path;
}

static bool is_dots(const char *name)
{
	size_t len = strcspn(name, "/");

	return len == 0 || strncmp(name, "..", len) == 0;
}

/* The canonical path that @name in the pinned parent has, or would have. */
static int path_of_new_name(struct place *out)
{
	size_t len = strlen(out->path);
	size_t name_len = strcspn(out->name, "/");

	if (len == 1)
		len = 0; /* the root's own slash is not doubled */
	if (len + 1 + name_len + 1 > sizeof(out->path))
		return -ENAMETOOLONG;
	out->path[len] = '/';
	memcpy(out->path + len + 1, out->name, name_len);
	out->path[len + 1 + name_len] = '\0';
	return 0;
}

/* Nothing is there: name and path are what they would be once it is made. */
static int describe_missing(struct place *out)
{
	struct stat st;
	int r = name_it(out->parent_fd, out);

	if (r < 0)
		return r;
	if (fstat(out->parent_fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	out->proc_pid = place_proc_pid(out->path);
	r = path_of_new_name(out);
	out->path_fd = -1;
	out->letters = volume_letters(out->parent_fd, st.st_dev);
	out->in_git_folder = r == 0 && gitfolder_holds(out);
	return r;
}

static int pin_parent(struct request *request, int base, const char *path, int flags,
		      uint64_t resolve, struct place *out)
{
	static _Thread_local char copy[PATH_MAX];
	const char *directory;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	directory = split(copy, out->name, sizeof(out->name));
	out->ends_in_dots = out->name[0] && is_dots(out->name);
	out->parent_fd = pin(request, base, directory, flags & PLACE_NOMAGIC, resolve, out);
	return out->parent_fd < 0 ? out->parent_fd : 0;
}

/*
 * One round of finding parent and object. Return: 1 when the object is a symlink
 * to follow whose target does not exist: @target is what it says.
 */
static int find_once(struct request *request, int base, const char *path, int flags,
		     uint64_t resolve, struct place *out, char *target)
{
	ssize_t len;
	int r = pin_parent(request, base, path, flags, resolve, out);

	if (r < 0)
		return r;
	if (out->name[0] == '\0')
		return -ENAMETOOLONG;
	if (flags & PLACE_CREATE && strchr(out->name, '/') && !out->ends_in_dots)
		return -EISDIR;
	r = place_open_as_caller(request, out->parent_fd, out->name,
				 PIN | (flags & PLACE_NOFOLLOW || resolve ? O_NOFOLLOW : 0),
				 resolve);
	/* RESOLVE_* hold for the whole path: a link is followed from where that starts. */
	if (r >= 0 && resolve && !(flags & PLACE_NOFOLLOW)) {
		len = readlinkat(r, "", target, PATH_MAX - 1);
		if (len > 0) {
			target[len] = '\0';
			(void)close(r);
			return 1;
		}
	}
	if (r == -ELOOP) /* a magic link at the end, or a real loop: the walk tells */
		r = pin(request, out->parent_fd, out->name, flags, resolve, out);
	if (r >= 0) {
		out->fd = r;
		return place_describe(request, out);
	}
	if (r != -ENOENT && !(r == -ENOTDIR && flags & PLACE_CREATE))
		return r;
	len = flags & PLACE_NOFOLLOW ? -1
				     : readlinkat(out->parent_fd, out->name, target, PATH_MAX - 1);
	if (len <= 0)
		return r == -ENOENT ? describe_missing(out) : r;
	target[len] = '\0';
	return 1;
}

/* What @path leads to when the link at its end says @target, which is changed to it. */
static int join(const char *path, uint64_t resolve, char *target)
{
	const char *slash = strrchr(path, '/');
	size_t start = slash ? (size_t)(slash - path) + 1 : 0;
	size_t len = strlen(target);

	/* Who may cross no mount stays below the start; the root is not known to be on it. */
	if (resolve & RESOLVE_NO_SYMLINKS || (resolve & RESOLVE_NO_XDEV && target[0] == '/'))
		return -ELOOP;
	if (target[0] == '/')
		return 0;
	if (start + len >= PATH_MAX)
		return -ENAMETOOLONG;
	memmove(target + start, target, len + 1);
	memcpy(target, path, start);
	return 0;
}

static int find_with_parent(struct request *request, int base, const char *path, int flags,
			    uint64_t resolve, struct place *out)
{
	char target[2][PATH_MAX];
	CLEAN_FD int link_base = -1;

	for (unsigned links = 0; links <= WALK_SYMLINKS_MAX; links++) {
		int r = find_once(request, base, path, flags, resolve, out, target[links % 2]);

		if (r <= 0)
			return r;
		if (resolve) {
			(void)close(take_fd(&out->parent_fd));
			r = join(path, resolve, target[links % 2]);
			if (r < 0)
				return r;
			path = target[links % 2];
			continue;
		}
		/* A link to what does not exist yet: on with its target, from its directory. */
		if (link_base >= 0)
			(void)close(link_base);
		link_base = take_fd(&out->parent_fd);
		base = link_base;
		path = target[links % 2];
	}
	return -ELOOP;
}

int place_find_name(struct request *request, struct place *out)
{
	char name[NAME_MAX + 1];
	int fd;

	if (out->name[0] == '\0')
		return -ENAMETOOLONG;
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(out->name, "/"), out->name);
	fd = place_open_as_caller(request, out->parent_fd, name, PIN | O_NOFOLLOW, 0);
	if (fd == -ENOENT)
		return describe_missing(out);
	if (fd < 0)
		return fd;
	out->fd = fd;
	return place_describe(request, out);
}

int place_find_parent(struct request *request, int dir_fd, const char *path, struct place *out)
{
	CLEAN_FD int base = -1;

	if (path[0] == '\0')
		return -ENOENT;
	if (path[0] != '/') {
		base = base_open(request, dir_fd);
		if (base < 0)
			return base;
	}
	return pin_parent(request, base, path, 0, 0, out);
}

int place_find_how(struct request *request, int dir_fd, const char *path, int flags,
		   uint64_t resolve, struct place *out)
{
	CLEAN_FD int base = -1;

	if (path[0] == '\0')
		return -ENOENT;
	if (resolve == RESOLVE_NO_MAGICLINKS) {
		flags |= PLACE_NOMAGIC; /* /proc/self is the caller's all the same */
		resolve = 0;
	}
	if (path[0] != '/' || resolve & RESOLVE_IN_ROOT) {
		base = base_open(request, dir_fd);
		if (base < 0)
			return base;
	}
	if (flags & PLACE_PARENT)
		return find_with_parent(request, base, path, flags, resolve, out);
	out->fd = pin(request, base, path, flags, resolve, out);
	return out->fd < 0 ? out->fd : place_describe(request, out);
}

int place_find(struct request *request, int dir_fd, const char *path, int flags, struct place *out)
{
	return place_find_how(request, dir_fd, path, flags, 0, out);
}

int place_find_descriptor(struct request *request, int fd, struct place *out)
{
	out->fd = base_open(request, fd);
	return out->fd < 0 ? out->fd : place_describe(request, out);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

int place_folder_open(const struct place *place)
{
	const char *slash = strrchr(place->path, '/');
	char path[PATH_MAX];
	struct stat st;
	CLEAN_FD int fd = -1;

	if (place->fd < 0)
		return fcntl(place->parent_fd, F_DUPFD_CLOEXEC, 0);
	if (!slash)
		return -1;
	(void)snprintf(path, sizeof(path), "%.*s", (int)(slash + 1 - place->path), place->path);
	fd = open(path, PIN | O_DIRECTORY | O_NOFOLLOW);
	if (fd < 0 || fstatat(fd, slash[1] ? slash + 1 : ".", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !is_same(&st, &place->st))
		return -1;
	return take_fd(&fd);
}

int place_of_path(const char *path, struct place *out)
{
	char folder[PATH_MAX];
	struct stat st;

	if (snprintf(out->path, sizeof(out->path), "%s", path) >= (int)sizeof(out->path))
		return -ENAMETOOLONG;
	(void)snprintf(folder, sizeof(folder), "%s", path);
	out->fd = open(path, PIN | O_NOFOLLOW);
	for (char *slash; out->fd < 0 && out->parent_fd < 0 && (slash = strrchr(folder, '/'));) {
		*slash = '\0';
		out->parent_fd = open(folder[0] ? folder : "/", PIN | O_DIRECTORY);
	}
	if (out->fd < 0 && out->parent_fd < 0)
		return -errno;
	if (fstat(out->fd < 0 ? out->parent_fd : out->fd, &st) < 0)
		return -errno;
	out->st = st;
	out->letters = volume_letters(out->fd < 0 ? out->parent_fd : out->fd, st.st_dev);
	return 0;
}
