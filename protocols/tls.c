/* SPDX-License-Identifier: MIT */
/*
 * TLS: all that is read is the ClientHello, which says in clear which session it is (its random) and
 * whom it is for (server_name). What follows is enciphered, and passes.
 *
 * Source: RFC 8446, sections 4.1.2 (ClientHello) and 5.1 (records); RFC 6066, section 3 (server_name).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/buffer.h"
#include "protocols/protocol.h"

#define RECORD_HEAD 5
#define RECORD_HANDSHAKE 22
#define RECORD_MAX (1u << 14)
#define MESSAGE_HEAD 4
#define MESSAGE_CLIENT_HELLO 1
#define HELLO_MAX (1u << 16) /* post-quantum key shares take some 2 KiB */
#define EXTENSION_SERVER_NAME 0
#define NAME_IS_HOST 0

struct tls {
	struct buffer records; /* until the hello is whole */
	struct buffer message; /* the hello, out of its records */
	struct stream_hello hello;
};

static enum guess tls_guess(const uint8_t *bytes, size_t size, uint16_t port)
{
	static const uint8_t versions = 4; /* 3.0 to 3.4 */

	(void)port;
	if (bytes[0] != RECORD_HANDSHAKE || (size > 1 && bytes[1] != 3) ||
	    (size > 2 && bytes[2] > versions) ||
	    (size > RECORD_HEAD && bytes[RECORD_HEAD] != MESSAGE_CLIENT_HELLO))
		return GUESS_NO;
	return size > RECORD_HEAD ? GUESS_YES : GUESS_MORE;
}

static void *tls_start(bool is_tls)
{
	(void)is_tls;
	return calloc(1, sizeof(struct tls));
}

static void tls_end(void *state)
{
	struct tls *tls = state;

	if (!tls)
		return;
	buffer_release(&tls->records);
	buffer_release(&tls->message);
	free(tls);
}

/* What is left of a structure that is being read; @is_short: something did not fit. */
struct reader {
	const uint8_t *at;
	size_t left;
	bool is_short;
};

static const uint8_t *take(struct reader *reader, size_t size)
{
	const uint8_t *at = reader->at;

	if (size > reader->left) {
		reader->is_short = true;
		reader->left = 0;
		return NULL;
	}
	reader->at += size;
	reader->left -= size;
	return at;
}

/* A big-endian number of @size bytes; 0 when there are not so many. */
static size_t take_number(struct reader *reader, size_t size)
{
	const uint8_t *at = take(reader, size);
	size_t number = 0;

	for (size_t i = 0; at && i < size; i++)
		number = number << 8 | at[i];
	return number;
}

/* A vector: its length in @size bytes, then so many. */
static struct reader take_vector(struct reader *reader, size_t size)
{
	size_t length = take_number(reader, size);
	const uint8_t *at = take(reader, length);

	return (struct reader){ .at = at, .left = at ? length : 0, .is_short = !at };
}

static void read_server_name(struct reader extension, struct stream_hello *out)
{
	struct reader names = take_vector(&extension, 2);

	while (names.left > 0 && !names.is_short) {
		size_t type = take_number(&names, 1);
		struct reader name = take_vector(&names, 2);

		if (name.is_short || type != NAME_IS_HOST || name.left >= sizeof(out->host) ||
		    memchr(name.at, '\0', name.left))
			continue;
		memcpy(out->host, name.at, name.left);
		out->host[name.left] = '\0';
	}
}

/* Return: 0, or STREAM_E_UNREADABLE for what no server would take. */
static int read_hello(struct tls *tls)
{
	struct reader hello = { .at = tls->message.bytes + MESSAGE_HEAD,
				.left = tls->message.size - MESSAGE_HEAD };
	struct stream_hello found = { .is_known = true };
	struct reader extensions;
	const uint8_t *random;

	(void)take_number(&hello, 2); /* legacy_version */
	random = take(&hello, sizeof(found.random));
	(void)take_vector(&hello, 1); /* legacy_session_id */
	(void)take_vector(&hello, 2); /* cipher_suites */
	(void)take_vector(&hello, 1); /* legacy_compression_methods */
	if (!random || hello.is_short)
		return STREAM_E_UNREADABLE;
	memcpy(found.random, random, sizeof(found.random));
	extensions = hello.left > 0 ? take_vector(&hello, 2) : (struct reader){ 0 };
	while (extensions.left > 0 && !extensions.is_short) {
		size_t type = take_number(&extensions, 2);
		struct reader extension = take_vector(&extensions, 2);

		if (type == EXTENSION_SERVER_NAME && !extension.is_short)
			read_server_name(extension, &found);
	}
	if (extensions.is_short)
		return STREAM_E_UNREADABLE;
	tls->hello = found;
	buffer_release(&tls->records);
	buffer_release(&tls->message);
	return 0;
}

static size_t message_size(const struct buffer *message)
{
	const uint8_t *at = message->bytes;

	return MESSAGE_HEAD + ((size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]);
}

/* Takes the next record out of its wrapping. Return: 1; 0: there is none; or an error. */
static int unwrap(struct tls *tls)
{
	const uint8_t *at = tls->records.bytes;
	size_t length;
	int r;

	if (tls->records.size < RECORD_HEAD)
		return 0;
	length = (size_t)at[3] << 8 | at[4];
	if (at[0] != RECORD_HANDSHAKE || length == 0 || length > RECORD_MAX)
		return -EMSGSIZE;
	if (tls->records.size < RECORD_HEAD + length)
		return 0;
	r = buffer_add(&tls->message, at + RECORD_HEAD, length, HELLO_MAX);
	if (r < 0)
		return r;
	buffer_drop(&tls->records, RECORD_HEAD + length);
	return 1;
}

static int tls_feed(void *state, const uint8_t *bytes, size_t size,
		    const struct stream_asker *asker, bool *out_switch, size_t *out_used)
{
	struct tls *tls = state;
	int r;

	(void)asker, (void)out_switch, (void)out_used;
	if (tls->hello.is_known)
		return 0;
	r = buffer_add(&tls->records, bytes, size, HELLO_MAX);
	while (r >= 0) {
		if (tls->message.size >= MESSAGE_HEAD &&
		    tls->message.size >= message_size(&tls->message))
			return read_hello(tls);
		r = unwrap(tls);
		if (r == 0)
			return 0;
	}
	return r;
}

static const struct stream_hello *tls_hello(const void *state)
{
	const struct tls *tls = state;

	return tls->hello.is_known ? &tls->hello : NULL;
}

/* An alert has no room for a text, but says that it was a decision (RFC 8446, section 6.2). */
static size_t tls_refuse(const void *state, const char *text, char *out, size_t size)
{
	static const char access_denied[] = { 21, 3, 3, 0, 2, 2, 49 }; /* alert, fatal */

	(void)state, (void)text;
	if (size < sizeof(access_denied))
		return 0;
	memcpy(out, access_denied, sizeof(access_denied));
	return sizeof(access_denied);
}

const struct protocol protocol_tls = {
	.name = "tls",
	.guess = tls_guess,
	.start = tls_start,
	.feed = tls_feed,
	.end = tls_end,
	.hello = tls_hello,
	.refuse = tls_refuse,
};
