/* SPDX-License-Identifier: MIT */
/*
 * The values in the syntax tree of PostgreSQL: names, and what tells statements of one type apart.
 */
#include <string.h>

#include "rules/sql_postgres.h"
#include "rules/sql_settings.h"

static bool is_of(const struct sql_open *open, const char *node)
{
	return open && open->node && strcmp(open->node->name, node) == 0;
}

/* A name of one part, that the statement makes or changes. */
static void add_value(struct sql_walk *walk, const struct sql_open *open)
{
	char text[SQL_NAME_MAX];
	size_t len = sql_span_decode(walk->json.value, text, sizeof(text));
	struct sql_effect *effect = sql_walk_effect(walk, open);
	struct sql_name name;

	sql_name_init(&name);
	if (len > sizeof(text))
		name.is_bad = true;
	else
		sql_name_part(&name, text, len);
	sql_walk_name(walk, open, &name, effect && effect->changes_data && !open->reads, false);
}

/* DROP SCHEMA a: a string among the objects; other names have a list each. */
static void read_string(struct sql_walk *walk, struct sql_open *open)
{
	const struct sql_open *wrapper = sql_walk_up(walk, 1);
	const struct sql_open *list = sql_walk_up(walk, 2);
	char text[SQL_NAME_MAX];
	size_t len = sql_span_decode(walk->json.value, text, sizeof(text));

	if (walk->naming > 0 && list == &walk->open[walk->naming - 1]) {
		if (len > sizeof(text)) {
			walk->name.is_bad = true;
			return;
		}
		if (walk->part_count == 0)
			walk->is_builtin = len == 10 && memcmp(text, "pg_catalog", 10) == 0;
		sql_name_part(&walk->name, text, len);
		sql_name_init(&walk->last);
		sql_name_part(&walk->last, text, len);
		walk->part_count++;
	} else if (wrapper && !wrapper->is_array &&
		   (sql_span_is(wrapper->key, "objects") || sql_span_is(wrapper->key, "object")) &&
		   !wrapper->is_node) {
		add_value(walk, open);
	}
}

/* A field of the statement itself that holds the name of what it is about. */
static bool names_object(const struct sql_open *open, struct sql_span key)
{
	static const struct sql_span keys[] = {
		SQL_WORD("idxname"),	 SQL_WORD("newname"),	     SQL_WORD("dbname"),
		SQL_WORD("extname"),	 SQL_WORD("role"),	     SQL_WORD("trigname"),
		SQL_WORD("rulename"),	 SQL_WORD("conditionname"),  SQL_WORD("portalname"),
		SQL_WORD("policy_name"), SQL_WORD("pubname"),	     SQL_WORD("subname"),
		SQL_WORD("fdwname"),	 SQL_WORD("plname"),	     SQL_WORD("servername"),
		SQL_WORD("indexname"),	 SQL_WORD("tablespacename"), SQL_WORD("local_schema"),
		SQL_WORD("server_name"), SQL_WORD("amname"),	     SQL_WORD("schemaname"),
		SQL_WORD("newschema"),	 SQL_WORD("name"),
	};

	if (!open->begins || open->is_array)
		return false;
	/* RENAME of a column: these are no tables. */
	if (is_of(open, "RenameStmt") && (sql_span_is(open->word, "OBJECT_COLUMN") ||
					  sql_span_is(open->word, "OBJECT_ATTRIBUTE") ||
					  sql_span_is(open->word, "OBJECT_TABCONSTRAINT") ||
					  sql_span_is(open->word, "OBJECT_DOMCONSTRAINT")))
		return false;
	return sql_span_is_any(key, keys, sizeof(keys) / sizeof(keys[0]));
}

static void read_transaction(struct sql_walk *walk, struct sql_effect *effect)
{
	static const struct {
		const char *kind, *verb;
	} rows[] = {
		{ "TRANS_STMT_COMMIT", "COMMIT" },
		{ "TRANS_STMT_ROLLBACK", "ROLLBACK" },
		{ "TRANS_STMT_SAVEPOINT", "SAVEPOINT" },
		{ "TRANS_STMT_RELEASE", "SAVEPOINT" },
		{ "TRANS_STMT_ROLLBACK_TO", "ROLLBACK" },
		{ "TRANS_STMT_COMMIT_PREPARED", "COMMIT" },
		{ "TRANS_STMT_ROLLBACK_PREPARED", "ROLLBACK" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (sql_span_is(walk->json.value, rows[i].kind))
			effect->verb = rows[i].verb;
}

/* COPY: what comes after the table in the tree. */
static void read_copy(struct sql_walk *walk, const struct sql_open *open, struct sql_effect *effect)
{
	struct sql_span key = walk->json.key;

	if (sql_span_is(key, "filename"))
		effect->leaves_database = effect->changes_data = true;
	if (!sql_span_is(key, "is_from"))
		return;
	effect->changes_data = true;
	for (size_t i = open->first_name; i < walk->named_count; i++)
		if (walk->named[i].effect == open->effect)
			walk->named[i].is_written = true;
}

/* SET name TO value; the value comes later. */
static void read_setting(struct sql_walk *walk, struct sql_open *open)
{
	struct sql_span value = walk->json.value;

	if (sql_span_is(walk->json.key, "kind"))
		open->word = value;
	if (sql_span_is(walk->json.key, "name"))
		walk->sets_meaning = sql_span_is(open->word, "VAR_SET_VALUE") &&
				     sql_setting_matters(SQL_POSTGRESQL, value.text, value.len);
}

static void read_statement(struct sql_walk *walk, struct sql_open *open)
{
	struct sql_effect *effect = sql_walk_effect(walk, open);
	struct sql_span key = walk->json.key;

	if (!effect)
		return;
	if (names_object(open, key))
		add_value(walk, open);
	if (is_of(open, "CopyStmt"))
		read_copy(walk, open, effect);
	else if (is_of(open, "TransactionStmt") && sql_span_is(key, "kind"))
		read_transaction(walk, effect);
	else if ((is_of(open, "GrantStmt") || is_of(open, "GrantRoleStmt")) &&
		 sql_span_is(key, "is_grant"))
		effect->verb = "GRANT";
	else if (is_of(open, "VariableSetStmt"))
		read_setting(walk, open);
	else if (is_of(open, "VacuumStmt") && sql_span_is(key, "is_vacuumcmd"))
		effect->verb = "VACUUM";
	else if (is_of(open, "RenameStmt") && sql_span_is(key, "renameType"))
		open->word = walk->json.value;
	else if (is_of(open, "LoadStmt") && sql_span_is(key, "filename"))
		add_value(walk, open);
}

/* What stands in structures of their own below a statement. */
static void read_part(struct sql_walk *walk, struct sql_open *open)
{
	const struct sql_node *node = walk->nodes[open->effect];
	struct sql_span key = walk->json.key;

	if (sql_span_is(key, "relname"))
		open->table = walk->json.value;
	else if (sql_span_is(key, "schemaname"))
		open->schema = walk->json.value;
	else if (sql_span_is(key, "catalogname"))
		open->catalog = walk->json.value;
	else if (sql_span_is(key, "name") && sql_span_is(open->key, "setstmt"))
		add_value(walk, open);
	else if (sql_span_is(key, "rolename") && node && (node->flags & SQL_NODE_ROLES))
		add_value(walk, open);
	else if (sql_span_is(key, "priv_name") && node && strcmp(node->name, "GrantRoleStmt") == 0)
		add_value(walk, open);
	else if (sql_span_is(key, "sval") && walk->sets_meaning)
		walk->sets_meaning = !sql_setting_is_safe(walk->json.value.text,
							  walk->json.value.len);
	else if (sql_span_is(key, "recursive") && sql_span_is(open->key, "withClause"))
		open->is_recursive = true;
}

void sql_walk_scalar(struct sql_walk *walk)
{
	struct sql_open *open = sql_walk_up(walk, 0);
	struct sql_span key = walk->json.key;

	if (!open)
		return;
	if (!open->node) {
		read_part(walk, open);
		return;
	}
	switch (open->node->kind) {
	case SQL_NODE_STRING:
		read_string(walk, open);
		break;
	case SQL_NODE_CTE:
		if (sql_span_is(key, "ctename") && walk->with_count > 0)
			walk->with[walk->with_count - 1].name = walk->json.value;
		break;
	case SQL_NODE_OPTION:
		if (sql_span_is(key, "defname") && sql_span_is(walk->json.value, "analyze") &&
		    is_of(sql_walk_up(walk, 3), "ExplainStmt"))
			walk->runs_explained = true;
		break;
	case SQL_NODE_BOOL:
		if (sql_span_is(key, "boolop"))
			open->word = walk->json.value;
		break;
	case SQL_NODE_EXPR:
		if (sql_span_is(key, "kind"))
			open->word = walk->json.value;
		break;
	case SQL_NODE_TEST:
		if (sql_span_is(key, "booltesttype"))
			open->word = walk->json.value;
		break;
	default:
		read_statement(walk, open);
	}
}
