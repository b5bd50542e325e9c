/* SPDX-License-Identifier: MIT */
#include "launcher/taps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/uio.h>

#include "common/clean.h"
#include "launcher/channels.h"
#include "launcher/concerned.h"
#include "launcher/pipes.h"
#include "launcher/said.h"

#define ROLLBACK_MAX 64 /* the statement and what its protocol puts around it */

/*
 * Connections.
 */

static int refuse_untapped(struct request *request, struct event *peer)
{
	peer->action = ACTION_CONNECT;
	return request_refuse_unseen(
		request, peer, "guard-content",
		"a rule is about what is said there, and this program would say it "
		"unseen: it is static, or has not loaded the library");
}

static void channel_describe(struct channel *channel, const struct socket *socket,
			     const struct event *peer, const struct policy_concern *concern)
{
	bool is_stream = socket->type == SOCK_STREAM || socket->type == SOCK_SEQPACKET;

	channel->concern = *concern;
	(void)snprintf(channel->host, sizeof(channel->host), "%s", peer->host ? peer->host : "");
	channel->ip = peer->ip;
	channel->has_ip = peer->has_ip;
	channel->port = peer->port;
	channel->protocol = is_stream ? PROTOCOL_TCP : PROTOCOL_UDP;
	if (socket->protocol == PROTOCOL_UNIX)
		channel->protocol = PROTOCOL_UNIX;
	channel->is_datagrams = !is_stream;
	channel->inode = socket->inode;
}

int taps_connect(struct request *request, const struct socket *socket,
		 const struct endpoint *endpoint, const struct place *place)
{
	const struct supervisor *supervisor = request->supervisor;
	struct channel_key key = channel_key_of_socket(socket->inode);
	struct event peer = endpoint_event(ACTION_SEND_DATA, socket, endpoint);
	struct channel *channel;
	struct policy_concern concern = { 0 };
	bool is_seen;

	if (!supervisor->channels || socket->protocol == PROTOCOL_NONE || endpoint->is_odd)
		return 0;
	if (!endpoint->is_disconnect)
		concern = concerned_about(supervisor, &peer);
	is_seen = concern.actions && concerned_is_seen(request);
	if (!concern.actions || (!concern.demanded && !is_seen)) {
		channels_forget(supervisor->channels, &key);
		return 0;
	}
	if (endpoint->is_path)
		peer.path = place->path;
	if (!is_seen)
		return refuse_untapped(request, &peer);
	channel = channels_enter(supervisor->channels, &key);
	if (!channel)
		return -ENOBUFS;
	channel_describe(channel, socket, &peer, &concern);
	channel_leave(supervisor->channels, channel);
	return 0;
}

/*
 * What is about to be sent.
 */

/* Two threads may each have a piece that did not leave. */
#define UNSENT_MAX (2 * (size_t)WIRE_TAP_PIECE_MAX)

/* Reads what lies in @count places, @size bytes together. Return: 0 or negative errno. */
static int read_places(struct request *request, const struct iovec *places, size_t count,
		       size_t size, struct buffer *out)
{
	if (size == 0)
		return 0;
	out->bytes = malloc(size);
	if (!out->bytes)
		return -ENOMEM;
	out->room = size;
	out->size = size;
	return request_read_pieces(request, places, count, out->bytes, size);
}

/* The bytes at @address. */
static int read_bytes(struct request *request, uint64_t address, uint64_t size, struct buffer *out)
{
	const struct iovec place = { (void *)(uintptr_t)address, size };

	return size > WIRE_TAP_PIECE_MAX ? -EMSGSIZE : read_places(request, &place, 1, size, out);
}

/* The bytes of @count pieces, an array at @address. */
static int read_pieces(struct request *request, uint64_t address, uint64_t count,
		       struct buffer *out)
{
	struct iovec pieces[WIRE_TAP_PIECES_MAX];
	size_t total = 0;
	int r;

	if (count > WIRE_TAP_PIECES_MAX)
		return -EMSGSIZE;
	r = request_read(request, address, pieces, count * sizeof(*pieces));
	for (size_t i = 0; i < count && r == 0; i++) {
		if (pieces[i].iov_len > WIRE_TAP_PIECE_MAX - total)
			r = -EMSGSIZE;
		else
			total += pieces[i].iov_len;
	}
	return r < 0 ? r : read_places(request, pieces, count, total, out);
}

int taps_read(struct request *request, struct buffer *out)
{
	return request->args[0] == WIRE_TAP_SEND
		       ? read_bytes(request, request->args[2], request->args[3], out)
		       : read_pieces(request, request->args[2], request->args[3], out);
}

int taps_send_to(struct request *request, const struct socket *socket,
		 const struct endpoint *endpoint, const struct text *bytes)
{
	const struct supervisor *supervisor = request->supervisor;
	struct event peer = endpoint_event(ACTION_SEND_DATA, socket, endpoint);
	struct channel channel = { .fd = -1, .is_datagrams = true };
	struct policy_concern concern;
	int r;

	if (!supervisor->channels || socket->protocol == PROTOCOL_NONE || endpoint->is_odd)
		return 0;
	concern = concerned_about(supervisor, &peer);
	channel_describe(&channel, socket, &peer, &concern);
	if (!concern.actions)
		return 0;
	if (!channel.is_datagrams)
		return -EOPNOTSUPP;
	r = said_judge(request, &channel, (const uint8_t *)bytes->bytes, bytes->size);
	return r > 0 ? -EACCES : r;
}

/* The program reads the answer, then the end: nothing of the peer's comes any more. */
static void cut(struct request *request, const struct channel *channel)
{
	CLEAN_SOCKET struct socket socket = SOCKET_INIT;

	if (channel->fd >= 0 && socket_open(request, channel->fd, &socket) == 0 &&
	    socket.inode == channel->inode)
		(void)shutdown(socket.fd, SHUT_RD);
}

/* Where the caller of SEND and its like wants what the peer would answer. */
static uint64_t reply_of(const struct request *request)
{
	return request->args[4];
}

/* Return: what a handler returns. */
static int64_t refuse(struct request *request, struct channel *channel)
{
	char text[WIRE_TAP_REPLY_SIZE];
	size_t size = 0;
	int r;

	channel->is_refused = true;
	request->sentence[strcspn(request->sentence, "\n")] = '\0';
	if (channel->stream)
		size = stream_refusal(channel->stream, request->sentence, text, sizeof(text));
	cut(request, channel);
	r = buffer_add(&channel->answer, (const uint8_t *)text, size, sizeof(text));
	if (r == 0)
		r = request_write(request, reply_of(request), text, size);
	return r < 0 ? r : (int64_t)(WIRE_TAP_REFUSED + size);
}

static bool is_rollback(const struct text *bytes)
{
	static const char word[] = "rollback";
	static const size_t length = sizeof(word) - 1;

	for (size_t at = 0; bytes->size <= ROLLBACK_MAX && at + length <= bytes->size; at++)
		if (strncasecmp(bytes->bytes + at, word, length) == 0)
			return true;
	return false;
}

/*
 * Behind a refusal comes the end, but for the rollback that libraries send when a statement
 * failed: its error takes the place of the first, so it tells the same, once.
 */
static int64_t refuse_again(struct request *request, struct channel *channel,
			    const struct text *bytes)
{
	CLEAN(buffer_release) struct buffer answer = { 0 };
	int r;

	if (channel->answer.size == 0 || !is_rollback(bytes))
		return WIRE_TAP_REFUSED; /* it has been told why */
	answer = channel->answer;
	channel->answer = (struct buffer){ 0 };
	r = request_write(request, reply_of(request), answer.bytes, answer.size);
	return r < 0 ? r : (int64_t)(WIRE_TAP_REFUSED + answer.size);
}

/* Return: 0; 1: it was refused; negative errno. */
static int judge(struct request *request, struct channel *channel, const struct text *bytes)
{
	/* A socket that takes less than it was given gets the rest again: that was judged. */
	size_t again = channel->unsent.size < bytes->size ? channel->unsent.size : bytes->size;
	const uint8_t *fresh = (const uint8_t *)bytes->bytes + again;
	size_t size = bytes->size - again;

	if (again && memcmp(channel->unsent.bytes, bytes->bytes, again) != 0)
		return said_otherwise(request, channel);
	buffer_drop(&channel->unsent, again);
	return size ? said_judge(request, channel, fresh, size) : 0;
}

/* @bytes are about to be sent there, and it is not sealed. */
static int64_t send_on(struct request *request, struct channel *channel, const struct text *bytes)
{
	int r;

	if (channel->is_refused)
		return refuse_again(request, channel, bytes);
	r = bytes->size > 0 ? judge(request, channel, bytes) : 0;
	if (r < 0)
		return r;
	if (r > 0)
		return refuse(request, channel);
	return channel->is_sealed ? WIRE_TAP_SEALED : WIRE_TAP_GO;
}

int64_t taps_unsent(struct request *request, struct channel *channel)
{
	CLEAN(buffer_release) struct buffer bytes = { 0 };
	int r = taps_read(request, &bytes);

	if (r < 0 || channel->is_datagrams || channel->is_sealed)
		return r; /* a datagram leaves as a whole or not at all, and is judged again */
	/* Of what did not leave before, the rest comes behind it. */
	r = buffer_add(&bytes, channel->unsent.bytes, channel->unsent.size, UNSENT_MAX);
	if (r < 0)
		return r;
	buffer_release(&channel->unsent);
	channel->unsent = bytes;
	bytes = (struct buffer){ 0 };
	return 0;
}

/* Of what nobody knows any more: shadow mode refuses nothing. */
static int64_t refuse_unknown(const struct request *request)
{
	return request->supervisor->shadow ? WIRE_TAP_SEALED : -EACCES;
}

/* A descriptor that the taps take for a connection, and of which nothing is known here. */
static int64_t unknown_descriptor(struct request *request, int fd)
{
	CLEAN_SOCKET struct socket socket = SOCKET_INIT;
	struct endpoint endpoint;
	struct event peer;

	if (socket_open(request, fd, &socket) < 0 || socket.protocol == PROTOCOL_NONE ||
	    endpoint_ask(&socket, getpeername, &endpoint) < 0)
		return WIRE_TAP_SEALED; /* no connection to anybody */
	peer = endpoint_event(ACTION_SEND_DATA, &socket, &endpoint);
	return concerned_about(request->supervisor, &peer).demanded ? refuse_unknown(request)
								    : WIRE_TAP_SEALED;
}

static int64_t send_on_descriptor(struct request *request, struct channel *channel)
{
	CLEAN(buffer_release) struct buffer buffer = { 0 };
	struct text bytes;
	int r;

	if (channel->is_sealed)
		return WIRE_TAP_SEALED;
	r = taps_read(request, &buffer);
	if (r < 0)
		return channel->is_refused ? WIRE_TAP_REFUSED : r;
	bytes = (struct text){ (const char *)buffer.bytes, buffer.size };
	return send_on(request, channel, &bytes);
}

static int64_t on_descriptor(struct request *request)
{
	struct channels *channels = request->supervisor->channels;
	int fd = (int)request->args[1];
	uint64_t inode = concerned_connection(request, fd);
	struct channel_key key = channel_key_of_socket(inode);
	struct channel *channel = inode ? channels_find(channels, &key) : NULL;
	int64_t r;

	if (!channel)
		return pipes_tap(request, fd, &r) ? r : unknown_descriptor(request, fd);
	channel->fd = fd;
	r = request->args[0] == WIRE_TAP_UNSENT ? taps_unsent(request, channel)
						: send_on_descriptor(request, channel);
	channel_leave(channels, channel);
	return r;
}

/* The random and what is said are read at once. */
static int64_t on_session(struct request *request)
{
	struct channels *channels = request->supervisor->channels;
	const uint64_t *args = request->args;
	const struct iovec places[] = {
		{ (void *)(uintptr_t)args[1], WIRE_RANDOM_SIZE },
		{ (void *)(uintptr_t)args[2], args[3] },
	};
	CLEAN(buffer_release) struct buffer buffer = { 0 };
	struct channel_key key;
	struct channel *channel;
	struct text bytes;
	int64_t r;

	if (args[3] > WIRE_TAP_PIECE_MAX)
		return -EMSGSIZE;
	r = read_places(request, places, 2, WIRE_RANDOM_SIZE + args[3], &buffer);
	if (r < 0)
		return r;
	key = channel_key_of_session(buffer.bytes);
	channel = channels_find(channels, &key);
	if (!channel)
		return refuse_unknown(
			request); /* it was announced, and is forgotten: whom it leads to is not known */
	bytes = (struct text){ (const char *)buffer.bytes + WIRE_RANDOM_SIZE, args[3] };
	/* One that is not linked is on a connection that no rule is about. */
	r = channel->is_linked && !channel->is_sealed ? send_on(request, channel, &bytes)
						      : WIRE_TAP_SEALED;
	channel_leave(channels, channel);
	return r;
}

static int64_t announce(struct request *request)
{
	struct channels *channels = request->supervisor->channels;
	uint8_t random[WIRE_RANDOM_SIZE];
	int r = request_read(request, request->args[1], random, sizeof(random));
	struct channel_key key = channel_key_of_session(random);
	struct channel *channel;

	if (r < 0 || channels_has(channels, &key))
		return r;
	channel = channels_enter(channels, &key);
	if (!channel)
		return -ENOBUFS;
	channel_leave(channels, channel);
	return 0;
}

/*
 * What is asked of nobody outside.
 */

static int64_t tell(struct request *request, uint64_t reply, int r)
{
	size_t size = strcspn(request->sentence, "\n");

	if (r == 0 || r != -EACCES)
		return r;
	if (size > WIRE_TAP_REPLY_SIZE)
		size = WIRE_TAP_REPLY_SIZE;
	r = request_write(request, reply, request->sentence, size);
	return r < 0 ? r : (int64_t)(WIRE_TAP_REFUSED + size);
}

static int64_t look_up(struct request *request)
{
	char name[256];
	struct event event = { .action = ACTION_RESOLVE, .host = name };
	ssize_t len = request_read_text(request, request->args[1], name, sizeof(name));

	if (len < 0)
		return len == -ENAMETOOLONG ? WIRE_TAP_GO : len; /* no name is so long */
	return request_judge(request, &event);
}

static int64_t prepare(struct request *request)
{
	CLEAN(buffer_release) struct buffer text = { 0 };
	char database[4096];
	struct content content = { .dialect = text_of("sqlite") };
	struct event event = { .action = ACTION_DATABASE_QUERY, .content = &content };
	int r = read_bytes(request, request->args[1], request->args[2], &text);

	if (r < 0)
		return r == -EMSGSIZE ? refuse_unknown(request) : r;
	if (request->args[4] &&
	    request_read_text(request, request->args[4], database, sizeof(database)) > 0)
		content.database = text_of(database);
	content.query = (struct text){ (const char *)text.bytes, text.size };
	if (text.size == 0)
		return 0;
	return tell(request, request->args[3], request_judge(request, &event));
}

static int64_t hello(struct request *request)
{
	const struct supervisor *supervisor = request->supervisor;
	unsigned actions = supervisor->content_actions;
	int64_t bits = 0;

	if (actions & CONCERNED_STREAMS)
		bits |= WIRE_TAP_STREAMS;
	if (actions & ACTION_BIT(ACTION_RESOLVE))
		bits |= WIRE_TAP_NAMES;
	if (actions & ACTION_BIT(ACTION_DATABASE_QUERY))
		bits |= WIRE_TAP_STATEMENTS;
	if (concerned_any(request))
		bits |= WIRE_TAP_INHERITED;
	if (supervisor->pipes)
		bits |= WIRE_TAP_PIPES;
	if (supervisor->shadow)
		bits |= WIRE_TAP_SHADOW;
	return bits;
}

int64_t taps_handle(struct request *request)
{
	if (!request->supervisor->channels)
		return -ENOSYS; /* no rule is about content */
	switch (request->args[0]) {
	case WIRE_TAP_HELLO:
		return request->args[1] == WIRE_TAP_VERSION ? hello(request) : -ENOSYS;
	case WIRE_TAP_DESCRIPTOR:
		return concerned_is(request, (int)request->args[1]);
	case WIRE_TAP_SEND:
	case WIRE_TAP_SEND_PIECES:
	case WIRE_TAP_UNSENT:
		return on_descriptor(request);
	case WIRE_TAP_SESSION:
		return announce(request);
	case WIRE_TAP_SESSION_SEND:
		return on_session(request);
	case WIRE_TAP_RESOLVE:
		return look_up(request);
	case WIRE_TAP_STATEMENT:
		return prepare(request);
	case WIRE_TAP_PAIR:
		return pipes_pair(request);
	default:
		return -ENOSYS;
	}
}
