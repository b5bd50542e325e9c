/* SPDX-License-Identifier: MIT */
/*
 * A YAML document as a tree whose nodes know where they were written.
 *
 * Stricter than YAML: one document, no tags, no key or anchor twice, keys are plain words; at most 4 MiB,
 * 32 levels and 10,000 nodes a level.
 *
 * An alias (*x) stands for the node with that anchor (&x), whose place is that of errors. The key << of a map
 * takes a map, or a list of maps, and stands for those of their keys that the map has not itself; of several
 * maps the first counts. What aliases stand for is shared, not copied, so no document can make much of little;
 * what it would be written out is bounded all the same, since whoever reads the tree walks all of it.
 *
 * Source: YAML 1.1, 3.2.2.2 and "Merge Key Language-Independent Type" (yaml.org/type/merge.html).
 */
#ifndef AGENTOS_RULES_DOCUMENT_H
#define AGENTOS_RULES_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/arena.h"
#include "rules/errors.h"

#define DOCUMENT_SIZE_MAX (4 * 1024 * 1024)
#define DOCUMENT_DEPTH_MAX 32
#define DOCUMENT_ALIASED_MAX 100000 /* nodes that aliases and << add */

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
	bool is_open;	       /* not all of it is read yet */
	size_t size;	       /* nodes, itself among them */
	unsigned height;       /* levels of lists and maps, its own among them */
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
