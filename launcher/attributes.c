/* SPDX-License-Identifier: MIT */
#include "launcher/attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <utime.h>

#include "launcher/identity.h"
#include "launcher/place.h"
#include "launcher/terminal.h"

#define XATTR_NAME_SIZE 256   /* XATTR_NAME_MAX + 1 (limits.h of the kernel) */
#define XATTR_VALUE_MAX 65536 /* XATTR_SIZE_MAX */

/* Whether the call's flags or its kind say not to follow a symlink at the end. */
static bool nofollow(const struct request *request)
{
	switch (request->call) {
	case CALL_lchown:
	case CALL_lsetxattr:
	case CALL_lremovexattr:
		return true;
	case CALL_fchmodat2:
	case CALL_fchownat:
	case CALL_utimensat:
	case CALL_setxattrat:
	case CALL_removexattrat:
		return request->flags & AT_SYMLINK_NOFOLLOW;
	default:
		return false;
	}
}

static bool has_flags(const struct request *request)
{
	return strchr(call_table[request->call].shape, 'p') &&
	       strchr(call_table[request->call].shape, 'i') && request->call != CALL_setxattr &&
	       request->call != CALL_lsetxattr;
}

/* What is open: an O_PATH descriptor names a file, but is not one (open(2)). */
static int find_open(struct request *request, int fd, struct place *out)
{
	struct stat link; /* its mode says how the descriptor is open (proc(5)) */
	char path[64];

	if (fd < 0)
		return -EBADF;
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", request->tid, fd);
	if (lstat(path, &link) < 0 || !(link.st_mode & S_IRWXU))
		return -EBADF;
	return place_find_descriptor(request, fd, out);
}

/* The object of the call: of its path, or of its descriptor. */
static int find(struct request *request, struct place *out)
{
	bool flagged = has_flags(request);
	bool by_descriptor = call_table[request->call].shape[0] == 'f';

	if (flagged && request->flags & ~(uint64_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (by_descriptor)
		return find_open(request, (int)request->args[0], out);
	if (!request->path[0]) {
		/* futimens(3) is utimensat with a NULL path; futimesat has it too. */
		if ((request->call == CALL_utimensat || request->call == CALL_futimesat) &&
		    request->dir_fd[0] != AT_FDCWD && !request->path_error[0])
			return request->flags ? -EINVAL
					      : find_open(request, request->dir_fd[0], out);
		return request_path_check(request, 0);
	}
	if (flagged && request->flags & AT_EMPTY_PATH && request->path[0][0] == '\0')
		return place_find_descriptor(request, request->dir_fd[0], out);
	return place_find(request, request->dir_fd[0], request->path[0],
			  nofollow(request) ? PLACE_NOFOLLOW : 0, out);
}

/* Pins, judges and becomes the caller; @path is then what to act on. */
static int begin(struct request *request, const char *operation, struct place *place, char *path)
{
	struct event event = {
		.action = ACTION_WRITE_FILE,
		.operation = operation,
		.path = place->path,
		.place = place,
		.given = request->path[0],
	};
	int r = find(request, place);

	if (r < 0)
		return r;
	event.path = terminal_policy_path(request, &place->st, place->path);
	event.is_dir = S_ISDIR(place->st.st_mode);
	event.in_git_folder = place->in_git_folder;
	/* A git configuration's content stays as it is, whoever owns it since when. */
	event.harmless = strcmp(operation, "truncate") != 0 && strcmp(operation, "xattr") != 0;
	/* Pipes, sockets and memory files are the run's own and have no name to judge by. */
	if (place->path[0] == '/' && strncmp(place->path, "/memfd:", 7) != 0)
		r = request_judge(request, &event);
	if (r < 0)
		return r;
	(void)place_self_path(place->fd, path);
	return identity_assume(request);
}

static int64_t end(int result)
{
	int64_t answer = result < 0 ? -errno : 0;

	identity_drop();
	return answer;
}

int64_t attributes_truncate(struct request *request)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	char path[32];
	int r;

	if ((int64_t)request->args[1] < 0)
		return -EINVAL;
	r = begin(request, "truncate", &place, path);
	return r < 0 ? r : end(truncate(path, (off_t)request->args[1]));
}

int64_t attributes_chmod(struct request *request)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	char path[32];
	int r = begin(request, "chmod", &place, path);

	return r < 0 ? r : end(chmod(path, request->mode & 07777));
}

int64_t attributes_chown(struct request *request)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	size_t first = call_table[request->call].shape[0] == 'd' ? 2 : 1;
	char path[32];
	int r = begin(request, "chown", &place, path);

	return r < 0 ? r
		     : end(fchownat(place.fd, "", (uid_t)request->args[first],
				    (gid_t)request->args[first + 1], AT_EMPTY_PATH));
}

static void times_of_timevals(const struct timeval from[2], struct timespec to[2])
{
	for (int i = 0; i < 2; i++) {
		to[i].tv_sec = from[i].tv_sec;
		/* Out of range stays out of range: EINVAL, as the kernel says. */
		to[i].tv_nsec = from[i].tv_usec < 0 || from[i].tv_usec > 999999
					? -1
					: from[i].tv_usec * 1000;
	}
}

/* The times that the caller gives, in whichever form its call has. Return: 1 for "now". */
static int times_read(struct request *request, struct timespec times[2])
{
	uint64_t address = request->args[call_table[request->call].shape[0] == 'd' ? 2 : 1];
	struct timeval timevals[2];
	struct utimbuf utimbuf;
	int r;

	if (!address)
		return 1;
	switch (request->call) {
	case CALL_utimensat:
		return request_read(request, address, times, 2 * sizeof(*times));
	case CALL_utime:
		r = request_read(request, address, &utimbuf, sizeof(utimbuf));
		times[0] = (struct timespec){ .tv_sec = utimbuf.actime };
		times[1] = (struct timespec){ .tv_sec = utimbuf.modtime };
		return r;
	default:
		r = request_read(request, address, timevals, sizeof(timevals));
		if (r == 0)
			times_of_timevals(timevals, times);
		return r;
	}
}

int64_t attributes_times(struct request *request)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	struct timespec times[2] = { { 0 } };
	char path[32];
	int now = times_read(request, times);
	int r;

	if (now < 0)
		return now;
	if (!now && times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return 0; /* nothing to do: the kernel does not even look for the file */
	r = begin(request, "times", &place, path);
	return r < 0 ? r : end(utimensat(AT_FDCWD, path, now ? NULL : times, 0));
}

/* struct xattr_args of setxattrat(2), include/uapi/linux/xattr.h */
struct xattr_args {
	uint64_t value;
	uint32_t size;
	uint32_t flags;
};

struct xattr {
	char name[XATTR_NAME_SIZE];
	char *value; /* owned; NULL when @size is 0 */
	size_t size;
	int flags;
};

static int xattr_name_read(struct request *request, uint64_t address, char *name)
{
	ssize_t len = request_read_text(request, address, name, XATTR_NAME_SIZE);

	if (len == 0 || len == -ENAMETOOLONG)
		return -ERANGE;
	return len < 0 ? (int)len : 0;
}

/* name, value, size, flags: one after the other, or in a struct. */
static int xattr_read(struct request *request, struct xattr *xattr)
{
	bool is_at = request->call == CALL_setxattrat;
	struct xattr_args args = { 0 };
	int r;

	if (is_at) {
		if (request->args[5] != sizeof(args))
			return request->args[5] < sizeof(args) ? -EINVAL : -E2BIG;
		r = request_read(request, request->args[4], &args, sizeof(args));
		if (r < 0)
			return r;
	} else {
		args.value = request->args[2];
		args.size = request->args[3] > UINT32_MAX ? UINT32_MAX : (uint32_t)request->args[3];
		args.flags = (uint32_t)request->args[4];
	}
	if (args.flags & ~(uint32_t)(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	r = xattr_name_read(request, request->args[is_at ? 3 : 1], xattr->name);
	if (r < 0)
		return r;
	if (args.size > XATTR_VALUE_MAX)
		return -E2BIG;
	xattr->size = args.size;
	xattr->flags = (int)args.flags;
	xattr->value = args.size ? malloc(args.size) : NULL;
	if (args.size && !xattr->value)
		return -ENOMEM;
	return request_read(request, args.value, xattr->value, args.size);
}

int64_t attributes_setxattr(struct request *request)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	struct xattr xattr = { 0 };
	char path[32];
	int64_t r = xattr_read(request, &xattr);

	if (r == 0)
		r = begin(request, "xattr", &place, path);
	if (r == 0)
		r = end(setxattr(path, xattr.name, xattr.value, xattr.size, xattr.flags));
	free(xattr.value);
	return r;
}

int64_t attributes_removexattr(struct request *request)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	char name[XATTR_NAME_SIZE];
	char path[32];
	int r = xattr_name_read(request, request->args[request->call == CALL_removexattrat ? 3 : 1],
				name);

	if (r == 0)
		r = begin(request, "xattr", &place, path);
	return r < 0 ? r : end(removexattr(path, name));
}
