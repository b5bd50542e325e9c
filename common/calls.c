/* SPDX-License-Identifier: MIT */
/*
 * Numbers come from the kernel headers of the build; calls that are newer than
 * Debian 12's headers get the number of the kernel's syscall table, which is
 * the same on x86-64 and arm64 from 424 on (Documentation/process/adding-syscalls.rst).
 */
#include "common/calls.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>

#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif
#ifndef __NR_setxattrat
#define __NR_setxattrat 463
#endif
#ifndef __NR_removexattrat
#define __NR_removexattrat 466
#endif
#ifndef __NR_open_tree_attr
#define __NR_open_tree_attr 467
#endif
#ifndef __NR_file_setattr
#define __NR_file_setattr 469
#endif

#ifndef __x86_64__
/* arm64 never had these: only their *at forms exist. */
#define __NR_open (-1)
#define __NR_creat (-1)
#define __NR_mkdir (-1)
#define __NR_mknod (-1)
#define __NR_unlink (-1)
#define __NR_rmdir (-1)
#define __NR_rename (-1)
#define __NR_link (-1)
#define __NR_symlink (-1)
#define __NR_chmod (-1)
#define __NR_chown (-1)
#define __NR_lchown (-1)
#define __NR_utime (-1)
#define __NR_utimes (-1)
#define __NR_futimesat (-1)
#define __NR_uselib (-1)
#define __NR_iopl (-1)
#define __NR_ioperm (-1)
#ifndef __NR_renameat
#define __NR_renameat (-1)
#endif
#endif

const struct call_info call_table[CALL_COUNT] = {
#define CALL(name, shape, action, how, refusal)                                                    \
	[CALL_##name] = { #name, __NR_##name, shape, ACTION_##action, HOW_##how, refusal },
#include "common/calls.def"
#undef CALL
};

enum call call_from_number(int number)
{
	/*
	 * Call + 1 by number; 0 is unknown. Filled on the first call: threads that
	 * race here write the same bytes.
	 */
	static unsigned char by_number[CALL_NUMBER_MAX + 1];
	static bool filled;

	_Static_assert(CALL_COUNT < 255, "a call fits a byte");
	if (!__atomic_load_n(&filled, __ATOMIC_ACQUIRE)) {
		for (size_t i = 0; i < CALL_COUNT; i++)
			if (call_table[i].number >= 0)
				by_number[call_table[i].number] = (unsigned char)(i + 1);
		__atomic_store_n(&filled, true, __ATOMIC_RELEASE);
	}
	if (number < 0 || number > CALL_NUMBER_MAX || by_number[number] == 0)
		return CALL_UNKNOWN;
	return (enum call)(by_number[number] - 1);
}

const char *call_how_name(enum how how)
{
	static const char *const names[] = {
		[HOW_PERFORM] = "performed", [HOW_VERIFY] = "verified", [HOW_TRACK] = "tracked",
		[HOW_OWN] = "owned",	     [HOW_REFUSE] = "refused",	[HOW_TEST] = "tested",
	};

	return names[how];
}
