/* SPDX-License-Identifier: MIT */
/*
 * Memory that is freed as a whole: everything that a loaded policy consists of.
 */
#ifndef AGENTOS_RULES_ARENA_H
#define AGENTOS_RULES_ARENA_H

#include <stddef.h>

struct arena_chunk;
struct arena_deferred;

/* Zeroed is empty. */
struct arena {
	struct arena_chunk *chunks; /* owned */
	struct arena_deferred *deferred;
};

typedef void arena_fn(void *data);

/** arena_alloc() - Return: @size zeroed bytes, aligned for any type; NULL when memory is short. */
void *arena_alloc(struct arena *arena, size_t size);

/** arena_copy() - Return: a NUL-terminated copy of @len bytes; NULL when memory is short. */
char *arena_copy(struct arena *arena, const char *text, size_t len);

/** arena_format() - Return: the text, as by asprintf(3); NULL when memory is short. */
char *arena_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * arena_defer() - call @release with @data when the arena is released, the last one first
 * For what a library allocates itself. Return: 0; -ENOMEM, and then it will not be called.
 */
int arena_defer(struct arena *arena, arena_fn *release, void *data);

/** arena_release() - free everything; @arena is empty again. */
void arena_release(struct arena *arena);

#endif
