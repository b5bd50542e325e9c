/* SPDX-License-Identifier: MIT */
/*
 * A stream: what one program sends on one connection, read as what it asks the peer for. Bytes go
 * in as they are about to leave, in pieces of any size; each statement, request or tool call comes
 * out as a content action the moment its last byte is there, and before that byte has left.
 *
 * Only the client's side is read. What the server answers is not seen: a parser follows a
 * protocol as far as the client's bytes tell, and where they do not, takes the stricter reading.
 *
 * Nothing here knows sockets, processes or rules. Memory of a stream is bounded by STREAM_MEMORY_MAX.
 */
#ifndef AGENTOS_PROTOCOLS_STREAM_H
#define AGENTOS_PROTOCOLS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/content.h"

struct stream;

/* Of one statement, or of one request with its headers; and of what is kept of a body. */
#define STREAM_ASK_MAX (1u << 20)
#define STREAM_BODY_MAX (1u << 18)
/* What is asked for is buffered once; and twice while it is put together. */
#define STREAM_MEMORY_MAX (4u << 20)

/* Outcomes. */
#define STREAM_E_REFUSED 1    /* the asker said no: none of these bytes may leave */
#define STREAM_E_UNREADABLE 2 /* they break the protocol, or pass a bound: the same */

/**
 * stream_ask_fn - what is asked for is complete
 * @action:  ACTION_DATABASE_QUERY, ACTION_API_CALL or ACTION_TOOL_CALL
 * @content: borrowed for the time of the call
 * @is_whole: false: an api_call whose body goes on; it is asked again with more of it
 *
 * An api_call has an absolute url. That of method CONNECT, after which a tunnel begins, is
 * "connect://HOST:PORT"; but where HTTP/2 names a protocol (RFC 8441), that of the tunnel's resource.
 * A body is what was sent, up to STREAM_BODY_MAX of it: where a header content-encoding says that it
 * is compressed, nobody has looked into it. Trailers are headers, once they are there.
 *
 * Return: whether it may go.
 */
typedef bool stream_ask_fn(void *data, enum action action, const struct content *content,
			   bool is_whole);

struct stream_asker {
	stream_ask_fn *ask;
	void *data;
};

/**
 * stream_new() - a connection on which nothing has been sent yet
 * @port:   of the peer, host order; a hint where the first bytes fit more than one protocol
 * @is_tls: what goes in was in a TLS session, whose first bytes another stream has seen
 *
 * Return: owned; NULL when memory is short.
 */
struct stream *stream_new(uint16_t port, bool is_tls);

/**
 * stream_new_tools() - what goes to a child server's standard input: MCP, a message a line
 *
 * Return: owned; NULL when memory is short.
 */
struct stream *stream_new_tools(void);

/** stream_free() - takes NULL. */
void stream_free(struct stream *stream);

/**
 * stream_feed() - the next @size bytes are about to leave
 * @asker: called for all that they complete, in order
 *
 * After STREAM_E_REFUSED and STREAM_E_UNREADABLE the stream has ended: stream_refusal() is what is
 * left to call.
 *
 * Return: 0; one of the outcomes; -ENOMEM.
 */
int stream_feed(struct stream *stream, const void *bytes, size_t size,
		const struct stream_asker *asker);

/**
 * stream_go_on() - what was refused is left out, with what was fed behind it: what comes now begins anew
 *
 * Of stream_new_tools() only, whose messages stand for themselves.
 */
void stream_go_on(struct stream *stream);

/** stream_protocol() - Return: "postgresql", "http", ...; "" before it is known; "other". */
const char *stream_protocol(const struct stream *stream);

/** stream_is_understood() - Return: false when the protocol is none that can be read, or enciphered. */
bool stream_is_understood(const struct stream *stream);

/* A TLS session that begins on this stream: from its ClientHello. */
struct stream_hello {
	bool is_known;
	uint8_t random[32]; /* the client's: which session it is */
	char host[256];	    /* server_name; "": none */
};

/** stream_hello() - Return: of the TLS session that has begun; NULL before, and when none has. */
const struct stream_hello *stream_hello(const struct stream *stream);

/**
 * stream_refusal() - an answer of the peer's that refuses, for the client to read
 * @text: one line of valid UTF-8, without the newline
 * @out:  @size bytes; what does not fit is left out of the text, never of the protocol
 *
 * It answers what stream_feed() refused, and ends the connection as far as the protocol can say so.
 *
 * Return: its length; 0 when the protocol has no answer.
 */
size_t stream_refusal(const struct stream *stream, const char *text, char *out, size_t size);

#endif
