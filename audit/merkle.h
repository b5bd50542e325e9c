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

#include <stdbool.h>
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

/**
 * merkle_path() - the audit path of a leaf (RFC 9162 section 2.1.3.1)
 * @hashes:   of @count rows, at least one
 * @leaf:     from 0 on
 * @out_path: MERKLE_NODES_MAX nodes, the one next to the leaf first
 *
 * Return: how many nodes.
 */
size_t merkle_path(const unsigned char (*hashes)[ROW_HASH_SIZE], uint64_t count, uint64_t leaf,
		   unsigned char (*out_path)[ROW_HASH_SIZE]);

/**
 * merkle_path_root() - the root that a leaf and its path come to (RFC 9162 section 2.1.3.2)
 * Return: false when no tree of @count leaves has such a path.
 */
bool merkle_path_root(const unsigned char *hash, uint64_t count, uint64_t leaf,
		      const unsigned char (*path)[ROW_HASH_SIZE], size_t length,
		      unsigned char *out_root);

#endif
