/* SPDX-License-Identifier: MIT */
/*
 * The body of a 403 that refuses: what clients of model servers show of an error is error.message.
 */
#ifndef AGENTOS_PROTOCOLS_HTTP_REFUSAL_H
#define AGENTOS_PROTOCOLS_HTTP_REFUSAL_H

#include <stddef.h>

#define HTTP_REFUSAL_TYPE "application/json; charset=utf-8"

/** http_refusal_body() - as refusal_json(), with what surrounds @text. */
size_t http_refusal_body(const char *text, char *out, size_t size);

#endif
