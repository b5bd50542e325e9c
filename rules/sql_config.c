/* SPDX-License-Identifier: MIT */
/*
 * set_config('name', 'value', ...) of PostgreSQL: what SET name TO 'value' does, within a query.
 */
#include <string.h>

#include "rules/sql_postgres.h"
#include "rules/sql_settings.h"

/* Goes into what holds the arguments of a call. Return: whether there are any. */
static bool enter_arguments(struct sql_json *json)
{
	size_t depth = 0;

	for (;;) {
		switch (sql_json_next(json)) {
		case SQL_JSON_OPEN:
			if (depth == 1 && sql_span_is(json->key, "args"))
				return true;
			depth++;
			break;
		case SQL_JSON_CLOSE:
			if (--depth == 0)
				return false;
			break;
		case SQL_JSON_BAD:
		case SQL_JSON_DONE:
			return false;
		default:
			break;
		}
	}
}

/* Return: whether the next argument is a string that stands there; then it has been taken. */
static bool take_string(struct sql_json *json, struct sql_span *out)
{
	if (sql_json_next(json) != SQL_JSON_OPEN || sql_json_next(json) != SQL_JSON_OPEN ||
	    !sql_span_is(json->key, "A_Const") || sql_json_next(json) != SQL_JSON_OPEN ||
	    sql_json_next(json) != SQL_JSON_TEXT || !sql_span_is(json->key, "sval"))
		return false;
	*out = json->value;
	/* The end of the string, its location, the end of the constant and of the argument. */
	return sql_json_next(json) == SQL_JSON_CLOSE && sql_json_next(json) == SQL_JSON_OTHER &&
	       sql_json_next(json) == SQL_JSON_CLOSE && sql_json_next(json) == SQL_JSON_CLOSE;
}

/* Settings are found without regard to case; SET has its names in small letters mostly. */
static void fold(struct sql_name *name)
{
	for (size_t i = 0; i < name->len; i++)
		if (name->text[i] >= 'A' && name->text[i] <= 'Z')
			name->text[i] = (char)(name->text[i] - 'A' + 'a');
}

/* Whether the value is one that changes nothing about how texts are read. */
static bool is_safe(struct sql_json *json, const struct sql_name *name)
{
	struct sql_span value;

	return !sql_setting_matters(SQL_POSTGRESQL, name->text, name->len) ||
	       (take_string(json, &value) && sql_setting_is_safe(value.text, value.len));
}

void sql_config_add(struct sql_walk *walk, const char *at)
{
	struct sql_json json = { .at = at, .end = walk->json.at };
	struct sql_effect *effect = sql_add(walk->sql, "SET", false);
	struct sql_span span;
	struct sql_name name;

	sql_name_init(&name);
	if (!enter_arguments(&json) || !take_string(&json, &span)) {
		sql_effect_doubt(walk->sql, effect);
		return;
	}
	name.len = sql_span_decode(span, name.text, sizeof(name.text));
	name.is_bad = name.len > sizeof(name.text);
	if (!name.is_bad) {
		fold(&name);
		if (!is_safe(&json, &name))
			sql_effect_doubt(walk->sql, effect);
	}
	sql_add_table(walk->sql, effect, &name, false);
}
