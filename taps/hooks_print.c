/* SPDX-License-Identifier: MIT */
/*
 * Ways of libc's to send that end in calls of its own, which no hook sees: not on a connection that a
 * rule is about. Programs that use them on connections are rare, and have another way.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "shim/hook.h"
#include "taps/descriptor.h"

#define IS_FREE(fd) __builtin_expect(descriptor_class(fd) == DESCRIPTOR_FREE, 1)

static int refuse(void)
{
	errno = EACCES;
	return -1;
}

/* A FILE on it. */
HOOK_BODY(fdopen, FILE *, (int fd, const char *mode))
{
	if (IS_FREE(fd))
		return NEXT(fdopen)(fd, mode);
	(void)refuse();
	return NULL;
}

HOOK_BODY(vdprintf, int, (int fd, const char *format, va_list list))
{
	return IS_FREE(fd) ? NEXT(vdprintf)(fd, format, list) : refuse();
}

HOOK_BODY(__vdprintf_chk, int, (int fd, int flag, const char *format, va_list list))
{
	return IS_FREE(fd) ? NEXT(__vdprintf_chk)(fd, flag, format, list) : refuse();
}

HOOK_BODY(dprintf, int, (int fd, const char *format, ...))
{
	va_list list;
	int result;

	va_start(list, format);
	result = vdprintf(fd, format, list);
	va_end(list);
	return result;
}

HOOK_BODY(__dprintf_chk, int, (int fd, int flag, const char *format, ...))
{
	va_list list;
	int result;

	va_start(list, format);
	result = __vdprintf_chk(fd, flag, format, list);
	va_end(list);
	return result;
}

/* With -1 for the offset these are writev(2) with flags. */
HOOK_BODY(pwritev2, ssize_t, (int fd, const struct iovec *pieces, int count, off_t at, int flags))
{
	return IS_FREE(fd) ? NEXT(pwritev2)(fd, pieces, count, at, flags) : refuse();
}

HOOK_BODY(pwritev64v2, ssize_t,
	  (int fd, const struct iovec *pieces, int count, off64_t at, int flags))
{
	return IS_FREE(fd) ? NEXT(pwritev64v2)(fd, pieces, count, at, flags) : refuse();
}
