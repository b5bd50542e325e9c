/* SPDX-License-Identifier: MIT */
/*
 * Changing what names stand for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "shim/hook.h"

HOOK_STEADY(unlink, unlink, int, -1, (const char *path), (path))
HOOK_STEADY(unlinkat, unlinkat, int, -1, (int dir_fd, const char *path, int flags),
	    (dir_fd, path, flags))
HOOK_STEADY(remove, unlink, int, -1, (const char *path), (path))
HOOK_STEADY(rmdir, rmdir, int, -1, (const char *path), (path))

HOOK_STEADY(rename, rename, int, -1, (const char *from, const char *to), (from, to))
HOOK_STEADY(renameat, renameat, int, -1, (int from_fd, const char *from, int to_fd, const char *to),
	    (from_fd, from, to_fd, to))
HOOK_STEADY(renameat2, renameat2, int, -1,
	    (int from_fd, const char *from, int to_fd, const char *to, unsigned flags),
	    (from_fd, from, to_fd, to, flags))

HOOK_STEADY(mkdir, mkdir, int, -1, (const char *path, mode_t mode), (path, mode))
HOOK_STEADY(mkdirat, mkdirat, int, -1, (int dir_fd, const char *path, mode_t mode),
	    (dir_fd, path, mode))
HOOK(mkdtemp, mkdir, char *, NULL, (char *path), (path))
HOOK_STEADY(mknod, mknod, int, -1, (const char *path, mode_t mode, dev_t device),
	    (path, mode, device))
HOOK_STEADY(mknodat, mknodat, int, -1, (int dir_fd, const char *path, mode_t mode, dev_t device),
	    (dir_fd, path, mode, device))
HOOK_STEADY(mkfifo, mknod, int, -1, (const char *path, mode_t mode), (path, mode))
HOOK_STEADY(mkfifoat, mknodat, int, -1, (int dir_fd, const char *path, mode_t mode),
	    (dir_fd, path, mode))

HOOK_STEADY(link, link, int, -1, (const char *from, const char *to), (from, to))
HOOK_STEADY(linkat, linkat, int, -1,
	    (int from_fd, const char *from, int to_fd, const char *to, int flags),
	    (from_fd, from, to_fd, to, flags))
HOOK_STEADY(symlink, symlink, int, -1, (const char *target, const char *path), (target, path))
HOOK_STEADY(symlinkat, symlinkat, int, -1, (const char *target, int dir_fd, const char *path),
	    (target, dir_fd, path))
