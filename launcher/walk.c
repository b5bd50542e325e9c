/* SPDX-License-Identifier: MIT */
#include "launcher/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "launcher/descendants.h"

#define PROC_ROOT_INODE 1 /* PROC_ROOT_INO (include/linux/proc_ns.h) */
#define PIN (O_PATH | O_CLOEXEC)

struct walk {
	struct request *request;
	int fd;		     /* where we are; owned */
	char rest[PATH_MAX]; /* names still to go */
	int flags;	     /* PLACE_* */
	unsigned symlinks;
	bool own_descriptor;
	int descriptor_flags;
};

static bool walk_is_at_proc_root(const struct walk *walk)
{
	struct statfs fs;
	struct stat st;

	return fstatfs(walk->fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC &&
	       fstat(walk->fd, &st) == 0 && st.st_ino == PROC_ROOT_INODE;
}

/* Puts @text in front of what is left to walk. */
static int walk_push(struct walk *walk, const char *text)
{
	char joined[2 * PATH_MAX];
	int len = snprintf(joined, sizeof(joined), "%s%s%s", text, walk->rest[0] ? "/" : "",
			   walk->rest);

	if (len < 0 || (size_t)len >= sizeof(walk->rest))
		return -ENAMETOOLONG;
	memcpy(walk->rest, joined, (size_t)len + 1);
	return 0;
}

/* Takes the next name off; whether it was the last one. Trailing slashes make it not the last. */
static bool walk_pop(struct walk *walk, char *name)
{
	char *start = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(start, "/");
	bool is_last = start[len] == '\0';

	if (len > NAME_MAX)
		len = NAME_MAX + 1; /* openat says ENAMETOOLONG */
	memcpy(name, start, len);
	name[len] = '\0';
	start += strcspn(start, "/");
	start += strspn(start, "/");
	memmove(walk->rest, start, strlen(start) + 1);
	return is_last;
}

static void walk_move(struct walk *walk, int fd)
{
	(void)close(walk->fd);
	walk->fd = fd;
}

/* Our duplicate of a descriptor of one of the run's own processes. */
static int descriptor_copy(struct request *request, pid_t pid, int number)
{
	CLEAN_FD int handle = -1;

	if (pid == request_pid(request))
		return request_dup(request, number);
	handle = (int)syscall(SYS_pidfd_open, pid, 0);
	return handle < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, handle, number, 0);
}

/*
 * How the descriptor @name is open. By a duplicate, since the number may stand for another file than
 * it did when @pin was made: only what is the same file counts. Return: flags, or -1.
 */
static int descriptor_flags_read(struct request *request, pid_t pid, const char *name, int pin)
{
	CLEAN_FD int copy = -1;
	struct stat here, there;
	char *end;
	long number = strtol(name, &end, 10);

	if (*end || number < 0 || number > INT_MAX)
		return -1;
	copy = descriptor_copy(request, pid, (int)number);
	if (copy < 0 || fstat(copy, &here) < 0 || fstat(pin, &there) < 0 ||
	    here.st_dev != there.st_dev || here.st_ino != there.st_ino)
		return -1;
	return fcntl(copy, F_GETFL);
}

/* A magic link (fd/N, cwd, root, exe): only of the run's own processes. */
static int walk_follow_magic(struct walk *walk, const char *name, bool is_last)
{
	char directory[PATH_MAX];
	size_t len;
	pid_t pid;
	int fd;

	if (place_canonical_path(walk->fd, directory, sizeof(directory)) < 0)
		return -EACCES;
	pid = place_proc_pid(directory);
	if (pid <= 0 || !supervisor_owns_pid(walk->request->supervisor, pid))
		return -ENOENT;
	fd = openat(walk->fd, name, PIN);
	if (fd < 0)
		return -errno;
	len = strlen(directory);
	if (is_last && len > 3 && strcmp(directory + len - 3, "/fd") == 0) {
		walk->descriptor_flags = descriptor_flags_read(walk->request, pid, name, fd);
		walk->own_descriptor = walk->descriptor_flags >= 0;
	}
	walk_move(walk, fd);
	return 0;
}

static int walk_follow(struct walk *walk, int link_fd, const char *name, bool is_last)
{
	char target[PATH_MAX];
	struct statfs fs;
	ssize_t len;

	if (++walk->symlinks > WALK_SYMLINKS_MAX)
		return -ELOOP;
	/* Links in the root of a proc (mounts, net) are ordinary ones. */
	if (fstatfs(link_fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC &&
	    !walk_is_at_proc_root(walk))
		return walk->flags & PLACE_NOMAGIC ? -ELOOP
						   : walk_follow_magic(walk, name, is_last);
	len = readlinkat(link_fd, "", target, sizeof(target) - 1);
	if (len <= 0)
		return len < 0 ? -errno : -ENOENT;
	target[len] = '\0';
	if (!is_last && walk->rest[0] == '\0')
		(void)snprintf(walk->rest, sizeof(walk->rest),
			       "."); /* "link/" must be a directory */
	if (target[0] == '/') {
		int root = open("/", PIN | O_DIRECTORY);

		if (root < 0)
			return -errno;
		walk_move(walk, root);
	}
	return walk_push(walk, target);
}

/* /proc/self and /proc/thread-self are the caller's, not ours. */
static int walk_push_self(struct walk *walk, const char *name, bool is_last)
{
	char text[64];
	pid_t pid = request_pid(walk->request);

	if (strcmp(name, "self") == 0)
		(void)snprintf(text, sizeof(text), "%d%s", pid, is_last ? "" : "/");
	else
		(void)snprintf(text, sizeof(text), "%d/task/%d%s", pid, walk->request->tid,
			       is_last ? "" : "/");
	return walk_push(walk, text);
}

static int walk_step(struct walk *walk)
{
	char name[NAME_MAX + 2];
	bool is_last = walk_pop(walk, name);
	struct stat st;
	int fd, r;

	if (name[0] == '\0')
		return 0;
	if ((strcmp(name, "self") == 0 || strcmp(name, "thread-self") == 0) &&
	    walk_is_at_proc_root(walk) && !(is_last && walk->flags & PLACE_NOFOLLOW))
		return walk_push_self(walk, name, is_last);
	fd = place_open_as_caller(walk->request, walk->fd, name, PIN | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0) {
		r = -errno;
	} else if (S_ISLNK(st.st_mode) && !(is_last && walk->flags & PLACE_NOFOLLOW)) {
		r = walk_follow(walk, fd, name, is_last);
	} else if (!is_last && !S_ISDIR(st.st_mode)) {
		r = -ENOTDIR;
	} else {
		walk_move(walk, take_fd(&fd));
		return 0;
	}
	(void)close(fd);
	return r;
}

int walk_from(struct request *request, int base, const char *path, int flags, struct place *out)
{
	static _Thread_local struct walk walk;
	int r = 0;

	walk = (struct walk){ .request = request, .fd = base, .flags = flags };
	if (path[0] == '/') {
		walk.fd = open("/", PIN | O_DIRECTORY);
		if (walk.fd < 0)
			return -errno;
	}
	(void)snprintf(walk.rest, sizeof(walk.rest), "%s", path);
	while (r == 0 && walk.rest[0])
		r = walk_step(&walk);
	if (r < 0) {
		(void)close(walk.fd);
		return r;
	}
	out->own_descriptor = walk.own_descriptor;
	out->descriptor_flags = walk.descriptor_flags;
	return walk.fd;
}
