/* SPDX-License-Identifier: MIT */
#include "rules/sql_build.h"

#include <string.h>

void sql_doubt(struct sql *sql)
{
	sql->is_understood = false;
}

struct sql_effect *sql_add(struct sql *sql, const char *verb, bool changes_data)
{
	struct sql_effect *effect;

	if (sql->effect_count == SQL_EFFECTS_MAX) {
		effect = &sql->effects[SQL_EFFECTS_MAX - 1];
		sql_effect_doubt(sql, effect);
		effect->changes_data = effect->changes_data || changes_data;
		return effect;
	}
	effect = &sql->effects[sql->effect_count++];
	*effect = (struct sql_effect){
		.verb = verb,
		.changes_data = changes_data,
		.is_understood = true,
	};
	return effect;
}

void sql_effect_doubt(struct sql *sql, struct sql_effect *effect)
{
	effect->is_understood = false;
	sql_doubt(sql);
}

void sql_add_unknown(struct sql *sql, const char *verb)
{
	sql_effect_doubt(sql, sql_add(sql, verb, true));
}

/* "a.b" is one name, a.b are two: a rule must not take one for the other. */
void sql_name_part(struct sql_name *name, const char *part, size_t len)
{
	bool quote = len == 0 || memchr(part, '.', len);
	size_t need = (name->len > 0) + len + 2 * (size_t)quote;

	if (need > sizeof(name->text) - name->len) {
		name->is_bad = true;
		return;
	}
	if (name->len > 0)
		name->text[name->len++] = '.';
	if (quote)
		name->text[name->len++] = '"';
	memcpy(name->text + name->len, part, len);
	name->len += len;
	if (quote)
		name->text[name->len++] = '"';
}

/* Where a name is in the list of an effect; else its end. */
static struct sql_table **find(struct sql_effect *effect, const char *text, size_t len)
{
	struct sql_table **at = &effect->tables;

	while (*at && (strncmp((*at)->name, text, len) != 0 || (*at)->name[len]))
		at = &(*at)->next;
	return at;
}

static void insert(struct sql_effect *effect, struct sql_table *table)
{
	struct sql_table **at = &effect->tables;

	while (*at && (!table->is_written || (*at)->is_written))
		at = &(*at)->next;
	table->next = *at;
	*at = table;
}

void sql_add_word(struct sql *sql, struct sql_effect *effect, const char *text, size_t len,
		  bool is_written)
{
	struct sql_table **at = find(effect, text, len);
	struct sql_table *table = *at;

	if (table && (table->is_written || !is_written))
		return;
	if (table) {
		*at = table->next;
	} else if (effect->table_count == SQL_TABLES_MAX) {
		sql_effect_doubt(sql, effect);
		return;
	} else {
		table = arena_alloc(&sql->arena, sizeof(*table));
		if (table)
			table->name = arena_copy(&sql->arena, text, len);
		if (!table || !table->name) {
			sql_effect_doubt(sql, effect);
			return;
		}
		effect->table_count++;
	}
	table->is_written = is_written;
	insert(effect, table);
}

void sql_add_table(struct sql *sql, struct sql_effect *effect, const struct sql_name *name,
		   bool is_written)
{
	if (name->is_bad)
		sql_effect_doubt(sql, effect);
	else if (name->len > 0)
		sql_add_word(sql, effect, name->text, name->len, is_written);
}

void sql_take_tables(struct sql *sql, struct sql_effect *to, const struct sql_effect *from)
{
	for (const struct sql_table *table = from->tables; table; table = table->next)
		sql_add_word(sql, to, table->name, strlen(table->name), false);
}

static bool tables_equal(const struct sql_table *a, const struct sql_table *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (a->is_written != b->is_written || strcmp(a->name, b->name) != 0)
			return false;
	return !a && !b;
}

bool sql_equal(const struct sql *a, const struct sql *b)
{
	if (a->effect_count != b->effect_count || a->is_understood != b->is_understood)
		return false;
	for (size_t i = 0; i < a->effect_count; i++) {
		const struct sql_effect *x = &a->effects[i], *y = &b->effects[i];

		if (strcmp(x->verb, y->verb) != 0 || x->has_where != y->has_where ||
		    x->changes_data != y->changes_data ||
		    x->leaves_database != y->leaves_database ||
		    x->is_understood != y->is_understood || !tables_equal(x->tables, y->tables))
			return false;
	}
	return true;
}
