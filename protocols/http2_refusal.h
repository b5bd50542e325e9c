/* SPDX-License-Identifier: MIT */
/*
 * A 403 in frames of HTTP/2, and the end of the connection.
 */
#ifndef AGENTOS_PROTOCOLS_HTTP2_REFUSAL_H
#define AGENTOS_PROTOCOLS_HTTP2_REFUSAL_H

#include <stddef.h>
#include <stdint.h>

/**
 * http2_refusal() - as stream_refusal()
 * @stream: which request; 0: none, there is only the end of the connection
 */
size_t http2_refusal(uint32_t stream, const char *text, char *out, size_t size);

#endif
