/* SPDX-License-Identifier: MIT */
/*
 * Reaching and being reached. send(2) has no address, and is not governed.
 */
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "shim/hook.h"

/* In C glibc declares the address as a union of pointers, which this is passed as. */
typedef __CONST_SOCKADDR_ARG address;

HOOK(connect, connect, int, -1, (int fd, address to, socklen_t len), (fd, to, len))
HOOK(bind, bind, int, -1, (int fd, address at, socklen_t len), (fd, at, len))
HOOK(listen, listen, int, -1, (int fd, int backlog), (fd, backlog))
HOOK(sendto, sendto, ssize_t, -1,
     (int fd, const void *buf, size_t size, int flags, address to, socklen_t len),
     (fd, buf, size, flags, to, len))
HOOK(sendmsg, sendmsg, ssize_t, -1, (int fd, const struct msghdr *message, int flags),
     (fd, message, flags))
HOOK(sendmmsg, sendmmsg, int, -1, (int fd, struct mmsghdr *messages, unsigned count, int flags),
     (fd, messages, count, flags))
