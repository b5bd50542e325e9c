/* SPDX-License-Identifier: MIT */
/*
 * The blocks of an AGENTS.md: of agents_md.c.
 */
#ifndef AGENTOS_RULES_AGENTS_BLOCK_H
#define AGENTOS_RULES_AGENTS_BLOCK_H

#include "rules/agents_md.h"

/**
 * agents_label() - what a text makes of the items below it
 * @needs_colon: it is no heading
 *
 * A list of what is granted has exactly the text of its label; one of what is refused may have more in front
 * of it.
 */
enum agents_area agents_label(const char *text, size_t size, bool needs_colon);

/** agents_speaks_of_never() - Return: whether a sentence begins with a refusal. */
bool agents_speaks_of_never(const char *text);

/**
 * agents_body_read() - the items of the text behind the front matter
 * @line: how many lines are before @text
 *
 * Return: 0; -ENOMEM.
 */
int agents_body_read(struct arena *arena, struct agents_md *md, const char *text, size_t size,
		     unsigned line);

/** agents_line_size() - Return: the bytes of the line at @text, without its end. */
size_t agents_line_size(const char *text, size_t size);

#endif
