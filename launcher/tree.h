/* SPDX-License-Identifier: MIT */
/*
 * Calls that change what names stand for: made by the supervisor in pinned
 * parent directories.
 */
#ifndef AGENTOS_LAUNCHER_TREE_H
#define AGENTOS_LAUNCHER_TREE_H

#include "launcher/request.h"

/* Handlers, by family. */
int64_t tree_mkdir(struct request *request);   /* mkdir mkdirat */
int64_t tree_mknod(struct request *request);   /* mknod mknodat */
int64_t tree_unlink(struct request *request);  /* unlink unlinkat rmdir */
int64_t tree_rename(struct request *request);  /* rename renameat renameat2 */
int64_t tree_link(struct request *request);    /* link linkat */
int64_t tree_symlink(struct request *request); /* symlink symlinkat */

#endif
