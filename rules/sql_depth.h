/* SPDX-License-Identifier: MIT */
/*
 * How deep a syntax tree of PostgreSQL can get, and how large: inside rules/ only.
 *
 * libpg_query writes its tree by recursion and does not watch the stack: "1+1+1+..." ends the
 * program. So the depth is bounded beforehand, from the tokens of its own scanner.
 *
 * That scanner takes a run of operator characters as a whole and puts all but the first few back, once
 * for each of them ("+++...", and a comment that begins with slashes and stars), so such a run is
 * bounded too.
 */
#ifndef AGENTOS_RULES_SQL_DEPTH_H
#define AGENTOS_RULES_SQL_DEPTH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Tokens that lie below each other. Each token makes a level at most; measured with libpg_query
 * 15-4.0.0 on amd64, a level takes 130 bytes of the stack, and 400 for the two tokens "(SELECT".
 */
#define SQL_DEPTH_TOKENS_MAX 800

#define SQL_OPERATOR_RUN_MAX 256

/*
 * What keeps libpg_query below 64 MiB. Measured with it on amd64: a token takes up to 450 bytes
 * (DROP FUNCTION f(int, int, ...)), a byte of a string 16 ('<<<...'); in the scanner alone a token takes
 * 94, of which there may be more while they are not counted.
 */
#define SQL_TOKENS_MAX 100000
#define SQL_SCAN_MAX 500000 /* words and marks, those in strings too */

/**
 * sql_depth_is_safe() - whether the parser can be given a text
 * @text: @len bytes, ends in NUL
 *
 * A bound, not the depth: a text without brackets or separators for as many tokens is refused too.
 */
bool sql_depth_is_safe(const char *text, size_t len);

/** sql_depth_has_long_run() - whether more than SQL_OPERATOR_RUN_MAX characters of operators stand together. */
bool sql_depth_has_long_run(const char *text, size_t len);

#endif
