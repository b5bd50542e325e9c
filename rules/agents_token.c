/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "rules/agents_sentence.h"

static int word_char(char c)
{
	return isalnum((unsigned char)c) || c == '\'' || c == '-';
}

static bool token_add(struct sentence *sentence, enum token_kind kind, const char *text, size_t len)
{
	struct token *token = &sentence->tokens[sentence->count];
	char *copy;

	if (sentence->count == TOKENS_MAX) {
		sentence->item->why = "it is too long";
		return false;
	}
	copy = arena_copy(sentence->arena, text, len);
	sentence->is_short = !copy;
	if (!copy)
		return false;
	for (char *c = copy; kind != TOKEN_NAME && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	*token = (struct token){ kind, copy };
	sentence->count++;
	return true;
}

static bool enclosed_add(struct sentence *sentence, const char **at, char end, enum token_kind kind)
{
	const char *close = strchr(*at + 1, end);
	const char *text = *at + 1;

	if (!close || close == text) {
		sentence->item->why = kind == TOKEN_NAME
					      ? "a backtick is not closed, or has nothing in it"
					      : "a parenthesis is not closed, or has nothing in it";
		return false;
	}
	*at = close + 1;
	return token_add(sentence, kind, text, (size_t)(close - text));
}

/* "don’t" is "don't". */
char *agents_plain_quotes(struct arena *arena, const char *text)
{
	static const char quote[] = "\xe2\x80\x99";
	char *copy = arena_copy(arena, text, strlen(text));
	char *out = copy;

	for (const char *at = text; copy && *at; out++) {
		bool is_quote = strncmp(at, quote, 3) == 0;

		*out = is_quote ? '\'' : *at;
		at += is_quote ? 3 : 1;
	}
	if (copy)
		*out = '\0';
	return copy;
}

static bool next_token(struct sentence *sentence, const char **text)
{
	const char *at = *text;

	if (*at == '`')
		return enclosed_add(sentence, text, '`', TOKEN_NAME);
	if (*at == '(')
		return enclosed_add(sentence, text, ')', TOKEN_NOTE);
	if (*at == ',' || *at == '/') {
		*text = at + 1;
		return token_add(sentence, TOKEN_COMMA, ",", 1);
	}
	while (word_char(*at))
		at++;
	if (at == *text) {
		sentence->item->why =
			"only words, names in backticks and (annotations) can be read in one way";
		return false;
	}
	if (!token_add(sentence, TOKEN_WORD, *text, (size_t)(at - *text)))
		return false;
	*text = at;
	return true;
}

bool agents_tokens_read(struct sentence *sentence, const char *text)
{
	for (;;) {
		/* Emphasis says nothing. */
		while (*text == ' ' || *text == '\t' || *text == '*' || *text == '_')
			text++;
		if (!*text || ((*text == '.' || *text == ';') && !text[1]))
			return true;
		if (!next_token(sentence, &text))
			return false;
	}
}
