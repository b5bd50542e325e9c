/* SPDX-License-Identifier: MIT */
/*
 * Formats of programs that the administrator has registered (binfmt_misc): which interpreter the
 * kernel starts for a file that is neither a script nor a native program.
 *
 * The kernel asks these before its own formats. What is read here when the run starts only tells
 * which interpreter to judge: one that was registered later, or under two entries that both fit, is
 * found out at the exec stop, like every other difference.
 *
 * Source: Documentation/admin-guide/binfmt-misc.rst; fs/binfmt_misc.c of Linux 6.18.
 */
#ifndef AGENTOS_LAUNCHER_BINFMT_H
#define AGENTOS_LAUNCHER_BINFMT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define BINFMT_PATH "/proc/sys/fs/binfmt_misc"
#define BINFMT_HEAD 256 /* BINPRM_BUF_SIZE: as much of a file as the kernel looks at */

struct binfmt_entry {
	char interpreter[PATH_MAX];
	bool keeps_first;	     /* flag P: the interpreter gets argv[0] as well */
	char extension[BINFMT_HEAD]; /* without its dot; "": by bytes */
	unsigned char magic[BINFMT_HEAD], mask[BINFMT_HEAD];
	size_t offset, size; /* where the bytes are, and how many */
};

struct binfmt;

/**
 * binfmt_read() - read the formats in force
 * @folder: BINFMT_PATH; where it is not mounted, there are none
 *
 * An entry that cannot be read or understood is left out: what it would run is then refused.
 *
 * Return: owned; NULL when memory is short. Read-only afterwards; thread-safe.
 */
struct binfmt *binfmt_read(const char *folder);

/** binfmt_free() - NULL is allowed. */
void binfmt_free(struct binfmt *binfmt);

/**
 * binfmt_find() - the entry that the kernel would take
 * @head: the first bytes of the file, filled up with NULs
 * @name: by which it is run
 *
 * Return: borrowed, or NULL: none fits.
 */
const struct binfmt_entry *binfmt_find(const struct binfmt *binfmt, const char head[BINFMT_HEAD],
				       const char *name);

#endif
