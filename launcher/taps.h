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
 * taps_judge_datagram() - a message is about to be sent to an address that the rules on connect grant
 * @bytes: the copy that will be sent, @size of them
 *
 * It needs no taps: the supervisor sends it.
 *
 * Return: 0; -EACCES when a rule about content refuses it; -EOPNOTSUPP for the beginning of a
 * connection (TCP Fast Open) that such a rule is about: programs then connect first.
 */
int taps_judge_datagram(struct request *request, const struct socket *socket,
			const struct endpoint *endpoint, const void *bytes, size_t size);

/**
 * taps_would_lose() - whether the process keeps a connection that rules are about over its execve
 *
 * Then what runs next must have the taps as well. One that is its standard output or error is lost in any case:
 * what is printed leaves by calls of libc's own.
 */
bool taps_would_lose(struct request *request, bool has_taps);

#endif
