/* SPDX-License-Identifier: MIT */
/*
 * Nodes of policies as JSON: inside rules/ only.
 */
#ifndef AGENTOS_RULES_EXPORT_H
#define AGENTOS_RULES_EXPORT_H

#include <jansson.h>

#include "rules/document.h"

typedef json_t *scalar_json_fn(const struct node *node, void *data);

/** node_to_json() - a node, each scalar of it made by @scalar. Return: a new reference, or NULL. */
json_t *node_to_json(const struct node *node, scalar_json_fn *scalar, void *data);

/** scalar_to_json() - a scalar as it was written; a scalar_json_fn without data. */
json_t *scalar_to_json(const struct node *node, void *data);

#endif
