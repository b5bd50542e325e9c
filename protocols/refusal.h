/* SPDX-License-Identifier: MIT */
/*
 * Answers that refuse, put together in a room that is given.
 */
#ifndef AGENTOS_PROTOCOLS_REFUSAL_H
#define AGENTOS_PROTOCOLS_REFUSAL_H

#include <stddef.h>

/**
 * refusal_json() - a JSON text with a string in its middle
 * @before: what comes in front of the string, its quote included
 * @text:   any bytes; what is no UTF-8 is left out, and so is what does not fit
 * @after:  what comes behind it, from its quote on
 * @out:    @size bytes; not NUL-terminated
 *
 * Return: its length; 0 when not even an empty string fits.
 */
size_t refusal_json(const char *before, const char *text, const char *after, char *out,
		    size_t size);

/** refusal_bytes() - append @count bytes at @at. Return: behind them; 0: they do not fit, or @at is 0. */
size_t refusal_bytes(char *out, size_t size, size_t at, const void *bytes, size_t count);

#endif
