/* SPDX-License-Identifier: MIT */
/*
 * A YAML document as a tree whose nodes know where they were written.
 *
 * Stricter than YAML: one document, no anchors, aliases or tags, no key twice,
 * keys are plain words; at most 4 MiB, 32 levels and 10,000 nodes a level.
 */
#ifndef AGENTOS_RULES_DOCUMENT_H
#define AGENTOS_RULES_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/arena.h"
#include "rules/errors.h"

#define DOCUMENT_SIZE_MAX (4 * 1024 * 1024)
#define DOCUMENT_DEPTH_MAX 32

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

/* All pointers borrowed from the arena. */
struct node {
	struct node *next; /* in its list or map */
	const char *key;   /* of an entry of a map; else NULL */
	unsigned key_line, key_column;
	enum node_kind kind;
	const char *text;      /* of a scalar */
	bool is_quoted;	       /* a scalar that was written in quotes: never a bool or null */
	struct node *items;    /* of a list or map, in order */
	unsigned line, column; /* from 1 */
};

/**
 * document_parse() - read YAML
 * @label:  of the file, for errors
 * @text:   @size bytes, UTF-8
 * @errors: what is wrong is added
 *
 * Return: the root, borrowed from @arena; NULL after an error, or when memory is short (then
 * nothing may have been added).
 */
const struct node *document_parse(struct arena *arena, const char *label, const char *text,
				  size_t size, struct policy_errors *errors);

/** node_find() - Return: the entry of map @node with this key, or NULL. */
const struct node *node_find(const struct node *node, const char *key);

#endif
