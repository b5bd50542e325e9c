/* SPDX-License-Identifier: MIT */
/*
 * The network and unix sockets: connect, bind, listen and the sends that carry
 * an address, made by the supervisor on its own duplicate of the caller's socket and its own
 * copy of the address.
 *
 * It also keeps which sockets this run listens on, by socket inode, so that a
 * peer can be told from a daemon that was there before.
 */
#ifndef AGENTOS_LAUNCHER_SOCKETS_H
#define AGENTOS_LAUNCHER_SOCKETS_H

#include "launcher/request.h"

/** sockets_new() - Return: an empty table, owned; NULL when memory is short. */
struct sockets *sockets_new(void);

/** sockets_free() - NULL is allowed. */
void sockets_free(struct sockets *sockets);

/* Handlers, by call. */
int64_t sockets_connect(struct request *request);
int64_t sockets_bind(struct request *request);
int64_t sockets_listen(struct request *request);
int64_t sockets_sendto(struct request *request);
int64_t sockets_sendmsg(struct request *request);
int64_t sockets_sendmmsg(struct request *request);

#endif
