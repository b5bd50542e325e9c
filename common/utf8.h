/* SPDX-License-Identifier: MIT */
/*
 * UTF-8, strictly: what is not well-formed is told apart byte by byte.
 */
#ifndef AGENTOS_COMMON_UTF8_H
#define AGENTOS_COMMON_UTF8_H

#include <stddef.h>
#include <stdint.h>

/**
 * utf8_next() - the character at the start of @text
 * @text:     @size bytes, at least one
 * @out_char: its code point; written only when there is one
 *
 * Overlong forms, surrogates and what lies above U+10FFFF are not characters.
 *
 * Return: its length in bytes, or 0 when the first byte starts no character.
 * Source: RFC 3629, section 4.
 */
size_t utf8_next(const char *text, size_t size, uint32_t *out_char);

#endif
