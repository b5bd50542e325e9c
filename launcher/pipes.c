/* SPDX-License-Identifier: MIT */
#include "launcher/pipes.h"

#include <errno.h>
#include <string.h>

#include "common/clean.h"
#include "launcher/answer.h"
#include "launcher/channels.h"
#include "launcher/endpoint.h"
#include "launcher/said.h"
#include "launcher/taps.h"

bool pipes_concern(const struct policy *policy)
{
	const struct event nobody = { .action = ACTION_TOOL_CALL, .protocol = PROTOCOL_UNIX };
	struct policy_concern concern = { 0 };

	policy_concerns(policy, &nobody, &concern);
	return concern.actions & ACTION_BIT(ACTION_TOOL_CALL);
}

/* A new channel, held. @pair: the other socket; 0: it is a pipe, or nobody knows. */
static struct channel *enter(struct request *request, const struct answer_end *end, uint64_t pair)
{
	struct channels *pipes = request->supervisor->pipes;
	struct channel_key key = channel_key_of_socket(end->inode);
	struct channel *channel = channels_enter(pipes, &key);

	if (!channel)
		return NULL;
	channel->is_pipe = true;
	channel->inode = end->inode;
	channel->pair = pair;
	channel->concern.actions = ACTION_BIT(ACTION_TOOL_CALL);
	channel->stream = stream_new_tools();
	if (channel->stream)
		return channel;
	channel_leave(pipes, channel);
	channels_forget(pipes, &key);
	return NULL;
}

/* Whether it is one of a pair: both have no name, and no other stream socket is connected to such a one. */
static bool is_of_pair(struct request *request, int fd)
{
	CLEAN_SOCKET struct socket socket = SOCKET_INIT;
	struct sockaddr_storage address;
	socklen_t self_len = sizeof(address), peer_len = sizeof(address);

	return socket_open(request, fd, &socket) == 0 && socket.domain == AF_UNIX &&
	       socket.type != SOCK_DGRAM &&
	       getsockname(socket.fd, (struct sockaddr *)&address, &self_len) == 0 &&
	       getpeername(socket.fd, (struct sockaddr *)&address, &peer_len) == 0 &&
	       self_len == sizeof(sa_family_t) && peer_len == sizeof(sa_family_t);
}

int64_t pipes_pair(struct request *request)
{
	struct answer_end ends[2];

	if (!request->supervisor->pipes)
		return 0;
	for (size_t i = 0; i < 2; i++)
		if (!answer_end_find(request->tid, (int)request->args[1 + i], &ends[i]) ||
		    !ends[i].is_socket)
			return -EBADF;
	for (size_t i = 0; i < 2; i++) {
		struct channel *channel = enter(request, &ends[i], ends[1 - i].inode);

		if (!channel)
			return -ENOBUFS;
		channel_leave(request->supervisor->pipes, channel);
	}
	return 0;
}

/*
 * What is about to be written.
 */

/* The call is answered and left out, or the write fails. Return: as taps_handle(). */
static int64_t answered(struct request *request, struct channel *channel, size_t size)
{
	const struct answer_end server = {
		.is_socket = channel->pair != 0,
		.inode = channel->pair ? channel->pair : channel->inode,
	};
	char text[WIRE_TAP_REPLY_SIZE];
	size_t text_size;

	request->sentence[strcspn(request->sentence, "\n")] = '\0';
	text_size = stream_refusal(channel->stream, request->sentence, text, sizeof(text));
	stream_go_on(channel->stream);
	return text_size > 0 && answer_give(request, &server, text, text_size)
		       ? (int64_t)(WIRE_TAP_SKIP + size)
		       : -EACCES;
}

/*
 * The line of @size bytes at @at is refused; those before it go first. Where a part of it has left already
 * the server would take what comes next for the rest of it, so nothing comes any more.
 */
static int64_t leave_out(struct request *request, struct channel *channel,
			 const struct buffer *bytes, size_t at, size_t size)
{
	int64_t result = channel->is_inside_refused ? (int64_t)(WIRE_TAP_SKIP + size)
						    : answered(request, channel, size);
	int r;

	channel->is_refused = channel->is_inside_line;
	channel->is_inside_refused = result >= 0 && bytes->bytes[at + size - 1] != '\n';
	if (at == 0)
		return result;
	channel->left_out.size = 0;
	r = buffer_add(&channel->left_out, bytes->bytes + at, size, WIRE_TAP_PIECE_MAX);
	channel->left_out_result = result;
	return r < 0 ? r : (int64_t)(WIRE_TAP_PART + at);
}

/* Of a line that was refused when those before it were let go: it comes now. Return: whether it does. */
static bool was_left_out(struct channel *channel, const struct buffer *bytes, int64_t *out)
{
	const struct buffer *wanted = &channel->left_out;

	if (wanted->size == 0 || wanted->size > bytes->size ||
	    memcmp(wanted->bytes, bytes->bytes, wanted->size) != 0)
		return false;
	channel->left_out.size = 0;
	*out = channel->left_out_result;
	return true;
}

/* Each line is judged for itself, from @at on. */
static int64_t judge_lines(struct request *request, struct channel *channel,
			   const struct buffer *bytes, size_t at)
{
	while (at < bytes->size && !channel->is_sealed) {
		const uint8_t *line = bytes->bytes + at;
		const uint8_t *end = memchr(line, '\n', bytes->size - at);
		size_t size = end ? (size_t)(end + 1 - line) : bytes->size - at;
		int r = channel->is_inside_refused ? 1 : said_judge(request, channel, line, size);

		if (r < 0)
			return r;
		if (r > 0)
			return leave_out(request, channel, bytes, at, size);
		channel->is_inside_line = !end;
		at += size;
	}
	return WIRE_TAP_GO;
}

static int64_t send_on(struct request *request, struct channel *channel)
{
	CLEAN(buffer_release) struct buffer bytes = { 0 };
	int64_t result;
	size_t again;
	int r = taps_read(request, &bytes);

	if (channel->is_sealed)
		return WIRE_TAP_SEALED;
	if (channel->is_refused)
		return -EACCES;
	if (r < 0 || bytes.size == 0)
		return r;
	if (was_left_out(channel, &bytes, &result))
		return result;
	/* A pipe that takes less than it was given gets the rest again: that was judged. */
	again = channel->unsent.size < bytes.size ? channel->unsent.size : bytes.size;
	if (again > 0 && memcmp(channel->unsent.bytes, bytes.bytes, again) != 0)
		return said_otherwise(request, channel) == 0 ? WIRE_TAP_GO : -EACCES;
	buffer_drop(&channel->unsent, again);
	return judge_lines(request, channel, &bytes, again);
}

bool pipes_tap(struct request *request, int fd, int64_t *out)
{
	struct channels *pipes = request->supervisor->pipes;
	struct channel_key key;
	struct channel *channel;
	struct answer_end end;

	if (!pipes || !answer_end_find(request->tid, fd, &end))
		return false;
	key = channel_key_of_socket(end.inode);
	channel = channels_find(pipes, &key);
	if (!channel && end.is_socket && !is_of_pair(request, fd))
		return false;
	if (!channel)
		channel = enter(request, &end, 0);
	if (!channel) {
		*out = -ENOBUFS;
		return true;
	}
	*out = request->args[0] == WIRE_TAP_UNSENT ? taps_unsent(request, channel)
						   : send_on(request, channel);
	channel_leave(pipes, channel);
	return true;
}
