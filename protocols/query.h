/* SPDX-License-Identifier: MIT */
/*
 * What the parsers of databases share: asking for a text, and knowing when a text cannot be taken for
 * what it looks like. Inside of this folder only.
 */
#ifndef AGENTOS_PROTOCOLS_QUERY_H
#define AGENTOS_PROTOCOLS_QUERY_H

#include "protocols/buffer.h"
#include "protocols/stream.h"

/* To whom a text goes. */
struct query_target {
	const struct stream_asker *asker;
	const char *dialect;
	const char *database; /* NULL: not known */
};

/**
 * query_ask() - ask for a text
 *
 * Return: 0, or STREAM_E_REFUSED.
 */
int query_ask(const struct query_target *target, const void *text, size_t size);

/**
 * query_ask_unread() - ask for a text that may not be understood, whatever it looks like
 * @text: gets a NUL at its end, which no rule reads over (rules/sql.h), and no pattern minds
 *
 * Return: as query_ask(); -ENOMEM; -EMSGSIZE when there is no room for it.
 */
int query_ask_unread(const struct query_target *target, struct buffer *text);

/** query_is_plain() - whether it has neither bytes above ASCII nor a backslash: any server reads it so. */
bool query_is_plain(const void *text, size_t size);

/**
 * query_mentions() - whether a text has one of these words, however it is written
 * @words: small letters and digits; NULL at the end. Other characters of the text are skipped, and
 *         its letters may be large: "SHIFT_JIS", 'shift jis' and "shift-jis" are shiftjis.
 */
bool query_mentions(const void *text, size_t size, const char *const *words);

/**
 * query_line() - a refusal's text as it fits
 * @out: @room bytes; gets no NUL
 *
 * Control characters become blanks, so that none ends a line or a string of the protocol. It is cut
 * between characters.
 *
 * Return: how many bytes were written.
 */
size_t query_line(const char *text, char *out, size_t room);

#endif
