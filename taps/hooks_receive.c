/* SPDX-License-Identifier: MIT */
/*
 * What is received on a descriptor: of one that was refused, what the peer would have said. The
 * supervisor has shut it down for reading, so whoever waits for it wakes.
 */
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shim/hook.h"
#include "taps/descriptor.h"
#include "taps/tap.h"

#define IS_CUT(fd) __builtin_expect(descriptor_class(fd) == DESCRIPTOR_CUT, 0)

/*
 * Whether it is still the one that was refused: libc closes some by itself, and then the number is
 * another's.
 */
static bool is_still_cut(int fd)
{
	size_t unused;
	enum tap_answer answer = tap_send(fd, NULL, 0, &unused);

	return answer == TAP_SWALLOW || answer == TAP_FAIL;
}

static ssize_t take(int fd, void *buf, size_t size, int flags)
{
	return (ssize_t)reply_take(reply_owner(fd), buf, size, flags & MSG_PEEK);
}

HOOK_BODY(read, ssize_t, (int fd, void *buf, size_t size))
{
	return IS_CUT(fd) && is_still_cut(fd) ? take(fd, buf, size, 0) : NEXT(read)(fd, buf, size);
}

HOOK_BODY(__read_chk, ssize_t, (int fd, void *buf, size_t size, size_t room))
{
	return IS_CUT(fd) && is_still_cut(fd) ? take(fd, buf, size < room ? size : room, 0)
					      : NEXT(__read_chk)(fd, buf, size, room);
}

HOOK_BODY(recv, ssize_t, (int fd, void *buf, size_t size, int flags))
{
	return IS_CUT(fd) && is_still_cut(fd) ? take(fd, buf, size, flags)
					      : NEXT(recv)(fd, buf, size, flags);
}

HOOK_BODY(__recv_chk, ssize_t, (int fd, void *buf, size_t size, size_t room, int flags))
{
	return IS_CUT(fd) && is_still_cut(fd) ? take(fd, buf, size < room ? size : room, flags)
					      : NEXT(__recv_chk)(fd, buf, size, room, flags);
}

typedef __SOCKADDR_ARG address;

HOOK_BODY(recvfrom, ssize_t,
	  (int fd, void *buf, size_t size, int flags, address from, socklen_t *len))
{
	if (!IS_CUT(fd) || !is_still_cut(fd))
		return NEXT(recvfrom)(fd, buf, size, flags, from, len);
	if (len)
		*len = 0;
	return take(fd, buf, size, flags);
}

HOOK_BODY(__recvfrom_chk, ssize_t,
	  (int fd, void *buf, size_t size, size_t room, int flags, address from, socklen_t *len))
{
	if (!IS_CUT(fd) || !is_still_cut(fd))
		return NEXT(__recvfrom_chk)(fd, buf, size, room, flags, from, len);
	if (len)
		*len = 0;
	return take(fd, buf, size < room ? size : room, flags);
}

static ssize_t take_pieces(int fd, const struct iovec *pieces, size_t count, int flags)
{
	ssize_t total = 0;

	for (size_t i = 0; i < count; i++) {
		ssize_t got = take(fd, pieces[i].iov_base, pieces[i].iov_len, flags);

		total += got;
		if ((size_t)got < pieces[i].iov_len || flags & MSG_PEEK)
			break;
	}
	return total;
}

HOOK_BODY(readv, ssize_t, (int fd, const struct iovec *pieces, int count))
{
	return IS_CUT(fd) && is_still_cut(fd) && count > 0
		       ? take_pieces(fd, pieces, (size_t)count, 0)
		       : NEXT(readv)(fd, pieces, count);
}

/* Descriptors that come with a message may be connections that a rule is about. */
static void learn_received(struct msghdr *message)
{
	for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head;
	     head = CMSG_NXTHDR(message, head)) {
		size_t size = head->cmsg_len - CMSG_LEN(0);

		if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
			int fd;

			memcpy(&fd, CMSG_DATA(head) + at, sizeof(fd));
			descriptor_learn(fd);
		}
	}
}

HOOK_BODY(recvmsg, ssize_t, (int fd, struct msghdr *message, int flags))
{
	ssize_t size;

	if (IS_CUT(fd) && is_still_cut(fd)) {
		message->msg_namelen = 0;
		message->msg_controllen = 0;
		message->msg_flags = 0;
		return take_pieces(fd, message->msg_iov, message->msg_iovlen, flags);
	}
	size = NEXT(recvmsg)(fd, message, flags);
	if (size >= 0 && message->msg_controllen > 0)
		learn_received(message);
	return size;
}

HOOK_BODY(recvmmsg, int,
	  (int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout))
{
	int got;

	if (IS_CUT(fd) && is_still_cut(fd)) {
		ssize_t size = count ? recvmsg(fd, &messages->msg_hdr, flags) : 0;

		if (size > 0)
			messages->msg_len = (unsigned)size;
		return size > 0;
	}
	got = NEXT(recvmmsg)(fd, messages, count, flags, timeout);
	for (int i = 0; i < got; i++)
		if (messages[i].msg_hdr.msg_controllen > 0)
			learn_received(&messages[i].msg_hdr);
	return got;
}
