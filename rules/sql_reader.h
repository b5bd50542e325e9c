/* SPDX-License-Identifier: MIT */
/*
 * The structure of statements in MySQL and SQLite: inside rules/ only.
 *
 * A statement is walked once, token by token, without recursion; each parenthesis has a frame that
 * knows in which clause it stands. What a statement begins with is told by rules/sql_statement.c.
 */
#ifndef AGENTOS_RULES_SQL_READER_H
#define AGENTOS_RULES_SQL_READER_H

#include "rules/sql_functions.h"
#include "rules/sql_tokens.h"
#include "rules/sql_truth.h"

#define SQL_CTES_MAX 64 /* that are visible at a time */

enum sql_with {
	SQL_WITH_NONE,
	SQL_WITH_NAME, /* a name is to come */
	SQL_WITH_AS,   /* columns and AS are to come */
	SQL_WITH_BODY, /* its query is to come */
	SQL_WITH_END,  /* a comma, or the statement itself */
};

/* A name that WITH gave a query. */
struct sql_cte {
	struct sql_name name;
	bool is_hidden; /* inside its own query, when that is not recursive */
};

/* A level of parentheses; the first is the statement. */
struct sql_frame {
	bool is_query;	  /* SELECT stands in it */
	bool in_from;	  /* a comma is followed by a table */
	bool wants_table; /* a table is to come */
	bool is_written;  /* the tables are changed */
	bool has_from;	  /* FROM begins tables although it is no query */
	bool in_where;
	bool had_where; /* of this query */
	bool is_body;	/* of a CTE */
	bool is_first;	/* before its first token */
	enum sql_with with;
	bool is_recursive;
	size_t cte_count; /* visible outside */
	struct sql_truth truth;
};

struct sql_reader {
	struct sql *sql;
	enum sql_dialect dialect;
	struct sql_tokens tokens;
	struct sql_token token, next;
	enum sql_keyword before, before2; /* the keywords of the last tokens, or none */
	struct sql_effect *effect;	  /* of the statement; NULL before there is one */
	bool is_after_dot;
	bool is_definition; /* types and columns are written like calls of functions */
	bool wheres_differ; /* a part without WHERE was seen */
	bool is_explained;  /* it is the statement of an EXPLAIN */
	size_t finished;    /* effects of statements that ended in a semicolon */
	size_t depth;
	struct sql_frame frames[SQL_DEPTH_MAX];
	struct sql_cte ctes[SQL_CTES_MAX];
	size_t cte_count;
};

/** sql_reader_next() - go to the next token. */
void sql_reader_next(struct sql_reader *reader);

/** sql_reader_take() - go on when the token is the word @word. Return: whether it was. */
bool sql_reader_take(struct sql_reader *reader, const char *word);

/** sql_reader_ends() - whether the statement is over. */
bool sql_reader_ends(const struct sql_reader *reader);

/** sql_reader_begin() - the statement's effect is @verb; it may already have tables of CTEs. */
void sql_reader_begin(struct sql_reader *reader, const char *verb, bool changes_data);

/** sql_reader_is_name() - whether a token can be a name where one must stand. */
bool sql_reader_is_name(const struct sql_reader *reader, const struct sql_token *token);

/** sql_reader_name() - read a, a.b or a.b.c, to behind it. Return: whether there was one. */
bool sql_reader_name(struct sql_reader *reader, struct sql_name *out_name);

/** sql_reader_table() - add the name that stands here to the effect. Return: whether there is one. */
bool sql_reader_table(struct sql_reader *reader, bool is_written);

/** sql_reader_with() - read a WITH at the start of a statement, to behind its last query. */
void sql_reader_with(struct sql_reader *reader);

/** sql_reader_step() - read a token, or a name. */
void sql_reader_step(struct sql_reader *reader);

/** sql_reader_doubt() - the statement is not understood; it must have begun. */
void sql_reader_doubt(struct sql_reader *reader);

/** sql_reader_rest() - read to the end of the statement, as the first frame says. */
void sql_reader_rest(struct sql_reader *reader);

/** sql_reader_open() - forget the last statement: one empty frame. */
void sql_reader_open(struct sql_reader *reader);

#endif
