/* SPDX-License-Identifier: MIT */
/*
 * A list item as words: of agents_words.c.
 */
#ifndef AGENTOS_RULES_AGENTS_SENTENCE_H
#define AGENTOS_RULES_AGENTS_SENTENCE_H

#include "rules/agents_md.h"

#define TOKENS_MAX 64

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_NAME, TOKEN_COMMA, TOKEN_NOTE };

struct token {
	enum token_kind kind;
	const char *text; /* of a word or a note in lower case */
};

struct sentence {
	struct arena *arena;
	struct agents_item *item;
	struct token tokens[TOKENS_MAX + 1];
	size_t count, at;
	unsigned verbs, noun; /* of enum verb; of enum noun */
	bool in_place;	      /* the names are where it is done */
	bool out_of_place;    /* those that are excepted, too */
	bool is_short;	      /* of memory */
};

/**
 * agents_tokens_read() - take a text apart
 * Return: false when it has what is no token (then the item's why says so) or memory is short.
 */
bool agents_tokens_read(struct sentence *sentence, const char *text);

/** agents_plain_quotes() - Return: @text with the apostrophe of ASCII; NULL when memory is short. */
char *agents_plain_quotes(struct arena *arena, const char *text);

#endif
