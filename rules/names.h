/* SPDX-License-Identifier: MIT */
/*
 * Names, each once, that are looked up by a hash: the keys of a map, and the anchors, of a document.
 */
#ifndef AGENTOS_RULES_NAMES_H
#define AGENTOS_RULES_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct node;

struct name {
	const char *text;  /* borrowed; NULL: a free place */
	struct node *node; /* borrowed */
};

/* Zeroed is empty. */
struct names {
	struct name *places; /* owned, @room of them: a power of two */
	size_t room, count;
};

/** names_find() - Return: the node of a name; NULL when it is not there. */
struct node *names_find(const struct names *names, const char *text);

/**
 * names_add() - add one that is not there
 * @text, @node: kept
 *
 * Return: false when memory is short.
 */
bool names_add(struct names *names, const char *text, struct node *node);

/** names_release() - it is empty again. */
void names_release(struct names *names);

#endif
