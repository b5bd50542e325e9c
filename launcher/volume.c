/* SPDX-License-Identifier: MIT */
#include "launcher/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "common/clean.h"

#ifndef FS_CASEFOLD_FL
#define FS_CASEFOLD_FL 0x40000000 /* Linux 5.2 */
#endif

#define LEVELS_MAX 4096 /* a path has no more names */

/* A folder folds names only where the kernel can: then it has the file of this name. */
#define FEATURE(type) "/sys/fs/" type "/features/casefold"

/*
 * Numbers that linux/magic.h does not have everywhere are from the kernel's sources, beside the
 * name of their type.
 */
static const struct {
	unsigned long type;
	const char *feature; /* "": always by folder; NULL: never */
} known[] = {
	{ EXT4_SUPER_MAGIC, FEATURE("ext4") },
	{ 0xF2F52010 /* f2fs */, FEATURE("f2fs") },
	{ TMPFS_MAGIC, FEATURE("tmpfs") },
	/* What it lies on is not known, but that its folders have the flag when those do (6.17). */
	{ OVERLAYFS_SUPER_MAGIC, FEATURE("ext4") },
	{ 0xCA451A4E /* bcachefs */, "" },
	{ 0x58465342 /* xfs */, NULL },
	{ 0x9123683E /* btrfs */, NULL },
	{ 0x52654973 /* reiserfs */, NULL },
	{ 0x3434 /* nilfs2 */, NULL },
	{ 0x24051905 /* ubifs */, NULL },
	{ 0x72b6 /* jffs2 */, NULL },
	{ 0x73717368 /* squashfs */, NULL },
	{ 0xE0F5E1E2 /* erofs */, NULL },
	{ RAMFS_MAGIC, NULL },
	{ 0x958458f6 /* hugetlbfs */, NULL },
	{ PROC_SUPER_MAGIC, NULL },
	{ SYSFS_MAGIC, NULL },
	{ DEVPTS_SUPER_MAGIC, NULL },
	{ CGROUP_SUPER_MAGIC, NULL },
	{ 0x63677270 /* cgroup2 */, NULL },
	{ 0x19800202 /* mqueue */, NULL },
	{ 0x6e736673 /* nsfs */, NULL },
	{ 0x50494446 /* pidfs */, NULL },
	{ 0x50495045 /* pipefs */, NULL },
	{ 0x534F434B /* sockfs */, NULL },
	{ 0x09041934 /* anonymous inodes */, NULL },
	{ DEBUGFS_MAGIC, NULL },
	{ 0x74726163 /* tracefs */, NULL },
	{ SECURITYFS_MAGIC, NULL },
	{ 0xcafe4a11 /* bpf */, NULL },
	{ 0x6165676C /* pstore */, NULL },
	{ 0x62656570 /* configfs */, NULL },
	{ 0x42494e4d /* binfmt_misc */, NULL },
	{ 0x65735543 /* fusectl */, NULL },
	{ 0x0187 /* autofs */, NULL },
};

/* Without a /sys to look at nobody knows. */
static bool kernel_has(const char *feature)
{
	struct statfs fs;

	return access(feature, F_OK) == 0 || statfs("/sys/fs", &fs) < 0 ||
	       (unsigned long)fs.f_type != SYSFS_MAGIC;
}

enum letters volume_letters_of_type(unsigned long type)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *feature = known[i].feature;

		if (known[i].type != type)
			continue;
		return feature && (!feature[0] || kernel_has(feature)) ? LETTERS_BY_FOLDER
								       : LETTERS_MATTER;
	}
	return LETTERS_IGNORED;
}

/* One word for each device: its number, the second in which it was asked, and the answer with 1 added. */
#define SLOTS 64
#define SECONDS_MASK 0x3fffffffu

static _Atomic uint64_t seen[SLOTS];

static uint64_t word_of(dev_t dev, uint64_t second, enum letters letters)
{
	return (uint64_t)dev << 32 | second << 2 | ((unsigned)letters + 1);
}

enum letters volume_letters(int fd, dev_t dev)
{
	_Atomic uint64_t *slot = &seen[(dev ^ dev >> 8) % SLOTS];
	uint64_t word = atomic_load_explicit(slot, memory_order_relaxed);
	enum letters letters = LETTERS_IGNORED;
	struct timespec now = { 0 };
	uint64_t second;
	struct statfs fs;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now); /* of the vDSO: no system call */
	second = (uint64_t)now.tv_sec & SECONDS_MASK;
	if (word && word >> 32 == dev) {
		letters = (enum letters)((word & 3) - 1);
		if (letters == LETTERS_IGNORED || (word >> 2 & SECONDS_MASK) == second)
			return letters;
	}
	if (fstatfs(fd, &fs) < 0)
		return LETTERS_IGNORED;
	letters = volume_letters_of_type((unsigned long)fs.f_type);
	if (dev <= UINT32_MAX)
		atomic_store_explicit(slot, word_of(dev, second, letters), memory_order_relaxed);
	return letters;
}

int volume_flags(int folder, unsigned *out_flags)
{
	char path[32];
	CLEAN_FD int fd = -1;
	unsigned flags;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", folder);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return -errno;
	*out_flags = flags;
	return 0;
}

/* The folder above, in the same file system; -ENOENT above the last one. */
static int folder_above(int folder, const struct stat *st)
{
	CLEAN_FD int above = openat(folder, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st_above;

	if (above < 0 || fstat(above, &st_above) < 0)
		return errno == ENOENT ? -EIO : -errno;
	if (st_above.st_dev != st->st_dev || st_above.st_ino == st->st_ino)
		return -ENOENT;
	return take_fd(&above);
}

bool volume_folder_folds(int folder, volume_flags_fn *flags_of)
{
	CLEAN_FD int at = fcntl(folder, F_DUPFD_CLOEXEC, 0);

	for (int level = 0; level < LEVELS_MAX && at >= 0; level++) {
		struct stat st;
		unsigned flags;
		int above;

		if (fstat(at, &st) < 0 || flags_of(at, &flags) < 0 || flags & FS_CASEFOLD_FL)
			return true;
		above = folder_above(at, &st);
		if (above == -ENOENT)
			return false;
		(void)close(at);
		at = above;
	}
	return true;
}
