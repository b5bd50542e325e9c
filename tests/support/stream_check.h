/* SPDX-License-Identifier: MIT */
/* Checks of what streams ask for. */
#ifndef AGENTOS_TESTS_SUPPORT_STREAM_CHECK_H
#define AGENTOS_TESTS_SUPPORT_STREAM_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/stream_asks.h"

/* What the bytes ask for in this one way of cutting them. */
static inline void sent_check_cut(const struct sent *sent, uint16_t port, const char *lines,
				  int result, size_t first, size_t piece)
{
	struct stream *stream = stream_new(port, false);
	struct asks asks;

	assert_non_null(stream);
	asks_open(&asks);
	assert_int_equal(sent_feed(sent, stream, first, piece, &asks), result);
	assert_string_equal(asks_lines(&asks), lines);
	asks_close(&asks);
	stream_free(stream);
}

/* In one piece, byte by byte, in two pieces of each size; then forgets the bytes. */
static inline void sent_check(struct sent *sent, uint16_t port, const char *lines, int result)
{
	sent_check_cut(sent, port, lines, result, 0, sent->size);
	sent_check_cut(sent, port, lines, result, 0, 1);
	sent_check_cut(sent, port, lines, result, 0, 7);
	for (size_t first = 1; first < sent->size; first++)
		sent_check_cut(sent, port, lines, result, first, sent->size);
	sent_release(sent);
}

/* Feeds all at once and refuses @refuse. Return: the refusal's size in @out. */
static inline size_t sent_refuse(struct sent *sent, uint16_t port, const char *refuse,
				 const char *lines, const char *text, char *out, size_t size)
{
	struct stream *stream = stream_new(port, false);
	struct asks asks;

	assert_non_null(stream);
	asks_open(&asks);
	asks.refuse = refuse;
	assert_int_equal(sent_feed(sent, stream, 0, sent->size, &asks), STREAM_E_REFUSED);
	assert_string_equal(asks_lines(&asks), lines);
	size = stream_refusal(stream, text, out, size);
	asks_close(&asks);
	stream_free(stream);
	sent_release(sent);
	return size;
}

#endif
