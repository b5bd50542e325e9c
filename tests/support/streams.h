/* SPDX-License-Identifier: MIT */
/*
 * What a stream asks about, written down, for tests of its parsers: each input goes in whole, byte by
 * byte, and in two pieces at each place, and must be read the same.
 */
#ifndef AGENTOS_TESTS_STREAMS_H
#define AGENTOS_TESTS_STREAMS_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "protocols/stream.h"

#define HEARD_SIZE 8192

/*
 * One line an action: "METHOD URL", " NAME=VALUE" for each header, " body=BODY"; "tool NAME
 * ARGUMENTS"; "query TEXT". What is not whole is only counted.
 */
struct heard {
	char text[HEARD_SIZE];
	size_t size;
	size_t growing;	       /* asks about a body that went on */
	size_t largest;	       /* body */
	const char *forbidden; /* what holds this is refused; NULL: nothing is */
};

static inline void heard_add(struct heard *heard, struct text text)
{
	size_t room = sizeof(heard->text) - 1 - heard->size;
	size_t size = text.size < room ? text.size : room;

	if (size > 0)
		memcpy(heard->text + heard->size, text.bytes, size);
	heard->size += size;
	heard->text[heard->size] = '\0';
}

static inline void heard_add_call(struct heard *heard, const struct content *content)
{
	heard_add(heard, content->method);
	heard_add(heard, text_of(" "));
	heard_add(heard, content->url);
	for (size_t i = 0; i < content->header_count; i++) {
		heard_add(heard, text_of(" "));
		heard_add(heard, text_of(content->headers[i].name));
		heard_add(heard, text_of("="));
		heard_add(heard, content->headers[i].value);
	}
	if (content->body.bytes) {
		heard_add(heard, text_of(" body="));
		heard_add(heard, content->body);
	}
}

static inline bool heard_ask(void *data, enum action action, const struct content *content,
			     bool is_whole)
{
	struct heard *heard = data;
	size_t before = heard->size;
	bool is_forbidden;

	if (action == ACTION_API_CALL) {
		heard_add_call(heard, content);
	} else if (action == ACTION_TOOL_CALL) {
		heard_add(heard, text_of("tool "));
		heard_add(heard, content->tool);
		heard_add(heard, text_of(" "));
		heard_add(heard, content->arguments);
	} else {
		heard_add(heard, text_of("query "));
		heard_add(heard, content->query);
	}
	heard_add(heard, text_of("\n"));
	if (content->body.size > heard->largest)
		heard->largest = content->body.size;
	is_forbidden = heard->forbidden && strstr(heard->text + before, heard->forbidden);
	heard->growing += !is_whole;
	if (!is_whole) {
		heard->size = before;
		heard->text[before] = '\0';
	}
	return !is_forbidden;
}

/** stream_feed_pieces() - feed @piece bytes at a time. Return: the first outcome that is not 0, or 0. */
static inline int stream_feed_pieces(struct stream *stream, const void *bytes, size_t size,
				     size_t piece, struct heard *heard)
{
	const struct stream_asker asker = { .ask = heard_ask, .data = heard };

	for (size_t at = 0; at < size; at += piece) {
		size_t now = size - at < piece ? size - at : piece;
		int r = stream_feed(stream, (const char *)bytes + at, now, &asker);

		if (r != 0)
			return r;
	}
	return 0;
}

#endif
