/* SPDX-License-Identifier: MIT */
/*
 * Reaching and being reached. send(2) has no address, and is not governed.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include "shim/hook.h"
#include "shim/raw.h"

/* In C glibc declares the address as a union of pointers, which this is passed as. */
typedef __CONST_SOCKADDR_ARG address;

HOOK(connect, connect, int, -1, (int fd, address to, socklen_t len), (fd, to, len))
HOOK(bind, bind, int, -1, (int fd, address at, socklen_t len), (fd, at, len))
HOOK(listen, listen, int, -1, (int fd, int backlog), (fd, backlog))
HOOK(sendto, sendto, ssize_t, -1,
     (int fd, const void *buf, size_t size, int flags, address to, socklen_t len),
     (fd, buf, size, flags, to, len))

#define WORD 8 /* bytes of a signal set, as the kernel wants it */

/*
 * Whether structures of less than a page can be read: sigprocmask(2) copies the set before it finds
 * that it does not know what to do with it. Where not, the kernel's own answer is an error, not a crash.
 */
static bool is_readable(const void *at, size_t size)
{
	const char *last = (const char *)at + size - WORD;

	return raw_call(SYS_rt_sigprocmask, -1, (long)at, 0, WORD, 0) == -EINVAL &&
	       raw_call(SYS_rt_sigprocmask, -1, (long)last, 0, WORD, 0) == -EINVAL;
}

/* One piece, to nobody in particular, with nothing beside it: what send(2) does as well. */
static bool is_plain(const struct msghdr *message)
{
	return is_readable(message, sizeof(*message)) && !message->msg_name &&
	       message->msg_namelen == 0 && message->msg_controllen == 0 &&
	       message->msg_iovlen == 1 &&
	       is_readable(message->msg_iov, sizeof(*message->msg_iov)) &&
	       message->msg_iov->iov_len <= SSIZE_MAX;
}

/*
 * A plain message is sent by the caller itself: at once, and as its own. Through the supervisor the
 * receiver who asks for the sender's number (SO_PASSCRED, unix(7)) would be told the supervisor's.
 */
HOOK_BODY(sendmsg, ssize_t, (int fd, const struct msghdr *message, int flags))
{
	const address nobody = { NULL };
	ssize_t result;

	if (is_plain(message))
		return NEXT(sendto)(fd, message->msg_iov->iov_base, message->msg_iov->iov_len,
				    flags, nobody, 0);
	result = NEXT(sendmsg)(fd, message, flags);
	if (result < 0)
		failed(errno, REFUSAL_sendmsg);
	return result;
}

HOOK(sendmmsg, sendmmsg, int, -1, (int fd, struct mmsghdr *messages, unsigned count, int flags),
     (fd, messages, count, flags))
