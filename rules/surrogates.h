/* SPDX-License-Identifier: MIT */
/*
 * What JSON has and YAML has not: characters beyond U+FFFF as two escapes. Inside rules/ only.
 */
#ifndef AGENTOS_RULES_SURROGATES_H
#define AGENTOS_RULES_SURROGATES_H

#include <stddef.h>

#include "rules/arena.h"

/**
 * surrogates_join() - write each pair "\ud83d\ude00" of a JSON text as YAML does, "\U0001f600"
 * @text: @size bytes
 *
 * Half of a pair stays as it is. What follows a pair in its line moves to the left by two columns.
 *
 * Return: @text itself, or a copy in @arena of @out_size bytes; NULL when memory is short.
 *
 * Source: RFC 8259, section 7; YAML 1.2.2, section 5.7.
 */
const char *surrogates_join(struct arena *arena, const char *text, size_t size, size_t *out_size);

#endif
