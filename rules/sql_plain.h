/* SPDX-License-Identifier: MIT */
/*
 * A quick reader of plain statements of PostgreSQL: inside rules/ only.
 *
 * libpg_query takes 50 microseconds for 1 KB, most of them to write its tree and to have it read again. What
 * applications send most is simpler than its grammar, so it is read here, and only it: a text that is not
 * wholly of the grammar below is left to libpg_query. What is read here comes to the same as there
 * (tests/unit/sql_plain_test.c, tests/fuzz/fuzz_sql.c); in doubt, give up.
 *
 *   text     SELECT, INSERT, UPDATE, DELETE, BEGIN, COMMIT or ROLLBACK; one, with a ";" or without
 *   bytes    ASCII; no backslash, no comment, no control character but tab and line ends
 *   words    names that are no keywords, or those that rules/sql_plain_words.def lets pass; "x" of letters,
 *            digits and a few marks; 63 bytes at most, since PostgreSQL cuts longer ones
 *   strings  'x' alone, with nothing before it that may change what it means
 *   numbers  1 and 1.5: nothing right behind, no zero in front; $1
 *   marks    = < > <= >= <> != + - * / % || ( ) , . ; ::, with no other mark of operators beside them
 *   FROM     tables, with JOIN ... ON or USING
 *   terms    columns, numbers, strings, functions known as harmless, arithmetic, "::" a plain type
 *   tests    comparison, IN a list, LIKE, BETWEEN, IS NULL, IS TRUE; AND, OR, NOT
 *
 * No query in another, WITH, UNION, CASE, arrays. Each level of operators that is not associative is read once,
 * and a second one ("a = b = c") is not of the grammar: precedence is seen by where it can be seen only.
 *
 * Allocates nothing before the text is known to be of the grammar. Takes less than 32 KiB of stack.
 */
#ifndef AGENTOS_RULES_SQL_PLAIN_H
#define AGENTOS_RULES_SQL_PLAIN_H

#include "rules/sql_build.h"
#include "rules/sql_truth.h"

enum sql_plain_what {
	SQL_PLAIN_END,
	SQL_PLAIN_BAD, /* nothing that is read here; all that follow are */
	SQL_PLAIN_NAME,
	SQL_PLAIN_QUOTED,
	SQL_PLAIN_STRING,
	SQL_PLAIN_NUMBER,
	SQL_PLAIN_PARAMETER,
	SQL_PLAIN_COMMA,
	SQL_PLAIN_DOT,
	SQL_PLAIN_OPEN,
	SQL_PLAIN_CLOSE,
	SQL_PLAIN_SEMICOLON,
	SQL_PLAIN_CAST,
	SQL_PLAIN_STAR,
	SQL_PLAIN_MINUS,
	SQL_PLAIN_SUM, /* another operator that binds tighter than comparisons */
	SQL_PLAIN_EQUAL,
	SQL_PLAIN_UNEQUAL, /* another comparison */
#define WORD(word, role) SQL_PG_##word,
#include "rules/sql_plain_words.def"
#undef WORD
};

struct sql_plain_token {
	enum sql_plain_what what;
	bool is_name; /* it may stand where a column or table does */
	bool is_type; /* it may stand behind "::" */
	const char *text;
	size_t len;
};

struct sql_plain {
	const char *at, *end;
	struct sql_plain_token token;
	const char *behind; /* the token before it */
	unsigned weight;    /* of all tokens, as rules/sql_depth.h counts them */
	unsigned depth;	    /* of parentheses and NOT */
	bool may_star;	    /* "a.*" may come next */
	const char *star;   /* where the last one began, and ended */
	const char *star_end;
};

/* A term or condition. */
struct sql_plain_node {
	const char *start, *end;
	struct sql_answer answer; /* as a condition */
	bool has_column;
	bool has_cast;
	bool is_sum; /* arithmetic: as a condition it is not read here */
};

/** sql_plain_next() - go to the next token. */
void sql_plain_next(struct sql_plain *plain);

/** sql_plain_take() - go on when the token is @what. Return: whether it was. */
bool sql_plain_take(struct sql_plain *plain, enum sql_plain_what what);

/** sql_plain_word() - Return: the keyword that @len bytes are in any case; else SQL_PLAIN_NAME. */
enum sql_plain_what sql_plain_word(const char *text, size_t len);

/** sql_plain_node() - read a term or condition. Return: false: give up. */
bool sql_plain_node(struct sql_plain *plain, struct sql_plain_node *node);

/** sql_plain_nodes() - read one or more, between commas. Return: as above. */
bool sql_plain_nodes(struct sql_plain *plain);

/**
 * sql_plain_read() - read a text of PostgreSQL if it is plain
 * @sql: without effects; written only when it is
 *
 * Return: whether it is.
 */
bool sql_plain_read(const char *text, size_t len, struct sql *sql);

#endif
