/* SPDX-License-Identifier: MIT */
/*
 * Opening files. The variadic ones pass the mode on only where the flags say that there is one
 * (open(2)); the names with two underscores are what _FORTIFY_SOURCE makes of calls without a mode.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include "shim/hook.h"
#include "shim/raw.h"

/* O_TMPFILE contains O_DIRECTORY, so the bit of its own is what tells. */
#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)

static bool has_mode(int flags)
{
	return flags & (O_CREAT | TMPFILE_BIT);
}

/*
 * Whether an open may wait, and so be interrupted bare as well: of a pipe, a device, or what cannot
 * be told. Raw, since libc's stat may be somebody else's hook.
 */
static bool waits(int dir_fd, const char *path)
{
	struct stat st;
	int error = errno;
	long r = raw_call(SYS_newfstatat, dir_fd, (long)path, (long)&st, 0, 0);

	errno = error;
	return r < 0 ? r != -ENOENT : !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* The mode behind the last named parameter, or 0: a variable of that name, since va_start(3) needs
 * the hook's own frame. */
#define READ_MODE(mode, flags)                                                                     \
	mode_t mode = 0;                                                                           \
                                                                                                   \
	if (has_mode(flags)) {                                                                     \
		va_list list;                                                                      \
                                                                                                   \
		va_start(list, flags);                                                             \
		mode = va_arg(list, mode_t);                                                       \
		va_end(list);                                                                      \
	}

#define HOOK_OPEN(entry, call)                                                                     \
	HOOK_BODY(entry, int, (const char *path, int flags, ...))                                  \
	{                                                                                          \
		int fd;                                                                            \
		READ_MODE(mode, flags)                                                             \
                                                                                                   \
		do                                                                                 \
			fd = NEXT(entry)(path, flags, mode);                                       \
		while (__builtin_expect(fd < 0, 0) && errno == EINTR && !waits(AT_FDCWD, path));   \
		if (__builtin_expect(fd < 0, 0))                                                   \
			failed(errno, REFUSAL_##call);                                             \
		return fd;                                                                         \
	}

#define HOOK_OPENAT(entry, call)                                                                   \
	HOOK_BODY(entry, int, (int dir_fd, const char *path, int flags, ...))                      \
	{                                                                                          \
		int fd;                                                                            \
		READ_MODE(mode, flags)                                                             \
                                                                                                   \
		do                                                                                 \
			fd = NEXT(entry)(dir_fd, path, flags, mode);                               \
		while (__builtin_expect(fd < 0, 0) && errno == EINTR && !waits(dir_fd, path));     \
		if (__builtin_expect(fd < 0, 0))                                                   \
			failed(errno, REFUSAL_##call);                                             \
		return fd;                                                                         \
	}

HOOK_OPEN(open, openat)
HOOK_OPEN(open64, openat)
HOOK_OPENAT(openat, openat)
HOOK_OPENAT(openat64, openat)

HOOK_AGAIN(__open_2, openat, int, -1, !waits(AT_FDCWD, path), (const char *path, int flags),
	   (path, flags))
HOOK_AGAIN(__open64_2, openat, int, -1, !waits(AT_FDCWD, path), (const char *path, int flags),
	   (path, flags))
HOOK_AGAIN(__openat_2, openat, int, -1, !waits(dir_fd, path),
	   (int dir_fd, const char *path, int flags), (dir_fd, path, flags))
HOOK_AGAIN(__openat64_2, openat, int, -1, !waits(dir_fd, path),
	   (int dir_fd, const char *path, int flags), (dir_fd, path, flags))
HOOK_AGAIN(creat, creat, int, -1, !waits(AT_FDCWD, path), (const char *path, mode_t mode),
	   (path, mode))
HOOK_AGAIN(creat64, creat, int, -1, !waits(AT_FDCWD, path), (const char *path, mode_t mode),
	   (path, mode))
HOOK(mkstemp, openat, int, -1, (char *path), (path))
HOOK(mkstemp64, openat, int, -1, (char *path), (path))
HOOK(mkostemp, openat, int, -1, (char *path, int flags), (path, flags))
HOOK(mkostemp64, openat, int, -1, (char *path, int flags), (path, flags))
HOOK(mkstemps, openat, int, -1, (char *path, int suffix_len), (path, suffix_len))
HOOK(mkostemps, openat, int, -1, (char *path, int suffix_len, int flags), (path, suffix_len, flags))

HOOK_AGAIN(fopen, openat, FILE *, NULL, !waits(AT_FDCWD, path),
	   (const char *path, const char *mode), (path, mode))
HOOK_AGAIN(fopen64, openat, FILE *, NULL, !waits(AT_FDCWD, path),
	   (const char *path, const char *mode), (path, mode))
HOOK_AGAIN(freopen, openat, FILE *, NULL, !waits(AT_FDCWD, path),
	   (const char *path, const char *mode, FILE *file), (path, mode, file))
HOOK_AGAIN(freopen64, openat, FILE *, NULL, !waits(AT_FDCWD, path),
	   (const char *path, const char *mode, FILE *file), (path, mode, file))
HOOK_AGAIN(opendir, openat, DIR *, NULL, !waits(AT_FDCWD, path), (const char *path), (path))
