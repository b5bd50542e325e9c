/* SPDX-License-Identifier: MIT */
#include "launcher/control.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clean.h"

#define CONTROL_MAX 65536
#define FDS_MAX 253 /* SCM_MAX_FD (include/net/scm.h) */

/* Kinds that say how a packet is sent, not where to: no source routes, no routing headers. */
static const struct {
	int level, type;
} passed[] = {
	{ SOL_SOCKET, SO_TIMESTAMPING }, { IPPROTO_IP, IP_TTL },
	{ IPPROTO_IP, IP_TOS },		 { IPPROTO_IP, IP_PKTINFO },
	{ IPPROTO_IPV6, IPV6_PKTINFO },	 { IPPROTO_IPV6, IPV6_TCLASS },
	{ IPPROTO_IPV6, IPV6_HOPLIMIT }, { IPPROTO_UDP, UDP_SEGMENT },
};

static bool is_passed(const struct cmsghdr *message)
{
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		if (message->cmsg_level == passed[i].level && message->cmsg_type == passed[i].type)
			return true;
	return false;
}

/* The caller's descriptors give way to our duplicates of them. */
static int rights_translate(struct request *request, struct cmsghdr *message, struct control *out)
{
	size_t count = (message->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int *fds;

	if (out->fd_count + count > FDS_MAX)
		return -EINVAL;
	fds = realloc(out->fds, (out->fd_count + count + 1) * sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	out->fds = fds;
	for (size_t i = 0; i < count; i++) {
		unsigned char *at = CMSG_DATA(message) + i * sizeof(int);
		int fd;

		memcpy(&fd, at, sizeof(fd));
		fd = request_dup(request, fd);
		if (fd < 0 && fd != -EBADF)
			return fd;
		if (fd >= 0)
			out->fds[out->fd_count++] = fd;
		else
			fd = -1; /* not open here either: for the kernel to say so, if it looks */
		memcpy(at, &fd, sizeof(fd));
	}
	return 0;
}

/*
 * Credentials can only be ours here: a caller that gives its own is sent without, which
 * says the same of user and group; any other is refused, as the kernel would.
 */
static int credentials_check(struct request *request, const struct cmsghdr *message)
{
	struct ucred credentials;

	if (message->cmsg_len != CMSG_LEN(sizeof(credentials)))
		return -EINVAL;
	memcpy(&credentials, CMSG_DATA(message), sizeof(credentials));
	return credentials.pid == request_pid(request) ? 0 : -EPERM;
}

/* Return: 1 when @message is to be sent, 0 when not, or negative errno. */
static int message_take(struct request *request, struct cmsghdr *message, struct control *out)
{
	int r;

	if (message->cmsg_level == SOL_SOCKET && message->cmsg_type == SCM_RIGHTS) {
		r = rights_translate(request, message, out);
		return r < 0 ? r : 1;
	}
	if (message->cmsg_level == SOL_SOCKET && message->cmsg_type == SCM_CREDENTIALS)
		return credentials_check(request, message);
	return is_passed(message) ? 1 : -EPERM;
}

/* Of no length that it can have: for the kernel to say so, when it comes to it, and nothing else. */
static int odd_take(struct control *out)
{
	memset(out->buf, 0, sizeof(struct cmsghdr));
	out->size = sizeof(struct cmsghdr);
	return 0;
}

static int messages_take(struct request *request, char *copy, size_t size, struct control *out)
{
	size_t at = 0;

	while (at + sizeof(struct cmsghdr) <= size) {
		struct cmsghdr *message = (void *)(copy + at);
		size_t space;
		int r;

		if (message->cmsg_len < sizeof(*message) || message->cmsg_len > size - at)
			return odd_take(out);
		space = CMSG_ALIGN(message->cmsg_len);
		r = message_take(request, message, out);
		if (r < 0)
			return r;
		if (r > 0) {
			memcpy(out->buf + out->size, message, message->cmsg_len);
			out->size += space;
		}
		if (space > size - at)
			break;
		at += space;
	}
	return 0;
}

int control_read(struct request *request, uint64_t address, uint64_t size, struct control *out)
{
	CLEAN_FREE char *copy = NULL;
	int r;

	if (size == 0 || address == 0)
		return 0;
	if (size > CONTROL_MAX)
		return -ENOBUFS;
	copy = calloc(1, size);
	out->buf = calloc(1, CMSG_ALIGN(size) + CMSG_ALIGN(1));
	if (!copy || !out->buf)
		return -ENOMEM;
	r = request_read(request, address, copy, size);
	return r < 0 ? r : messages_take(request, copy, size, out);
}

void control_release(struct control *control)
{
	for (size_t i = 0; i < control->fd_count; i++)
		(void)close(control->fds[i]);
	free(control->fds);
	free(control->buf);
	*control = (struct control){ 0 };
}
