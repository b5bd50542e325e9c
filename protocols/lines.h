/* SPDX-License-Identifier: MIT */
/*
 * Lines that end in CR LF, out of pieces. A lone CR or LF, which some readers take for an end of line
 * and others do not, and a NUL are refused as soon as they are there.
 */
#ifndef AGENTOS_PROTOCOLS_LINES_H
#define AGENTOS_PROTOCOLS_LINES_H

#include <stdbool.h>

#include "common/content.h"
#include "protocols/buffer.h"

struct lines {
	struct buffer partial; /* the line that is not complete yet */
	bool is_taken;	       /* it was, and has been given away */
};

/**
 * lines_next() - the next line
 * @at:	 moved behind what was taken: all up to @end when no line is complete
 * @max: the most bytes that a line may have, with its end
 * @out: the line without its end, valid until the next call; bytes is NULL when none is complete
 *
 * Return: 0; STREAM_E_UNREADABLE; -EMSGSIZE; -ENOMEM.
 */
int lines_next(struct lines *lines, const uint8_t **at, const uint8_t *end, size_t max,
	       struct text *out);

/** lines_is_empty() - Return: whether nothing of the next line is there. */
bool lines_is_empty(const struct lines *lines);

/** lines_release() - free. */
void lines_release(struct lines *lines);

#endif
