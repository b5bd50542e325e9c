/* SPDX-License-Identifier: MIT */
#include "launcher/said.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/clean.h"
#include "common/url.h"
#include "launcher/hosts.h"
#include "launcher/judge.h"

/* What is asked for in other ways than by bytes. */
#define UNDERSTOOD                                                                                 \
	(ACTION_BIT(ACTION_DATABASE_QUERY) | ACTION_BIT(ACTION_API_CALL) |                         \
	 ACTION_BIT(ACTION_TOOL_CALL))

struct saying {
	struct request *request;
	struct channel *channel;
	int error; /* of judging: negative errno */
};

static struct event event_of(enum action action, const struct channel *channel)
{
	return (struct event){
		.action = action,
		.protocol = channel->protocol,
		.host = channel->host[0] ? channel->host : NULL,
		.ip = channel->ip,
		.has_ip = channel->has_ip,
		.port = channel->port,
	};
}

/* Return: the error, which is kept; 0 in shadow mode, where what follows cannot be told any more. */
static int refuse_by_guard(struct saying *saying, struct event *event, const char *guard,
			   const char *message)
{
	saying->error = request_refuse_unseen(saying->request, event, guard, message);
	if (saying->error == 0)
		saying->channel->is_sealed = true;
	return saying->error;
}

/* Of all names that the peer is known by, the event gets the one with the strictest verdict. */
static void strictest_name(const struct supervisor *supervisor, struct event *event)
{
	const char *name, *strictest = event->host;
	enum verdict worst = VERDICT_ALLOW;
	size_t cursor = 0;

	while (event->has_ip && (name = hosts_name(supervisor->hosts, &event->ip, &cursor))) {
		struct decision decision;

		event->host = name;
		policy_decide(supervisor->policy, event, &decision);
		if (decision.verdict > worst) {
			worst = decision.verdict;
			strictest = name;
		}
	}
	event->host = strictest;
}

/* Whether the peer is known by a name, and none of them is this one. */
static bool is_another_host(const struct supervisor *supervisor, const struct channel *channel,
			    const char *host)
{
	struct in6_addr ip;
	size_t cursor = 0;
	const char *name;
	bool has_names = false;

	while (channel->has_ip && (name = hosts_name(supervisor->hosts, &channel->ip, &cursor))) {
		has_names = true;
		if (strcasecmp(name, host) == 0)
			return false;
	}
	if (ip_parse(host, &ip))
		return !channel->has_ip || memcmp(&ip, &channel->ip, sizeof(ip)) != 0;
	return has_names;
}

/* Whether a rule refuses what is there of a request; what more of it may say is not known yet. */
static bool refuses_already(struct request *request, const struct event *event)
{
	struct decision decision;

	judge_by_policy(request->supervisor, event, &decision);
	return decision.verdict > VERDICT_ASK && decision.line > 0;
}

static bool judge_request(struct saying *saying, const struct content *asked, bool is_whole)
{
	struct request *request = saying->request;
	struct content content = *asked;
	struct event event = event_of(ACTION_API_CALL, saying->channel);
	struct url url;
	bool has_url;

	event.content = &content;
	event.host = NULL;
	event.has_ip = false;
	has_url = url_complete(&content, &event, &url) && content.url.bytes;
	event.ip = saying->channel->ip;
	event.has_ip = saying->channel->has_ip;
	if (!has_url)
		return refuse_by_guard(saying, &event, "guard-url",
				       "the address of this request cannot be understood") == 0;
	if (is_another_host(request->supervisor, saying->channel, url.host))
		return refuse_by_guard(saying, &event, "guard-host",
				       "the request is for another host than the connection") == 0;
	if (!(saying->channel->concern.actions & ACTION_BIT(ACTION_API_CALL)) ||
	    (!is_whole && !refuses_already(request, &event)))
		return true;
	saying->error = request_judge(request, &event);
	return saying->error == 0;
}

static bool judge_ask(void *data, enum action action, const struct content *content, bool is_whole)
{
	struct saying *saying = data;
	struct event event = event_of(action, saying->channel);

	if (action == ACTION_API_CALL)
		return judge_request(saying, content, is_whole);
	if (!(saying->channel->concern.actions & ACTION_BIT(action)))
		return true;
	event.content = content;
	strictest_name(saying->request->supervisor, &event);
	saying->error = request_judge(saying->request, &event);
	return saying->error == 0;
}

/* The end of what was sent and what comes now, for what begins there and ends here. */
static int judge_bytes(struct saying *saying, const uint8_t *bytes, size_t size)
{
	struct channel *channel = saying->channel;
	struct supervisor *supervisor = saying->request->supervisor;
	CLEAN(buffer_release) struct buffer both = { 0 };
	struct event event = event_of(ACTION_SEND_DATA, channel);
	struct content content = { 0 };
	struct decision decision;
	int r = buffer_add(&both, channel->tail.bytes, channel->tail.size, CHANNEL_TAIL_MAX);

	if (r == 0)
		r = buffer_add(&both, bytes, size, WIRE_TAP_PIECE_MAX + CHANNEL_TAIL_MAX);
	if (r < 0)
		return r;
	content.data = (struct text){ (const char *)both.bytes, both.size };
	event.content = &content;
	strictest_name(supervisor, &event);
	judge_by_policy(supervisor, &event, &decision);
	/* What no rule speaks of is no event: each piece of each connection would be one. */
	if (decision.line > 0 || !verdict_grants(decision.verdict))
		r = request_judge(saying->request, &event);
	if (r < 0 || channel->is_datagrams)
		return r;
	buffer_drop(&both, both.size > CHANNEL_TAIL_MAX ? both.size - CHANNEL_TAIL_MAX : 0);
	buffer_release(&channel->tail);
	channel->tail = both;
	both = (struct buffer){ 0 };
	return 0;
}

/* QUIC encrypts all that it carries: a long header begins each connection (RFC 8999, section 5.1). */
static bool is_quic(const uint8_t *bytes, size_t size)
{
	static const uint8_t long_header = 0x80;

	return size >= 1200 && bytes[0] & long_header;
}

static int judge_datagram(struct saying *saying, const uint8_t *bytes, size_t size)
{
	struct event event = event_of(ACTION_CONNECT, saying->channel);

	if (saying->channel->concern.demanded & UNDERSTOOD && is_quic(bytes, size)) {
		return refuse_by_guard(
			saying, &event, "guard-content",
			"a rule is about what is said there, and nobody can read QUIC");
	}
	return 0;
}

/* A session has begun on a connection: what it says is seen by the taps, or it ends here. */
static int link_session(struct saying *saying, const struct stream_hello *hello)
{
	struct channels *channels = saying->request->supervisor->channels;
	struct channel *connection = saying->channel;
	struct channel_key key = channel_key_of_session(hello->random);
	struct event event = event_of(ACTION_CONNECT, connection);
	struct channel *session;

	if (hello->host[0] &&
	    is_another_host(saying->request->supervisor, connection, hello->host)) {
		event.host = hello->host;
		return refuse_by_guard(saying, &event, "guard-host",
				       "the TLS session is for another host than the connection");
	}
	session = channels_find(channels, &key);
	if (!session && !connection->concern.demanded) {
		connection->is_sealed = true; /* inspect: trust */
		return 0;
	}
	if (!session) {
		return refuse_by_guard(saying, &event, "guard-content",
				       "a rule is about what is said there, and this program "
				       "enciphers it by itself, unseen");
	}
	(void)snprintf(session->host, sizeof(session->host), "%s", connection->host);
	session->ip = connection->ip;
	session->has_ip = connection->has_ip;
	session->port = connection->port;
	session->protocol = connection->protocol;
	session->concern = connection->concern;
	session->inode = connection->inode;
	session->fd = connection->fd;
	session->is_linked = true;
	connection->is_sealed = true;
	channel_leave(channels, session);
	return 0;
}

/* What a protocol can ask for. */
static unsigned asks_of(const char *protocol)
{
	static const struct {
		const char *protocol;
		unsigned actions;
	} rows[] = {
		{ "postgresql", ACTION_BIT(ACTION_DATABASE_QUERY) },
		{ "mysql", ACTION_BIT(ACTION_DATABASE_QUERY) },
		{ "redis", ACTION_BIT(ACTION_DATABASE_QUERY) },
		{ "http", ACTION_BIT(ACTION_API_CALL) | ACTION_BIT(ACTION_TOOL_CALL) },
		{ "http2", ACTION_BIT(ACTION_API_CALL) | ACTION_BIT(ACTION_TOOL_CALL) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].protocol, protocol) == 0)
			return rows[i].actions;
	return 0;
}

/*
 * Where a rule that names the peer reads what is asked of it, nothing is spoken that no rule reads: a
 * server that takes commands behind bytes which it does not understand would be asked unseen.
 */
static bool is_another_protocol(const struct channel *channel)
{
	const char *protocol = stream_protocol(channel->stream);
	unsigned named = channel->concern.named & UNDERSTOOD;

	return named && protocol[0] && !stream_hello(channel->stream) &&
	       strcmp(protocol, "tls") != 0 && !(asks_of(protocol) & channel->concern.actions);
}

static int judge_stream(struct saying *saying, const uint8_t *bytes, size_t size)
{
	const struct stream_asker asker = { .ask = judge_ask, .data = saying };
	struct channel *channel = saying->channel;
	struct event event = event_of(channel->is_pipe ? ACTION_TOOL_CALL : ACTION_CONNECT,
				      channel);
	const struct stream_hello *hello;
	int r;

	if (!channel->stream)
		channel->stream = stream_new(channel->port, channel->key.is_session);
	if (!channel->stream)
		return -ENOMEM;
	r = stream_feed(channel->stream, bytes, size, &asker);
	if (r == STREAM_E_REFUSED)
		return saying->error ? saying->error : -EACCES;
	if (r == 0 && is_another_protocol(channel)) {
		return refuse_by_guard(saying, &event, "guard-protocol",
				       "what is sent is not of the kind that a rule about this "
				       "peer reads");
	}
	if (r == STREAM_E_UNREADABLE) {
		return refuse_by_guard(saying, &event, "guard-protocol",
				       "what is sent breaks its protocol, or cannot be read, and a "
				       "rule is about it");
	}
	hello = stream_hello(channel->stream);
	return r == 0 && hello ? link_session(saying, hello) : r;
}

int said_judge(struct request *request, struct channel *channel, const uint8_t *bytes, size_t size)
{
	struct saying saying = { .request = request, .channel = channel };
	int r = channel->is_datagrams ? judge_datagram(&saying, bytes, size)
				      : judge_stream(&saying, bytes, size);

	if (r == 0 && channel->concern.actions & ACTION_BIT(ACTION_SEND_DATA) &&
	    !channel->is_sealed)
		r = judge_bytes(&saying, bytes, size);
	if (r == -EACCES && request->supervisor->shadow) {
		channel->is_sealed = true; /* recorded; what follows cannot be told any more */
		r = 0;
	}
	return r == -EACCES ? 1 : r;
}

int said_otherwise(struct request *request, struct channel *channel)
{
	struct saying saying = { .request = request, .channel = channel };
	struct event event = event_of(ACTION_SEND_DATA, channel);

	(void)refuse_by_guard(&saying, &event, "guard-content",
			      "what did not leave the first time comes again as something else");
	return saying.error == -EACCES ? 1 : saying.error;
}
