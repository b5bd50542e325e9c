/* SPDX-License-Identifier: MIT */
/*
 * The network and unix sockets: connect, bind and listen, made by the
 * supervisor on its own duplicate of the caller's socket and its own copy of the address.
 *
 * A peer of a unix socket sees the supervisor's number as that of the process that
 * connected (SO_PEERCRED); user and group are the caller's.
 */
#ifndef AGENTOS_LAUNCHER_SOCKETS_H
#define AGENTOS_LAUNCHER_SOCKETS_H

#include "launcher/endpoint.h"
#include "launcher/request.h"

/* Handlers, by call. */
int64_t sockets_connect(struct request *request);
int64_t sockets_bind(struct request *request);
int64_t sockets_listen(struct request *request);

/**
 * sockets_find_peer() - pin a unix socket's file; nothing to do for other addresses
 * @place: initialised with PLACE_INIT
 *
 * Return: 0; -ENOENT and the like.
 */
int sockets_find_peer(struct request *request, const struct endpoint *endpoint,
		      struct place *place);

/**
 * sockets_judge_peer() - judge talking to @endpoint, whether connected to or sent to
 * @place: as pinned by sockets_find_peer()
 *
 * Return: 0; the refusal's negative errno.
 */
int sockets_judge_peer(struct request *request, const struct socket *socket,
		       struct endpoint *endpoint, struct place *place);

/**
 * sockets_peer_address() - what to give to the kernel for a judged peer
 * @place: as pinned by sockets_find_peer()
 * @out:   a unix socket's file is named through its pin
 *
 * Return: its length.
 */
socklen_t sockets_peer_address(const struct endpoint *endpoint, const struct place *place,
			       struct sockaddr_storage *out);

/* A system call on a socket, made as the caller. Return: result, or -1 with errno. */
typedef ssize_t socket_act_fn(void *data);

/**
 * sockets_act() - make a call that may block, as the caller
 * Return: its result or negative errno; -REQUEST_RESTART when the caller has a signal to handle.
 */
int64_t sockets_act(struct request *request, const struct socket *socket, socket_act_fn *act,
		    void *data);

#endif
