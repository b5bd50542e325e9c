/* SPDX-License-Identifier: MIT */
/*
 * How the readers of the dialects fill a struct sql: inside rules/ only.
 */
#ifndef AGENTOS_RULES_SQL_BUILD_H
#define AGENTOS_RULES_SQL_BUILD_H

#include "rules/sql.h"

#define SQL_NAME_MAX 512 /* bytes of a name with its schema */

/* A name that is being put together from its parts. */
struct sql_name {
	char text[SQL_NAME_MAX];
	size_t len;
	bool is_bad; /* it did not fit */
};

/** sql_name_init() - no part yet. Not all of @text is set: there are many names. */
static inline void sql_name_init(struct sql_name *name)
{
	name->len = 0;
	name->is_bad = false;
}

/** sql_doubt() - the text as a whole is not understood. */
void sql_doubt(struct sql *sql);

/**
 * sql_add() - add an effect
 * @verb: kept
 *
 * Return: it; when there is no room, the last one, and the text is not understood.
 */
struct sql_effect *sql_add(struct sql *sql, const char *verb, bool changes_data);

/** sql_add_unknown() - add an effect that is not understood; neither is the text. */
void sql_add_unknown(struct sql *sql, const char *verb);

/** sql_effect_doubt() - an effect is not understood; neither is the text. */
void sql_effect_doubt(struct sql *sql, struct sql_effect *effect);

/** sql_name_part() - put a part of @len bytes after those that are there, with a dot between. */
void sql_name_part(struct sql_name *name, const char *part, size_t len);

/**
 * sql_add_table() - add a name to an effect, once; written wins
 * A name that did not fit, and one too many, are not understood.
 */
void sql_add_table(struct sql *sql, struct sql_effect *effect, const struct sql_name *name,
		   bool is_written);

/** sql_add_word() - sql_add_table() of a name of one part, as it is. */
void sql_add_word(struct sql *sql, struct sql_effect *effect, const char *text, size_t len,
		  bool is_written);

/** sql_take_tables() - move the tables of @from to @to, as read only. */
void sql_take_tables(struct sql *sql, struct sql_effect *to, const struct sql_effect *from);

/** sql_equal() - whether two texts have the same effects. */
bool sql_equal(const struct sql *a, const struct sql *b);

/** sql_read_postgresql() - @text is UTF-8 of at most SQL_SIZE_MAX bytes, without NUL; ends in one. */
void sql_read_postgresql(const char *text, size_t len, struct sql *sql);

/** sql_read_tokens() - of MySQL and SQLite; @text as above. */
void sql_read_tokens(const char *text, size_t len, enum sql_dialect dialect, struct sql *sql);

/** sql_read_redis() - @text as above. */
void sql_read_redis(const char *text, size_t len, struct sql *sql);

#endif
