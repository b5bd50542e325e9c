/* SPDX-License-Identifier: MIT */
#include "common/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *scheme;
	uint16_t port;
} usual_ports[] = {
	{ "http", 80 }, { "https", 443 }, { "ws", 80 }, { "wss", 443 }, { "ftp", 21 },
};

/* Bytes up to one of @ends, or all. Return: the first part; @rest: what follows. */
static struct text cut(struct text text, const char *ends, struct text *rest)
{
	size_t size = 0;

	while (size < text.size && !strchr(ends, text.bytes[size]))
		size++;
	*rest = (struct text){ .bytes = text.bytes + size, .size = text.size - size };
	return (struct text){ .bytes = text.bytes, .size = size };
}

/* Nothing that some reader would skip, or take for the end. */
static bool is_visible(struct text text)
{
	for (size_t i = 0; i < text.size; i++)
		if ((unsigned char)text.bytes[i] <= ' ' || text.bytes[i] == 0x7f ||
		    text.bytes[i] == '\\')
			return false;
	return text.size > 0;
}

static bool scheme_parse(struct text text, struct text *rest, struct url *out)
{
	out->scheme = cut(text, ":/?#", rest);
	if (out->scheme.size == 0 || !isalpha((unsigned char)out->scheme.bytes[0]))
		return false;
	for (size_t i = 0; i < out->scheme.size; i++)
		if (!isalnum((unsigned char)out->scheme.bytes[i]) &&
		    !strchr("+-.", out->scheme.bytes[i]))
			return false;
	if (rest->size < 3 || memcmp(rest->bytes, "://", 3) != 0)
		return false;
	*rest = (struct text){ .bytes = rest->bytes + 3, .size = rest->size - 3 };
	return true;
}

static bool port_parse(struct text text, const struct text *scheme, uint16_t *out)
{
	unsigned port = 0;

	*out = 0;
	for (size_t i = 0; i < sizeof(usual_ports) / sizeof(usual_ports[0]); i++)
		if (strlen(usual_ports[i].scheme) == scheme->size &&
		    strncasecmp(usual_ports[i].scheme, scheme->bytes, scheme->size) == 0)
			*out = usual_ports[i].port;
	if (text.size == 0)
		return true;
	if (text.bytes[0] != ':' || text.size > 6)
		return false;
	for (size_t i = 1; i < text.size; i++) {
		if (!isdigit((unsigned char)text.bytes[i]))
			return false;
		port = port * 10 + (unsigned)(text.bytes[i] - '0');
	}
	if (port > UINT16_MAX)
		return false;
	if (text.size > 1)
		*out = (uint16_t)port;
	return true;
}

/* A name: letters, digits, hyphens, underscores and dots. */
static bool host_copy(struct text text, bool is_address, char *out)
{
	struct in6_addr ignored;

	if (text.size == 0 || text.size >= URL_HOST_MAX)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = (unsigned char)text.bytes[i];

		if (c >= 0x80 || !(isalnum(c) || strchr(is_address ? ":." : "-_.", c)))
			return false;
		out[i] = (char)tolower(c);
	}
	out[text.size] = '\0';
	if (is_address)
		return inet_pton(AF_INET6, out, &ignored) == 1;
	if (out[text.size - 1] == '.')
		out[text.size - 1] = '\0';
	return out[0] && out[0] != '.' && !strstr(out, "..");
}

static bool authority_parse(struct text text, struct url *out)
{
	struct text host, port;

	if (text.size > 0 && text.bytes[0] == '[') {
		text.bytes++;
		text.size--;
		host = cut(text, "]", &port);
		if (port.size == 0)
			return false;
		port.bytes++;
		port.size--;
		return host_copy(host, true, out->host) &&
		       port_parse(port, &out->scheme, &out->port);
	}
	host = cut(text, ":", &port);
	return host_copy(host, false, out->host) && port_parse(port, &out->scheme, &out->port);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of a path, decoded. Return: how many bytes of the text it took; 0: none that is good. */
static size_t decode(const char *at, size_t left, char *out)
{
	int high, low;

	*out = at[0];
	if (at[0] != '%')
		return 1;
	if (left < 3)
		return 0;
	high = digit(at[1]);
	low = digit(at[2]);
	*out = (char)(high << 4 | low);
	/* What would be another path once a server decodes it. */
	return high < 0 || low < 0 || *out == '\0' || *out == '/' || *out == '\\' ? 0 : 3;
}

/* Takes the last name of @out off when it is a dot segment. Return: its new size, 0: above the root. */
static size_t without_dots(char *out, size_t size)
{
	if (size >= 2 && memcmp(out + size - 2, "/.", 2) == 0)
		return size - 1;
	if (size < 3 || memcmp(out + size - 3, "/..", 3) != 0)
		return size;
	for (size -= 3; size > 0 && out[size - 1] != '/'; size--)
		;
	return size;
}

bool url_path(struct text path, char *out)
{
	size_t size = 0;

	if (path.size == 0)
		path = text_of("/");
	if (path.bytes[0] != '/')
		return false;
	for (size_t i = 0; i < path.size;) {
		size_t taken = decode(path.bytes + i, path.size - i, out + size);
		bool ends_name = taken && out[size] == '/';

		if (taken == 0 || size + 2 >= URL_PATH_MAX)
			return false;
		i += taken;
		if (ends_name && size > 0) {
			size_t before = without_dots(out, size);

			if (before == 0)
				return false;
			/* The slash is there already, behind what the dots left. */
			size = before != size ? before - 1 : size;
			out[size] = '/';
		}
		size++;
	}
	size = without_dots(out, size);
	out[size] = '\0';
	return size > 0;
}

bool url_parse(struct text text, struct url *out)
{
	struct text rest, authority, path;

	*out = (struct url){ 0 };
	if (!is_visible(text) || !scheme_parse(text, &rest, out))
		return false;
	authority = cut(rest, "/?#", &rest);
	path = cut(rest, "?#", &rest);
	if (rest.size > 0 && rest.bytes[0] == '?') {
		rest.bytes++;
		rest.size--;
		out->query = cut(rest, "#", &rest);
	}
	return authority_parse(authority, out) && url_path(path, out->path);
}

bool url_complete(struct content *content, struct event *event, struct url *url)
{
	if (!content->url.bytes)
		return true;
	if (!url_parse(content->url, url))
		return false;
	if (!event->host && !event->has_ip) {
		event->has_ip = ip_parse(url->host, &event->ip);
		event->host = event->has_ip ? NULL : url->host;
	}
	if (!event->port)
		event->port = url->port;
	if (!event->path)
		event->path = url->path;
	if (!content->query.bytes)
		content->query = url->query;
	if (!content->scheme.bytes)
		content->scheme = url->scheme;
	return true;
}
