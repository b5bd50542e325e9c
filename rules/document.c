/* SPDX-License-Identifier: MIT */
/*
 * The tree is built from libyaml's events, which carry positions; its own document API forgets which key came
 * where, and follows aliases without a bound.
 */
#include "rules/document.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "common/nearest.h"
#include "rules/names.h"
#include "rules/yaml_problem.h"

#define ITEMS_MAX 10000
#define KEYS_MAX 1000

struct reader {
	yaml_parser_t parser;
	struct arena *arena;
	const char *label;
	const char *text; /* @size bytes */
	size_t size;
	struct policy_errors *errors;
	unsigned depth;
	struct names anchors;
	size_t aliased; /* nodes that aliases and merges have added */
};

static int fail(struct reader *reader, yaml_mark_t mark, const char *text)
{
	return errors_add(reader->errors, reader->label, (unsigned)mark.line + 1,
			  (unsigned)mark.column + 1, "%s", text);
}

/* The next event; the caller deletes it. Return: whether there is one. */
static bool next_event(struct reader *reader, yaml_event_t *event)
{
	yaml_mark_t mark;
	const char *problem;

	if (yaml_parser_parse(&reader->parser, event))
		return true;
	problem = yaml_problem(&reader->parser, reader->text, reader->size, &mark);
	if (problem)
		(void)fail(reader, mark, problem);
	return false;
}

static struct node *read_node(struct reader *reader, const yaml_event_t *event);

/* Also with the name of an anchor, or of a key. */
static void fail_about(struct reader *reader, yaml_mark_t mark, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void fail_about(struct reader *reader, yaml_mark_t mark, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)fail(reader, mark, text);
}

/* Tags make a document mean something else than it shows. @out_anchor: NULL for none */
static bool is_plain(struct reader *reader, const yaml_event_t *event, const char **out_anchor)
{
	const yaml_char_t *anchor, *tag;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	default:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	}
	if (tag)
		(void)fail(reader, event->start_mark, "tags are not allowed");
	*out_anchor = (const char *)anchor;
	return !tag;
}

/*
 * Anchors and aliases.
 */

static bool anchor_add(struct reader *reader, yaml_mark_t mark, const char *anchor,
		       struct node *node)
{
	const struct node *same = names_find(&reader->anchors, anchor);
	const char *name;

	if (same) {
		fail_about(reader, mark, "the anchor '&%.80s' stands here twice, first in line %u",
			   anchor, same->line);
		return false;
	}
	name = arena_copy(reader->arena, anchor, strlen(anchor));
	return name && names_add(&reader->anchors, name, node);
}

/* Counts what @size nodes more would be. */
static bool add_aliased(struct reader *reader, yaml_mark_t mark, size_t size)
{
	reader->aliased += size;
	if (reader->aliased <= DOCUMENT_ALIASED_MAX)
		return true;
	(void)fail(reader, mark, "aliases stand for more than 100,000 nodes");
	return false;
}

static void fail_unknown(struct reader *reader, yaml_mark_t mark, const char *anchor)
{
	const char *known[32];
	const char *meant;
	size_t count = 0;

	for (size_t i = 0; i < reader->anchors.room && count < 32; i++)
		if (reader->anchors.places[i].text)
			known[count++] = reader->anchors.places[i].text;
	meant = nearest_word(anchor, known, count);
	fail_about(reader, mark, "there is no anchor '&%.80s' above%s%.80s%s", anchor,
		   meant ? "; hint: did you mean '*" : "", meant ? meant : "", meant ? "'?" : "");
}

/* The node that an alias stands for, to be put into a list or map of its own. */
static struct node *read_alias(struct reader *reader, const yaml_event_t *event)
{
	const char *anchor = (const char *)event->data.alias.anchor;
	const struct node *meant = names_find(&reader->anchors, anchor);
	struct node *node;

	if (!meant) {
		fail_unknown(reader, event->start_mark, anchor);
		return NULL;
	}
	if (meant->is_open) {
		fail_about(reader, event->start_mark, "'*%.80s' stands within what it means",
			   anchor);
		return NULL;
	}
	if (reader->depth + meant->height > DOCUMENT_DEPTH_MAX) {
		(void)fail(reader, event->start_mark, "more than 32 levels");
		return NULL;
	}
	if (!add_aliased(reader, event->start_mark, meant->size))
		return NULL;
	node = arena_alloc(reader->arena, sizeof(*node));
	if (!node)
		return NULL;
	*node = *meant;
	node->next = NULL;
	node->key = NULL;
	return node;
}

/*
 * Nodes.
 */

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

/* Counts an item of @node in. */
static void node_grow(struct node *node, const struct node *item)
{
	node->size += item->size;
	if (node->height < item->height)
		node->height = item->height;
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
		node_grow(node, item);
	}
}

/* A map while it is read. */
struct map {
	struct node *node;
	struct node **end;
	struct names keys;
	const struct node *merged; /* the value of <<; NULL: there is none */
	yaml_mark_t merge_mark;
};

static bool map_add(struct map *map, struct node *entry)
{
	*map->end = entry;
	map->end = &entry->next;
	node_grow(map->node, entry);
	return names_add(&map->keys, entry->key, entry);
}

static bool has_room(struct reader *reader, const struct map *map, yaml_mark_t mark)
{
	if (map->keys.count < KEYS_MAX)
		return true;
	(void)fail(reader, mark, "a map with more than 1,000 keys");
	return false;
}

/* The key of an entry, and that it is not there already. */
static const char *read_key(struct reader *reader, const yaml_event_t *event, const struct map *map,
			    bool *out_is_merge)
{
	const struct node *same;
	struct node key = { 0 };
	const char *anchor;

	if (event->type != YAML_SCALAR_EVENT) {
		(void)fail(reader, event->start_mark, "a key must be a word");
		return NULL;
	}
	if (!is_plain(reader, event, &anchor) || !read_scalar(reader, event, &key))
		return NULL;
	if (anchor) {
		(void)fail(reader, event->start_mark,
			   "a key has no anchor; hint: write it in front of the value");
		return NULL;
	}
	*out_is_merge = !key.is_quoted && strcmp(key.text, "<<") == 0;
	same = *out_is_merge ? map->merged : names_find(&map->keys, key.text);
	if (!same)
		return key.text;
	fail_about(reader, event->start_mark, "'%.80s' stands here twice, first in line %u",
		   key.text, *out_is_merge ? (unsigned)map->merge_mark.line + 1 : same->key_line);
	return NULL;
}

static bool read_entry(struct reader *reader, const yaml_event_t *key_event, struct map *map)
{
	bool is_merge;
	const char *key = read_key(reader, key_event, map, &is_merge);
	yaml_event_t event;
	struct node *value;

	if (!key || !next_event(reader, &event))
		return false;
	value = read_node(reader, &event);
	yaml_event_delete(&event);
	if (!value)
		return false;
	if (is_merge) {
		map->merged = value;
		map->merge_mark = key_event->start_mark;
		return true;
	}
	value->key = key;
	value->key_line = (unsigned)key_event->start_mark.line + 1;
	value->key_column = (unsigned)key_event->start_mark.column + 1;
	return map_add(map, value);
}

/* Those entries of @source whose keys are not there yet. */
static bool merge_one(struct reader *reader, const struct node *source, struct map *map)
{
	if (source->kind != NODE_MAP) {
		(void)fail(reader, map->merge_mark,
			   "'<<' takes a map, or a list of maps; hint: <<: *NAME");
		return false;
	}
	for (const struct node *from = source->items; from; from = from->next) {
		struct node *entry;

		if (names_find(&map->keys, from->key))
			continue;
		if (!has_room(reader, map, map->merge_mark) ||
		    !add_aliased(reader, map->merge_mark, from->size))
			return false;
		entry = arena_alloc(reader->arena, sizeof(*entry));
		if (!entry)
			return false;
		*entry = *from;
		entry->next = NULL;
		if (!map_add(map, entry))
			return false;
	}
	return true;
}

/* What the map says itself counts, wherever in it << stands. */
static bool merge(struct reader *reader, struct map *map)
{
	if (!map->merged)
		return true;
	if (map->merged->kind != NODE_LIST)
		return merge_one(reader, map->merged, map);
	for (const struct node *source = map->merged->items; source; source = source->next)
		if (!merge_one(reader, source, map))
			return false;
	return true;
}

static bool read_entries(struct reader *reader, struct map *map)
{
	for (;;) {
		yaml_event_t event;
		bool good;

		if (!next_event(reader, &event))
			return false;
		if (event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			return true;
		}
		good = has_room(reader, map, event.start_mark) && read_entry(reader, &event, map);
		yaml_event_delete(&event);
		if (!good)
			return false;
	}
}

static bool read_map(struct reader *reader, struct node *node)
{
	struct map map = { .node = node, .end = &node->items };
	bool good = read_entries(reader, &map) && merge(reader, &map);

	names_release(&map.keys);
	return good;
}

static bool read_items(struct reader *reader, const yaml_event_t *event, struct node *node)
{
	bool good;

	if (reader->depth == DOCUMENT_DEPTH_MAX) {
		(void)fail(reader, event->start_mark, "more than 32 levels");
		return false;
	}
	reader->depth++;
	node->kind = event->type == YAML_MAPPING_START_EVENT ? NODE_MAP : NODE_LIST;
	good = node->kind == NODE_MAP ? read_map(reader, node) : read_list(reader, node);
	reader->depth--;
	node->height++;
	return good;
}

static struct node *read_node(struct reader *reader, const yaml_event_t *event)
{
	struct node *node;
	const char *anchor;
	bool good;

	if (event->type == YAML_ALIAS_EVENT)
		return read_alias(reader, event);
	node = arena_alloc(reader->arena, sizeof(*node));
	if (!node || !is_plain(reader, event, &anchor))
		return NULL;
	node->line = (unsigned)event->start_mark.line + 1;
	node->column = (unsigned)event->start_mark.column + 1;
	if (anchor && !anchor_add(reader, event->start_mark, anchor, node))
		return NULL;
	node->is_open = true;
	good = event->type == YAML_SCALAR_EVENT ? read_scalar(reader, event, node)
						: read_items(reader, event, node);
	node->is_open = false;
	node->size++;
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
	names_release(&reader.anchors);
	return root;
}

const struct node *node_find(const struct node *node, const char *key)
{
	for (const struct node *entry = node->items; entry; entry = entry->next)
		if (entry->key && strcmp(entry->key, key) == 0)
			return entry;
	return NULL;
}
