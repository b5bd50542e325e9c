/* SPDX-License-Identifier: MIT */
/*
 * Taking an absolute URL apart, strictly: what servers and clients read differently is no URL here.
 *
 * Source: RFC 3986, sections 3 (parts), 5.2.4 (dot segments) and 6.2.2 (percent-encoding).
 */
#ifndef AGENTOS_COMMON_URL_H
#define AGENTOS_COMMON_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/event.h"

#define URL_HOST_MAX 256
#define URL_PATH_MAX 4096

struct url {
	struct text scheme;	 /* in the text */
	char host[URL_HOST_MAX]; /* lower case, without brackets and without a dot at its end */
	uint16_t port;		 /* the scheme's, when none is written; 0: unknown */
	char path[URL_PATH_MAX]; /* decoded, without dot segments; "/" at least */
	struct text query;	 /* behind the "?", in the text; none: NULL */
};

/**
 * url_parse() - take a URL apart
 * @text: "SCHEME://HOST[:PORT][/PATH][?QUERY][#FRAGMENT]"; outlives @out
 *
 * Return: whether it is one. Not: with a user's name, control characters, blanks or backslashes, a host
 * that is neither a name nor an address in brackets, an encoded NUL or slash in the path, a path
 * above its root, or more than there is room for.
 */
bool url_parse(struct text text, struct url *out);

/**
 * url_path() - decode a path and remove its dot segments
 * @out: URL_PATH_MAX bytes
 *
 * Return: whether it is one, as above.
 */
bool url_path(struct text path, char *out);

/**
 * url_complete() - the parts of a request that are not said apart are those of its URL
 * @content: whose url it is, when it has one
 * @url:     receives it; outlives @event, which points into it
 *
 * Return: false when it has a URL that is none.
 */
bool url_complete(struct content *content, struct event *event, struct url *url);

#endif
