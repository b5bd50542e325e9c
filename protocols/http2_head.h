/* SPDX-License-Identifier: MIT */
/*
 * What HTTP/2 asks of the fields of a request, beyond what HTTP/1 does.
 *
 * Source: RFC 9113, sections 8.2 and 8.3; RFC 8441, section 4.
 */
#ifndef AGENTOS_PROTOCOLS_HTTP2_HEAD_H
#define AGENTOS_PROTOCOLS_HTTP2_HEAD_H

#include "protocols/http_request.h"

/** http2_head_add() - as http_request_add(), for a name in lower case that is not of a connection. */
int http2_head_add(struct http_request *request, struct text name, struct text value);

/** http2_head_check() - Return: 0; STREAM_E_UNREADABLE when what is in front of the fields is not whole. */
int http2_head_check(const struct http_request *request);

/**
 * http2_head_check_trailers() - the same for what came behind the body
 * @before: how much of request->fields was there before it
 */
int http2_head_check_trailers(const struct http_request *request, size_t before);

#endif
