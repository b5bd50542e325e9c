/* SPDX-License-Identifier: MIT */
/*
 * Where descriptors come from and go. What libc closes by itself is not seen; the supervisor knows
 * which connection a number is, and says so when it is asked about one that is another by now.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "shim/hook.h"
#include "taps/descriptor.h"

typedef __CONST_SOCKADDR_ARG address;

/*
 * What is printed to the standard descriptors leaves by calls of libc's own that no hook sees, so they
 * cannot be a connection that a rule is about.
 */
static bool is_printed_to(int fd)
{
	return fd == STDOUT_FILENO || fd == STDERR_FILENO;
}

HOOK_BODY(connect, int, (int fd, address to, socklen_t len))
{
	int result = NEXT(connect)(fd, to, len);

	if (result < 0 && errno != EINPROGRESS && errno != EINTR)
		return result;
	descriptor_learn(fd);
	if (!is_printed_to(fd) || !descriptor_refuses_prints(fd))
		return result;
	(void)shutdown(fd, SHUT_RDWR);
	errno = EACCES;
	return -1;
}

HOOK_BODY(socket, int, (int domain, int type, int protocol))
{
	int fd = NEXT(socket)(domain, type, protocol);

	descriptor_forget(fd);
	return fd;
}

HOOK_BODY(pipe, int, (int fds[2]))
{
	int result = NEXT(pipe)(fds);

	if (result == 0)
		descriptor_pipe(fds[1]);
	return result;
}

HOOK_BODY(pipe2, int, (int fds[2], int flags))
{
	int result = NEXT(pipe2)(fds, flags);

	if (result == 0)
		descriptor_pipe(fds[1]);
	return result;
}

HOOK_BODY(socketpair, int, (int domain, int type, int protocol, int fds[2]))
{
	int result = NEXT(socketpair)(domain, type, protocol, fds);

	if (result == 0 && domain == AF_UNIX && (type & 0xf) != SOCK_DGRAM)
		descriptor_pair(fds);
	return result;
}

HOOK_BODY(close, int, (int fd))
{
	descriptor_forget(fd);
	return NEXT(close)(fd);
}

static void forget_range(unsigned first, unsigned last)
{
	for (unsigned fd = first; fd <= last && fd < DESCRIPTORS_MAX; fd++)
		descriptor_forget((int)fd);
}

HOOK_BODY(close_range, int, (unsigned first, unsigned last, int flags))
{
	int result = NEXT(close_range)(first, last, flags);

	if (result == 0 && !(flags & CLOSE_RANGE_CLOEXEC))
		forget_range(first, last);
	return result;
}

HOOK_BODY(closefrom, void, (int first))
{
	forget_range(first > 0 ? (unsigned)first : 0, DESCRIPTORS_MAX);
	NEXT(closefrom)(first);
}

/* Return: @copy, or -1 when it got a number that it cannot have. */
static int after_copy(int fd, int copy)
{
	if (copy < 0)
		return copy;
	if (is_printed_to(copy) && descriptor_refuses_prints(fd)) {
		(void)NEXT(close)(copy);
		errno = EACCES;
		return -1;
	}
	descriptor_copy(fd, copy);
	return copy;
}

HOOK_BODY(dup, int, (int fd))
{
	return after_copy(fd, NEXT(dup)(fd));
}

static int refuses_standard(int from, int to)
{
	if (!is_printed_to(to) || !descriptor_refuses_prints(from))
		return 0;
	errno = EACCES;
	return 1;
}

HOOK_BODY(dup2, int, (int from, int to))
{
	int copy = refuses_standard(from, to) ? -1 : NEXT(dup2)(from, to);

	if (copy >= 0 && from != to)
		descriptor_copy(from, copy);
	return copy;
}

HOOK_BODY(dup3, int, (int from, int to, int flags))
{
	int copy = refuses_standard(from, to) ? -1 : NEXT(dup3)(from, to, flags);

	if (copy >= 0)
		descriptor_copy(from, copy);
	return copy;
}

static int after_fcntl(int fd, int command, int result)
{
	return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? after_copy(fd, result) : result;
}

/* The third argument is a number or a pointer: passed on as the wider of the two. */
HOOK_BODY(fcntl, int, (int fd, int command, ...))
{
	va_list rest;
	void *argument;

	va_start(rest, command);
	argument = va_arg(rest, void *);
	va_end(rest);
	return after_fcntl(fd, command, NEXT(fcntl)(fd, command, argument));
}

HOOK_BODY(fcntl64, int, (int fd, int command, ...))
{
	va_list rest;
	void *argument;

	va_start(rest, command);
	argument = va_arg(rest, void *);
	va_end(rest);
	return after_fcntl(fd, command, NEXT(fcntl64)(fd, command, argument));
}
