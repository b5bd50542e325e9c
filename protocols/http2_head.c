/* SPDX-License-Identifier: MIT */
#include "protocols/http2_head.h"

#include <string.h>

#include "protocols/http_text.h"

static const char *const of_connections[] = {
	"connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade",
};

static bool is_of_connection(struct text name, struct text value)
{
	for (size_t i = 0; i < sizeof(of_connections) / sizeof(of_connections[0]); i++)
		if (text_is(name, of_connections[i]))
			return true;
	return text_is(name, "te") && !text_is(value, "trailers");
}

int http2_head_add(struct http_request *request, struct text name, struct text value)
{
	for (size_t i = 0; i < name.size; i++)
		if (name.bytes[i] >= 'A' && name.bytes[i] <= 'Z')
			return STREAM_E_UNREADABLE;
	return is_of_connection(name, value) ? STREAM_E_UNREADABLE
					     : http_request_add(request, name, value);
}

/* What is there in front of the fields, a bit each; a name that nobody knows has none. */
static unsigned bit_of(const char *name)
{
	static const char *const names[] = { ":method", ":scheme", ":authority", ":path",
					     ":protocol" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return 1u << i;
	return 0;
}

#define METHOD 1u
#define SCHEME 2u
#define AUTHORITY 4u
#define PATH 8u
#define PROTOCOL 16u

static bool is_whole(unsigned parts, bool is_connect)
{
	if (parts & PROTOCOL)
		return is_connect && (parts & ~PROTOCOL) == (METHOD | SCHEME | AUTHORITY | PATH);
	if (is_connect)
		return parts == (METHOD | AUTHORITY);
	return (parts & ~AUTHORITY) == (METHOD | SCHEME | PATH);
}

int http2_head_check(const struct http_request *request)
{
	struct field field;
	bool is_behind = false, is_connect = false;
	unsigned parts = 0;
	size_t at = 0;

	while (http_request_next(request, &at, &field)) {
		unsigned bit = bit_of(field.name.bytes);

		if (field.name.bytes[0] != ':')
			is_behind = true;
		else if (is_behind || !bit || parts & bit)
			return STREAM_E_UNREADABLE;
		parts |= bit;
		is_connect |= bit == METHOD && text_is(field.value, "CONNECT");
	}
	return is_whole(parts, is_connect) ? 0 : STREAM_E_UNREADABLE;
}

int http2_head_check_trailers(const struct http_request *request, size_t before)
{
	struct field field;

	while (http_request_next(request, &before, &field))
		if (field.name.bytes[0] == ':' || text_is(field.name, "content-length"))
			return STREAM_E_UNREADABLE;
	return 0;
}
