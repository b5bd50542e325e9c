/* SPDX-License-Identifier: MIT */
#include "common/content.h"

#include <string.h>
#include <strings.h>

#define DATABASE ACTION_BIT(ACTION_DATABASE_QUERY)
#define API ACTION_BIT(ACTION_API_CALL)
#define TOOL ACTION_BIT(ACTION_TOOL_CALL)
#define OUTPUT ACTION_BIT(ACTION_OUTPUT)

static const struct content_field fields[] = {
	{ "query", DATABASE | API, offsetof(struct content, query) },
	{ "dialect", DATABASE, offsetof(struct content, dialect) },
	{ "database", DATABASE, offsetof(struct content, database) },
	{ "method", API, offsetof(struct content, method) },
	{ "url", API, offsetof(struct content, url) },
	{ "scheme", API, offsetof(struct content, scheme) },
	{ "body", API, offsetof(struct content, body) },
	{ "data", ACTION_BIT(ACTION_SEND_DATA) | OUTPUT, offsetof(struct content, data) },
	{ "stream", OUTPUT, offsetof(struct content, stream) },
	{ "tool", TOOL, offsetof(struct content, tool) },
	{ "server", TOOL, offsetof(struct content, server) },
	{ "arguments", TOOL, offsetof(struct content, arguments) },
};

#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

const struct content_field *content_field_at(size_t index)
{
	return index < FIELD_COUNT ? &fields[index] : NULL;
}

const struct content_field *content_field_find(const char *name)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

struct text content_get(const struct content *content, const struct content_field *field)
{
	const char *base = (const char *)content;

	return content ? *(const struct text *)(const void *)(base + field->offset)
		       : (struct text){ 0 };
}

void content_set(struct content *content, const struct content_field *field, struct text value)
{
	*(struct text *)(void *)((char *)content + field->offset) = value;
}

struct text content_header(const struct content *content, const char *name)
{
	for (size_t i = 0; content && i < content->header_count; i++)
		if (strcasecmp(content->headers[i].name, name) == 0)
			return content->headers[i].value;
	return (struct text){ 0 };
}

struct text text_of(const char *string)
{
	return (struct text){ .bytes = string, .size = string ? strlen(string) : 0 };
}
