/* SPDX-License-Identifier: MIT */
#include "rules/sql_tokens.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * Comments like "/" "*!50100" hold code for servers of at least that version. All servers in use are
 * above 5.6; from 5.7 on MariaDB and MySQL differ.
 */
#define VERSION_OF_ALL 50699
#define VERSION_DIGITS 5

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Of both dialects: src/tokenize.c has the same set but for '$' at the start. */
static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
	       c == '$' || (unsigned char)c >= 0x80;
}

/* SQLite has no vertical tab: there it is a bad byte. */
static bool is_space(const struct sql_tokens *tokens, char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' ||
	       (c == '\v' && tokens->dialect == SQL_MYSQL);
}

static bool is_mysql(const struct sql_tokens *tokens)
{
	return tokens->dialect == SQL_MYSQL;
}

static char peek(const struct sql_tokens *tokens, size_t ahead)
{
	return (size_t)(tokens->end - tokens->at) > ahead ? tokens->at[ahead] : '\0';
}

static bool starts(const struct sql_tokens *tokens, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(tokens->end - tokens->at) >= len && memcmp(tokens->at, word, len) == 0;
}

void sql_tokens_init(struct sql_tokens *tokens, const char *text, size_t len,
		     enum sql_dialect dialect, const struct sql_modes *modes)
{
	*tokens = (struct sql_tokens){
		.at = text,
		.end = text + len,
		.dialect = dialect,
		.modes = *modes,
	};
}

static void skip_line(struct sql_tokens *tokens)
{
	const char *end = memchr(tokens->at, '\n', (size_t)(tokens->end - tokens->at));

	tokens->at = end ? end + 1 : tokens->end;
}

/* SQLite takes the end of the text for the end of a comment too; nobody means that. */
static void skip_comment(struct sql_tokens *tokens)
{
	const char *inside = tokens->at + 2;
	const char *end = memmem(inside, (size_t)(tokens->end - inside), "*/", 2);

	if (!end)
		tokens->is_broken = true;
	else
		tokens->at = end + 2;
}

/* At the digits, if any. How many a server takes when there are fewer or more, they do not agree. */
static void enter_comment(struct sql_tokens *tokens, bool depends)
{
	unsigned long version = 0;
	unsigned digits = 0;

	for (; is_digit(peek(tokens, 0)) && digits <= VERSION_DIGITS; tokens->at++, digits++)
		version = version * 10 + (unsigned long)(*tokens->at - '0');
	if ((digits != 0 && digits != VERSION_DIGITS) || tokens->is_in_comment) {
		tokens->is_broken = true;
		return;
	}
	tokens->is_in_comment = true;
	if (version <= VERSION_OF_ALL && !depends)
		return;
	tokens->depends_version = true;
	if (tokens->modes.skips_versions) {
		const char *end = memmem(tokens->at, (size_t)(tokens->end - tokens->at), "*/", 2);

		/* Whether a comment may stand in one that is skipped, versions differ in. */
		if (!end || memmem(tokens->at, (size_t)(end - tokens->at), "/*", 2)) {
			tokens->is_broken = true;
			return;
		}
		tokens->at = end;
	}
}

/* In MySQL two hyphens begin a comment only before a blank, a control character or the end. */
static bool is_line_comment(const struct sql_tokens *tokens)
{
	char after = peek(tokens, 2);

	if (*tokens->at == '#')
		return is_mysql(tokens);
	return starts(tokens, "--") &&
	       (!is_mysql(tokens) || (unsigned char)after <= ' ' || after == 0x7f);
}

/* Return: whether something was skipped that is no token. */
static bool skip_one(struct sql_tokens *tokens)
{
	if (is_space(tokens, *tokens->at)) {
		tokens->at++;
	} else if (is_line_comment(tokens)) {
		skip_line(tokens);
	} else if (is_mysql(tokens) && (starts(tokens, "/*!") || starts(tokens, "/*M!"))) {
		bool of_mariadb = tokens->at[2] == 'M';

		tokens->at += of_mariadb ? 4 : 3;
		enter_comment(tokens, of_mariadb);
	} else if (starts(tokens, "/*")) {
		skip_comment(tokens);
	} else if (tokens->is_in_comment && starts(tokens, "*/")) {
		tokens->at += 2;
		tokens->is_in_comment = false;
	} else {
		return false;
	}
	tokens->is_after_name = false;
	return true;
}

static bool has_escapes(const struct sql_tokens *tokens, char quote)
{
	return is_mysql(tokens) && quote != '`' && !tokens->modes.no_backslash &&
	       !(quote == '"' && tokens->modes.ansi_quotes);
}

/* From the quote to behind its match; a doubled one stands for itself. */
static void take_quoted(struct sql_tokens *tokens)
{
	char quote = *tokens->at++;
	bool escapes = has_escapes(tokens, quote);

	for (; tokens->at < tokens->end; tokens->at++) {
		if (*tokens->at == '\\' && escapes) {
			if (peek(tokens, 1) == quote)
				tokens->hides_quote = true;
			if (++tokens->at == tokens->end)
				break;
		} else if (*tokens->at == quote) {
			if (peek(tokens, 1) != quote) {
				tokens->at++;
				return;
			}
			tokens->at++;
		}
	}
	tokens->is_broken = true;
}

static void take_bracketed(struct sql_tokens *tokens)
{
	const char *end = memchr(tokens->at, ']', (size_t)(tokens->end - tokens->at));

	if (!end)
		tokens->is_broken = true;
	else
		tokens->at = end + 1;
}

static void take_name(struct sql_tokens *tokens)
{
	while (tokens->at < tokens->end && is_name(*tokens->at))
		tokens->at++;
}

static void take_digits(struct sql_tokens *tokens)
{
	while (is_digit(peek(tokens, 0)))
		tokens->at++;
}

/* A sign belongs to an exponent only when a digit follows it. */
static void take_exponent(struct sql_tokens *tokens)
{
	char sign = peek(tokens, 1);
	size_t before = sign == '+' || sign == '-' ? 2 : 1;

	if ((peek(tokens, 0) == 'e' || peek(tokens, 0) == 'E') && is_digit(peek(tokens, before))) {
		tokens->at += before;
		take_digits(tokens);
	}
}

/* In MySQL a name may begin with digits ("1a"); in SQLite a number before a letter is an error. */
static enum sql_token_kind take_number(struct sql_tokens *tokens)
{
	const char *start = tokens->at;
	bool is_whole;

	if (*start == '0' && (peek(tokens, 1) == 'x' || peek(tokens, 1) == 'X')) {
		take_name(tokens);
		return SQL_TOKEN_NUMBER;
	}
	take_digits(tokens);
	is_whole = peek(tokens, 0) != '.';
	if (!is_whole) {
		tokens->at++;
		take_digits(tokens);
	}
	take_exponent(tokens);
	if (!is_name(peek(tokens, 0)) || tokens->at == tokens->end)
		return SQL_TOKEN_NUMBER;
	if (!is_mysql(tokens) || !is_whole) {
		tokens->is_broken = true;
		return SQL_TOKEN_BAD;
	}
	tokens->at = start;
	take_name(tokens);
	return SQL_TOKEN_WORD;
}

/* SQLite reads "::" and parentheses right after it as parts of the name, for Tcl. */
static void take_variable(struct sql_tokens *tokens)
{
	char sign = *tokens->at++;

	if (sign == '@' && is_mysql(tokens) && peek(tokens, 0) == '@')
		tokens->at++;
	if (sign == '@' && is_mysql(tokens) && peek(tokens, 0) && strchr("'\"`", *tokens->at)) {
		take_quoted(tokens);
		return;
	}
	while (tokens->at < tokens->end &&
	       (is_name(*tokens->at) || (*tokens->at == '.' && is_mysql(tokens))))
		tokens->at++;
	if (!is_mysql(tokens) && (peek(tokens, 0) == '(' || starts(tokens, "::")))
		tokens->is_broken = true;
}

static enum sql_token_kind take_mark(struct sql_tokens *tokens)
{
	static const char *const marks[] = { "<=>", "->>", "->", "<=", ">=", "<>", "!=",
					     "==",  "<<",  ">>", "&&", "||", ":=" };

	for (size_t i = 0; strchr("=><&|", peek(tokens, 1)) && i < sizeof(marks) / sizeof(marks[0]);
	     i++) {
		if (starts(tokens, marks[i])) {
			tokens->at += strlen(marks[i]);
			return SQL_TOKEN_MARK;
		}
	}
	if (!strchr("+-*/%&|^~<>=!(),;.:", *tokens->at)) {
		tokens->is_broken = true;
		return SQL_TOKEN_BAD;
	}
	tokens->at++;
	return SQL_TOKEN_MARK;
}

static bool is_variable(const struct sql_tokens *tokens)
{
	switch (*tokens->at) {
	case '?':
	case '@':
		return true;
	case ':':
		return is_name(peek(tokens, 1)) && peek(tokens, 1);
	case '$':
		return !is_mysql(tokens);
	default:
		return false;
	}
}

static enum sql_token_kind take(struct sql_tokens *tokens)
{
	char c = *tokens->at;

	/* A byte order mark is a blank in newer versions of SQLite, and part of a name in older ones. */
	if (starts(tokens, "\xef\xbb\xbf")) {
		tokens->is_broken = true;
		return SQL_TOKEN_BAD;
	}
	if (c == '\'' || (c == '"' && is_mysql(tokens))) {
		take_quoted(tokens);
		return SQL_TOKEN_STRING;
	}
	if (c == '"' || c == '`') {
		take_quoted(tokens);
		return SQL_TOKEN_QUOTED;
	}
	if (c == '[' && !is_mysql(tokens)) {
		take_bracketed(tokens);
		return SQL_TOKEN_QUOTED;
	}
	if (is_variable(tokens)) {
		take_variable(tokens);
		return SQL_TOKEN_VARIABLE;
	}
	if (is_digit(c) && !(tokens->is_after_dot && is_mysql(tokens)))
		return take_number(tokens);
	if (c == '.' && is_digit(peek(tokens, 1)) && !(tokens->is_after_name && is_mysql(tokens)))
		return take_number(tokens);
	if (is_name(c)) {
		take_name(tokens);
		return SQL_TOKEN_WORD;
	}
	return take_mark(tokens);
}

void sql_tokens_next(struct sql_tokens *tokens, struct sql_token *out_token)
{
	const char *start;

	*out_token = (struct sql_token){ .kind = SQL_TOKEN_END, .text = tokens->at };
	while (tokens->at < tokens->end && !tokens->is_broken && skip_one(tokens))
		;
	start = tokens->at;
	if (tokens->at >= tokens->end && tokens->is_in_comment)
		tokens->is_broken = true;
	if (!tokens->is_broken && tokens->at < tokens->end)
		out_token->kind = take(tokens);
	if (tokens->is_broken) {
		out_token->kind = SQL_TOKEN_BAD;
		return;
	}
	out_token->text = start;
	out_token->len = (size_t)(tokens->at - start);
	if (out_token->kind == SQL_TOKEN_WORD && !tokens->is_after_dot)
		out_token->keyword = sql_keyword_find(start, out_token->len);
	tokens->is_after_dot = sql_token_is(out_token, ".");
	tokens->is_after_name = out_token->kind == SQL_TOKEN_WORD ||
				out_token->kind == SQL_TOKEN_QUOTED;
}

bool sql_token_says(const struct sql_token *token, const char *word)
{
	return token->kind == SQL_TOKEN_WORD && strlen(word) == token->len &&
	       strncasecmp(token->text, word, token->len) == 0;
}

static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void sql_token_add(const struct sql_token *token, struct sql_name *name)
{
	char part[SQL_NAME_MAX];
	const char *text = token->text;
	size_t len = token->len, used = 0;
	char quote = '\0';

	if (len >= 2 && (token->kind == SQL_TOKEN_QUOTED || token->kind == SQL_TOKEN_STRING)) {
		quote = text[0] == '[' ? '\0' : text[0];
		text++;
		len -= 2;
	}
	if (len > sizeof(part)) {
		name->is_bad = true;
		return;
	}
	for (size_t i = 0; i < len; i++) {
		part[used++] = small(text[i]);
		if (quote && text[i] == quote)
			i++;
	}
	sql_name_part(name, part, used);
}

#define KEYWORD_LEN_MAX 16

static int compare(const void *key, const void *row)
{
	return strcmp(key, *(const char *const *)row);
}

enum sql_keyword sql_keyword_find(const char *text, size_t len)
{
	static const char *const words[] = {
#define KEYWORD(word) #word,
#include "rules/sql_keywords.def"
#undef KEYWORD
	};
	char word[KEYWORD_LEN_MAX + 1];
	const char *const *found;

	if (len > KEYWORD_LEN_MAX)
		return SQL_KEY_NONE;
	for (size_t i = 0; i < len; i++)
		word[i] = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 'a' + 'A') : text[i];
	word[len] = '\0';
	found = bsearch(word, words, sizeof(words) / sizeof(words[0]), sizeof(words[0]), compare);
	return found ? (enum sql_keyword)(found - words + 1) : SQL_KEY_NONE;
}
