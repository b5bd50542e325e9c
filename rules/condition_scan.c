/* SPDX-License-Identifier: MIT */
/*
 * From bytes to tokens, and what is wrong with them.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rules/condition_tree.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS "0123456789"

/* The longer ones first. A hint is for what is no symbol of the language. */
static const struct {
	const char *text, *hint;
} symbols[] = {
	{ "&&", "write 'and'" },
	{ "||", "write 'or'" },
	{ "===", "write '=='" },
	{ "!==", "write '!='" },
	{ "=~", "write 'matches'" },
	{ "!~", "write 'not' in front, and 'matches'" },
	{ "<>", "write '!='" },
	{ "=>", "write '>='" },
	{ "=<", "write '<='" },
	{ "==", NULL },
	{ "!=", NULL },
	{ "<=", NULL },
	{ ">=", NULL },
	{ "<", NULL },
	{ ">", NULL },
	{ "(", NULL },
	{ ")", NULL },
	{ "[", NULL },
	{ "]", NULL },
	{ ",", NULL },
	{ "=", "write '=='" },
	{ "!", "write 'not'" },
	{ "&", "write 'and'" },
	{ "|", "write 'or'" },
	{ "-", "there are no negative numbers" },
};

int condition_fail(const struct reading *reading, size_t offset, const char *format, ...)
{
	va_list args;

	reading->fault->offset = offset;
	va_start(args, format);
	(void)vsnprintf(reading->fault->text, sizeof(reading->fault->text), format, args);
	va_end(args);
	return -EINVAL;
}

char *condition_copy(const struct reading *reading, size_t start, size_t end, char *out,
		     size_t size)
{
	size_t len = end - start;

	if (len < size)
		(void)snprintf(out, size, "%.*s", (int)len, reading->text + start);
	else
		(void)snprintf(out, size, "%.*s...", (int)size - 4, reading->text + start);
	return out;
}

char *condition_quote(const struct reading *reading, const struct operand *operand, char *out,
		      size_t size)
{
	char first = reading->text[operand->start];
	bool has_quotes = first == '\'' || first == '"';

	condition_copy(reading, operand->start, operand->end, out + !has_quotes, size - 2);
	if (!has_quotes) {
		out[0] = '\'';
		memcpy(out + strlen(out), "'", 2);
	}
	return out;
}

bool token_is(const struct reading *reading, const char *text)
{
	const struct token *token = &reading->token;
	size_t len = strlen(text);

	return token->kind != TOKEN_TEXT && token->end - token->start == len &&
	       memcmp(reading->text + token->start, text, len) == 0;
}

static int scan_symbol(struct reading *reading, struct token *token)
{
	const char *at = reading->text + token->start;

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		size_t len = strlen(symbols[i].text);

		if (strncmp(at, symbols[i].text, len) != 0)
			continue;
		if (symbols[i].hint)
			return condition_fail(reading, token->start,
					      "'%s' is no operator; hint: %s", symbols[i].text,
					      symbols[i].hint);
		token->kind = TOKEN_SYMBOL;
		token->end = token->start + len;
		return 0;
	}
	if ((unsigned char)*at < ' ' || *at == 0x7f)
		return condition_fail(reading, token->start, "a control character stands here");
	if ((unsigned char)*at < 0x80)
		return condition_fail(reading, token->start, "'%c' has no meaning here", *at);
	return condition_fail(reading, token->start,
			      "letters beyond ASCII stand in quoted texts only");
}

static int scan_text(struct reading *reading, struct token *token)
{
	const char *at = reading->text + token->start;
	char quote = *at++;

	while (*at && *at != quote)
		at += at[0] == '\\' && at[1] ? 2 : 1;
	if (!*at)
		return condition_fail(reading, token->start, "a quoted text is not closed");
	token->kind = TOKEN_TEXT;
	token->end = (size_t)(at + 1 - reading->text);
	return 0;
}

int condition_next(struct reading *reading)
{
	size_t start = reading->token.end + strspn(reading->text + reading->token.end, " \t\r\n");
	const char *at = reading->text + start;
	struct token *token = &reading->token;

	*token = (struct token){ .kind = TOKEN_END, .start = start, .end = start };
	if (!*at)
		return 0;
	if (*at == '\'' || *at == '"')
		return scan_text(reading, token);
	if (!strchr(LETTERS DIGITS, *at))
		return scan_symbol(reading, token);
	/* "10m", "action.type" and "1.5" are one, so that what is wrong is said of all of it. */
	token->kind = strchr(DIGITS, *at) ? TOKEN_NUMBER : TOKEN_WORD;
	token->end += strspn(at, LETTERS DIGITS ".");
	return 0;
}
