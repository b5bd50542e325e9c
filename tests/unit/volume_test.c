/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "launcher/volume.h"

static void only_what_is_known_tells_case_apart(void **state)
{
	static const unsigned long folding[] = {
		0x65735546, /* FUSE */ 0x01021997,  /* 9p */ 0x4d44,	      /* vfat */
		0x2011BAB0, /* exfat */ 0x7366746e, /* ntfs3 */ 0x5346544e,   /* ntfs */
		0x4244,	    /* hfs */ 0x482b,	    /* hfsplus */ 0xFF534D42, /* cifs */
		0xFE534D42, /* smb2 */ 0x786f4256,  /* vboxsf */ 0x6969,      /* nfs */
		0x2fc12fc1, /* zfs */ 0xadf5,	    /* affs */ 0x12345678,    /* unheard of */
		0,
	};
	static const unsigned long exact[] = {
		0x58465342, /* xfs */
		0x9123683e, /* btrfs */
		0x9fa0,	    /* proc */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(folding) / sizeof(folding[0]); i++)
		if (volume_letters_of_type(folding[i]) != LETTERS_IGNORED)
			fail_msg("%lx is trusted", folding[i]);
	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
		assert_int_equal(volume_letters_of_type(exact[i]), LETTERS_MATTER);
	assert_int_equal(volume_letters_of_type(0xca451a4e /* bcachefs */), LETTERS_BY_FOLDER);
	assert_int_equal(volume_letters_of_type(0xef53 /* ext4 */),
			 access("/sys/fs/ext4/features/casefold", F_OK) == 0 ? LETTERS_BY_FOLDER
									     : LETTERS_MATTER);
}

static void a_device_is_asked_for_what_it_is(void **state)
{
	struct stat st;
	int fd = open("/proc", O_PATH | O_CLOEXEC);

	(void)state;
	assert_int_equal(fstat(fd, &st), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(volume_letters(fd, st.st_dev), LETTERS_MATTER);
	/* What cannot be asked is not trusted, and not remembered. */
	assert_int_equal(volume_letters(-1, 0xabcde), LETTERS_IGNORED);
	assert_int_equal(volume_letters(fd, 0xabcde), LETTERS_MATTER);
	(void)close(fd);
}

/* A folder's flags, as a kernel with casefold would say them. */
static ino_t folding_folder;
static int reading_error;

static int flags_made_up(int folder, unsigned *out_flags)
{
	struct stat st;

	if (fstat(folder, &st) < 0 || reading_error)
		return -reading_error;
	*out_flags = st.st_ino == folding_folder ? 0x40000000 : 0x80000;
	return 0;
}

static int flags_real_but_unreadable(int folder, unsigned *out_flags)
{
	(void)folder;
	(void)out_flags;
	return -EACCES;
}

static void a_folder_folds_when_one_above_does(void **state)
{
	char top[] = "/tmp/agentos-volume.XXXXXX";
	static const char *const names[] = { "a", "b", "c" };
	struct stat st[3];
	int fds[3];
	int at;

	(void)state;
	assert_non_null(mkdtemp(top));
	at = open(top, O_PATH | O_CLOEXEC);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(mkdirat(i ? fds[i - 1] : at, names[i], 0700), 0);
		fds[i] = openat(i ? fds[i - 1] : at, names[i], O_PATH | O_CLOEXEC);
		assert_int_equal(fstat(fds[i], &st[i]), 0);
	}
	assert_false(volume_folder_folds(fds[2], flags_made_up));
	folding_folder = st[1].st_ino;
	assert_true(volume_folder_folds(fds[2], flags_made_up));
	assert_true(volume_folder_folds(fds[1], flags_made_up));
	assert_false(volume_folder_folds(fds[0], flags_made_up));
	folding_folder = 0;
	reading_error = EIO;
	assert_true(volume_folder_folds(fds[2], flags_made_up));
	assert_true(volume_folder_folds(fds[2], flags_real_but_unreadable));
	assert_true(volume_folder_folds(-1, flags_made_up));
	for (int i = 2; i >= 0; i--) {
		(void)close(fds[i]);
		(void)unlinkat(i ? fds[i - 1] : at, names[i], AT_REMOVEDIR);
	}
	(void)close(at);
	(void)rmdir(top);
}

static void flags_are_read_through_a_pin(void **state)
{
	unsigned flags = 0;
	int fd = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = volume_flags(fd, &flags);

	(void)state;
	/* Where /tmp is of a type without flags, it says so. */
	if (r < 0)
		assert_true(r == -ENOTTY || r == -EOPNOTSUPP || r == -EACCES);
	(void)close(fd);
	assert_true(volume_flags(-1, &flags) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_known_tells_case_apart),
		cmocka_unit_test(a_device_is_asked_for_what_it_is),
		cmocka_unit_test(a_folder_folds_when_one_above_does),
		cmocka_unit_test(flags_are_read_through_a_pin),
	};

	return cmocka_run_group_tests_name("volume", tests, NULL, NULL);
}
