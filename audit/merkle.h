/* SPDX-License-Identifier: MIT */
/*
 * The Merkle tree over the rows of the recorder, after RFC 9162 section 2.1: SHA-256, leaves
 * SHA-256(0x00, hash of the row), nodes SHA-256(0x01, left, right). Row 1 is the first leaf.
 *
 * Only the roots of the complete trees that make up the whole are kept (at most 63, of which there is
 * one for each bit that is set in the count).
 */
#ifndef AGENTOS_AUDIT_MERKLE_H
#define AGENTOS_AUDIT_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "audit/row.h"

#define MERKLE_NODES_MAX 63

struct merkle {
	uint64_t count;
	unsigned char nodes[MERKLE_NODES_MAX][ROW_HASH_SIZE]; /* the largest tree first */
};

/** merkle_append() - the next leaf. @hash: of its row. */
void merkle_append(struct merkle *merkle, const unsigned char *hash);

/** merkle_root() - of all leaves; of none, the hash of nothing (RFC 9162 section 2.1.1). */
void merkle_root(const struct merkle *merkle, unsigned char *out_root);

/** merkle_node_count() - Return: how many of @nodes are in use. */
size_t merkle_node_count(const struct merkle *merkle);

/** merkle_leaf() - the hash of a leaf. @hash: of its row. */
void merkle_leaf(const unsigned char *hash, unsigned char *out);

/** merkle_node() - the hash of a node. */
void merkle_node(const unsigned char *left, const unsigned char *right, unsigned char *out);

#endif
