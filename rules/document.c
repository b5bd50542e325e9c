/* SPDX-License-Identifier: MIT */
/*
 * The tree is built from libyaml's events, which carry positions; its own
 * document API forgets which key came where, and follows aliases.
 */
#include "rules/document.h"

#include <string.h>
#include <yaml.h>

#define ITEMS_MAX 10000

struct reader {
	yaml_parser_t parser;
	struct arena *arena;
	const char *label;
	const char *text; /* @size bytes */
	size_t size;
	struct policy_errors *errors;
	unsigned depth;
};

static int fail(struct reader *reader, yaml_mark_t mark, const char *text)
{
	return errors_add(reader->errors, reader->label, (unsigned)mark.line + 1,
			  (unsigned)mark.column + 1, "%s", text);
}

/* Where a byte is: what cannot be read at all has no mark. */
static yaml_mark_t mark_of(const struct reader *reader, size_t offset)
{
	yaml_mark_t mark = { .index = offset };

	for (size_t i = 0; i < offset && i < reader->size; i++) {
		unsigned char byte = (unsigned char)reader->text[i];

		if (byte == '\n') {
			mark.line++;
			mark.column = 0;
		} else if ((byte & 0xc0) != 0x80) {
			mark.column++; /* a character; the others continue one */
		}
	}
	return mark;
}

/* What libyaml says in the words of its own grammar, for people. */
static const struct phrase {
	const char *problem;
	const char *text;
	bool is_of_context; /* it is meant where the text in question begins, not where it was noticed */
} phrases[] = {
	{ "mapping values are not allowed in this context",
	  "a ': ' is not expected here; hint: put a text that has one in quotes, and look at the "
	  "indentation",
	  false },
	{ "did not find expected alphabetic or numeric character",
	  "a text cannot begin with '*' or '&'; hint: put it in quotes", true },
	{ "found character that cannot start any token",
	  "a text cannot begin with this character; hint: put it in quotes", false },
	{ "found unknown escape character",
	  "an unknown escape; hint: write '\\\\' for the character, or use single quotes", false },
	{ "did not find expected '-' indicator",
	  "the indentation fits no line above; hint: keys of one map, and items of one list, begin "
	  "in one column",
	  false },
	{ "did not find expected key",
	  "the indentation fits no line above; hint: keys of one map, and items of one list, begin "
	  "in one column",
	  false },
	{ "did not find expected ',' or '}'",
	  "a '{' is not closed, or a ',' is missing before this", false },
	{ "did not find expected ',' or ']'",
	  "a '[' is not closed, or a ',' is missing before this", false },
	{ "could not find expected ':'", "a key is not followed by ':'", true },
	{ "found unexpected end of stream", "a quoted text is not closed", true },
	{ "found invalid Unicode character escape code", "this escape is no character", false },
	{ "incomplete UTF-8 octet sequence", "this is not UTF-8", false },
	{ "invalid leading UTF-8 octet", "this is not UTF-8", false },
	{ "invalid trailing UTF-8 octet", "this is not UTF-8", false },
};

/* Whether a tab stands at a place. */
static bool is_at_tab(const struct reader *reader, yaml_mark_t mark)
{
	const char *at = reader->text;
	const char *end = at + reader->size;

	for (size_t line = 0; line < mark.line && at; line++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	/* Before one that indents there are blanks only. */
	return at && mark.column < (size_t)(end - at) && at[mark.column] == '\t';
}

static void say(struct reader *reader, yaml_mark_t mark)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *problem = parser->problem ? parser->problem : "this is not YAML";

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (strcmp(phrases[i].problem, problem) != 0)
			continue;
		problem = phrases[i].text;
		if (phrases[i].is_of_context)
			mark = parser->context_mark;
		break;
	}
	if (parser->error == YAML_SCANNER_ERROR && is_at_tab(reader, mark))
		problem = "a tab cannot indent; hint: use blanks";
	(void)fail(reader, mark, problem);
}

/* The next event; the caller deletes it. Return: whether there is one. */
static bool next_event(struct reader *reader, yaml_event_t *event)
{
	const yaml_parser_t *parser = &reader->parser;

	if (yaml_parser_parse(&reader->parser, event))
		return true;
	if (parser->error == YAML_READER_ERROR)
		say(reader, mark_of(reader, parser->problem_offset));
	else if (parser->error != YAML_MEMORY_ERROR)
		say(reader, parser->problem_mark);
	return false;
}

static struct node *read_node(struct reader *reader, const yaml_event_t *event);

/* Anchors and tags make a document mean something else than it shows. */
static bool is_plain(struct reader *reader, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL;
	const yaml_char_t *tag = NULL;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	default:
		(void)fail(reader, event->start_mark, "anchors and aliases are not allowed");
		return false;
	}
	if (anchor)
		(void)fail(reader, event->start_mark, "anchors and aliases are not allowed");
	else if (tag)
		(void)fail(reader, event->start_mark, "tags are not allowed");
	return !anchor && !tag;
}

static bool read_scalar(struct reader *reader, const yaml_event_t *event, struct node *node)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;

	if (memchr(text, '\0', len)) {
		(void)fail(reader, event->start_mark, "a NUL character is not allowed");
		return false;
	}
	node->is_quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	node->text = arena_copy(reader->arena, text, len);
	return node->text;
}

static bool read_list(struct reader *reader, struct node *node)
{
	struct node **end = &node->items;
	unsigned count = 0;

	for (;;) {
		yaml_event_t event;
		struct node *item;

		if (!next_event(reader, &event))
			return false;
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			return true;
		}
		item = ++count > ITEMS_MAX ? NULL : read_node(reader, &event);
		if (count > ITEMS_MAX)
			(void)fail(reader, event.start_mark, "a list with more than 10,000 items");
		yaml_event_delete(&event);
		if (!item)
			return false;
		*end = item;
		end = &item->next;
	}
}

/* The key of an entry, and that it is not there already. */
static const char *read_key(struct reader *reader, const yaml_event_t *event,
			    const struct node *map)
{
	const struct node *same;
	struct node key = { 0 };

	if (event->type != YAML_SCALAR_EVENT) {
		(void)fail(reader, event->start_mark, "a key must be a word");
		return NULL;
	}
	if (!is_plain(reader, event) || !read_scalar(reader, event, &key))
		return NULL;
	same = node_find(map, key.text);
	if (!same)
		return key.text;
	(void)errors_add(reader->errors, reader->label, (unsigned)event->start_mark.line + 1,
			 (unsigned)event->start_mark.column + 1,
			 "'%.80s' stands here twice, first in line %u", key.text, same->key_line);
	return NULL;
}

static struct node *read_entry(struct reader *reader, const yaml_event_t *key_event,
			       const struct node *map)
{
	const char *key = read_key(reader, key_event, map);
	yaml_event_t event;
	struct node *value;

	if (!key || !next_event(reader, &event))
		return NULL;
	value = read_node(reader, &event);
	yaml_event_delete(&event);
	if (!value)
		return NULL;
	value->key = key;
	value->key_line = (unsigned)key_event->start_mark.line + 1;
	value->key_column = (unsigned)key_event->start_mark.column + 1;
	return value;
}

static bool read_map(struct reader *reader, struct node *node)
{
	struct node **end = &node->items;
	unsigned count = 0;

	for (;;) {
		yaml_event_t event;
		struct node *entry;

		if (!next_event(reader, &event))
			return false;
		if (event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			return true;
		}
		/* Each key is compared with all before it. */
		entry = ++count > ITEMS_MAX / 10 ? NULL : read_entry(reader, &event, node);
		if (count > ITEMS_MAX / 10)
			(void)fail(reader, event.start_mark, "a map with more than 1,000 keys");
		yaml_event_delete(&event);
		if (!entry)
			return false;
		*end = entry;
		end = &entry->next;
	}
}

static struct node *read_node(struct reader *reader, const yaml_event_t *event)
{
	struct node *node = arena_alloc(reader->arena, sizeof(*node));
	bool good;

	if (!node || !is_plain(reader, event))
		return NULL;
	node->line = (unsigned)event->start_mark.line + 1;
	node->column = (unsigned)event->start_mark.column + 1;
	if (event->type == YAML_SCALAR_EVENT)
		return read_scalar(reader, event, node) ? node : NULL;
	if (reader->depth == DOCUMENT_DEPTH_MAX) {
		(void)fail(reader, event->start_mark, "more than 32 levels");
		return NULL;
	}
	reader->depth++;
	node->kind = event->type == YAML_MAPPING_START_EVENT ? NODE_MAP : NODE_LIST;
	good = node->kind == NODE_MAP ? read_map(reader, node) : read_list(reader, node);
	reader->depth--;
	return good ? node : NULL;
}

/* Stream start, document start; then the root; then the ends. */
static const struct node *read_document(struct reader *reader)
{
	const struct node *root = NULL;
	bool more = true;

	while (more) {
		yaml_event_t event;

		if (!next_event(reader, &event))
			return NULL;
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			break;
		case YAML_DOCUMENT_START_EVENT:
			if (root)
				(void)fail(reader, event.start_mark,
					   "a second document; hint: one policy is one file");
			more = !root;
			break;
		case YAML_STREAM_END_EVENT:
			if (!root)
				(void)fail(reader, event.start_mark, "the file is empty");
			yaml_event_delete(&event);
			return root;
		default:
			root = read_node(reader, &event);
			more = root;
			break;
		}
		yaml_event_delete(&event);
	}
	return NULL;
}

const struct node *document_parse(struct arena *arena, const char *label, const char *text,
				  size_t size, struct policy_errors *errors)
{
	struct reader reader = {
		.arena = arena,
		.label = label,
		.text = text,
		.size = size,
		.errors = errors,
	};
	const struct node *root;

	if (size > DOCUMENT_SIZE_MAX) {
		(void)errors_add(errors, label, 1, 1, "the file is larger than 4 MiB");
		return NULL;
	}
	if (!yaml_parser_initialize(&reader.parser))
		return NULL;
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, size);
	root = read_document(&reader);
	yaml_parser_delete(&reader.parser);
	return root;
}

const struct node *node_find(const struct node *node, const char *key)
{
	for (const struct node *entry = node->items; entry; entry = entry->next)
		if (entry->key && strcmp(entry->key, key) == 0)
			return entry;
	return NULL;
}
