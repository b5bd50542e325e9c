/* SPDX-License-Identifier: MIT */
/*
 * The first bytes decide the protocol, the rest is its parser's. Bytes that fit a protocol so far are
 * kept until they fit or do not; they may leave meanwhile, for none of them completes anything.
 */
#include "protocols/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/buffer.h"
#include "protocols/protocol.h"

#define GUESS_MAX 64
#define SWITCHES_MAX 8 /* a tunnel in a tunnel, and then some */

struct stream {
	const struct protocol *protocol; /* NULL: not known yet */
	void *state;			 /* owned: the protocol's */
	uint16_t port;
	bool is_tls; /* inside a TLS session: there is no second one */
	bool has_ended;
	unsigned switches;   /* to another protocol */
	struct buffer first; /* what came before the protocol was known */
};

/* What nobody can read: only told apart. */
static void *other_start(bool is_tls)
{
	(void)is_tls;
	return calloc(1, 1);
}

static int other_feed(void *state, const uint8_t *bytes, size_t size,
		      const struct stream_asker *asker, bool *out_switch, size_t *out_used)
{
	(void)state, (void)bytes, (void)size, (void)asker, (void)out_switch, (void)out_used;
	return 0;
}

static const struct protocol other = {
	.name = "other",
	.start = other_start,
	.feed = other_feed,
	.end = free,
};

/* In the order in which they are asked: those whose first bytes say more come first. */
static const struct protocol *const protocols[] = {
	&protocol_tls,	 &protocol_redis, /* first on its own port: its servers take any other protocol for lines */
	&protocol_http2, &protocol_http1, &protocol_postgresql, &protocol_smtp, &protocol_mysql,
};

struct stream *stream_new(uint16_t port, bool is_tls)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->port = port;
	stream->is_tls = is_tls;
	return stream;
}

static int stream_become(struct stream *stream, const struct protocol *protocol)
{
	void *state = protocol->start(stream->is_tls);

	if (!state)
		return -ENOMEM;
	if (stream->protocol)
		stream->protocol->end(stream->state);
	stream->protocol = protocol;
	stream->state = state;
	return 0;
}

struct stream *stream_new_tools(void)
{
	struct stream *stream = stream_new(0, false);

	if (stream && stream_become(stream, &protocol_mcp) < 0) {
		stream_free(stream);
		return NULL;
	}
	return stream;
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	if (stream->protocol)
		stream->protocol->end(stream->state);
	buffer_release(&stream->first);
	free(stream);
}

/* Return: the protocol of these first bytes; NULL: more are needed. */
static const struct protocol *guess(const struct stream *stream, const uint8_t *bytes, size_t size)
{
	bool may_be = false;

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		enum guess guess = protocols[i]->guess(bytes, size, stream->port);

		if (guess == GUESS_MORE)
			may_be = true;
		else if (guess == GUESS_YES && !may_be)
			return protocols[i];
		else if (guess == GUESS_YES)
			return size < GUESS_MAX ? NULL : protocols[i];
	}
	return may_be && size < GUESS_MAX ? NULL : &other;
}

/* Feeds a known protocol; what comes behind a switch begins another one. */
static int feed_known(struct stream *stream, const uint8_t *bytes, size_t size,
		      const struct stream_asker *asker);

/* Return: the guess on what is there and @bytes, which are kept while nothing is known. */
static int feed_first(struct stream *stream, const uint8_t *bytes, size_t size,
		      const struct stream_asker *asker)
{
	const struct protocol *protocol;
	struct buffer first;
	int r = buffer_add(&stream->first, bytes, size, STREAM_MEMORY_MAX);

	if (r < 0)
		return r;
	protocol = guess(stream, stream->first.bytes, stream->first.size);
	if (!protocol)
		return 0;
	r = stream_become(stream, protocol);
	if (r < 0)
		return r;
	first = stream->first;
	stream->first = (struct buffer){ 0 };
	r = feed_known(stream, first.bytes, first.size, asker);
	buffer_release(&first);
	return r;
}

static int feed_known(struct stream *stream, const uint8_t *bytes, size_t size,
		      const struct stream_asker *asker)
{
	bool is_over = false;
	size_t used = size;
	int r = stream->protocol->feed(stream->state, bytes, size, asker, &is_over, &used);

	if (r != 0 || !is_over)
		return r;
	if (++stream->switches > SWITCHES_MAX)
		return STREAM_E_UNREADABLE;
	stream->protocol->end(stream->state);
	stream->protocol = NULL;
	stream->state = NULL;
	stream->is_tls = false; /* what is tunnelled is for somebody else */
	return used < size ? feed_first(stream, bytes + used, size - used, asker) : 0;
}

int stream_feed(struct stream *stream, const void *bytes, size_t size,
		const struct stream_asker *asker)
{
	int r;

	if (stream->has_ended)
		return STREAM_E_REFUSED;
	if (size == 0)
		return 0;
	r = stream->protocol ? feed_known(stream, bytes, size, asker)
			     : feed_first(stream, bytes, size, asker);
	if (r == -EMSGSIZE)
		r = STREAM_E_UNREADABLE;
	stream->has_ended = r != 0;
	return r;
}

void stream_go_on(struct stream *stream)
{
	stream->has_ended = false;
}

const char *stream_protocol(const struct stream *stream)
{
	return stream->protocol ? stream->protocol->name : "";
}

bool stream_is_understood(const struct stream *stream)
{
	return !stream->protocol || stream->protocol->is_understood;
}

const struct stream_hello *stream_hello(const struct stream *stream)
{
	return stream->protocol && stream->protocol->hello ? stream->protocol->hello(stream->state)
							   : NULL;
}

size_t stream_refusal(const struct stream *stream, const char *text, char *out, size_t size)
{
	return stream->protocol && stream->protocol->refuse
		       ? stream->protocol->refuse(stream->state, text, out, size)
		       : 0;
}
