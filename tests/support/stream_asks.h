/* SPDX-License-Identifier: MIT */
/*
 * What a stream asks for, as lines: "postgresql shop: SELECT 1", with what cannot be shown as \xNN.
 */
#ifndef AGENTOS_TESTS_SUPPORT_STREAM_ASKS_H
#define AGENTOS_TESTS_SUPPORT_STREAM_ASKS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/stream.h"

struct asks {
	char *lines; /* owned */
	size_t size;
	FILE *out;	    /* writes to them */
	size_t count;	    /* so far */
	const char *refuse; /* a query in which this stands; NULL: none */
};

static inline void asks_put(struct asks *asks, struct text text, const char *after)
{
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = (unsigned char)text.bytes[i];

		if (c < ' ' || c == 0x7f || c == '\\')
			(void)fprintf(asks->out, "\\x%02x", c);
		else
			(void)fputc(c, asks->out);
	}
	(void)fputs(after, asks->out);
}

static inline bool asks_add(void *data, enum action action, const struct content *content,
			    bool is_whole)
{
	struct asks *asks = data;
	struct text query = content->query;

	if (action != ACTION_DATABASE_QUERY || !is_whole)
		abort();
	asks_put(asks, content->dialect, content->database.bytes ? " " : "");
	asks_put(asks, content->database, ": ");
	asks_put(asks, query, "\n");
	asks->count++;
	return !asks->refuse ||
	       !memmem(query.bytes, query.size, asks->refuse, strlen(asks->refuse));
}

static inline void asks_open(struct asks *asks)
{
	*asks = (struct asks){ 0 };
	asks->out = open_memstream(&asks->lines, &asks->size);
	if (!asks->out)
		abort();
}

static inline const char *asks_lines(struct asks *asks)
{
	if (fflush(asks->out) != 0)
		abort();
	return asks->lines;
}

static inline void asks_close(struct asks *asks)
{
	(void)fclose(asks->out);
	free(asks->lines);
}

static inline struct stream_asker asks_asker(struct asks *asks)
{
	return (struct stream_asker){ .ask = asks_add, .data = asks };
}

/* Bytes that a client sends; what is put in is appended. */
struct sent {
	uint8_t *bytes; /* owned */
	size_t size, room;
};

static inline void sent_put(struct sent *sent, const void *bytes, size_t size)
{
	if (size >= sent->room - sent->size) { /* doubled: under valgrind each realloc is a copy */
		sent->room = 2 * (sent->size + size + 1);
		sent->bytes = realloc(sent->bytes, sent->room);
	}
	if (!sent->bytes)
		abort();
	memcpy(sent->bytes + sent->size, bytes, size);
	sent->size += size;
}

static inline void sent_number(struct sent *sent, uint64_t number, size_t size, bool is_big_endian)
{
	for (size_t i = 0; i < size; i++) {
		size_t shift = 8 * (is_big_endian ? size - 1 - i : i);
		uint8_t byte = (uint8_t)(number >> shift);

		sent_put(sent, &byte, 1);
	}
}

static inline void sent_release(struct sent *sent)
{
	free(sent->bytes);
	*sent = (struct sent){ 0 };
}

/* Fed in two parts, the second in pieces. Return: what stream_feed() said last. */
static inline int sent_feed(const struct sent *sent, struct stream *stream, size_t first,
			    size_t piece, struct asks *asks)
{
	const struct stream_asker asker = asks_asker(asks);
	int r = stream_feed(stream, sent->bytes, first, &asker);

	for (size_t at = first; r == 0 && at < sent->size; at += piece) {
		size_t size = sent->size - at < piece ? sent->size - at : piece;

		r = stream_feed(stream, sent->bytes + at, size, &asker);
	}
	return r;
}

#endif
