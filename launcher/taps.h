/* SPDX-License-Identifier: MIT */
/*
 * What the taps (libagentos-taps.so) see: content, judged before it leaves the program.
 *
 * The taps are in the agent's process, and whoever is there can go around them. So they grant nothing
 * that would be refused without them: a program that has not loaded them does not reach peers that a
 * rule about content is about, and a TLS session that they have not announced ends at its first byte.
 */
#ifndef AGENTOS_LAUNCHER_TAPS_H
#define AGENTOS_LAUNCHER_TAPS_H

#include "launcher/channels.h"
#include "launcher/endpoint.h"
#include "launcher/request.h"

/** taps_handle() - handler of WIRE_NR_TAP. Return: as a handler. */
int64_t taps_handle(struct request *request);

/**
 * taps_connect() - a connection is about to be made that the rules on connect grant
 * @endpoint: whom to
 * @place:    the file of a unix socket
 *
 * Enters it when a rule about content is about the peer.
 *
 * Return: 0; -EACCES when the program does not have the taps, which is recorded; -ENOBUFS.
 */
int taps_connect(struct request *request, const struct socket *socket,
		 const struct endpoint *endpoint, const struct place *place);

/**
 * taps_send_to() - bytes are about to be sent to an address, as the rules on connect grant
 *
 * The supervisor sends them, so that it sees them without the taps. On a stream, which would be
 * connected by it (MSG_FASTOPEN), none may go where a rule about content is about the peer.
 *
 * Return: 0; -EACCES, recorded; -EOPNOTSUPP of such a stream; another negative errno.
 */
int taps_send_to(struct request *request, const struct socket *socket,
		 const struct endpoint *endpoint, const struct text *bytes);

/**
 * taps_read() - copy what WIRE_TAP_SEND, SEND_PIECES or UNSENT is about
 * @out: released by the caller, after a failure too
 *
 * Return: 0; -EMSGSIZE for more than WIRE_TAP_PIECE_MAX; another negative errno.
 */
int taps_read(struct request *request, struct buffer *out);

/** taps_unsent() - WIRE_TAP_UNSENT of a channel that is held. Return: as taps_handle(). */
int64_t taps_unsent(struct request *request, struct channel *channel);

#endif
