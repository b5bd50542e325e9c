/* SPDX-License-Identifier: MIT */
#include "protocols/lines.h"

#include <errno.h>
#include <string.h>

#include "protocols/stream.h"

/* Whether each CR in @bytes is followed by LF, or is the last; and no NUL. @before: the byte before. */
static bool is_clean(const uint8_t *bytes, size_t size, uint8_t before)
{
	const uint8_t *end = bytes + size;
	const uint8_t *at = bytes;

	if (size == 0)
		return true;
	if ((before == '\r') != (bytes[0] == '\n') || memchr(bytes, '\0', size))
		return false;
	while ((at = memchr(at, '\r', (size_t)(end - at))) && ++at < end)
		if (*at != '\n')
			return false;
	return true;
}

int lines_next(struct lines *lines, const uint8_t **at, const uint8_t *end, size_t max,
	       struct text *out)
{
	struct buffer *partial = &lines->partial;
	size_t left = (size_t)(end - *at);
	const uint8_t *feed = left ? memchr(*at, '\n', left) : NULL;
	size_t size = feed ? (size_t)(feed + 1 - *at) : left;
	const uint8_t *line = *at;
	int r = 0;

	*out = (struct text){ 0 };
	if (lines->is_taken)
		partial->size = 0;
	lines->is_taken = false;
	if (!is_clean(line, size, partial->size ? partial->bytes[partial->size - 1] : 0))
		return STREAM_E_UNREADABLE;
	/* A line that is full and has no end will have none. */
	if (size > max || partial->size > max - size || (!feed && partial->size + size == max))
		return -EMSGSIZE;
	if (!feed || partial->size > 0)
		r = buffer_add(partial, line, size, max);
	if (r < 0)
		return r;
	*at += size;
	if (!feed)
		return 0;
	if (partial->size > 0) {
		line = partial->bytes;
		size = partial->size;
		lines->is_taken = true;
	}
	if (size < 2 || line[size - 2] != '\r')
		return STREAM_E_UNREADABLE;
	*out = (struct text){ .bytes = (const char *)line, .size = size - 2 };
	return 0;
}

bool lines_is_empty(const struct lines *lines)
{
	return lines->is_taken || lines->partial.size == 0;
}

void lines_release(struct lines *lines)
{
	buffer_release(&lines->partial);
	*lines = (struct lines){ 0 };
}
