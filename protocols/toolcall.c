/* SPDX-License-Identifier: MIT */
#include "protocols/toolcall.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/clean.h"

static const char wanted[] = "tools/call";

#define WANTED_SIZE (sizeof(wanted) - 1)
#define HEX_DIGITS 4

enum { OUTSIDE, INSIDE, ESCAPE, NUMBER };

static void match(struct mention *mention, unsigned c)
{
	if (mention->matched < WANTED_SIZE && c == (unsigned char)wanted[mention->matched]) {
		mention->matched++;
		mention->state = INSIDE;
	} else {
		mention->state = OUTSIDE;
	}
}

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void number(struct mention *mention, uint8_t c)
{
	int digit = hex(c);

	if (digit < 0) {
		mention->state = OUTSIDE;
		return;
	}
	mention->number = (uint16_t)(mention->number << 4 | digit);
	if (++mention->digits == HEX_DIGITS)
		match(mention, mention->number);
}

/* Behind a backslash: of those that can stand for a character of it, one is a letter of its own. */
static void escape(struct mention *mention, uint8_t c)
{
	if (c == 'u') {
		mention->digits = 0;
		mention->number = 0;
		mention->state = NUMBER;
	} else if (c == '/') {
		match(mention, c);
	} else {
		mention->state = OUTSIDE;
	}
}

/* Behind a quote, where the string may begin. */
static void begin(struct mention *mention)
{
	mention->state = INSIDE;
	mention->matched = 0;
}

static void inside(struct mention *mention, uint8_t c)
{
	if (c == '\\')
		mention->state = ESCAPE;
	else if (c != '"')
		match(mention, c);
	else if (mention->matched == WANTED_SIZE)
		mention->is_found = true;
	else
		begin(mention);
}

void mention_feed(struct mention *mention, const uint8_t *bytes, size_t size)
{
	if (size == 0)
		return;
	if (!mention->has_nul)
		mention->has_nul = memchr(bytes, '\0', size) != NULL;
	for (size_t i = 0; i < size && !mention->is_found; i++) {
		const uint8_t *quote;

		if (mention->state == NUMBER) {
			number(mention, bytes[i]);
		} else if (mention->state == ESCAPE) {
			escape(mention, bytes[i]);
		} else if (mention->state == INSIDE) {
			inside(mention, bytes[i]);
		} else {
			quote = memchr(bytes + i, '"', size - i);
			if (!quote)
				return;
			i = (size_t)(quote - bytes);
			begin(mention);
		}
	}
}

/*
 * Reading.
 */

/* Whether no reader takes another key of @object for one of @names: letter case, or K of Kelvin. */
static bool has_clear_keys(json_t *object, const char *const *names)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		for (const char *at = key; *at; at++)
			if ((unsigned char)*at >= 0x80)
				return false;
		for (size_t i = 0; names[i]; i++)
			if (strcasecmp(key, names[i]) == 0 && strcmp(key, names[i]) != 0)
				return false;
	}
	return true;
}

static int keep_id(json_t *message, struct buffer *out_id)
{
	json_t *value = json_object_get(message, "id");
	CLEAN_FREE char *id = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	bool fits = id && strlen(id) <= TOOLCALL_ID_MAX;

	if (!out_id)
		return 0;
	if (value && !id)
		return -ENOMEM;
	out_id->size = 0;
	return buffer_add(out_id, fits ? id : "null", fits ? strlen(id) : 4, TOOLCALL_ID_MAX);
}

static int ask_call(json_t *message, const struct stream_asker *asker, struct buffer *out_id)
{
	static const char *const keys[] = { "name", "arguments", NULL };
	json_t *params = json_object_get(message, "params");
	json_t *name = json_object_get(params, "name");
	json_t *arguments = json_object_get(params, "arguments");
	CLEAN_FREE char *text = NULL;
	struct content content = { .tool = text_of(json_string_value(name)) };
	int r = keep_id(message, out_id);

	if (r < 0)
		return r;
	if (!content.tool.size || !has_clear_keys(params, keys))
		return STREAM_E_UNREADABLE;
	if (arguments) {
		text = json_dumps(arguments, JSON_ENCODE_ANY | JSON_COMPACT);
		if (!text)
			return -ENOMEM;
		content.arguments = text_of(text);
	}
	return asker->ask(asker->data, ACTION_TOOL_CALL, &content, true) ? 0 : STREAM_E_REFUSED;
}

static int ask_message(json_t *message, const struct stream_asker *asker, struct buffer *out_id)
{
	static const char *const keys[] = { "method", "params", "id", NULL };
	const char *method = json_string_value(json_object_get(message, "method"));

	if (!json_is_object(message))
		return 0;
	if (!has_clear_keys(message, keys))
		return STREAM_E_UNREADABLE;
	return method && strcmp(method, wanted) == 0 ? ask_call(message, asker, out_id) : 0;
}

static void json_decref_at(json_t **at)
{
	json_decref(*at);
}

int toolcall_ask(struct text json, const struct stream_asker *asker, struct buffer *out_id)
{
	CLEAN(json_decref_at)
	json_t *root = json_loadb(json.bytes, json.size, JSON_REJECT_DUPLICATES, NULL);
	json_t *message;
	size_t i;
	int r = 0;

	if (!root)
		return STREAM_E_UNREADABLE;
	if (!json_is_array(root))
		return ask_message(root, asker, out_id);
	json_array_foreach(root, i, message)
	{
		if (r == 0)
			r = ask_message(message, asker, out_id);
	}
	return r;
}
