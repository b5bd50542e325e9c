/* SPDX-License-Identifier: MIT */
/*
 * Which file systems may take two spellings of a name for one file. The kernel has no call that says
 * so: statfs(2) says the type, and a folder's flags whether it folds names where the type can do both.
 *
 * Only types that are known to tell letter case apart are trusted to. All others may ignore it: FUSE
 * (with virtiofs) and 9p, which may show the disk of a macOS or Windows host; NFS and CIFS, for the
 * same reason; vfat, exfat, ntfs, hfs, hfsplus, and what nobody here has heard of.
 */
#ifndef AGENTOS_LAUNCHER_VOLUME_H
#define AGENTOS_LAUNCHER_VOLUME_H

#include <stdbool.h>
#include <sys/types.h>

enum letters {
	LETTERS_IGNORED,   /* ".ENV" may be ".env"; also where nobody knows */
	LETTERS_BY_FOLDER, /* in folders that have the casefold flag: volume_folder_folds() */
	LETTERS_MATTER,
};

/**
 * volume_letters() - what a file system makes of letter case
 * @fd:  of any file in it; O_PATH will do
 * @dev: its st_dev
 *
 * Asks once a second for each device, since a number can be given to another; what ignores case is asked no
 * more. Thread-safe, without a lock.
 */
enum letters volume_letters(int fd, dev_t dev);

/** volume_letters_of_type() - the same, of a type (f_type of statfs(2)); for tests as well. */
enum letters volume_letters_of_type(unsigned long type);

/* Reads the flags of a folder (FS_IOC_GETFLAGS). Return: 0 or negative errno. */
typedef int volume_flags_fn(int folder, unsigned *out_flags);

/** volume_flags() - read them through an O_PATH descriptor. */
int volume_flags(int folder, unsigned *out_flags);

/**
 * volume_folder_folds() - whether a folder, or one above it in the same file system, folds names
 * @folder: O_PATH will do; borrowed
 * @flags:  volume_flags
 *
 * Return: also true where it cannot be told.
 */
bool volume_folder_folds(int folder, volume_flags_fn *flags);

#endif
