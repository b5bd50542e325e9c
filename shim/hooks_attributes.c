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

HOOK(truncate, truncate, int, -1, (const char *path, off_t size), (path, size))
HOOK(truncate64, truncate, int, -1, (const char *path, off64_t size), (path, size))

HOOK(chmod, chmod, int, -1, (const char *path, mode_t mode), (path, mode))
HOOK(fchmod, fchmod, int, -1, (int fd, mode_t mode), (fd, mode))
HOOK(fchmodat, fchmodat, int, -1, (int dir_fd, const char *path, mode_t mode, int flags),
     (dir_fd, path, mode, flags))

HOOK(chown, chown, int, -1, (const char *path, uid_t uid, gid_t gid), (path, uid, gid))
HOOK(lchown, lchown, int, -1, (const char *path, uid_t uid, gid_t gid), (path, uid, gid))
HOOK(fchown, fchown, int, -1, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
HOOK(fchownat, fchownat, int, -1, (int dir_fd, const char *path, uid_t uid, gid_t gid, int flags),
     (dir_fd, path, uid, gid, flags))

HOOK(utime, utime, int, -1, (const char *path, const struct utimbuf *times), (path, times))
HOOK(utimes, utimes, int, -1, (const char *path, const struct timeval times[2]), (path, times))
HOOK(lutimes, utimensat, int, -1, (const char *path, const struct timeval times[2]), (path, times))
HOOK(futimesat, futimesat, int, -1, (int dir_fd, const char *path, const struct timeval times[2]),
     (dir_fd, path, times))
HOOK(utimensat, utimensat, int, -1,
     (int dir_fd, const char *path, const struct timespec times[2], int flags),
     (dir_fd, path, times, flags))
HOOK(futimens, utimensat, int, -1, (int fd, const struct timespec times[2]), (fd, times))
HOOK(futimes, utimensat, int, -1, (int fd, const struct timeval times[2]), (fd, times))

HOOK(setxattr, setxattr, int, -1,
     (const char *path, const char *name, const void *value, size_t size, int flags),
     (path, name, value, size, flags))
HOOK(lsetxattr, lsetxattr, int, -1,
     (const char *path, const char *name, const void *value, size_t size, int flags),
     (path, name, value, size, flags))
HOOK(fsetxattr, fsetxattr, int, -1,
     (int fd, const char *name, const void *value, size_t size, int flags),
     (fd, name, value, size, flags))
HOOK(removexattr, removexattr, int, -1, (const char *path, const char *name), (path, name))
HOOK(lremovexattr, lremovexattr, int, -1, (const char *path, const char *name), (path, name))
HOOK(fremovexattr, fremovexattr, int, -1, (int fd, const char *name), (fd, name))
