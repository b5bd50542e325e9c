/* SPDX-License-Identifier: MIT */
#include "rules/sql_json.h"

#include <string.h>

static bool is_one_of(char c, const char *set)
{
	for (; *set; set++)
		if (*set == c)
			return true;
	return false;
}

static bool is_between(char c)
{
	return c == ' ' || c == ',' || c == ':' || c == '\n';
}

static bool ends_value(char c)
{
	return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n';
}

/* From the quote to behind its match. Return: whether there is one. */
static bool take_string(struct sql_json *json, struct sql_span *out)
{
	const char *at = json->at + 1, *end = json->end;

	out->text = at;
	while (at < end && *at != '"')
		at += *at == '\\' ? 2 : 1;
	json->at = at;
	if (at >= end)
		return false;
	out->len = (size_t)(at - out->text);
	json->at++;
	return true;
}

static inline void skip(struct sql_json *json)
{
	while (json->at < json->end && is_between(*json->at))
		json->at++;
}

enum sql_json_kind sql_json_next(struct sql_json *json)
{
	struct sql_span text;

	json->key = (struct sql_span){ json->at, 0 };
	skip(json);
	if (json->at >= json->end)
		return SQL_JSON_DONE;
	json->start = json->at;
	if (*json->at == '"') {
		if (!take_string(json, &text))
			return SQL_JSON_BAD;
		json->value = text;
		if (json->at >= json->end || *json->at != ':')
			return SQL_JSON_TEXT;
		json->key = text;
		skip(json);
		json->start = json->at;
		if (json->at < json->end && *json->at == '"')
			return take_string(json, &json->value) ? SQL_JSON_TEXT : SQL_JSON_BAD;
	}
	if (json->at >= json->end)
		return SQL_JSON_BAD;
	json->is_array = *json->at == '[';
	if (*json->at == '{' || *json->at == '[')
		return json->at++, SQL_JSON_OPEN;
	if (*json->at == '}' || *json->at == ']')
		return json->at++, SQL_JSON_CLOSE;
	json->value.text = json->at;
	while (json->at < json->end && !ends_value(*json->at))
		json->at++;
	json->value.len = (size_t)(json->at - json->value.text);
	return json->value.len > 0 ? SQL_JSON_OTHER : SQL_JSON_BAD;
}

bool sql_span_is_any(struct sql_span span, const struct sql_span *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span.len == words[i].len && memcmp(span.text, words[i].text, span.len) == 0)
			return true;
	return false;
}

/* A quote in a string has a backslash before it, so that no string holds this. */
static const char location[] = "\"location\":";

static size_t skip_location(struct sql_span *span)
{
	size_t len = sizeof(location) - 1;

	if (span->len < len || memcmp(span->text, location, len) != 0)
		return 0;
	while (len < span->len && !is_one_of(span->text[len], ",}]"))
		len++;
	span->text += len;
	span->len -= len;
	return len;
}

bool sql_span_equal(struct sql_span a, struct sql_span b)
{
	while (a.len > 0 && b.len > 0) {
		if (*a.text == '"' && *b.text == '"' && skip_location(&a) && skip_location(&b))
			continue;
		if (*a.text != *b.text)
			return false;
		a.text++;
		b.text++;
		a.len--;
		b.len--;
	}
	return a.len == 0 && b.len == 0;
}

/* libpg_query writes \u only for control characters and "<", ">". */
static unsigned decode_hex(const char *text)
{
	unsigned value = 0;

	for (size_t i = 0; i < 4; i++) {
		char c = text[i];

		value *= 16;
		if (c >= '0' && c <= '9')
			value += (unsigned)(c - '0');
		else if (is_one_of(c, "abcdef"))
			value += (unsigned)(c - 'a' + 10);
		else if (is_one_of(c, "ABCDEF"))
			value += (unsigned)(c - 'A' + 10);
	}
	return value;
}

static char decode_escape(char c)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : c;
}

size_t sql_span_decode(struct sql_span span, char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < span.len; i++) {
		char c = span.text[i];

		if (c == '\\' && i + 5 < span.len && span.text[i + 1] == 'u') {
			c = (char)decode_hex(span.text + i + 2);
			i += 5;
		} else if (c == '\\' && i + 1 < span.len) {
			c = decode_escape(span.text[++i]);
		}
		if (used == size)
			return size + 1;
		out[used++] = c;
	}
	return used;
}
