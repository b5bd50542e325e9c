/* SPDX-License-Identifier: MIT */
#include "audit/merkle.h"

#include <sodium.h>
#include <string.h>

void merkle_leaf(const unsigned char *hash, unsigned char *out)
{
	unsigned char text[1 + ROW_HASH_SIZE] = { 0 };

	memcpy(text + 1, hash, ROW_HASH_SIZE);
	(void)crypto_hash_sha256(out, text, sizeof(text));
}

void merkle_node(const unsigned char *left, const unsigned char *right, unsigned char *out)
{
	unsigned char text[1 + 2 * ROW_HASH_SIZE] = { 1 };

	memcpy(text + 1, left, ROW_HASH_SIZE);
	memcpy(text + 1 + ROW_HASH_SIZE, right, ROW_HASH_SIZE);
	(void)crypto_hash_sha256(out, text, sizeof(text));
}

size_t merkle_node_count(const struct merkle *merkle)
{
	return (size_t)__builtin_popcountll(merkle->count);
}

void merkle_append(struct merkle *merkle, const unsigned char *hash)
{
	size_t used = merkle_node_count(merkle);
	unsigned char node[ROW_HASH_SIZE];

	merkle_leaf(hash, node);
	/* As many trees end here as there are ones at the end of the count. */
	for (uint64_t count = merkle->count; count & 1; count >>= 1)
		merkle_node(merkle->nodes[--used], node, node);
	memcpy(merkle->nodes[used], node, sizeof(node));
	merkle->count++;
}

void merkle_root(const struct merkle *merkle, unsigned char *out_root)
{
	size_t used = merkle_node_count(merkle);

	if (used == 0) {
		(void)crypto_hash_sha256(out_root, NULL, 0);
		return;
	}
	memcpy(out_root, merkle->nodes[--used], ROW_HASH_SIZE);
	while (used > 0)
		merkle_node(merkle->nodes[--used], out_root, out_root);
}
