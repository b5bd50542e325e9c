/* SPDX-License-Identifier: MIT */
/*
 * A list of different texts: each is kept once, and known by its place in the list. The agent chooses the
 * texts, so they are hashed with a secret key.
 */
#ifndef AGENTOS_AUDIT_STRINGS_H
#define AGENTOS_AUDIT_STRINGS_H

#include <stddef.h>

struct strings;

/** strings_new() - an empty list. Return: owned, or NULL without memory. */
struct strings *strings_new(void);

/** strings_free() - NULL is allowed. */
void strings_free(struct strings *strings);

/**
 * strings_add() - the place of a text, which is put at the end when it is new
 * @bytes: @size bytes, copied
 *
 * Return: 0 or -ENOMEM.
 */
int strings_add(struct strings *strings, const void *bytes, size_t size, size_t *out_place);

/** strings_count() - Return: how many there are. */
size_t strings_count(const struct strings *strings);

/** strings_at() - the text at a place below strings_count(), borrowed. Return: its bytes; a NUL follows. */
const void *strings_at(const struct strings *strings, size_t place, size_t *out_size);

#endif
