/* SPDX-License-Identifier: MIT */
/*
 * The words of a text in MySQL or SQLite: inside rules/ only.
 *
 * Sources: MySQL 8.0 Reference Manual, chapter 9 (Language Structure), and sql/sql_lex.cc; MariaDB's
 * "Comment Syntax"; SQLite's "SQL As Understood By SQLite" and src/tokenize.c.
 */
#ifndef AGENTOS_RULES_SQL_TOKENS_H
#define AGENTOS_RULES_SQL_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "rules/sql.h"
#include "rules/sql_build.h"

enum sql_token_kind {
	SQL_TOKEN_END,
	SQL_TOKEN_BAD,	  /* nothing that follows can be read */
	SQL_TOKEN_WORD,	  /* a name or a keyword */
	SQL_TOKEN_QUOTED, /* a name in quotes; in SQLite "x" as well */
	SQL_TOKEN_STRING, /* in MySQL "x" as well, which may be a name there */
	SQL_TOKEN_NUMBER,
	SQL_TOKEN_VARIABLE, /* @x, @@x, ?, :x, $x */
	SQL_TOKEN_MARK,	    /* an operator, a parenthesis, ... */
};

/* The words that the reader must know, in the order of rules/sql_keywords.def. */
enum sql_keyword {
	SQL_KEY_NONE,
#define KEYWORD(word) SQL_KEY_##word,
#include "rules/sql_keywords.def"
#undef KEYWORD
};

struct sql_token {
	enum sql_token_kind kind;
	enum sql_keyword keyword; /* of a word that stands neither in quotes nor after a dot */
	const char *text;	  /* @len bytes, with quotes; borrowed from the text */
	size_t len;
};

/* How to read what the settings and the version of a MySQL server decide; all false: as usual. */
struct sql_modes {
	bool no_backslash;   /* sql_mode NO_BACKSLASH_ESCAPES */
	bool ansi_quotes;    /* sql_mode ANSI_QUOTES: no backslash in "x" */
	bool skips_versions; /* comments for versions that not all servers have stay comments */
};

struct sql_tokens {
	const char *at, *end;
	enum sql_dialect dialect;
	struct sql_modes modes;
	bool is_in_comment;   /* in one that is executed */
	bool is_after_name;   /* right behind a name: a dot begins no number */
	bool is_after_dot;    /* a keyword is a name */
	bool is_broken;	      /* SQL_TOKEN_BAD was returned, and will be again */
	bool hides_quote;     /* a backslash stood before a quote: modes matter */
	bool depends_version; /* there was a comment that some versions execute */
};

/** sql_tokens_init() - stand before the first of @len bytes, which are borrowed. */
void sql_tokens_init(struct sql_tokens *tokens, const char *text, size_t len,
		     enum sql_dialect dialect, const struct sql_modes *modes);

/** sql_tokens_next() - read the next token. */
void sql_tokens_next(struct sql_tokens *tokens, struct sql_token *out_token);

/** sql_token_is() - whether a token is the mark @mark ("(", "||"). Inline: it is asked all the time. */
static inline bool sql_token_is(const struct sql_token *token, const char *mark)
{
	return token->kind == SQL_TOKEN_MARK && token->text[0] == mark[0] &&
	       token->len == strlen(mark) && memcmp(token->text, mark, token->len) == 0;
}

/** sql_token_says() - whether a token is the word @word, given in capitals. */
bool sql_token_says(const struct sql_token *token, const char *word);

/** sql_token_add() - put a name without its quotes, in small letters, behind others. */
void sql_token_add(const struct sql_token *token, struct sql_name *name);

/** sql_keyword_find() - Return: the keyword that @len bytes are in any case, or SQL_KEY_NONE. */
enum sql_keyword sql_keyword_find(const char *text, size_t len);

#endif
