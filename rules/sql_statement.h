/* SPDX-License-Identifier: MIT */
/*
 * The statements of MySQL and SQLite, by the word that they begin with: inside rules/ only.
 */
#ifndef AGENTOS_RULES_SQL_STATEMENT_H
#define AGENTOS_RULES_SQL_STATEMENT_H

#include "rules/sql_reader.h"

struct sql_verb;

/* Reads a statement from behind its first word. The effect has begun. */
typedef void sql_verb_fn(struct sql_reader *reader, const struct sql_verb *verb);

struct sql_verb {
	const char *word;
	unsigned dialects; /* SQL_IN_MYSQL, SQL_IN_SQLITE */
	bool changes_data;
	sql_verb_fn *read;
	const char *name; /* of the effect; NULL: the word */
};

#define SQL_IN_MYSQL (1u << SQL_MYSQL)
#define SQL_IN_SQLITE (1u << SQL_SQLITE)
#define SQL_IN_BOTH (SQL_IN_MYSQL | SQL_IN_SQLITE)

/** sql_statement_read() - read one statement, which is not empty. */
void sql_statement_read(struct sql_reader *reader);

/** sql_reader_names() - add names between commas, whatever follows each of them. */
void sql_reader_names(struct sql_reader *reader, bool is_written);

/** sql_verb_create() - CREATE: bodies of triggers, functions, procedures and events are not understood. */
void sql_verb_create(struct sql_reader *reader, const struct sql_verb *verb);

/** sql_verb_alter() - ALTER, and the table that RENAME or EXCHANGE PARTITION names. */
void sql_verb_alter(struct sql_reader *reader, const struct sql_verb *verb);

/** sql_verb_drop() - DROP. */
void sql_verb_drop(struct sql_reader *reader, const struct sql_verb *verb);

/** sql_verb_rename() - RENAME TABLE a TO b, c TO d. */
void sql_verb_rename(struct sql_reader *reader, const struct sql_verb *verb);

/** sql_verb_grant() - GRANT and REVOKE; what stands after ON. */
void sql_verb_grant(struct sql_reader *reader, const struct sql_verb *verb);

/** sql_verb_set() - SET; the variables. */
void sql_verb_set(struct sql_reader *reader, const struct sql_verb *verb);

/** sql_verb_show() - SHOW. */
void sql_verb_show(struct sql_reader *reader, const struct sql_verb *verb);

/** sql_verb_explain() - EXPLAIN, DESCRIBE, and ANALYZE of a statement, which runs it. */
void sql_verb_explain(struct sql_reader *reader, const struct sql_verb *verb);

/** sql_verb_analyze() - ANALYZE of tables or of a statement. */
void sql_verb_analyze(struct sql_reader *reader, const struct sql_verb *verb);

/** sql_verb_pragma() - PRAGMA; one that is given a value, or is not known, changes something. */
void sql_verb_pragma(struct sql_reader *reader, const struct sql_verb *verb);

/** sql_verb_attach() - ATTACH; the name that the file is given. */
void sql_verb_attach(struct sql_reader *reader, const struct sql_verb *verb);

/** sql_verb_vacuum() - VACUUM, also INTO a file. */
void sql_verb_vacuum(struct sql_reader *reader, const struct sql_verb *verb);

/** sql_verb_begin() - BEGIN, and what else begins or ends a transaction. */
void sql_verb_begin(struct sql_reader *reader, const struct sql_verb *verb);

/** sql_verb_start() - START TRANSACTION; of a replica otherwise. */
void sql_verb_start(struct sql_reader *reader, const struct sql_verb *verb);

#endif
