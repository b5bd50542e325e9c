/* SPDX-License-Identifier: MIT */
/*
 * What is said to a peer, printed, or asked of a tool: what the content actions are about.
 */
#ifndef AGENTOS_COMMON_CONTENT_H
#define AGENTOS_COMMON_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/action.h"

/* Bytes with their number, not NUL-terminated; NULL where there are none to speak of. */
struct text {
	const char *bytes;
	size_t size;
};

struct header {
	const char *name;
	struct text value;
};

/* All borrowed. What does not apply, or nobody saw, is NULL. */
struct content {
	struct text query;	       /* database_query: statements; api_call: behind the "?" */
	struct text dialect, database; /* database_query */
	struct text method, url, scheme, body; /* api_call */
	const struct header *headers;	       /* api_call: @header_count */
	size_t header_count;
	struct text data;	  /* send_data, output */
	struct text stream;	  /* output: "stdout", "stderr" */
	struct text tool, server; /* tool_call */
	struct text arguments;	  /* tool_call: JSON */
};

/* What one statement of a query does, as far as it was understood. All borrowed. */
struct statement {
	const char *verb; /* upper case: "SELECT", "DROP", ... */
	const char *const *tables;
	size_t table_count;
	bool has_where;	   /* of UPDATE and DELETE: one that leaves rows out */
	bool changes_data; /* or structure, rights, settings */
	bool is_understood;
};

/* A field of the language that is one text of a content. */
struct content_field {
	const char *name;
	unsigned actions; /* ACTION_BITs of those that have it */
	size_t offset;	  /* of its struct text */
};

/** content_field_find() - Return: the field of this name, or NULL. */
const struct content_field *content_field_find(const char *name);

/** content_field_at() - Return: the fields one after the other, NULL at the end. */
const struct content_field *content_field_at(size_t index);

/** content_get() - Return: the value of a field; none when @content is NULL. */
struct text content_get(const struct content *content, const struct content_field *field);

/** content_set() - set the value of a field; its bytes are borrowed. */
void content_set(struct content *content, const struct content_field *field, struct text value);

/** content_header() - Return: the value of the first header of this name in any letter case. */
struct text content_header(const struct content *content, const char *name);

/** text_of() - Return: a NUL-terminated string as a text; none for NULL. */
struct text text_of(const char *string);

#endif
