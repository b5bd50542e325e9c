/* SPDX-License-Identifier: MIT */
/*
 * A request, as HTTP/1 and HTTP/2 both have it: fields, a URL made of them, a body that grows. What is
 * in front of the fields is among them under the names of HTTP/2: ":method", ":scheme", ":authority",
 * ":path", ":protocol".
 */
#ifndef AGENTOS_PROTOCOLS_HTTP_REQUEST_H
#define AGENTOS_PROTOCOLS_HTTP_REQUEST_H

#include "protocols/buffer.h"
#include "protocols/stream.h"
#include "protocols/toolcall.h"

#define HTTP_FIELDS_MAX 256
#define HTTP_HEAD_MAX (1u << 16) /* all fields together */

struct http_request {
	struct buffer fields; /* read with http_request_next() */
	size_t field_count;
	struct buffer url;
	size_t scheme_size; /* of the URL */
	struct buffer body; /* its first STREAM_BODY_MAX bytes */
	bool has_grown;	    /* since it was asked about */
	bool is_cut;	    /* there was more of it */
	struct mention mention;
};

/**
 * http_request_add() - one field more
 * @name: a token, or of those above; kept in lower case
 *
 * Return: 0; STREAM_E_UNREADABLE for what is no name or no value; -EMSGSIZE; -ENOMEM.
 */
int http_request_add(struct http_request *request, struct text name, struct text value);

struct field {
	struct text name, value; /* both NUL-terminated */
};

/**
 * http_request_next() - go through the fields, in their order
 * @at: 0 for the first, moved to the next
 *
 * Return: whether there was one.
 */
bool http_request_next(const struct http_request *request, size_t *at, struct field *out);

/**
 * http_request_find() - the value of the only field of this name, in lower case
 * @out: no bytes when there is none
 *
 * Return: 0; STREAM_E_UNREADABLE when there are several.
 */
int http_request_find(const struct http_request *request, const char *name, struct text *out);

/**
 * http_request_complete() - all fields are there: whom and what it is for
 *
 * Return: 0; STREAM_E_UNREADABLE when that is not said, or said twice and not the same; -ENOMEM.
 */
int http_request_complete(struct http_request *request, bool is_tls);

/**
 * http_request_length() - the value of content-length
 * @out_length: written only when there is one
 *
 * Return: 0; STREAM_E_UNREADABLE for what is no number, or more than one.
 */
int http_request_length(const struct http_request *request, bool *out_has, uint64_t *out_length);

/** http_request_body() - more of the body. Return: 0; -ENOMEM. */
int http_request_body(struct http_request *request, const uint8_t *bytes, size_t size);

/** http_request_ask() - ask about a complete head and the body so far. Return: 0; STREAM_E_REFUSED. */
int http_request_ask(struct http_request *request, const struct stream_asker *asker);

/**
 * http_request_end() - the last byte of its body is there: ask about all of it, and tool calls in it
 *
 * Return: 0; STREAM_E_REFUSED; STREAM_E_UNREADABLE; -ENOMEM.
 */
int http_request_end(struct http_request *request, const struct stream_asker *asker);

/** http_request_clear() - make it one of which nothing is there yet. */
void http_request_clear(struct http_request *request);

/** http_request_release() - free. */
void http_request_release(struct http_request *request);

#endif
