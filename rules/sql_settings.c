/* SPDX-License-Identifier: MIT */
/*
 * Character sets like GBK and SJIS have characters whose second byte is a backslash: a server that
 * takes UTF-8 for one of them sees no escape where one stands. Without standard_conforming_strings
 * PostgreSQL sees escapes where none stand. The modes of MySQL need no place here: texts are read in
 * each of them (rules/sql_statement.c).
 *
 * Sources: PostgreSQL 15 manual, 20.13.1 and 24.3.1; MySQL 8.0 Reference Manual, 10.4.
 */
#include "rules/sql_settings.h"

#include <string.h>
#include <strings.h>

static bool is_in(const char *const *words, const char *text, size_t len)
{
	for (; *words; words++)
		if (strlen(*words) == len && strncasecmp(*words, text, len) == 0)
			return true;
	return false;
}

bool sql_setting_matters(enum sql_dialect dialect, const char *name, size_t len)
{
	static const char *const of_postgresql[] = { "client_encoding",
						     "standard_conforming_strings", NULL };
	static const char *const of_mysql[] = { "names", "charset", "character",
						"character_set_client", NULL };

	if (dialect == SQL_POSTGRESQL)
		return is_in(of_postgresql, name, len);
	return dialect == SQL_MYSQL && is_in(of_mysql, name, len);
}

bool sql_setting_is_safe(const char *value, size_t len)
{
	static const char *const values[] = { "utf8",	"utf-8", "utf8mb3", "utf8mb4", "unicode",
					      "latin1", "ascii", "binary",  "default", "sql_ascii",
					      "on",	"true",	 "yes",	    NULL };

	return is_in(values, value, len);
}
