/* SPDX-License-Identifier: MIT */
/*
 * The values of a JSON text one after the other, for trees too large to be kept: inside rules/ only.
 *
 * For the text that libpg_query makes, so little is checked: nothing outside the text is read, and
 * what is no JSON ends in SQL_JSON_BAD or in wrong values.
 */
#ifndef AGENTOS_RULES_SQL_JSON_H
#define AGENTOS_RULES_SQL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum sql_json_kind {
	SQL_JSON_BAD,
	SQL_JSON_DONE,
	SQL_JSON_OPEN,	/* an object or array begins */
	SQL_JSON_CLOSE, /* one ends */
	SQL_JSON_TEXT,	/* a string */
	SQL_JSON_OTHER, /* a number, true, false, null */
};

/* A part of the text; of a string without its quotes, with its escapes. */
struct sql_span {
	const char *text;
	size_t len;
};

struct sql_json {
	const char *at, *end;
	struct sql_span key;   /* of the value in its object; after a value in an array, empty */
	struct sql_span value; /* of a string, or of what is no object or array */
	bool is_array;	       /* that was opened */
	const char *start;     /* where the value begins */
};

/** sql_json_next() - go to the next value, or the end of the one that is open. */
enum sql_json_kind sql_json_next(struct sql_json *json);

/** sql_span_is() - whether a span is these bytes. Inline: most of a walk is this. */
static inline bool sql_span_is(struct sql_span span, const char *word)
{
	return span.len == strlen(word) && memcmp(span.text, word, span.len) == 0;
}

/* A row of the words of sql_span_is_any(). */
#define SQL_WORD(word)                                                                             \
	{                                                                                          \
		word, sizeof(word) - 1                                                             \
	}

/** sql_span_is_any() - whether a span is one of @count words. */
bool sql_span_is_any(struct sql_span span, const struct sql_span *words, size_t count);

/** sql_span_equal() - whether two spans are, but for what "location" says. */
bool sql_span_equal(struct sql_span a, struct sql_span b);

/**
 * sql_span_decode() - take the escapes out of a string
 * @out: receives at most @size bytes
 *
 * Return: how many; above @size: it did not fit.
 */
size_t sql_span_decode(struct sql_span span, char *out, size_t size);

#endif
