/* SPDX-License-Identifier: MIT */
/*
 * The tokens of plain statements, by src/backend/parser/scan.l of PostgreSQL 15; of its rules only those that
 * need no look at what stands around.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/sql_depth.h"
#include "rules/sql_plain.h"

#define NAME_LEN_MAX 63 /* NAMEDATALEN - 1 */
#define PARAMETER_LEN_MAX 5

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Without '$', which may stand in a name, but not in one that is read here. */
static bool is_of_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

static bool is_operator(char c)
{
	switch (c) {
	case '+':
	case '-':
	case '*':
	case '/':
	case '%':
	case '<':
	case '>':
	case '=':
	case '!':
	case '|':
		return true;
	default:
		return false;
	}
}

static char peek(const struct sql_plain *plain, size_t ahead)
{
	return (size_t)(plain->end - plain->at) > ahead ? plain->at[ahead] : ' ';
}

/* Of strings: no backslash, since it has two meanings; no byte that an encoding could take otherwise. */
static bool is_harmless(char c)
{
	return (c >= ' ' && c <= '~' && c != '\\') || c == '\n' || c == '\r' || c == '\t';
}

static enum sql_plain_what take_string(struct sql_plain *plain)
{
	const char *start = plain->at++;

	for (; plain->at < plain->end && is_harmless(*plain->at); plain->at++) {
		if (*plain->at != '\'')
			continue;
		if (peek(plain, 1) != '\'') {
			size_t len = (size_t)(++plain->at - start);

			return len > SQL_OPERATOR_RUN_MAX && sql_depth_has_long_run(start, len)
				       ? SQL_PLAIN_BAD
				       : SQL_PLAIN_STRING;
		}
		plain->at++;
	}
	return SQL_PLAIN_BAD;
}

/* Of names in quotes. */
static bool is_simple(char c)
{
	return is_of_word(c) || (c && strchr(" .-$:/", c));
}

static enum sql_plain_what take_quoted(struct sql_plain *plain)
{
	const char *start = ++plain->at;
	size_t len;

	while (plain->at < plain->end && is_simple(*plain->at))
		plain->at++;
	len = (size_t)(plain->at - start);
	if (peek(plain, 0) != '"' || len == 0 || len > NAME_LEN_MAX)
		return SQL_PLAIN_BAD;
	plain->at++;
	return peek(plain, 0) == '"' ? SQL_PLAIN_BAD : SQL_PLAIN_QUOTED;
}

/* What may change the meaning of a token that it touches. */
static bool is_joined(char c)
{
	return is_of_word(c) || c == '$' || c == '.' || c == '\'' || c == '"' || c == '&' ||
	       (unsigned char)c >= 0x80;
}

static void take_digits(struct sql_plain *plain)
{
	while (plain->at < plain->end && is_digit(*plain->at))
		plain->at++;
}

/* 12, 12.5, 0.5: one number has one spelling, so that equal ones are seen to be. */
static enum sql_plain_what take_number(struct sql_plain *plain)
{
	if (*plain->at == '0' && is_digit(peek(plain, 1)))
		return SQL_PLAIN_BAD;
	take_digits(plain);
	if (peek(plain, 0) == '.' && is_digit(peek(plain, 1))) {
		plain->at++;
		take_digits(plain);
	}
	return is_joined(peek(plain, 0)) ? SQL_PLAIN_BAD : SQL_PLAIN_NUMBER;
}

static enum sql_plain_what take_parameter(struct sql_plain *plain)
{
	const char *start = ++plain->at;

	if (peek(plain, 0) == '0')
		return SQL_PLAIN_BAD;
	take_digits(plain);
	if (plain->at == start || plain->at - start > PARAMETER_LEN_MAX ||
	    is_joined(peek(plain, 0)))
		return SQL_PLAIN_BAD;
	return SQL_PLAIN_PARAMETER;
}

/* All that stand beside each other, or none. */
static enum sql_plain_what take_operator(struct sql_plain *plain)
{
	static const struct {
		char text[3];
		unsigned char len, what;
	} rows[] = {
		{ "=", 1, SQL_PLAIN_EQUAL },	{ "*", 1, SQL_PLAIN_STAR },
		{ "-", 1, SQL_PLAIN_MINUS },	{ "<>", 2, SQL_PLAIN_UNEQUAL },
		{ ">=", 2, SQL_PLAIN_UNEQUAL }, { "<=", 2, SQL_PLAIN_UNEQUAL },
		{ ">", 1, SQL_PLAIN_UNEQUAL },	{ "<", 1, SQL_PLAIN_UNEQUAL },
		{ "!=", 2, SQL_PLAIN_UNEQUAL }, { "+", 1, SQL_PLAIN_SUM },
		{ "||", 2, SQL_PLAIN_SUM },	{ "/", 1, SQL_PLAIN_SUM },
		{ "%", 1, SQL_PLAIN_SUM },
	};
	const char *start = plain->at;
	size_t len;

	while (plain->at < plain->end && is_operator(*plain->at))
		plain->at++;
	len = (size_t)(plain->at - start);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].len == len && memcmp(rows[i].text, start, len) == 0)
			return (enum sql_plain_what)rows[i].what;
	return SQL_PLAIN_BAD;
}

static const struct word {
	const char *text;
	bool is_name, is_type;
} words[] = {
#define NAME true, false
#define TYPE false, true
#define OTHER false, false
#define WORD(word, role) { #word, role },
#include "rules/sql_plain_words.def"
#undef WORD
#undef NAME
#undef TYPE
#undef OTHER
};

#define WORD_COUNT (sizeof(words) / sizeof(words[0]))
#define WORD_LEN_MAX 17

static int compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct word *)row)->text);
}

enum sql_plain_what sql_plain_word(const char *text, size_t len)
{
	char word[WORD_LEN_MAX + 1];
	const struct word *found;

	if (len > WORD_LEN_MAX)
		return SQL_PLAIN_NAME;
	for (size_t i = 0; i < len; i++)
		word[i] = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 'a' + 'A') : text[i];
	word[len] = '\0';
	found = bsearch(word, words, WORD_COUNT, sizeof(words[0]), compare);
	return found ? (enum sql_plain_what)(SQL_PLAIN_UNEQUAL + 1 + (found - words))
		     : SQL_PLAIN_NAME;
}

static enum sql_plain_what take_word(struct sql_plain *plain)
{
	const char *start = plain->at;
	enum sql_plain_what what;
	char after;

	while (plain->at < plain->end && is_of_word(*plain->at))
		plain->at++;
	after = peek(plain, 0);
	if (plain->at - start > NAME_LEN_MAX || (is_joined(after) && after != '.'))
		return SQL_PLAIN_BAD;
	what = sql_plain_word(start, (size_t)(plain->at - start));
	if (what > SQL_PLAIN_UNEQUAL) {
		const struct word *word = &words[what - SQL_PLAIN_UNEQUAL - 1];

		plain->token.is_name = word->is_name;
		plain->token.is_type = word->is_type || what == SQL_PG_TEXT;
	} else {
		plain->token.is_name = plain->token.is_type = true;
	}
	return what;
}

static enum sql_plain_what take_cast(struct sql_plain *plain)
{
	if (peek(plain, 1) != ':')
		return SQL_PLAIN_BAD;
	plain->at += 2;
	return SQL_PLAIN_CAST;
}

static enum sql_plain_what take(struct sql_plain *plain)
{
	static const char marks[] = ",.();";
	static const enum sql_plain_what whats[] = { SQL_PLAIN_COMMA, SQL_PLAIN_DOT, SQL_PLAIN_OPEN,
						     SQL_PLAIN_CLOSE, SQL_PLAIN_SEMICOLON };
	char c = *plain->at;
	const char *mark;

	if (is_digit(c))
		return take_number(plain);
	if (is_of_word(c))
		return take_word(plain);
	if (c == '\'')
		return take_string(plain);
	if (c == '"')
		return take_quoted(plain);
	if (c == '$')
		return take_parameter(plain);
	if (c == ':')
		return take_cast(plain);
	if (is_operator(c))
		return take_operator(plain);
	mark = c ? strchr(marks, c) : NULL;
	if (!mark)
		return SQL_PLAIN_BAD;
	plain->at++;
	return whats[mark - marks];
}

/* As rules/sql_depth.c: a parenthesis is a token outside and one inside, JOIN makes levels. */
static unsigned weight(enum sql_plain_what what)
{
	return what == SQL_PLAIN_OPEN ? 2 : what == SQL_PG_JOIN ? 3 : 1;
}

void sql_plain_next(struct sql_plain *plain)
{
	struct sql_plain_token *token = &plain->token;

	if (token->what == SQL_PLAIN_BAD)
		return;
	plain->behind = plain->at;
	while (plain->at < plain->end && (*plain->at == ' ' || *plain->at == '\t' ||
					  *plain->at == '\n' || *plain->at == '\r'))
		plain->at++;
	token->text = plain->at;
	token->is_name = token->is_type = false;
	token->what = plain->at < plain->end ? take(plain) : SQL_PLAIN_END;
	token->is_name = token->is_name || token->what == SQL_PLAIN_QUOTED;
	token->len = (size_t)(plain->at - token->text);
	plain->weight += weight(token->what);
	if (plain->weight > SQL_DEPTH_TOKENS_MAX)
		token->what = SQL_PLAIN_BAD;
}

bool sql_plain_take(struct sql_plain *plain, enum sql_plain_what what)
{
	if (plain->token.what != what)
		return false;
	sql_plain_next(plain);
	return true;
}
