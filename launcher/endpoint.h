/* SPDX-License-Identifier: MIT */
/*
 * An endpoint: our duplicate of the caller's socket, and our copy of an
 * address that the caller names, in the one form that rules judge.
 */
#ifndef AGENTOS_LAUNCHER_ENDPOINT_H
#define AGENTOS_LAUNCHER_ENDPOINT_H

#include <stdbool.h>
#include <sys/socket.h>

#include "launcher/place.h"
#include "launcher/request.h"

/* The caller's socket. */
struct socket {
	int fd;			/* owned: our duplicate */
	int domain;		/* AF_* */
	int type;		/* SOCK_STREAM, SOCK_DGRAM, ... */
	bool blocks;		/* O_NONBLOCK is not set */
	uint64_t inode;		/* in sockfs: names the socket for good */
	enum protocol protocol; /* PROTOCOL_NONE for netlink */
};

#define SOCKET_INIT                                                                                \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/** socket_open() - duplicate the caller's @fd. Return: 0, -EBADF, -ENOTSOCK or another negative errno. */
int socket_open(struct request *request, int fd, struct socket *out);

/** socket_release() - close the duplicate. */
void socket_release(struct socket *socket);
#define CLEAN_SOCKET CLEAN(socket_release)

struct endpoint {
	struct sockaddr_storage address; /* as it will be given to the kernel */
	socklen_t len;
	struct in6_addr ip; /* canonical; with has_ip */
	bool has_ip;
	uint16_t port;
	bool is_disconnect; /* connect with AF_UNSPEC */
	bool is_odd;	    /* no socket of this family takes it: only family and length are left */
	bool is_path;	    /* a unix socket with a name in the file system */
	char given[110];    /* is_path: as the caller wrote it */
	char name[512];	    /* unix, abstract: "@" and the name, escaped; "@" alone: none yet */
};

/**
 * endpoint_copy() - copy an address, as long as one can be
 * @address, @len: as the caller gives them
 *
 * Return: 0; -EINVAL for a length that no address has; -EFAULT; -ESRCH.
 */
int endpoint_copy(struct request *request, uint64_t address, uint64_t len, struct endpoint *out);

/**
 * endpoint_understand() - what a copied address means for @socket
 *
 * One that is too short or of another family is is_odd: it names nobody and needs no judging, and the
 * kernel says what is wrong, which depends on what else is.
 *
 * Return: 0; -EPERM for netlink sockets of processes; -EAFNOSUPPORT for sockets of other families.
 */
int endpoint_understand(const struct request *request, const struct socket *socket,
			struct endpoint *out);

/** endpoint_read() - both. */
int endpoint_read(struct request *request, const struct socket *socket, uint64_t address,
		  uint64_t len, struct endpoint *out);

/* getsockname(2) or getpeername(2) */
typedef int endpoint_ask_fn(int fd, __SOCKADDR_ARG address, socklen_t *len);

/**
 * endpoint_ask() - what a socket is bound or connected to, as the kernel says
 * @out: of the internet its address and port (0: it is bound to none); of others nothing
 *
 * Return: 0 or negative errno (-ENOTCONN).
 */
int endpoint_ask(const struct socket *socket, endpoint_ask_fn *ask, struct endpoint *out);

/** endpoint_event() - Return: an event of @action about @endpoint; strings borrowed from it. */
struct event endpoint_event(enum action action, const struct socket *socket,
			    const struct endpoint *endpoint);

#endif
