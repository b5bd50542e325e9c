/* SPDX-License-Identifier: MIT */
/*
 * An existing file is pinned with O_PATH (which has no side effect: no FIFO
 * blocks, no device wakes, nothing is truncated), judged by what the pin is,
 * and opened through the pin. A missing one is created with O_EXCL in its
 * pinned parent, so that what is created is what was judged; whoever was
 * quicker is met as an existing file in the next round.
 */
#include "launcher/open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "launcher/blocking.h"
#include "launcher/hosts.h"
#include "launcher/identity.h"
#include "launcher/names.h"
#include "launcher/place.h"
#include "launcher/terminal.h"

#define ROUNDS_MAX 16
#define RAW_TMPFILE 020000000  /* __O_TMPFILE without the O_DIRECTORY that comes with it */
#define OPEN_HOW_SIZE_FIRST 24 /* OPEN_HOW_SIZE_VER0 of the kernel */
#define OPEN_HOW_SIZE_MAX 4096 /* the kernel takes up to a page */
/* VALID_OPEN_FLAGS of include/linux/fcntl.h: open and openat ignore all others. */
#define VALID_FLAGS                                                                                \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC |      \
	 O_ASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC |     \
	 O_PATH | RAW_TMPFILE | 0100000)

/* O_PATH_FLAGS of fs/open.c: beside O_PATH open and openat ignore all others, openat2 takes none. */
#define PATH_FLAGS (O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)

#define VALID_RESOLVE                                                                              \
	(RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH |         \
	 RESOLVE_IN_ROOT | RESOLVE_CACHED)

struct wish {
	int flags;
	mode_t mode;
	uint64_t resolve;
};

static bool wish_has(const struct wish *wish, int flags)
{
	return (wish->flags & flags) == flags;
}

static bool wish_writes(const struct wish *wish)
{
	return wish->flags & (O_ACCMODE | O_TRUNC | RAW_TMPFILE);
}

static bool wish_reads(const struct wish *wish)
{
	return (wish->flags & O_ACCMODE) != O_WRONLY;
}

/* struct open_how of the caller: longer ones must be zero in what we do not know (openat2(2)). */
static int wish_read_how(struct request *request, struct wish *wish)
{
	unsigned char bytes[OPEN_HOW_SIZE_MAX] = { 0 };
	struct open_how how;
	uint64_t size = request->args[3];
	int r;

	if (size < OPEN_HOW_SIZE_FIRST)
		return -EINVAL;
	if (size > sizeof(bytes))
		return -E2BIG;
	r = request_read(request, request->args[2], bytes, size);
	if (r < 0)
		return r;
	for (size_t i = sizeof(how); i < size; i++)
		if (bytes[i])
			return -E2BIG;
	memcpy(&how, bytes, sizeof(how));
	if (how.flags & ~(uint64_t)(unsigned)VALID_FLAGS)
		return -EINVAL;
	if (how.mode && !(how.flags & (O_CREAT | RAW_TMPFILE)))
		return -EINVAL;
	if (how.mode & ~07777ULL)
		return -EINVAL;
	if (how.resolve & ~(uint64_t)VALID_RESOLVE)
		return -EINVAL;
	if (how.resolve & RESOLVE_BENEATH && how.resolve & RESOLVE_IN_ROOT)
		return -EINVAL;
	wish->flags = (int)how.flags;
	wish->mode = (mode_t)how.mode;
	wish->resolve = how.resolve;
	return 0;
}

static int wish_read(struct request *request, struct wish *wish)
{
	*wish = (struct wish){ 0 };
	if (request->call == CALL_openat2)
		return wish_read_how(request, wish);
	wish->mode = request->mode & 07777;
	wish->flags = request->call == CALL_creat ? O_CREAT | O_WRONLY | O_TRUNC
						  : (int)request->flags & VALID_FLAGS;
	if (wish->flags & O_PATH)
		wish->flags &= PATH_FLAGS;
	return 0;
}

/* What the kernel finds wrong before it looks at the path: build_open_flags() of fs/open.c. */
static int wish_check(const struct wish *wish)
{
	if (wish_has(wish, O_DIRECTORY | O_CREAT))
		return -EINVAL; /* since Linux 6.4 */
	if (wish_has(wish, RAW_TMPFILE) &&
	    (!wish_has(wish, O_DIRECTORY) || (wish->flags & O_ACCMODE) == O_RDONLY))
		return -EINVAL;
	if (wish->flags & O_PATH && wish->flags & ~PATH_FLAGS)
		return -EINVAL;
	if (wish->resolve & RESOLVE_CACHED)
		return -EAGAIN; /* as the kernel answers when it would have to look further */
	return 0;
}

/* A descriptor of the run's own, reopened with no more than it has: nothing new is granted. */
static bool is_own_already(const struct place *place, const struct wish *wish)
{
	int had = place->descriptor_flags & O_ACCMODE;
	int wanted = wish->flags & O_ACCMODE;

	if (!place->own_descriptor || place->descriptor_flags & O_PATH)
		return false;
	if (place->nameless &&
	    (S_ISFIFO(place->st.st_mode) || strncmp(place->path, "/memfd:", 7) == 0))
		return true;
	if (wish->flags & O_TRUNC && had == O_RDONLY)
		return false;
	return had == O_RDWR || had == wanted;
}

static int judge(struct request *request, const struct place *place, const struct wish *wish,
		 const char *operation)
{
	struct event event = {
		.path = terminal_policy_path(request, &place->st, place->path),
		.place = place,
		.given = request->path[0],
		.is_dir = S_ISDIR(place->st.st_mode),
		.in_git_folder = place->in_git_folder,
		.operation = operation,
	};
	int r = 0;

	if (wish_reads(wish) && !wish_has(wish, RAW_TMPFILE)) {
		event.action = ACTION_READ_FILE;
		r = request_judge(request, &event);
	}
	if (r == 0 && wish_writes(wish)) {
		event.action = ACTION_WRITE_FILE;
		r = request_judge(request, &event);
	}
	return r;
}

/* Opens through the pin, as the caller; may block on a FIFO or a device. */
static int reopen(struct request *request, const struct place *place, const struct wish *wish)
{
	/* O_EXCL of a file without a name says that it never gets one. */
	int dropped = O_CREAT | O_NOFOLLOW | (wish_has(wish, RAW_TMPFILE) ? 0 : O_EXCL);
	int flags = (wish->flags & ~dropped) | O_CLOEXEC | O_NOCTTY;
	bool may_block = !(flags & O_NONBLOCK) &&
			 (S_ISFIFO(place->st.st_mode) || S_ISCHR(place->st.st_mode));
	char path[32];
	int fd, r;

	if (may_block) {
		r = blocking_enter(request);
		if (r < 0)
			return r;
	}
	do {
		r = identity_assume(request);
		if (r < 0)
			break;
		fd = open(place_self_path(place->fd, path), flags, identity_mode(wish->mode));
		r = fd < 0 ? -errno : fd;
		identity_drop();
		if (r == -EINTR && may_block) {
			int answer = blocking_interrupted(request);

			r = answer ? answer : -EINTR;
		}
	} while (r == -EINTR && may_block);
	if (may_block)
		blocking_leave();
	return r;
}

static int64_t give(struct request *request, int fd, const struct wish *wish)
{
	return fd < 0 ? fd : request_give(request, fd, wish->flags);
}

/*
 * O_PATH grants a name, not content: what is done with it is judged when it is done. The kernel
 * hands no such descriptor over (ADDFD takes none), so the caller makes the call itself.
 */
static int64_t open_pin(struct request *request, struct place *place, const struct wish *wish)
{
	struct wish listing = { .flags = O_RDONLY | O_DIRECTORY | (wish->flags & O_CLOEXEC) };
	int r;

	if (request->call != CALL_openat2)
		return REQUEST_CONTINUE; /* safe: O_PATH is in a register, and opens nothing */
	/* openat2's flags are in memory: a directory is opened for listing, which serves as well. */
	if (!S_ISDIR(place->st.st_mode))
		return wish_has(wish, O_DIRECTORY) ? -ENOTDIR : -ENOSYS;
	r = judge(request, place, &listing, NULL);
	return r < 0 ? r : give(request, reopen(request, place, &listing), &listing);
}

/* The errors that the kernel finds before it looks at permissions. */
static int natural_error(const struct place *place, const struct wish *wish)
{
	if (wish_has(wish, O_CREAT | O_EXCL))
		return -EEXIST;
	if (!S_ISDIR(place->st.st_mode) && wish->flags & O_DIRECTORY)
		return -ENOTDIR;
	if (S_ISLNK(place->st.st_mode))
		return -ELOOP;
	if (S_ISDIR(place->st.st_mode) &&
	    ((wish_writes(wish) && !wish_has(wish, RAW_TMPFILE)) || wish->flags & O_CREAT))
		return -EISDIR;
	return 0;
}

static int64_t open_existing(struct request *request, struct place *place, const struct wish *wish)
{
	int r;

	if (wish->flags & O_PATH)
		return open_pin(request, place, wish);
	r = natural_error(place, wish);
	if (r < 0)
		return r;
	if (!is_own_already(place, wish)) {
		r = judge(request, place, wish,
			  wish_has(wish, RAW_TMPFILE) ? "create"
			  : wish->flags & O_TRUNC     ? "truncate"
						      : NULL);
		if (r < 0)
			return r;
	}
	if (strcmp(place->path, HOSTS_PATH) == 0 && !wish_writes(wish)) {
		int hosts = hosts_open(request->supervisor->hosts);

		if (hosts != -ENOENT)
			return give(request, hosts, wish);
	}
	if (terminal_is_own(&place->st))
		return give(request, terminal_open(request, wish->flags), wish);
	return give(request, reopen(request, place, wish), wish);
}

/* Return: a descriptor, -EEXIST when somebody else made it first, or another negative errno. */
static int create(struct request *request, struct place *place, const struct wish *wish)
{
	int flags = wish->flags | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY;
	int r = names_begin(request, place, NULL);

	if (r < 0)
		return r;
	return (int)names_end(
		request, openat(place->parent_fd, place->name, flags, identity_mode(wish->mode)));
}

/* Return: as open_handle(); -EEXIST without O_EXCL asks for another round. */
static int64_t open_missing(struct request *request, struct place *place, const struct wish *wish)
{
	struct wish written = *wish;
	int64_t number;
	int fd, r;

	/* Creating is writing, with whatever access mode. */
	written.flags = (written.flags & ~O_ACCMODE) | O_WRONLY;
	r = judge(request, place, &written, "create");
	if (r < 0)
		return r;
	fd = create(request, place, wish);
	if (fd < 0)
		return fd;
	number = request_put(request, fd, wish->flags);
	/* The kernel takes the number before it makes the file. */
	if (number == -EMFILE)
		names_undo(request, place, fd);
	(void)close(fd);
	return number;
}

static bool ends_in_slash(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[len - 1] == '/';
}

static int64_t open_once(struct request *request, const struct wish *wish)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	int flags = wish->flags & O_NOFOLLOW || wish_has(wish, O_CREAT | O_EXCL) ? PLACE_NOFOLLOW
										 : 0;
	bool creates = wish->flags & O_CREAT;
	int r = creates && ends_in_slash(request->path[0])
			? -ENOTDIR
			: place_find_how(request, request->dir_fd[0], request->path[0], flags,
					 wish->resolve, &place);

	if (r == 0)
		return open_existing(request, &place, wish);
	if ((r != -ENOENT && r != -ENOTDIR) || !creates)
		return r;
	place_release(&place);
	r = place_find_how(request, request->dir_fd[0], request->path[0],
			   flags | PLACE_PARENT | PLACE_CREATE, wish->resolve, &place);
	if (r < 0)
		return r;
	if (place.fd >= 0)
		return open_existing(request, &place, wish);
	return open_missing(request, &place, wish);
}

int64_t open_handle(struct request *request)
{
	struct wish wish;
	int64_t r = wish_read(request, &wish);

	if (r == 0)
		r = wish_check(&wish);
	if (r == 0)
		r = request_path_check(request, 0);
	if (r < 0)
		return r;
	for (int round = 0; round < ROUNDS_MAX; round++) {
		r = open_once(request, &wish);
		if (r != -EEXIST || wish.flags & O_EXCL)
			return r;
	}
	return -EEXIST;
}
