/* SPDX-License-Identifier: MIT */
/*
 * For test programs: peers of their own, which may be reached.
 */
#ifndef AGENTOS_TESTS_SUPPORT_LISTENING_H
#define AGENTOS_TESTS_SUPPORT_LISTENING_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/** accept_all() - a thread: who connects to a full queue waits, so all that come are let in, and out. */
static inline void *accept_all(void *fd)
{
	for (;;)
		(void)close(accept((int)(intptr_t)fd, NULL, NULL));
	return NULL;
}

/** start_listening() - listen on @fd, and accept for ever. */
static inline void start_listening(int fd)
{
	pthread_t thread;

	(void)listen(fd, 4096);
	(void)pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)fd);
}

/** own_peer() - a listener or receiver on loopback. @port: network order, 0 for any. Return: its port. */
static inline uint16_t own_peer(int type, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = port };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, type, 0);

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	(void)bind(fd, (void *)&in, sizeof(in));
	if (type == SOCK_STREAM)
		start_listening(fd);
	(void)getsockname(fd, (void *)&in, &len);
	return in.sin_port;
}

/** own_unix_peer() - the same at a name of a file, or at an abstract one. */
static inline void own_unix_peer(int type, const struct sockaddr_un *un, socklen_t len)
{
	int fd = socket(AF_UNIX, type, 0);

	(void)bind(fd, (const void *)un, len);
	if (type == SOCK_STREAM)
		start_listening(fd);
}

#endif
