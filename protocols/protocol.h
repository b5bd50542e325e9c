/* SPDX-License-Identifier: MIT */
/*
 * A protocol: a row of functions with which a stream reads one. Inside of this folder only.
 */
#ifndef AGENTOS_PROTOCOLS_PROTOCOL_H
#define AGENTOS_PROTOCOLS_PROTOCOL_H

#include "protocols/stream.h"

enum guess {
	GUESS_NO,
	GUESS_MORE, /* these bytes may be its beginning: more are needed to know */
	GUESS_YES,
};

struct protocol {
	const char *name;
	bool is_understood; /* what is asked for comes out; false: it is only told apart */

	/**
	 * guess - whether a connection that begins with these bytes speaks it
	 * @port: of the peer: only to decide between protocols that fit
	 *
	 * Pure. Must not say GUESS_MORE beyond 64 bytes.
	 */
	enum guess (*guess)(const uint8_t *bytes, size_t size, uint16_t port);

	/**
	 * start - a connection on which nothing has been sent yet
	 * @is_tls: as in stream_new()
	 *
	 * Return: its state, owned; NULL when memory is short.
	 */
	void *(*start)(bool is_tls);

	/**
	 * feed - as stream_feed(); is given the very first bytes again after guess
	 * @out_switch: set to true when from the next byte on another protocol is spoken (TLS after
	 *		STARTTLS, SSLRequest); then *@out_used says how many bytes were this one's
	 */
	int (*feed)(void *state, const uint8_t *bytes, size_t size,
		    const struct stream_asker *asker, bool *out_switch, size_t *out_used);

	/** refuse - as stream_refusal(); NULL: the protocol has no answer. */
	size_t (*refuse)(const void *state, const char *text, char *out, size_t size);

	/** end - free the state; takes NULL. */
	void (*end)(void *state);

	/** hello - as stream_hello(); NULL but for TLS. */
	const struct stream_hello *(*hello)(const void *state);
};

/* One in each file of its name. */
extern const struct protocol protocol_tls;
extern const struct protocol protocol_postgresql;
extern const struct protocol protocol_redis;
extern const struct protocol protocol_mysql;
extern const struct protocol protocol_http2;
extern const struct protocol protocol_http1;
extern const struct protocol protocol_smtp;

/* No guess leads to it: stream_new_tools(). */
extern const struct protocol protocol_mcp;

#endif
