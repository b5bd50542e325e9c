/* SPDX-License-Identifier: MIT */
#include "rules/sql_postgres.h"

#include <pg_query.h>
#include <stdlib.h>
#include <string.h>

#include "rules/sql_depth.h"
#include "rules/sql_functions.h"

#define CHANGES SQL_NODE_CHANGES
#define OUTSIDE SQL_NODE_OUTSIDE
#define UNKNOWN SQL_NODE_UNKNOWN
#define NESTS SQL_NODE_NESTS
#define DEFINES SQL_NODE_DEFINES
#define ROLES SQL_NODE_ROLES

static const struct sql_node nodes[] = {
#define NODE(name, kind, verb, flags) { #name, SQL_NODE_##kind, verb, flags },
#include "rules/sql_nodes.def"
#undef NODE
};

#define NODE_NAME_MAX 40

static int compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct sql_node *)row)->name);
}

const struct sql_node *sql_node_find(struct sql_span name)
{
	char text[NODE_NAME_MAX + 1];

	if (name.len > NODE_NAME_MAX)
		return NULL;
	memcpy(text, name.text, name.len);
	text[name.len] = '\0';
	return bsearch(text, nodes, sizeof(nodes) / sizeof(nodes[0]), sizeof(nodes[0]), compare);
}

struct sql_open *sql_walk_up(struct sql_walk *walk, size_t count)
{
	return walk->open_count > count ? &walk->open[walk->open_count - 1 - count] : NULL;
}

struct sql_effect *sql_walk_effect(struct sql_walk *walk, const struct sql_open *open)
{
	return open->effect > 0 ? &walk->sql->effects[open->effect - 1] : NULL;
}

void sql_walk_begin(struct sql_walk *walk, struct sql_open *open, const struct sql_node *node)
{
	struct sql_effect *effect = sql_add(walk->sql, node->verb, node->flags & CHANGES);

	open->effect = (size_t)(effect - walk->sql->effects) + 1;
	open->begins = true;
	open->reads = node->kind == SQL_NODE_QUERY;
	open->calls = !(node->flags & DEFINES);
	walk->nodes[open->effect] = node;
	walk->locks[open->effect] = walk->dropped[open->effect] = false;
	effect->leaves_database = effect->leaves_database || (node->flags & OUTSIDE);
	if (node->flags & UNKNOWN)
		sql_effect_doubt(walk->sql, effect);
	if (strcmp(node->name, "GrantStmt") == 0 || strcmp(node->name, "GrantRoleStmt") == 0)
		effect->verb = "REVOKE"; /* unless is_grant follows */
	if (strcmp(node->name, "VacuumStmt") == 0)
		effect->verb = "ANALYZE"; /* unless is_vacuumcmd follows */
}

/* Room for one more of @size bytes; NULL when there may be no more, or memory is short. */
static void *grow(void *items, size_t count, size_t *room, size_t max, size_t size)
{
	size_t more = *room > 0 ? *room * 2 : 64;
	void *larger;

	if (count < *room)
		return items;
	if (more > max)
		return NULL;
	larger = realloc(items, more * size);
	if (larger)
		*room = more;
	return larger;
}

void sql_walk_name(struct sql_walk *walk, const struct sql_open *open, const struct sql_name *name,
		   bool is_written, bool is_plain)
{
	struct sql_named *named = grow(walk->named, walk->named_count, &walk->named_size,
				       SQL_NAMED_MAX, sizeof(*named));
	const char *text = arena_copy(&walk->sql->arena, name->text, name->len);

	if (!named || !text || name->is_bad) {
		walk->is_bad = true;
		walk->named = named ? named : walk->named;
		return;
	}
	walk->named = named;
	named[walk->named_count++] = (struct sql_named){
		.text = text,
		.effect = open->effect,
		.is_written = is_written,
		.is_plain = is_plain,
	};
}

static void add_part(struct sql_walk *walk, struct sql_name *name, struct sql_span span)
{
	char text[SQL_NAME_MAX];
	size_t len = sql_span_decode(span, text, sizeof(text));

	if (len > sizeof(text))
		walk->is_bad = true;
	else if (len > 0)
		sql_name_part(name, text, len);
}

static void add_table(struct sql_walk *walk, const struct sql_open *open)
{
	const struct sql_effect *effect = sql_walk_effect(walk, open);
	struct sql_name name;

	if (!effect)
		return;
	sql_name_init(&name);
	add_part(walk, &name, open->catalog);
	add_part(walk, &name, open->schema);
	add_part(walk, &name, open->table);
	sql_walk_name(walk, open, &name, effect->changes_data && !open->reads,
		      open->schema.len == 0);
}

/* Whether the strings below an array are the parts of a name that matters. */
static bool begins_name(struct sql_walk *walk, const struct sql_open *array)
{
	static const struct sql_span keys[] = { SQL_WORD("funcname"), SQL_WORD("objname"),
						SQL_WORD("defnames"), SQL_WORD("typeName"),
						SQL_WORD("domainname") };
	const struct sql_open *wrapper = sql_walk_up(walk, 2);

	if (sql_span_is_any(array->key, keys, sizeof(keys) / sizeof(keys[0])))
		return true;
	if (!sql_span_is(array->key, "items") && !sql_span_is(array->key, "names"))
		return false;
	return wrapper &&
	       (sql_span_is(wrapper->key, "objects") || sql_span_is(wrapper->key, "object"));
}

/* A function that is called, or the name of what a statement is about. */
static void end_name(struct sql_walk *walk, const struct sql_open *array, struct sql_open *parent)
{
	struct sql_effect *effect = sql_walk_effect(walk, array);
	static const char config[] = "set_config";
	bool is_own = walk->part_count > 1 && !walk->is_builtin;
	bool is_call;

	walk->naming = 0;
	if (!effect)
		return;
	is_call = parent->node && parent->node->kind == SQL_NODE_CALL;
	parent->configures = (is_call || sql_span_is(parent->key, "funccall")) && !is_own &&
			     walk->last.len == strlen(config) &&
			     memcmp(walk->last.text, config, walk->last.len) == 0;
	if (is_call)
		sql_add_function(walk->sql, SQL_POSTGRESQL, &walk->last, !array->calls,
				 is_own ? &walk->name : NULL);
	else if (sql_span_is(parent->key, "funccall"))
		sql_walk_name(walk, array, &walk->name, false, false);
	else if (!sql_span_is(array->key, "funcname") || parent->begins)
		sql_walk_name(walk, array, &walk->name, effect->changes_data, false);
}

static void begin_node(struct sql_walk *walk, struct sql_open *open)
{
	static const struct sql_node unknown = { "", SQL_NODE_STMT, "UNKNOWN", CHANGES | UNKNOWN };
	const struct sql_node *around = walk->nodes[open->effect];
	bool is_statement = open->key.len > 4 &&
			    memcmp(open->key.text + open->key.len - 4, "Stmt", 4) == 0;

	open->node = sql_node_find(open->key);
	if (!open->node && is_statement)
		open->node = &unknown;
	if (!open->node)
		return;
	switch (open->node->kind) {
	case SQL_NODE_QUERY:
		open->reads = open->calls = true;
		if (open->effect == 0 || (around->flags & NESTS))
			sql_walk_begin(walk, open, open->node);
		break;
	case SQL_NODE_STMT:
		sql_walk_begin(walk, open, open->node);
		break;
	case SQL_NODE_CTE:
		if (walk->with_count == SQL_WITH_MAX)
			walk->is_bad = true;
		else
			walk->with[walk->with_count++] =
				(struct sql_with_query){ .first = walk->named_count };
		break;
	case SQL_NODE_LOCKING:
		walk->locks[open->effect] = true;
		open->effect = 0; /* it names aliases */
		break;
	case SQL_NODE_COLUMN:
		open->has_column = true;
		break;
	case SQL_NODE_STAR: /* of a ColumnRef: no column that a condition looks at */
		if (sql_walk_up(walk, 3))
			sql_walk_up(walk, 3)->has_column = false;
		break;
	default:
		break;
	}
}

/* A structure that is no node: some say what the names below them are. */
static void begin_field(struct sql_walk *walk, struct sql_open *open)
{
	static const struct sql_span read[] = { SQL_WORD("fromClause"),	    SQL_WORD("usingClause"),
						SQL_WORD("sourceRelation"), SQL_WORD("whereClause"),
						SQL_WORD("inhRelations"),   SQL_WORD("tableElts"),
						SQL_WORD("pktable") };
	static const struct sql_node into = { "IntoClause", SQL_NODE_STMT, "CREATE", CHANGES };

	if (sql_span_is_any(open->key, read, sizeof(read) / sizeof(read[0])))
		open->reads = true;
	if (sql_span_is(open->key, "intoClause"))
		sql_walk_begin(walk, open, &into);
	if (open->is_array && begins_name(walk, open)) {
		walk->naming = walk->open_count;
		walk->part_count = 0;
		walk->is_builtin = false;
		sql_name_init(&walk->name);
		sql_name_init(&walk->last);
	}
}

static void push(struct sql_walk *walk)
{
	static const struct sql_open root = { .calls = true };
	static const struct sql_open fresh = {
		.any = { true, false },
		.all = { false, true },
		.sides_narrow = true,
	};
	struct sql_open *all = grow(walk->open, walk->open_count, &walk->open_size, SQL_OPEN_MAX,
				    sizeof(*all));
	const struct sql_open *parent;
	struct sql_open *open;

	if (!all) {
		walk->is_bad = true;
		return;
	}
	walk->open = all;
	parent = walk->open_count > 0 ? &all[walk->open_count - 1] : &root;
	open = &all[walk->open_count++];
	*open = fresh;
	open->key = walk->json.key.len > 0 || !parent->is_array ? walk->json.key : parent->key;
	open->start = walk->json.start;
	open->is_array = walk->json.is_array;
	open->effect = parent->effect;
	open->reads = parent->reads;
	open->calls = parent->calls;
	open->first_name = walk->named_count;
	open->first_cte = walk->with_count;
	open->is_node = !open->is_array && walk->json.key.len > 0 && *open->key.text >= 'A' &&
			*open->key.text <= 'Z';
	if (open->is_node)
		begin_node(walk, open);
	else
		begin_field(walk, open);
}

/* Names in @open that are those of its WITH, and not of tables. A query sees itself only when recursive. */
static void resolve(struct sql_walk *walk, const struct sql_open *open)
{
	for (size_t i = open->first_cte; i < walk->with_count; i++) {
		const struct sql_with_query *query = &walk->with[i];
		struct sql_name name;
		size_t hidden = open->first_cte;

		sql_name_init(&name);
		add_part(walk, &name, query->name);
		for (size_t n = open->first_name; n < walk->named_count; n++) {
			struct sql_named *named = &walk->named[n];

			while (hidden <= i && n >= walk->with[hidden].last)
				hidden++;
			if (!open->is_recursive && hidden <= i && n >= walk->with[hidden].first)
				continue;
			if (named->is_plain && !named->is_written &&
			    strlen(named->text) == name.len &&
			    memcmp(named->text, name.text, name.len) == 0)
				named->is_gone = true;
		}
	}
}

/* EXPLAIN without ANALYZE: what is in it only names its tables. */
static void fold(struct sql_walk *walk, const struct sql_open *explain)
{
	for (size_t i = explain->effect + 1; i <= walk->sql->effect_count; i++)
		walk->dropped[i] = strcmp(walk->sql->effects[i - 1].verb, "CALL") != 0;
	for (size_t n = explain->first_name; n < walk->named_count; n++) {
		if (walk->dropped[walk->named[n].effect]) {
			walk->named[n].effect = explain->effect;
			walk->named[n].is_written = false;
		}
	}
}

static void end_statement(struct sql_walk *walk, const struct sql_open *open)
{
	struct sql_effect *effect = sql_walk_effect(walk, open);

	if (strcmp(effect->verb, "SELECT") == 0 || strcmp(effect->verb, "UPDATE") == 0 ||
	    strcmp(effect->verb, "DELETE") == 0)
		effect->has_where = open->is_union ? open->sides_narrow : open->narrows;
	if (walk->sets_meaning)
		sql_effect_doubt(walk->sql, effect);
	walk->sets_meaning = false;
	if (strcmp(effect->verb, "EXPLAIN") == 0 && !walk->runs_explained)
		fold(walk, open);
}

/* The frame is read where it is: nothing is opened before it is done with. */
static void pop(struct sql_walk *walk)
{
	struct sql_open nobody;
	struct sql_open *open, *parent;

	if (walk->open_count == 0) {
		walk->is_bad = true;
		return;
	}
	open = &walk->open[walk->open_count - 1];
	parent = open - 1;
	if (walk->open_count == 1) {
		nobody = (struct sql_open){ .is_array = true };
		parent = &nobody;
	}
	if (walk->naming == walk->open_count)
		end_name(walk, open, parent);
	walk->open_count--;
	if (open->configures)
		sql_config_add(walk, open->start);
	if (open->table.len > 0)
		add_table(walk, open);
	if (open->node && open->node->kind == SQL_NODE_CTE && walk->with_count > 0)
		walk->with[walk->with_count - 1].last = walk->named_count;
	if (open->has_with) {
		resolve(walk, open);
		walk->with_count = open->first_cte;
	}
	if (sql_span_is(open->key, "withClause")) {
		parent->has_with = true;
		parent->is_recursive = open->is_recursive;
	}
	if (open->begins)
		end_statement(walk, open);
	sql_condition_close(open, parent, walk->json.at);
	if (parent->is_array && sql_span_is(open->key, "stmts"))
		sql_walk_finish(walk);
}

void sql_walk_finish(struct sql_walk *walk)
{
	struct sql *sql = walk->sql;
	size_t count = sql->effect_count, kept = 0;

	for (size_t n = 0; n < walk->named_count; n++) {
		const struct sql_named *named = &walk->named[n];

		if (!named->is_gone && named->effect > 0)
			sql_add_word(sql, &sql->effects[named->effect - 1], named->text,
				     strlen(named->text), named->is_written);
	}
	for (size_t i = 1; i <= count; i++)
		if (walk->locks[i] && !walk->dropped[i])
			sql_take_tables(sql, sql_add(sql, "LOCK", false), &sql->effects[i - 1]);
	for (size_t i = 1; i <= sql->effect_count; i++)
		if (!walk->dropped[i])
			sql->effects[kept++] = sql->effects[i - 1];
	sql->effect_count = kept;
	memset(walk->locks, 0, sizeof(walk->locks));
	memset(walk->dropped, 0, sizeof(walk->dropped));
	walk->named_count = walk->with_count = 0;
	walk->runs_explained = false;
}

static void walk_tree(struct sql_walk *walk)
{
	enum sql_json_kind kind;

	while (!walk->is_bad && (kind = sql_json_next(&walk->json)) != SQL_JSON_DONE) {
		if (kind == SQL_JSON_OPEN)
			push(walk);
		else if (kind == SQL_JSON_CLOSE)
			pop(walk);
		else if (kind == SQL_JSON_BAD)
			walk->is_bad = true;
		else
			sql_walk_scalar(walk);
	}
	if (walk->open_count > 0 || walk->is_bad)
		sql_add_unknown(walk->sql, "UNKNOWN");
}

static void read_tree(const char *tree, struct sql *sql)
{
	struct sql_walk walk;

	memset(&walk, 0, sizeof(walk));
	walk.sql = sql;
	walk.json.at = tree;
	walk.json.end = tree + strlen(tree);
	walk_tree(&walk);
	free(walk.open);
	free(walk.named);
}

void sql_read_postgresql(const char *text, size_t len, struct sql *sql)
{
	PgQueryParseResult result;

	if (!sql_depth_is_safe(text, len)) {
		sql_add_unknown(sql, "UNKNOWN");
		return;
	}
	result = pg_query_parse(text);
	if (result.error || !result.parse_tree)
		sql_add_unknown(sql, "UNKNOWN");
	else
		read_tree(result.parse_tree, sql);
	pg_query_free_parse_result(result);
}
