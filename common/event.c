/* SPDX-License-Identifier: MIT */
#include "common/event.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const char *const protocol_names[] = {
	[PROTOCOL_NONE] = "",
	[PROTOCOL_TCP] = "tcp",
	[PROTOCOL_UDP] = "udp",
	[PROTOCOL_UNIX] = "unix",
};

const char *protocol_name(enum protocol protocol)
{
	return protocol <= PROTOCOL_UNIX ? protocol_names[protocol] : "";
}

enum protocol protocol_parse(const char *name)
{
	for (int i = PROTOCOL_TCP; i <= PROTOCOL_UNIX; i++)
		if (strcmp(name, protocol_names[i]) == 0)
			return (enum protocol)i;
	return PROTOCOL_NONE;
}

char *ip_format(const struct in6_addr *ip, char *text, size_t size)
{
	if (IN6_IS_ADDR_V4MAPPED(ip))
		(void)inet_ntop(AF_INET, &ip->s6_addr[12], text, (socklen_t)size);
	else
		(void)inet_ntop(AF_INET6, ip, text, (socklen_t)size);
	return text;
}

bool ip_parse(const char *text, struct in6_addr *out_ip)
{
	struct in6_addr ip = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	if (inet_pton(AF_INET, text, &ip.s6_addr[12]) != 1 && inet_pton(AF_INET6, text, &ip) != 1)
		return false;
	*out_ip = ip;
	return true;
}

const char *event_missing(const struct event *event)
{
	static const struct content nothing;
	const struct content *content = event->content ? event->content : &nothing;

	switch (event->action) {
	case ACTION_RESOLVE:
		return event->host ? NULL : "host";
	case ACTION_DATABASE_QUERY:
		return content->query.bytes ? NULL : "query";
	case ACTION_API_CALL:
		return content->url.bytes || event->host || event->has_ip ? NULL : "url";
	case ACTION_SEND_DATA:
	case ACTION_OUTPUT:
		return content->data.bytes ? NULL : "data";
	case ACTION_TOOL_CALL:
		return content->tool.bytes ? NULL : "tool";
	default:
		return NULL;
	}
}

static bool cut(int len, size_t size)
{
	return len < 0 || (size_t)len >= size;
}

#define TEXT(value) ((value).bytes ? (int)(value).size : 0), ((value).bytes ? (value).bytes : "")

static bool request_summary(const struct event *event, const struct content *content, char *text,
			    size_t size)
{
	const char *between = content->method.size ? " " : "";

	if (content->url.size)
		return cut(snprintf(text, size, "%.*s%s%.*s", TEXT(content->method), between,
				    TEXT(content->url)),
			   size);
	return cut(snprintf(text, size, "%.*s%s%s%s", TEXT(content->method), between,
			    event->host ? event->host : "", event->path ? event->path : ""),
		   size);
}

bool content_summary(const struct event *event, char *text, size_t size)
{
	static const struct content nothing;
	const struct content *content = event->content ? event->content : &nothing;

	switch (event->action) {
	case ACTION_DATABASE_QUERY:
		return cut(snprintf(text, size, "%.*s", TEXT(content->query)), size);
	case ACTION_TOOL_CALL:
		return cut(snprintf(text, size, "%.*s", TEXT(content->tool)), size);
	case ACTION_OUTPUT:
		return cut(snprintf(text, size, "%.*s", TEXT(content->stream)), size);
	case ACTION_API_CALL:
		return request_summary(event, content, text, size);
	default: /* its host is all there is to show */
		return cut(snprintf(text, size, "%s", event->host ? event->host : ""), size);
	}
}
