/* SPDX-License-Identifier: MIT */
#include "protocols/http_request.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "protocols/http_text.h"

#define LENGTH_DIGITS_MAX 18 /* below 2^60 */

/* In front of each field where it is kept; a NUL is behind its name, and behind its value. */
struct sizes {
	uint16_t name, value;
};

_Static_assert(HTTP_HEAD_MAX <= UINT16_MAX + 1, "each is smaller than all of them");

bool http_request_next(const struct http_request *request, size_t *at, struct field *out)
{
	const char *field;
	struct sizes sizes;

	if (*at >= request->fields.size)
		return false;
	field = (const char *)request->fields.bytes + *at;
	memcpy(&sizes, field, sizeof(sizes));
	field += sizeof(sizes);
	out->name = (struct text){ field, sizes.name };
	out->value = (struct text){ field + sizes.name + 1, sizes.value };
	*at += sizeof(sizes) + sizes.name + sizes.value + 2u;
	return true;
}

static bool is_named(const struct field *field, const char *name, size_t size)
{
	return field->name.size == size && memcmp(field->name.bytes, name, size) == 0;
}

static bool is_name(struct text name)
{
	if (name.size > 1 && name.bytes[0] == ':')
		name = (struct text){ .bytes = name.bytes + 1, .size = name.size - 1 };
	return http_is_token(name);
}

int http_request_add(struct http_request *request, struct text name, struct text value)
{
	const struct sizes sizes = { (uint16_t)name.size, (uint16_t)value.size };
	struct buffer *fields = &request->fields;
	size_t start = fields->size;
	char *copy;
	int r;

	if (!is_name(name) || !http_is_value(value))
		return STREAM_E_UNREADABLE;
	if (request->field_count == HTTP_FIELDS_MAX || name.size >= HTTP_HEAD_MAX ||
	    value.size >= HTTP_HEAD_MAX)
		return -EMSGSIZE;
	r = buffer_add(fields, &sizes, sizeof(sizes), HTTP_HEAD_MAX);
	if (r == 0)
		r = buffer_add(fields, name.bytes, name.size, HTTP_HEAD_MAX);
	if (r == 0)
		r = buffer_add(fields, "", 1, HTTP_HEAD_MAX);
	if (r == 0)
		r = buffer_add(fields, value.bytes, value.size, HTTP_HEAD_MAX);
	if (r == 0)
		r = buffer_add(fields, "", 1, HTTP_HEAD_MAX);
	if (r < 0) {
		fields->size = start;
		return r;
	}
	copy = (char *)fields->bytes + start + sizeof(sizes);
	for (size_t i = 0; i < name.size; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] | 0x20);
	request->field_count++;
	return 0;
}

int http_request_find(const struct http_request *request, const char *name, struct text *out)
{
	const size_t size = strlen(name);
	struct field field;
	size_t at = 0;

	*out = (struct text){ 0 };
	while (http_request_next(request, &at, &field)) {
		if (!is_named(&field, name, size))
			continue;
		if (out->bytes)
			return STREAM_E_UNREADABLE;
		*out = field.value;
	}
	return 0;
}

/* What is in front of the fields, and what they say of it. */
struct start {
	struct text method, scheme, authority, path, protocol, host;
};

static struct text *part_of(struct start *start, const char *name)
{
	const struct {
		const char *name;
		struct text *value;
	} parts[] = {
		{ ":method", &start->method },	     { ":scheme", &start->scheme },
		{ ":authority", &start->authority }, { ":path", &start->path },
		{ ":protocol", &start->protocol },   { "host", &start->host },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i].name, name) == 0)
			return parts[i].value;
	return NULL;
}

static int find_start(const struct http_request *request, struct start *out)
{
	struct field field;
	size_t at = 0;

	while (http_request_next(request, &at, &field)) {
		struct text *part = NULL;

		if (field.name.bytes[0] == ':' || field.name.bytes[0] == 'h')
			part = part_of(out, field.name.bytes);
		if (part && part->bytes)
			return STREAM_E_UNREADABLE;
		if (part)
			*part = field.value;
	}
	return http_is_token(out->method) ? 0 : STREAM_E_UNREADABLE;
}

static int add_url(struct http_request *request, struct text text)
{
	return buffer_add(&request->url, text.bytes, text.size, 2 * HTTP_HEAD_MAX);
}

static int make_url(struct http_request *request, struct text scheme, struct text authority,
		    struct text path)
{
	int r;

	request->url.size = 0;
	request->scheme_size = scheme.size;
	r = add_url(request, scheme);
	if (r == 0)
		r = add_url(request, text_of("://"));
	if (r == 0)
		r = add_url(request, authority);
	return r < 0 ? r : add_url(request, path);
}

/* A tunnel through a proxy: the authority has a port, and Host may leave it out. */
static int complete_connect(struct http_request *request, const struct start *start)
{
	size_t size = http_host_size(start->authority);
	struct text host = { .bytes = start->authority.bytes, .size = size };

	if (!http_is_authority(start->authority) || size == start->authority.size ||
	    start->scheme.bytes || start->path.bytes)
		return STREAM_E_UNREADABLE;
	if (start->host.bytes && !text_is(start->authority, start->host.bytes) &&
	    !text_is(host, start->host.bytes))
		return STREAM_E_UNREADABLE;
	return make_url(request, text_of("connect"), start->authority, (struct text){ 0 });
}

static int complete_path(struct text *path, struct text method)
{
	bool is_server = path->size == 1 && path->bytes[0] == '*';

	if (is_server && strcmp(method.bytes, "OPTIONS") == 0) {
		*path = (struct text){ 0 };
		return 0;
	}
	return http_is_target(*path) && path->bytes[0] == '/' ? 0 : STREAM_E_UNREADABLE;
}

int http_request_complete(struct http_request *request, bool is_tls)
{
	const char *scheme = is_tls ? "https" : "http";
	struct start start = { 0 };
	int r = find_start(request, &start);

	if (r != 0)
		return r;
	if (strcasecmp(start.method.bytes, "CONNECT") == 0 && !start.protocol.bytes)
		return complete_connect(request, &start);
	if (start.scheme.bytes && !text_is(start.scheme, scheme))
		return STREAM_E_UNREADABLE;
	if (start.authority.bytes && start.host.bytes &&
	    !text_is(start.authority, start.host.bytes))
		return STREAM_E_UNREADABLE;
	if (!start.authority.bytes)
		start.authority = start.host;
	if (!http_is_authority(start.authority) || complete_path(&start.path, start.method) != 0)
		return STREAM_E_UNREADABLE;
	return make_url(request, text_of(scheme), start.authority, start.path);
}

int http_request_length(const struct http_request *request, bool *out_has, uint64_t *out_length)
{
	struct text value;
	uint64_t length = 0;

	*out_has = false;
	if (http_request_find(request, "content-length", &value) != 0)
		return STREAM_E_UNREADABLE;
	if (!value.bytes)
		return 0;
	if (value.size == 0 || value.size > LENGTH_DIGITS_MAX ||
	    (value.size > 1 && value.bytes[0] == '0'))
		return STREAM_E_UNREADABLE;
	for (size_t i = 0; i < value.size; i++) {
		if (value.bytes[i] < '0' || value.bytes[i] > '9')
			return STREAM_E_UNREADABLE;
		length = length * 10 + (uint64_t)(value.bytes[i] - '0');
	}
	*out_has = true;
	*out_length = length;
	return 0;
}

int http_request_body(struct http_request *request, const uint8_t *bytes, size_t size)
{
	size_t room = STREAM_BODY_MAX - request->body.size;
	size_t kept = size < room ? size : room;

	mention_feed(&request->mention, bytes, size);
	request->is_cut |= kept < size;
	request->has_grown |= kept > 0;
	return buffer_add(&request->body, bytes, kept, STREAM_BODY_MAX);
}

/* The headers in a row. Return: how many; a field in front of them is none. */
static size_t list_headers(const struct http_request *request, struct header *out)
{
	struct field field;
	size_t count = 0, at = 0;

	while (http_request_next(request, &at, &field))
		if (field.name.bytes[0] != ':')
			out[count++] = (struct header){ field.name.bytes, field.value };
	return count;
}

static int ask(struct http_request *request, const struct stream_asker *asker, bool is_whole)
{
	struct header headers[HTTP_FIELDS_MAX];
	struct content content = { .headers = headers };
	struct text *url = &content.url;
	const char *query;

	content.header_count = list_headers(request, headers);
	(void)http_request_find(request, ":method", &content.method);
	*url = (struct text){ (const char *)request->url.bytes, request->url.size };
	content.scheme = (struct text){ url->bytes, request->scheme_size };
	query = memchr(url->bytes, '?', url->size);
	if (query)
		content.query = (struct text){ query + 1,
					       url->size - 1 - (size_t)(query - url->bytes) };
	if (request->body.size > 0)
		content.body = (struct text){ (const char *)request->body.bytes,
					      request->body.size };
	request->has_grown = false;
	return asker->ask(asker->data, ACTION_API_CALL, &content, is_whole) ? 0 : STREAM_E_REFUSED;
}

int http_request_ask(struct http_request *request, const struct stream_asker *asker)
{
	return ask(request, asker, false);
}

static bool is_json_type(struct text value)
{
	static const char json[] = "application/json";
	size_t size = 0;

	while (size < value.size && !strchr("; \t", value.bytes[size]))
		size++;
	value.size = size;
	return text_is(value, json) ||
	       (size > 5 && strncasecmp(value.bytes + size - 5, "+json", 5) == 0);
}

/* Whether a header says it, whatever the body begins with. */
static bool is_said_json(const struct http_request *request, bool *out_is_encoded)
{
	struct field field;
	size_t at = 0;
	bool is_json = false;

	*out_is_encoded = false;
	while (http_request_next(request, &at, &field)) {
		if (is_named(&field, "content-encoding", 16))
			*out_is_encoded = true;
		else if (is_named(&field, "content-type", 12))
			is_json |= is_json_type(field.value);
	}
	return is_json;
}

static bool begins_like_json(struct text body)
{
	size_t blank = 0;

	while (blank < body.size && body.bytes[blank] && strchr(" \t\r\n", body.bytes[blank]))
		blank++;
	return blank < body.size && (body.bytes[blank] == '{' || body.bytes[blank] == '[');
}

/* The tool calls in a body, for whoever reads it as JSON, said or not. */
static int ask_tools(const struct http_request *request, const struct stream_asker *asker)
{
	struct text body = { (const char *)request->body.bytes, request->body.size };
	bool is_encoded;
	bool is_json = is_said_json(request, &is_encoded);

	/* Some readers take UTF-16 for JSON, in which nothing would be found. */
	if (is_json && !is_encoded && request->mention.has_nul)
		return STREAM_E_UNREADABLE;
	if (!request->mention.is_found || !(is_json || begins_like_json(body)))
		return 0;
	return request->is_cut ? STREAM_E_UNREADABLE : toolcall_ask(body, asker, NULL);
}

int http_request_end(struct http_request *request, const struct stream_asker *asker)
{
	int r = ask(request, asker, true);

	return r != 0 || request->body.size == 0 ? r : ask_tools(request, asker);
}

void http_request_clear(struct http_request *request)
{
	request->fields.size = 0;
	request->field_count = 0;
	request->url.size = 0;
	request->body.size = 0;
	request->has_grown = request->is_cut = false;
	request->mention = (struct mention){ 0 };
}

void http_request_release(struct http_request *request)
{
	buffer_release(&request->fields);
	buffer_release(&request->url);
	buffer_release(&request->body);
}
