/* SPDX-License-Identifier: MIT */
/*
 * Bytes that are put together until what they say is complete, up to a bound.
 */
#ifndef AGENTOS_PROTOCOLS_BUFFER_H
#define AGENTOS_PROTOCOLS_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct buffer {
	uint8_t *bytes; /* owned */
	size_t size;
	size_t room;
};

/**
 * buffer_add() - append
 * @max: the most bytes that it may hold
 *
 * Return: 0; -ENOMEM; -EMSGSIZE beyond @max. After a failure the buffer is as it was.
 */
int buffer_add(struct buffer *buffer, const void *bytes, size_t size, size_t max);

/** buffer_drop() - forget the first @size bytes (at most all). */
void buffer_drop(struct buffer *buffer, size_t size);

/** buffer_release() - free. */
void buffer_release(struct buffer *buffer);

#endif
