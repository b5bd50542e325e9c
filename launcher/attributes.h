/* SPDX-License-Identifier: MIT */
/*
 * Calls that change what a file is like: its length, mode, owner, times and
 * extended attributes; made through the pin that was judged.
 *
 * The forms that take a descriptor are judged too: a descriptor that was
 * opened for reading is enough for the kernel to change mode, owner and times.
 */
#ifndef AGENTOS_LAUNCHER_ATTRIBUTES_H
#define AGENTOS_LAUNCHER_ATTRIBUTES_H

#include "launcher/request.h"

/* Handlers, by family. */
int64_t attributes_truncate(struct request *request); /* truncate */
int64_t attributes_chmod(struct request *request);    /* chmod fchmod fchmodat fchmodat2 */
int64_t attributes_chown(struct request *request);    /* chown lchown fchown fchownat */
int64_t attributes_times(struct request *request);    /* utime utimes futimesat utimensat */
int64_t attributes_setxattr(struct request *request); /* setxattr lsetxattr fsetxattr setxattrat */
int64_t attributes_removexattr(struct request *request); /* removexattr l- f- -at */

#endif
