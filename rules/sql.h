/* SPDX-License-Identifier: MIT */
/*
 * What the statements of a text do to a database: their verbs, the tables they name, whether a
 * WHERE narrows them.
 *
 * PostgreSQL is read by its own parser (libpg_query: the one of PostgreSQL 15). MySQL and SQLite
 * are read by a tokenizer and a reader of statement structure that follow their manuals; commands
 * of Redis by a table. The reader accepts more than the servers do, so that no statement that a
 * server would run is missed: what a server refuses may be reported as if it ran.
 *
 * Nothing is guessed to be harmless. Not understood are: what cannot be parsed; bytes that are no
 * UTF-8, a NUL, unterminated strings and comments; more than the limits below; text that the server
 * finds elsewhere (EXECUTE, a DO block, the body of a function or trigger, EVAL); a SET after which
 * the server reads texts otherwise (a character set like GBK, standard_conforming_strings); and in
 * MySQL what has two meanings: with and without NO_BACKSLASH_ESCAPES or ANSI_QUOTES, and with
 * comments that only some versions execute, where the readings differ in what is reported here.
 *
 * What it cannot see: what a view, trigger, rule, operator, cast or a default of a column does, and
 * what a function does. So a function that is not known to be harmless (rules/sql_functions.def) is
 * an effect of its own, CALL, that changes data.
 *
 * Thread-safe. Takes no more than 192 KiB of stack. libpg_query keeps its memory for each thread (freed
 * when the thread ends) and uses no descriptors. When memory is short, a text is not understood; but a
 * thread's first text of PostgreSQL takes 16 KiB without which libpg_query writes on descriptor 2 and
 * ends the program: sql_warm() at the start of each thread. At worst a text of PostgreSQL takes 150 ms and
 * 64 MiB there (what would take more is not read: rules/sql_depth.h); of the other dialects 50 ms and a
 * few times its size.
 */
#ifndef AGENTOS_RULES_SQL_H
#define AGENTOS_RULES_SQL_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/arena.h"

#define SQL_SIZE_MAX (1024 * 1024) /* bytes of a text */
#define SQL_EFFECTS_MAX 64
#define SQL_TABLES_MAX 64 /* of one effect */
#define SQL_DEPTH_MAX 200 /* parentheses, in MySQL and SQLite */

enum sql_dialect { SQL_POSTGRESQL, SQL_MYSQL, SQL_SQLITE, SQL_REDIS, SQL_DIALECT_COUNT };

/* A table, or what else a statement names: a schema, a role, a setting, a function, a Redis key. */
struct sql_table {
	struct sql_table *next;
	/*
	 * Unquoted; with its schema where that is written: "public.users". ASCII letters are small where
	 * the dialect does not tell them apart: in PostgreSQL those of unquoted names, in SQLite all,
	 * in MySQL all (its servers differ in that). A part that itself has a dot is in double quotes.
	 */
	const char *name;
	bool is_written; /* changed, made or removed; else it is read only */
};

/* One thing that a text does. Pointers are borrowed from the struct sql. */
struct sql_effect {
	/*
	 * Upper case: SELECT, INSERT, DELETE, ...; BEGIN, COMMIT, ROLLBACK, SAVEPOINT for all that
	 * controls transactions; CALL for a function as well as for CALL; LOCK also for the
	 * FOR UPDATE of a SELECT; UNKNOWN for what was not understood; in Redis the command.
	 */
	const char *verb;
	struct sql_table *tables; /* those written first, else in the order of the text */
	size_t table_count;
	/*
	 * SELECT, UPDATE, DELETE: it has a WHERE that looks at a column in each case, and so has
	 * each side of a UNION. One that is true (or false) whatever
	 * the row is counts as none: 1=1, TRUE, 'a'='a', NOT FALSE, x=x, EXISTS (SELECT 1), and
	 * OR with one of these. A tautology that names columns (x > 0 OR x <= 0) is not found.
	 */
	bool has_where;
	bool changes_data; /* data, definitions, rights, files, or settings of other sessions */
	bool leaves_database; /* reads or writes files, runs programs, loads code, asks other servers */
	bool is_understood; /* false: it may do more than this */
};

struct sql {
	bool is_understood; /* all of it, and each effect */
	size_t effect_count;
	/*
	 * In the order of the text. A part that changes data has an effect of its own (a CTE of
	 * PostgreSQL, what EXPLAIN ANALYZE or PREPARE contains), a part that reads adds its tables to
	 * the effect it is in.
	 */
	struct sql_effect effects[SQL_EFFECTS_MAX];
	struct arena arena; /* owned */
};

/**
 * sql_dialect_parse() - read the name of a dialect
 * @name:        postgresql, postgres, pg, mysql, mariadb, sqlite, sqlite3, redis; in any case
 * @out_dialect: written only on success
 *
 * Return: whether it is one.
 */
bool sql_dialect_parse(const char *name, enum sql_dialect *out_dialect);

/**
 * sql_read() - understand a text
 * @text: @len bytes, as the client sends them; need not end in NUL. Of Redis: one command a line, as
 *        redis-cli takes them.
 * @sql:  written; sql_release() it. No effects and understood: there is nothing in the text.
 *
 * Cannot fail: when memory is short, the text is not understood.
 */
void sql_read(const char *text, size_t len, enum sql_dialect dialect, struct sql *sql);

/** sql_warm() - take what the first text of PostgreSQL takes in each thread: memory, and a fifth of a millisecond. */
void sql_warm(void);

/** sql_release() - free what sql_read() took; then there are no effects. */
void sql_release(struct sql *sql);

/**
 * sql_line() - all effects on a line, for people and tests
 * @text: receives "DELETE users where; INSERT a from b,c; SELECT d", or "nothing": the tables that
 *        are written, then those that are read. An effect may end in "changes" (changes_data, and
 *        no table is written), "outside" (leaves_database), "unknown" (not understood); a last
 *        "..." where the text as a whole is not understood. Cut to @size.
 * @size: at least 1
 *
 * Return: @text.
 */
char *sql_line(const struct sql *sql, char *text, size_t size);

#endif
