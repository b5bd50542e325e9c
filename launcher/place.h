/* SPDX-License-Identifier: MIT */
/*
 * A place: what a path of the caller leads to, resolved in the caller's view
 * (its cwd and descriptors, its /proc/self) and pinned with O_PATH, so that
 * what was judged is what is acted upon.
 *
 * The agent can neither chroot nor change its mount namespace (the filter
 * refuses both): absolute paths start at our own root.
 */
#ifndef AGENTOS_LAUNCHER_PLACE_H
#define AGENTOS_LAUNCHER_PLACE_H

#include <limits.h>
#include <sys/stat.h>

#include "common/clean.h"
#include "launcher/request.h"
#include "launcher/volume.h"

#define PLACE_NOFOLLOW 1 /* do not follow a symlink at the end */
#define PLACE_PARENT 2	 /* pin the parent too; the last name need not exist */
#define PLACE_NOMAGIC 8	 /* no magic links, as with RESOLVE_NO_MAGICLINKS */
#define PLACE_CREATE 4 /* with PLACE_PARENT, to make a file: slashes behind its name are -EISDIR */

struct place {
	int fd;			 /* O_PATH; -1: nothing is there (only with PLACE_PARENT) */
	int parent_fd;		 /* O_PATH of the directory; only with PLACE_PARENT or
				    place_find_parent() */
	char name[NAME_MAX + 2]; /* last name in the parent, trailing slashes kept as one */
	char path[PATH_MAX];	 /* canonical absolute path; for an object without a name what
				/proc calls it: "pipe:[1]", "/memfd:x (deleted)" */
	int path_fd;		 /* whose path that is at the moment; -1: nobody's */
	bool ends_in_dots; /* the path ends in "." or "..", or is "/": no name in the parent */
	bool nameless;	   /* pipe, socket, memfd, deleted file: no name in a file system */
	bool own_descriptor; /* the path ended in a descriptor of the run's own process (/proc/self/fd/N) */
	int descriptor_flags; /* then: its open flags */
	enum letters letters; /* what the file system makes of the names' letter case */
	bool in_git_folder;   /* gitfolder_holds(): to be judged under its alias as well */
	pid_t proc_pid;	      /* process whose /proc directory this is in; 0: none */
	struct stat st;	      /* of @fd; undefined when @fd is -1 */
};

#define PLACE_INIT                                                                                 \
	{                                                                                          \
		.fd = -1, .parent_fd = -1, .path_fd = -1                                           \
	}

/** place_release() - close the pins. */
void place_release(struct place *place);
#define CLEAN_PLACE CLEAN(place_release)

/**
 * place_find() - resolve and pin
 * @dir_fd: descriptor number in the caller, or AT_FDCWD; for relative paths
 * @path:   as copied from the caller; "" is -ENOENT
 * @flags:  PLACE_* bits
 * @out:    initialised with PLACE_INIT; release it also after a failure
 *
 * /proc directories of processes outside the run are reported as missing.
 *
 * Return: 0, or the negative errno that the kernel would give for this path
 * (-ENOENT, -ENOTDIR, -ELOOP, -EACCES by plain permission, -EBADF for @dir_fd, ...).
 */
int place_find(struct request *request, int dir_fd, const char *path, int flags, struct place *out);

/**
 * place_find_how() - the same, with the RESOLVE_* flags of openat2(2)
 */
int place_find_how(struct request *request, int dir_fd, const char *path, int flags,
		   uint64_t resolve, struct place *out);

/**
 * place_find_parent() - resolve and pin the directory alone; the first half of making or removing a name
 * @out: its name and ends_in_dots are set; what the name stands for is not looked at
 *
 * Return: as place_find().
 */
int place_find_parent(struct request *request, int dir_fd, const char *path, struct place *out);

/**
 * place_find_name() - the second half: pin what the name stands for; a link stands for itself, also
 * with slashes behind its name
 * @out: as place_find_parent() left it; its fd stays -1 when nothing is there
 *
 * Return: as place_find().
 */
int place_find_name(struct request *request, struct place *out);

/**
 * place_find_descriptor() - the place that the caller's descriptor @fd stands for
 * @fd: number in the caller; AT_FDCWD is its cwd
 *
 * Return: 0, -EBADF, or another negative errno.
 */
int place_find_descriptor(struct request *request, int fd, struct place *out);

/**
 * place_of_path() - what the file system is like that a path of our own leads to, or would lead to
 * @path: absolute, resolved
 * @out:  initialised with PLACE_INIT; of what is not there, the nearest folder above that is stands for
 *        its own, and no git folder is looked for. Release it also after a failure
 *
 * Return: 0 or negative errno.
 */
int place_of_path(const char *path, struct place *out);

/**
 * place_folder_open() - the folder in which a place has its name
 * Return: an owned O_PATH descriptor; -1 when the place has moved since it was described.
 */
int place_folder_open(const struct place *place);

/**
 * place_self_path() - "/proc/self/fd/N" of a pin, through which a call acts on the pinned object
 * @text: at least 32 bytes. Return: @text.
 */
char *place_self_path(int fd, char *text);

#endif
