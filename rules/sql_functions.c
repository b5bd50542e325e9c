/* SPDX-License-Identifier: MIT */
#include "rules/sql_functions.h"

#include <stdlib.h>
#include <string.h>

enum doing { NONE, HARMLESS, CHANGES, OUTSIDE, RUNS };

struct row {
	const char *name;
	unsigned char doing[SQL_REDIS]; /* by dialect; those of Redis are commands */
};

static const struct row rows[] = {
#define FUNCTION(name, postgresql, mysql, sqlite) { #name, { postgresql, mysql, sqlite } },
#include "rules/sql_functions.def"
#undef FUNCTION
};

static int compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct row *)row)->name);
}

static enum doing doing_of(enum sql_dialect dialect, const struct sql_name *name)
{
	char text[SQL_NAME_MAX + 1];
	const struct row *row;

	memcpy(text, name->text, name->len);
	text[name->len] = '\0';
	row = bsearch(text, rows, sizeof(rows) / sizeof(rows[0]), sizeof(rows[0]), compare);
	return row ? (enum doing)row->doing[dialect] : NONE;
}

/* Calls of one function are one effect. */
static bool was_called(const struct sql *sql, const struct sql_name *name)
{
	for (size_t i = 0; i < sql->effect_count && !name->is_bad; i++) {
		const struct sql_effect *effect = &sql->effects[i];

		if (strcmp(effect->verb, "CALL") == 0 && effect->table_count == 1 &&
		    strncmp(effect->tables->name, name->text, name->len) == 0 &&
		    !effect->tables->name[name->len])
			return true;
	}
	return false;
}

bool sql_function_is_harmless(enum sql_dialect dialect, const struct sql_name *name)
{
	return !name->is_bad && doing_of(dialect, name) == HARMLESS;
}

void sql_add_function(struct sql *sql, enum sql_dialect dialect, const struct sql_name *name,
		      bool only_bad, const struct sql_name *own)
{
	enum doing doing = name->is_bad ? NONE : doing_of(dialect, name);
	bool is_harmless = doing == HARMLESS && !own;
	struct sql_effect *call;

	if (is_harmless || (only_bad && (doing == NONE || doing == HARMLESS)))
		return;
	if (own)
		name = own;
	if (was_called(sql, name))
		return;
	call = sql_add(sql, "CALL", true);
	call->leaves_database = doing == OUTSIDE || doing == RUNS;
	sql_add_table(sql, call, name, false);
	if (doing == RUNS)
		sql_effect_doubt(sql, call);
}
