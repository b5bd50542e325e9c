/* SPDX-License-Identifier: MIT */
/*
 * Text of strangers, made fit for a terminal: an agent chooses its file names.
 */
#ifndef AGENTOS_COMMON_PRINTABLE_H
#define AGENTOS_COMMON_PRINTABLE_H

#include <stddef.h>

/**
 * printable_copy() - copy with everything escaped that is not plainly visible
 * @size: of @out, at least 1; what does not fit is left out, whole characters only
 *
 * Control characters and bytes that are no UTF-8 become \xNN, and characters that
 * change the direction or are invisible \u{NNNN}. A backslash stays as it is.
 *
 * Return: @out.
 */
char *printable_copy(const char *text, char *out, size_t size);

#endif
