/* SPDX-License-Identifier: MIT */
/*
 * Changing what a file is like.
 */
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "shim/hook.h"

HOOK_STEADY(truncate, truncate, int, -1, (const char *path, off_t size), (path, size))
HOOK_STEADY(truncate64, truncate, int, -1, (const char *path, off64_t size), (path, size))

HOOK_STEADY(chmod, chmod, int, -1, (const char *path, mode_t mode), (path, mode))
HOOK_STEADY(fchmod, fchmod, int, -1, (int fd, mode_t mode), (fd, mode))
HOOK_STEADY(fchmodat, fchmodat, int, -1, (int dir_fd, const char *path, mode_t mode, int flags),
	    (dir_fd, path, mode, flags))

HOOK_STEADY(chown, chown, int, -1, (const char *path, uid_t uid, gid_t gid), (path, uid, gid))
HOOK_STEADY(lchown, lchown, int, -1, (const char *path, uid_t uid, gid_t gid), (path, uid, gid))
HOOK_STEADY(fchown, fchown, int, -1, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
HOOK_STEADY(fchownat, fchownat, int, -1,
	    (int dir_fd, const char *path, uid_t uid, gid_t gid, int flags),
	    (dir_fd, path, uid, gid, flags))

HOOK_STEADY(utime, utime, int, -1, (const char *path, const struct utimbuf *times), (path, times))
HOOK_STEADY(utimes, utimes, int, -1, (const char *path, const struct timeval times[2]),
	    (path, times))
HOOK_STEADY(lutimes, utimensat, int, -1, (const char *path, const struct timeval times[2]),
	    (path, times))
HOOK_STEADY(futimesat, futimesat, int, -1,
	    (int dir_fd, const char *path, const struct timeval times[2]), (dir_fd, path, times))
HOOK_STEADY(utimensat, utimensat, int, -1,
	    (int dir_fd, const char *path, const struct timespec times[2], int flags),
	    (dir_fd, path, times, flags))
HOOK_STEADY(futimens, utimensat, int, -1, (int fd, const struct timespec times[2]), (fd, times))
HOOK_STEADY(futimes, utimensat, int, -1, (int fd, const struct timeval times[2]), (fd, times))

HOOK_STEADY(setxattr, setxattr, int, -1,
	    (const char *path, const char *name, const void *value, size_t size, int flags),
	    (path, name, value, size, flags))
HOOK_STEADY(lsetxattr, lsetxattr, int, -1,
	    (const char *path, const char *name, const void *value, size_t size, int flags),
	    (path, name, value, size, flags))
HOOK_STEADY(fsetxattr, fsetxattr, int, -1,
	    (int fd, const char *name, const void *value, size_t size, int flags),
	    (fd, name, value, size, flags))
HOOK_STEADY(removexattr, removexattr, int, -1, (const char *path, const char *name), (path, name))
HOOK_STEADY(lremovexattr, lremovexattr, int, -1, (const char *path, const char *name), (path, name))
HOOK_STEADY(fremovexattr, fremovexattr, int, -1, (int fd, const char *name), (fd, name))
