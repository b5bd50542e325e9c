/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1.0 and 1.1. A request that two readers may take apart differently is none: that is how one is
 * smuggled inside another.
 *
 * Source: RFC 9112, sections 2 to 7 and 11; RFC 9110, sections 7.8 (Upgrade) and 9.3.6 (CONNECT).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "protocols/http_refusal.h"
#include "protocols/http_request.h"
#include "protocols/http_text.h"
#include "protocols/lines.h"
#include "protocols/protocol.h"
#include "protocols/refusal.h"

#define METHOD_MAX 24	    /* for the guess; a request may have a longer one */
#define CHUNK_LINE_MAX 512  /* with its extensions */
#define CHUNK_DIGITS_MAX 15 /* below 2^60 */
#define LINE_END 2

enum mode {
	MODE_START,    /* in front of a request line */
	MODE_UPGRADED, /* the same, or another protocol has begun */
	MODE_TUNNEL,   /* another one has, behind CONNECT */
	MODE_FIELDS,
	MODE_BODY,	/* so many bytes */
	MODE_CHUNK,	/* in front of the size of one */
	MODE_CHUNK_END, /* in front of the line end behind one */
	MODE_TRAILERS,
};

struct http1 {
	enum mode mode;
	bool is_tls;
	bool is_old; /* HTTP/1.0 */
	bool is_chunked;
	size_t head;   /* bytes of the lines of this request so far */
	uint64_t left; /* of the body, or of a chunk */
	struct lines lines;
	struct http_request request;
};

/*
 * Guessing.
 */

/* What other protocols say first that looks like a method and a target. */
static bool is_greeting(const char *word, size_t size)
{
	struct text text = { word, size };

	return text_is(text, "EHLO") || text_is(text, "HELO") || text_is(text, "LHLO");
}

static enum guess guess_prefix(const char *bytes, size_t size, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncasecmp(bytes, prefix, size < length ? size : length) != 0)
		return GUESS_NO;
	return size < length ? GUESS_MORE : GUESS_YES;
}

/* Behind "METHOD ": a path, a URL; or anything that "HTTP/" follows, for servers that take it. */
static enum guess guess_target(const char *at, size_t size)
{
	enum guess is_url;
	size_t length = 0;

	for (; size > 0 && (*at == ' ' || *at == '\t'); at++)
		size--;
	if (size == 0)
		return GUESS_MORE;
	is_url = guess_prefix(at, size, "http");
	if (at[0] == '/' || at[0] == '*' || is_url == GUESS_YES)
		return GUESS_YES;
	while (length < size && (unsigned char)at[length] > ' ')
		length++;
	if (length == size)
		return GUESS_MORE;
	if (length == 0 || at[length] != ' ')
		return GUESS_NO;
	return guess_prefix(at + length + 1, size - length - 1, "HTTP/");
}

static enum guess http1_guess(const uint8_t *bytes, size_t size, uint16_t port)
{
	static const size_t enough = 60;
	const char *at = (const char *)bytes;
	bool is_enough = size >= enough;
	size_t length = 0;
	enum guess guess;

	(void)port;
	/* What is guessed depends on the bytes, not on the pieces in which they come. */
	size = size < enough ? size : enough;
	for (; size > 0 && (*at == '\r' || *at == '\n'); at++)
		size--; /* some servers pass over it; here it is refused later */
	while (length < size && length <= METHOD_MAX && http_is_token_char(at[length]))
		length++;
	if (length == size && length <= METHOD_MAX)
		return GUESS_MORE;
	if (length == 0 || length > METHOD_MAX || (at[length] != ' ' && at[length] != '\t') ||
	    is_greeting(at, length))
		return GUESS_NO;
	guess = guess_target(at + length, size - length);
	/* A long word behind the first: nothing else that begins like this has one. */
	return guess == GUESS_MORE && is_enough ? GUESS_YES : guess;
}

/*
 * Requests.
 */

static void *http1_start(bool is_tls)
{
	struct http1 *http = calloc(1, sizeof(*http));

	if (http)
		http->is_tls = is_tls;
	return http;
}

static void http1_end(void *state)
{
	struct http1 *http = state;

	if (!http)
		return;
	lines_release(&http->lines);
	http_request_release(&http->request);
	free(http);
}

/* "SCHEME://AUTHORITY[/PATH][?QUERY]", as a proxy gets it. */
static int add_absolute(struct http_request *request, struct text target)
{
	const char *colon = memchr(target.bytes, ':', target.size);
	size_t scheme = colon ? (size_t)(colon - target.bytes) : target.size;
	struct text rest = { target.bytes + scheme, target.size - scheme };
	size_t size = 0;
	int r;

	if (rest.size < 3 || memcmp(rest.bytes, "://", 3) != 0)
		return STREAM_E_UNREADABLE;
	rest = (struct text){ rest.bytes + 3, rest.size - 3 };
	while (size < rest.size && rest.bytes[size] != '/' && rest.bytes[size] != '?')
		size++;
	/* "http://host?query" has an empty path, which some readers do not know. */
	if (size < rest.size && rest.bytes[size] == '?')
		return STREAM_E_UNREADABLE;
	r = http_request_add(request, text_of(":scheme"), (struct text){ target.bytes, scheme });
	if (r == 0)
		r = http_request_add(request, text_of(":authority"),
				     (struct text){ rest.bytes, size });
	rest = (struct text){ rest.bytes + size, rest.size - size };
	return r != 0 ? r
		      : http_request_add(request, text_of(":path"),
					 rest.size ? rest : text_of("/"));
}

static int add_target(struct http_request *request, struct text method, struct text target)
{
	if (!http_is_target(target))
		return STREAM_E_UNREADABLE;
	if (text_is(method, "CONNECT"))
		return http_request_add(request, text_of(":authority"), target);
	if (target.bytes[0] == '/' || (target.size == 1 && target.bytes[0] == '*'))
		return http_request_add(request, text_of(":path"), target);
	return add_absolute(request, target);
}

/* "METHOD TARGET HTTP/1.1" */
static int read_start(struct http1 *http, struct text line)
{
	static const char version[] = " HTTP/1.";
	const size_t tail = sizeof(version); /* and a digit */
	const char *blank = memchr(line.bytes, ' ', line.size);
	struct text method, target;
	int r;

	if (!blank || line.size < tail || blank + tail >= line.bytes + line.size ||
	    memcmp(line.bytes + line.size - tail, version, tail - 1) != 0)
		return STREAM_E_UNREADABLE;
	method = (struct text){ line.bytes, (size_t)(blank - line.bytes) };
	target = (struct text){ blank + 1, line.size - tail - method.size - 1 };
	if (!http_is_token(method) ||
	    (line.bytes[line.size - 1] != '0' && line.bytes[line.size - 1] != '1'))
		return STREAM_E_UNREADABLE;
	http->is_old = line.bytes[line.size - 1] == '0';
	http->mode = MODE_FIELDS;
	r = http_request_add(&http->request, text_of(":method"), method);
	return r != 0 ? r : add_target(&http->request, method, target);
}

/* "NAME: VALUE"; a line that begins with a blank has no name. */
static int read_field(struct http1 *http, struct text line)
{
	const char *colon = memchr(line.bytes, ':', line.size);
	struct text name = { line.bytes, colon ? (size_t)(colon - line.bytes) : 0 };
	struct text value;

	if (!http_is_token(name))
		return STREAM_E_UNREADABLE;
	value = (struct text){ colon + 1, line.size - name.size - 1 };
	while (value.size > 0 && (value.bytes[0] == ' ' || value.bytes[0] == '\t')) {
		value.bytes++;
		value.size--;
	}
	while (value.size > 0 &&
	       (value.bytes[value.size - 1] == ' ' || value.bytes[value.size - 1] == '\t'))
		value.size--;
	return http_request_add(&http->request, name, value);
}

/* How long the body is. */
static int read_framing(struct http1 *http)
{
	struct text coding;
	bool has_length;
	uint64_t length = 0;

	if (http_request_length(&http->request, &has_length, &length) != 0 ||
	    http_request_find(&http->request, "transfer-encoding", &coding) != 0)
		return STREAM_E_UNREADABLE;
	http->is_chunked = coding.bytes != NULL;
	if (coding.bytes && (has_length || http->is_old || !text_is(coding, "chunked")))
		return STREAM_E_UNREADABLE;
	http->left = length;
	return 0;
}

static bool has_host(const struct http_request *request)
{
	struct text host;

	return http_request_find(request, "host", &host) == 0 && host.bytes;
}

static bool is_connect(const struct http_request *request)
{
	struct text method;

	return http_request_find(request, ":method", &method) == 0 && text_is(method, "CONNECT");
}

/* Whether HTTP/2 may follow, and this be its first request: its answer would not be for HTTP/1. */
static bool is_h2c(const struct http_request *request)
{
	struct text upgrade, settings;

	return http_request_find(request, "http2-settings", &settings) != 0 || settings.bytes ||
	       http_request_find(request, "upgrade", &upgrade) != 0 ||
	       (upgrade.bytes && strcasestr(upgrade.bytes, "h2c"));
}

static int end_request(struct http1 *http, const struct stream_asker *asker)
{
	struct text upgrade;

	http->mode = MODE_START;
	if (http_request_find(&http->request, "upgrade", &upgrade) != 0 || upgrade.bytes)
		http->mode = MODE_UPGRADED;
	if (is_connect(&http->request))
		http->mode = MODE_TUNNEL;
	http->head = 0;
	return http_request_end(&http->request, asker);
}

/* The empty line behind the fields. */
static int end_head(struct http1 *http, const struct stream_asker *asker)
{
	struct http_request *request = &http->request;
	int r = read_framing(http);
	bool has_body = http->left > 0 || http->is_chunked;

	if (r == 0)
		r = http_request_complete(request, http->is_tls);
	if (r != 0)
		return r;
	if ((!http->is_old && !has_host(request)) || is_h2c(request) ||
	    (has_body && is_connect(request)))
		return STREAM_E_UNREADABLE;
	if (!has_body)
		return end_request(http, asker);
	http->mode = http->is_chunked ? MODE_CHUNK : MODE_BODY;
	return http_request_ask(request, asker);
}

/* What decides how a request is read comes in front of its body. */
static int end_trailers(struct http1 *http, const struct stream_asker *asker)
{
	struct text coding;
	uint64_t length;
	bool has_length;
	int r = http_request_complete(&http->request, http->is_tls);

	if (r != 0 || http_request_length(&http->request, &has_length, &length) != 0 ||
	    has_length || http_request_find(&http->request, "transfer-encoding", &coding) != 0)
		return r < 0 ? r : STREAM_E_UNREADABLE;
	return end_request(http, asker);
}

/* "SIZE[;EXTENSION]" */
static int read_chunk(struct http1 *http, struct text line)
{
	size_t digits = strspn(line.bytes, "0123456789abcdefABCDEF");

	if (digits == 0 || digits > CHUNK_DIGITS_MAX || digits > line.size ||
	    (digits < line.size && line.bytes[digits] != ';') ||
	    !http_is_value((struct text){ line.bytes + digits, line.size - digits }))
		return STREAM_E_UNREADABLE;
	http->left = strtoull(line.bytes, NULL, 16);
	http->mode = http->left ? MODE_BODY : MODE_TRAILERS;
	return 0;
}

static int read_line(struct http1 *http, struct text line, const struct stream_asker *asker)
{
	if (http->mode != MODE_CHUNK && http->mode != MODE_CHUNK_END)
		http->head += line.size + LINE_END;
	switch (http->mode) {
	case MODE_START:
	case MODE_UPGRADED:
		http_request_clear(&http->request);
		return read_start(http, line);
	case MODE_FIELDS:
		return line.size ? read_field(http, line) : end_head(http, asker);
	case MODE_TRAILERS:
		return line.size ? read_field(http, line) : end_trailers(http, asker);
	case MODE_CHUNK:
		return read_chunk(http, line);
	default:
		http->mode = MODE_CHUNK;
		return line.size ? STREAM_E_UNREADABLE : 0;
	}
}

static size_t line_max(const struct http1 *http)
{
	if (http->mode == MODE_CHUNK)
		return CHUNK_LINE_MAX;
	return http->mode == MODE_CHUNK_END ? LINE_END : HTTP_HEAD_MAX - http->head;
}

static int read_body(struct http1 *http, const uint8_t **at, const uint8_t *end,
		     const struct stream_asker *asker)
{
	size_t size = (size_t)(end - *at);
	int r;

	if (size > http->left)
		size = (size_t)http->left;
	r = http_request_body(&http->request, *at, size);
	*at += size;
	http->left -= size;
	if (r < 0 || http->left > 0)
		return r;
	if (!http->is_chunked)
		return end_request(http, asker);
	http->mode = MODE_CHUNK_END;
	return 0;
}

/* Takes a line, or what there is of a body. */
static int step(struct http1 *http, const uint8_t **at, const uint8_t *end,
		const struct stream_asker *asker)
{
	struct text line;
	int r;

	if (http->mode == MODE_BODY)
		return read_body(http, at, end, asker);
	r = lines_next(&http->lines, at, end, line_max(http), &line);
	return r != 0 || !line.bytes ? r : read_line(http, line, asker);
}

/* Whether another protocol begins with @next: no request does, where one might follow. */
static bool is_over(const struct http1 *http, uint8_t next)
{
	return http->mode == MODE_TUNNEL ||
	       (http->mode == MODE_UPGRADED && lines_is_empty(&http->lines) &&
		!http_is_token_char((char)next));
}

static int http1_feed(void *state, const uint8_t *bytes, size_t size,
		      const struct stream_asker *asker, bool *out_switch, size_t *out_used)
{
	struct http1 *http = state;
	const uint8_t *at = bytes;
	int r = 0;

	while (r == 0 && at < bytes + size) {
		if (is_over(http, *at)) {
			*out_switch = true;
			*out_used = (size_t)(at - bytes);
			return 0;
		}
		r = step(http, &at, bytes + size, asker);
	}
	return r == 0 && http->request.has_grown ? http_request_ask(&http->request, asker) : r;
}

static size_t http1_refuse(const void *state, const char *text, char *out, size_t size)
{
	static const char format[] = "HTTP/1.1 403 Forbidden\r\n"
				     "Content-Type: " HTTP_REFUSAL_TYPE "\r\n"
				     "Content-Length: %zu\r\n"
				     "Connection: close\r\n\r\n";
	const size_t head_max = sizeof(format) + 20;
	char head[sizeof(format) + 20];
	size_t body, length;

	(void)state;
	body = size > head_max ? http_refusal_body(text, out + head_max, size - head_max) : 0;
	if (body == 0)
		return 0;
	length = (size_t)snprintf(head, sizeof(head), format, body);
	memmove(out + length, out + head_max, body);
	memcpy(out, head, length);
	return length + body;
}

const struct protocol protocol_http1 = {
	.name = "http",
	.is_understood = true,
	.guess = http1_guess,
	.start = http1_start,
	.feed = http1_feed,
	.refuse = http1_refuse,
	.end = http1_end,
};
