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

/* The largest power of two below @count, which is at least 2: where a tree divides. */
static uint64_t split(uint64_t count)
{
	uint64_t left = 1;

	while (left < count - left)
		left *= 2;
	return left;
}

static void root_of(const unsigned char (*hashes)[ROW_HASH_SIZE], uint64_t count,
		    unsigned char *out_root)
{
	struct merkle merkle = { .count = 0 };

	for (uint64_t i = 0; i < count; i++)
		merkle_append(&merkle, hashes[i]);
	merkle_root(&merkle, out_root);
}

size_t merkle_path(const unsigned char (*hashes)[ROW_HASH_SIZE], uint64_t count, uint64_t leaf,
		   unsigned char (*out_path)[ROW_HASH_SIZE])
{
	size_t used = 0;

	/* From the root down, and then turned round. */
	while (count > 1) {
		uint64_t left = split(count);
		bool is_left = leaf < left;

		if (is_left) {
			root_of(hashes + left, count - left, out_path[used++]);
			count = left;
		} else {
			root_of(hashes, left, out_path[used++]);
			hashes += left;
			leaf -= left;
			count -= left;
		}
	}
	for (size_t i = 0; i < used / 2; i++) {
		unsigned char node[ROW_HASH_SIZE];

		memcpy(node, out_path[i], sizeof(node));
		memcpy(out_path[i], out_path[used - 1 - i], sizeof(node));
		memcpy(out_path[used - 1 - i], node, sizeof(node));
	}
	return used;
}

bool merkle_path_root(const unsigned char *hash, uint64_t count, uint64_t leaf,
		      const unsigned char (*path)[ROW_HASH_SIZE], size_t length,
		      unsigned char *out_root)
{
	uint64_t node = leaf, last = count - 1;

	if (leaf >= count)
		return false;
	merkle_leaf(hash, out_root);
	for (size_t i = 0; i < length; i++) {
		if (last == 0)
			return false;
		if (node & 1 || node == last) {
			merkle_node(path[i], out_root, out_root);
			while (node && !(node & 1)) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			merkle_node(out_root, path[i], out_root);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0;
}
