/* SPDX-License-Identifier: MIT */
#include "launcher/sends.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clean.h"
#include "launcher/control.h"
#include "launcher/peers.h"
#include "launcher/place.h"
#include "launcher/sockets.h"
#include "launcher/taps.h"

#define PAYLOAD_MAX                                                                                \
	(1024 * 1024)	     /* more of a stream goes in the next call; no datagram is larger */
#define MESSAGES_MAX 1024    /* UIO_MAXIOV: the kernel's own limit for sendmmsg */
#define COUNT_MAX 0x7ffff000 /* MAX_RW_COUNT: no call looks at more bytes */
#define NOT_READABLE ((void *)8)
#define COMPAT 0x80000000U /* MSG_CMSG_COMPAT: of the kernel's own, and refused in messages */

struct message {
	struct socket *socket; /* borrowed */
	int flags;
	bool raises;   /* a broken stream raises SIGPIPE in the caller */
	char *payload; /* owned */
	size_t size;
	int failure; /* why there is no payload of that size: negative errno */
	struct control control;
	struct endpoint endpoint;
	struct place place;
	bool has_address; /* which may be one of no bytes */
	struct sockaddr_storage address;
	socklen_t address_len;
	bool is_lost; /* a datagram to a port of this machine that nobody has */
};

static void message_release(struct message *message)
{
	free(message->payload);
	control_release(&message->control);
	place_release(&message->place);
}

static bool is_stream(const struct socket *socket)
{
	return socket->type == SOCK_STREAM || socket->type == SOCK_SEQPACKET;
}

static int message_init(struct message *message, struct socket *socket, uint64_t flags)
{
	memset(message, 0, sizeof(*message));
	message->socket = socket;
	message->place = (struct place)PLACE_INIT;
	/* The kernel would keep our pages, not the caller's: ENOBUFS is what it says when it
	 * cannot keep any, and callers then send plainly. */
	if (flags & MSG_ZEROCOPY)
		return -ENOBUFS;
	message->raises = !(flags & MSG_NOSIGNAL) && is_stream(socket);
	message->flags = (int)flags | MSG_NOSIGNAL;
	return 0;
}

/* Whether the kernel would send to the address, and not to where the socket is connected. */
static bool address_counts(const struct message *message)
{
	return message->socket->type == SOCK_DGRAM || message->socket->type == SOCK_RAW ||
	       message->flags & MSG_FASTOPEN;
}

static int address_copy(struct request *request, struct message *message, uint64_t address,
			uint64_t len)
{
	message->has_address = address != 0;
	return address ? endpoint_copy(request, address, len, &message->endpoint) : 0;
}

/* Room for @size bytes; there is none for a datagram that is too large. */
static int payload_make(struct message *message, size_t size)
{
	message->size = size < COUNT_MAX ? size : COUNT_MAX;
	if (size > PAYLOAD_MAX && message->socket->type != SOCK_STREAM) {
		message->failure = -EMSGSIZE;
		return 0;
	}
	if (size > PAYLOAD_MAX)
		message->size = PAYLOAD_MAX;
	message->payload = malloc(message->size + 1);
	return message->payload ? 0 : -ENOMEM;
}

/* Bytes @at of the payload. What cannot be read is noted: the kernel would look at it late. */
static int payload_read(struct request *request, struct message *message, size_t at,
			uint64_t address, size_t size)
{
	int r = message->failure ? 0 : request_read(request, address, message->payload + at, size);

	if (r == -EFAULT)
		message->failure = r;
	return r == -EFAULT ? 0 : r;
}

static ssize_t act_send(void *data)
{
	struct message *message = data;
	void *address = message->has_address ? &message->address : NULL;
	struct iovec vector = {
		.iov_base = message->failure ? NOT_READABLE : message->payload,
		.iov_len = message->size,
	};
	const struct msghdr header = {
		.msg_name = address,
		.msg_namelen = message->address_len,
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = message->control.buf,
		.msg_controllen = message->control.size,
	};

	if (message->control.size)
		return sendmsg(message->socket->fd, &header, message->flags);
	return sendto(message->socket->fd, vector.iov_base, vector.iov_len, message->flags, address,
		      message->address_len);
}

static int64_t message_send(struct request *request, struct message *message)
{
	struct socket socket = *message->socket;
	int64_t r;

	if (message->is_lost)
		return message->failure ? message->failure : (int64_t)message->size;
	socket.blocks = socket.blocks && !(message->flags & MSG_DONTWAIT);
	r = sockets_act(request, &socket, act_send, message);
	if (r == -EPIPE && message->raises)
		(void)syscall(SYS_tgkill, request_pid(request), request->tid, SIGPIPE);
	return message->failure && (r >= 0 || r == -EFAULT) ? message->failure : r;
}

/* No such file. The kernel looks for it last: sent to where there never is one, it says what is wrong before. */
static int64_t send_to_missing(struct request *request, struct message *message, int error)
{
	struct sockaddr_un *un = (void *)&message->address;
	int64_t r;

	*un = (struct sockaddr_un){ .sun_family = AF_UNIX, .sun_path = "/proc/self/fd/-1" };
	message->address_len = sizeof(*un);
	r = message_send(request, message);
	return r >= 0 || r == -ENOENT ? error : r;
}

static int64_t send_to_judged(struct request *request, struct message *message)
{
	struct socket *socket = message->socket;
	const struct text bytes = { message->payload, message->failure ? 0 : message->size };
	int r = sockets_judge_peer(request, socket, &message->endpoint, &message->place);

	/* The kernel takes such a datagram and tells nobody: so do we, and send nothing, since
	 * somebody may have come by then. */
	message->is_lost = r == -ECONNREFUSED && socket->type == SOCK_DGRAM;
	if (r == 0)
		r = taps_send_to(request, socket, &message->endpoint, &bytes);
	if (r < 0 && !message->is_lost)
		return r;
	if (socket->protocol != PROTOCOL_NONE && !message->is_lost)
		peers_note(request->supervisor->peers, socket->inode);
	message->address_len = sockets_peer_address(&message->endpoint, &message->place,
						    &message->address);
	return message_send(request, message);
}

/* Copied whole: to its address, or where the socket is connected. */
static int64_t message_deliver(struct request *request, struct message *message)
{
	struct socket *socket = message->socket;
	int r;

	if (message->has_address && address_counts(message)) {
		r = endpoint_understand(request, socket, &message->endpoint);
		if (r < 0)
			return r;
		r = sockets_find_peer(request, &message->endpoint, &message->place);
		return r < 0 ? send_to_missing(request, message, r)
			     : send_to_judged(request, message);
	}
	/* Nobody looks at it; but a unix stream wants none, and says so. */
	if (message->endpoint.len && socket->domain == AF_UNIX && socket->type == SOCK_STREAM)
		message->address_len = sizeof(sa_family_t);
	else
		message->has_address = false;
	return message_send(request, message);
}

int64_t sends_sendto(struct request *request)
{
	CLEAN_SOCKET struct socket socket = SOCKET_INIT;
	struct message message;
	int64_t r = socket_open(request, (int)request->args[0], &socket);

	if (r < 0)
		return r;
	r = message_init(&message, &socket, (uint32_t)request->args[3]);
	if (r == 0)
		r = address_copy(request, &message, request->args[4], (uint32_t)request->args[5]);
	if (r == 0)
		r = payload_make(&message, request->args[2]);
	if (r == 0)
		r = payload_read(request, &message, 0, request->args[1], message.size);
	if (r == 0)
		r = message_deliver(request, &message);
	message_release(&message);
	return r;
}

/* All pieces of the caller's vector as one. */
static int payload_gather(struct request *request, struct message *message,
			  const struct msghdr *header)
{
	CLEAN_FREE struct iovec *vector = NULL;
	size_t total = 0, used = 0;
	int r;

	if (header->msg_iovlen > IOV_MAX)
		return -EMSGSIZE;
	vector = calloc(header->msg_iovlen + 1, sizeof(*vector));
	if (!vector)
		return -ENOMEM;
	r = request_read(request, (uintptr_t)header->msg_iov, vector,
			 header->msg_iovlen * sizeof(*vector));
	for (size_t i = 0; i < header->msg_iovlen && r == 0; i++) {
		if (vector[i].iov_len > SSIZE_MAX - total)
			return -EINVAL;
		total += vector[i].iov_len;
	}
	if (r == 0)
		r = payload_make(message, total);
	for (size_t i = 0; i < header->msg_iovlen && used < message->size && r == 0; i++) {
		size_t len = vector[i].iov_len;

		if (len > message->size - used)
			len = message->size - used;
		r = payload_read(request, message, used, (uintptr_t)vector[i].iov_base, len);
		used += len;
	}
	return r;
}

static int64_t send_header(struct request *request, struct socket *socket,
			   const struct msghdr *header, uint64_t flags)
{
	struct message message;
	int64_t r = message_init(&message, socket, flags);
	socklen_t len = header->msg_namelen;

	if (r == 0 && header->msg_name && len > INT_MAX)
		r = -EINVAL;
	if (r == 0 && len) /* longer ones are cut: __copy_msghdr() of net/socket.c */
		r = address_copy(request, &message, (uintptr_t)header->msg_name,
				 len < sizeof(message.address) ? len : sizeof(message.address));
	if (r == 0)
		r = payload_gather(request, &message, header);
	if (r == 0)
		r = control_read(request, (uintptr_t)header->msg_control, header->msg_controllen,
				 &message.control);
	if (r == 0)
		r = message_deliver(request, &message);
	message_release(&message);
	return r;
}

int64_t sends_sendmsg(struct request *request)
{
	CLEAN_SOCKET struct socket socket = SOCKET_INIT;
	struct msghdr header;
	int64_t r = request->args[2] & COMPAT
			    ? -EINVAL
			    : socket_open(request, (int)request->args[0], &socket);

	if (r == 0)
		r = request_read(request, request->args[1], &header, sizeof(header));
	return r < 0 ? r : send_header(request, &socket, &header, (uint32_t)request->args[2]);
}

int64_t sends_sendmmsg(struct request *request)
{
	CLEAN_SOCKET struct socket socket = SOCKET_INIT;
	uint64_t count = (uint32_t)request->args[2];
	int64_t r = request->args[3] & COMPAT
			    ? -EINVAL
			    : socket_open(request, (int)request->args[0], &socket);

	if (count > MESSAGES_MAX)
		count = MESSAGES_MAX;
	for (uint64_t i = 0; i < count && r >= 0; i++) {
		uint64_t at = request->args[1] + i * sizeof(struct mmsghdr);
		struct mmsghdr row;

		r = request_read(request, at, &row, sizeof(row));
		if (r == 0)
			r = send_header(request, &socket, &row.msg_hdr, (uint32_t)request->args[3]);
		if (r < 0)
			return i > 0 ? (int64_t)i : r; /* what went out counts */
		row.msg_len = (unsigned)r;
		r = request_write(request, at + offsetof(struct mmsghdr, msg_len), &row.msg_len,
				  sizeof(row.msg_len));
	}
	return r < 0 ? r : (int64_t)count;
}
