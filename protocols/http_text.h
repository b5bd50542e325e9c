/* SPDX-License-Identifier: MIT */
/*
 * The characters of which the parts of an HTTP message are made.
 *
 * Source: RFC 9110, sections 5.5 (values), 5.6.2 (tokens) and 9.1 (methods); RFC 9112, section 3.2.
 */
#ifndef AGENTOS_PROTOCOLS_HTTP_TEXT_H
#define AGENTOS_PROTOCOLS_HTTP_TEXT_H

#include <stdbool.h>

#include "common/content.h"

/** http_is_token_char() - Return: whether names and methods may have it. */
bool http_is_token_char(char c);

/** http_is_token() - Return: whether it is one: the name of a method, or of a field. */
bool http_is_token(struct text text);

/** http_is_value() - Return: whether a field may have it: no control characters, no blanks around. */
bool http_is_value(struct text text);

/** http_is_target() - Return: whether it is a path with a query: nothing invisible, no fragment. */
bool http_is_target(struct text text);

/** http_is_authority() - Return: whether it is a host, or an address in brackets; and a port. */
bool http_is_authority(struct text text);

/** http_host_size() - Return: how much of an authority is in front of ":PORT"; all when there is none. */
size_t http_host_size(struct text authority);

/** text_is() - Return: whether two texts are the same but for letter case. */
bool text_is(struct text text, const char *other);

#endif
