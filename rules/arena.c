/* SPDX-License-Identifier: MIT */
#include "rules/arena.h"

#include <errno.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clean.h"

#define CHUNK_SIZE 16384

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

struct arena_deferred {
	struct arena_deferred *next;
	arena_fn *release;
	void *data;
};

static struct arena_chunk *chunk_new(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = calloc(1, sizeof(*chunk) + size);

	if (!chunk)
		return NULL;
	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;
	void *at;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!chunk || size > chunk->size - chunk->used)
		chunk = chunk_new(arena, size > CHUNK_SIZE ? size : CHUNK_SIZE);
	if (!chunk)
		return NULL;
	at = chunk->bytes + chunk->used;
	chunk->used += size;
	return at;
}

char *arena_copy(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (copy)
		memcpy(copy, text, len);
	return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	CLEAN_FREE char *text = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0) {
		text = NULL;
		return NULL;
	}
	return arena_copy(arena, text, (size_t)len);
}

int arena_defer(struct arena *arena, arena_fn *release, void *data)
{
	struct arena_deferred *deferred = arena_alloc(arena, sizeof(*deferred));

	if (!deferred)
		return -ENOMEM;
	deferred->release = release;
	deferred->data = data;
	deferred->next = arena->deferred;
	arena->deferred = deferred;
	return 0;
}

void arena_release(struct arena *arena)
{
	for (; arena->deferred; arena->deferred = arena->deferred->next)
		arena->deferred->release(arena->deferred->data);
	while (arena->chunks) {
		struct arena_chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		free(chunk);
	}
}
