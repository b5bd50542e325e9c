/* SPDX-License-Identifier: MIT */
/*
 * The front matter of an AGENTS.md: a map of `name`, `description`, `policies`, `security` and `tools`. What
 * is not understood becomes an item that says so, like a list item of the text.
 */
#include <errno.h>
#include <string.h>

#include "rules/agents_md.h"
#include "rules/document.h"
#include "rules/explain.h"

struct front {
	struct arena *arena;
	struct agents_md *md;
	bool is_short; /* of memory */
};

/* The words for actions, and what is done. Those of the original that name nothing here are missing. */
static const struct {
	const char *name;
	enum agents_deed deed;
} actions[] = {
	{ "read_file", AGENTS_READ },	      { "file_read", AGENTS_READ },
	{ "write_file", AGENTS_WRITE },	      { "file_write", AGENTS_WRITE },
	{ "delete_file", AGENTS_DELETE },     { "file_delete", AGENTS_DELETE },
	{ "code_execution", AGENTS_EXECUTE }, { "execute", AGENTS_EXECUTE },
	{ "shell_exec", AGENTS_EXECUTE },     { "database_query", AGENTS_QUERY },
	{ "database_write", AGENTS_CHANGE },  { "api_call", AGENTS_CALL },
	{ "send_email", AGENTS_MAIL },
};

static struct agents_item *item_at(struct front *front, const struct node *node, const char *text,
				   const char *why)
{
	struct agents_item *item = agents_item_add(front->arena, front->md,
						   node->key ? node->key_line : node->line,
						   node->key ? node->key_column : node->column);

	if (!item) {
		front->is_short = true;
		return NULL;
	}
	item->text = text;
	item->why = why;
	return item;
}

static void unknown(struct front *front, const struct node *node, const char *why)
{
	(void)item_at(front, node,
		      node->key			  ? node->key
		      : node->kind == NODE_SCALAR ? node->text
						  : "an entry",
		      why);
}

static bool is_text(const struct node *node, const char *text)
{
	return node && node->kind == NODE_SCALAR && strcmp(node->text, text) == 0;
}

static bool bool_read(const struct node *node, bool *out)
{
	*out = is_text(node, "true");
	return *out || is_text(node, "false");
}

/* One key of an entry. Return: why it is none, or NULL. */
static const char *entry_key(struct front *front, struct agents_item *item, const struct node *node)
{
	bool yes;

	if (strcmp(node->key, "action") == 0)
		return NULL;
	if (strcmp(node->key, "effect") == 0) {
		item->mood = is_text(node, "deny") ? AGENTS_NEVER : item->mood;
		return is_text(node, "deny") || is_text(node, "allow")
			       ? NULL
			       : "its effect is neither allow nor deny";
	}
	if (strcmp(node->key, "mode") == 0) {
		item->read_only = is_text(node, "read_only");
		return item->read_only || is_text(node, "read_write")
			       ? NULL
			       : "its mode is neither read_only nor read_write";
	}
	if (strcmp(node->key, "requires_approval") == 0) {
		if (!bool_read(node, &yes))
			return "requires_approval is neither true nor false";
		if (yes && item->mood == AGENTS_MAY)
			item->mood = AGENTS_ASK;
		return NULL;
	}
	if (strcmp(node->key, "log") == 0)
		return bool_read(node, &item->is_logged) ? NULL : "log is neither true nor false";
	if (strcmp(node->key, "rate_limit") == 0 && node->kind == NODE_SCALAR) {
		item->limit = agents_limit(front->arena, node->text);
		return item->limit ? NULL : "its rate_limit is none such as 100/hour";
	}
	return "it has a key whose meaning is not known here, and which may bound it";
}

static void entry_read(struct front *front, const struct node *entry)
{
	const struct node *action = entry->kind == NODE_MAP ? node_find(entry, "action") : NULL;
	struct agents_item *item;

	if (!action || action->kind != NODE_SCALAR) {
		unknown(front, entry, "an entry is a map with an action");
		return;
	}
	item = item_at(front, entry, action->text, "its action is none that is known here");
	for (size_t i = 0; item && i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (is_text(action, actions[i].name)) {
			item->deeds = AGENTS_BIT(actions[i].deed);
			item->why = NULL;
		}
	}
	if (!item)
		return;
	if (!node_find(entry, "effect") && !item->why)
		item->why = "it has no effect";
	item->area = AGENTS_AREA_CAN;
	for (const struct node *node = entry->items; node && !item->why; node = node->next)
		item->why = entry_key(front, item, node);
	/* A refusal alone does not make it a list of what is granted. */
	if (is_text(node_find(entry, "effect"), "deny"))
		item->area = AGENTS_AREA_NEVER;
}

static void policies_read(struct front *front, const struct node *list)
{
	if (list->kind != NODE_LIST) {
		unknown(front, list, "it is no list");
		return;
	}
	for (const struct node *entry = list->items; entry; entry = entry->next) {
		const char *const *name = builtin_names();
		struct agents_item *item;

		if (entry->kind != NODE_SCALAR) {
			entry_read(front, entry);
			continue;
		}
		while (*name && strcmp(*name, entry->text) != 0)
			name++;
		item = item_at(front, entry, entry->text,
			       *name ? NULL : "it is the name of no built-in policy");
		if (item)
			item->is_named = *name;
	}
}

static void tools_read(struct front *front, const struct node *list)
{
	if (list->kind != NODE_LIST) {
		unknown(front, list, "it is no list");
		return;
	}
	for (const struct node *tool = list->items; tool; tool = tool->next) {
		struct agents_item *item;

		if (tool->kind != NODE_SCALAR) {
			unknown(front, tool, "it is no name of a tool");
			continue;
		}
		item = item_at(front, tool, tool->text, NULL);
		if (!item)
			return;
		item->area = AGENTS_AREA_CAN;
		item->deeds = AGENTS_BIT(AGENTS_TOOL);
		item->objects = agents_object_read(front->arena, tool->text, item->deeds, false,
						   &item->why);
		front->is_short = front->is_short || (!item->objects && !item->why);
	}
}

static void kernel_read(struct front *front, const struct node *map)
{
	if (map->kind != NODE_MAP)
		unknown(front, map, "it is no map");
	for (const struct node *node = map->kind == NODE_MAP ? map->items : NULL; node;
	     node = node->next) {
		if (strcmp(node->key, "mode") == 0 && is_text(node, "strict"))
			continue;
		if (strcmp(node->key, "version") == 0 && is_text(node, "1.0"))
			continue;
		unknown(front, node,
			strcmp(node->key, "mode") == 0 ? "only the mode strict is taken over: the "
							 "others would switch refusals off"
						       : "it is not known here");
	}
}

static void security_read(struct front *front, const struct node *map)
{
	if (map->kind != NODE_MAP)
		unknown(front, map, "it is no map");
	for (const struct node *node = map->kind == NODE_MAP ? map->items : NULL; node;
	     node = node->next) {
		if (strcmp(node->key, "kernel") == 0)
			kernel_read(front, node);
		else if (strcmp(node->key, "policies") == 0)
			policies_read(front, node);
		else
			unknown(front, node, "nothing in a policy stands for it");
	}
}

static void key_read(struct front *front, const struct node *node)
{
	bool is_word = node->kind == NODE_SCALAR && node->text[0];

	if (strcmp(node->key, "name") == 0 && is_word)
		front->md->name = node->text;
	else if (strcmp(node->key, "description") == 0 && is_word)
		front->md->description = node->text;
	else if (strcmp(node->key, "policies") == 0)
		policies_read(front, node);
	else if (strcmp(node->key, "security") == 0)
		security_read(front, node);
	else if (strcmp(node->key, "tools") == 0)
		tools_read(front, node);
	else if (strcmp(node->key, "version") != 0 || !is_word)
		unknown(front, node, "nothing in a policy stands for it");
}

int agents_front_read(struct arena *arena, const char *text, size_t size, struct agents_md *md,
		      struct policy_errors *errors)
{
	struct front front = { .arena = arena, .md = md };
	size_t before = errors->count;
	const struct node *root = document_parse(arena, md->label, text, size, errors);

	if (!root)
		return errors->count > before ? -EINVAL : -ENOMEM;
	if (root->kind != NODE_MAP)
		return root->kind == NODE_SCALAR && !root->text[0]
			       ? 0
			       : errors_add(errors, md->label, root->line, root->column,
					    "the front matter is no map of keys");
	for (const struct node *node = root->items; node; node = node->next)
		key_read(&front, node);
	return front.is_short ? -ENOMEM : 0;
}
