/* SPDX-License-Identifier: MIT */
#include "protocols/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 256

int buffer_add(struct buffer *buffer, const void *bytes, size_t size, size_t max)
{
	size_t room = buffer->room ? buffer->room : ROOM_MIN;
	uint8_t *grown;

	if (size > max || buffer->size > max - size)
		return -EMSGSIZE;
	if (size == 0)
		return 0;
	while (room < buffer->size + size)
		room *= 2;
	if (room > buffer->room) {
		grown = realloc(buffer->bytes, room);
		if (!grown)
			return -ENOMEM;
		buffer->bytes = grown;
		buffer->room = room;
	}
	memcpy(buffer->bytes + buffer->size, bytes, size);
	buffer->size += size;
	return 0;
}

void buffer_drop(struct buffer *buffer, size_t size)
{
	if (size > buffer->size)
		size = buffer->size;
	if (size == 0)
		return;
	buffer->size -= size;
	memmove(buffer->bytes, buffer->bytes + size, buffer->size);
}

void buffer_release(struct buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct buffer){ 0 };
}
