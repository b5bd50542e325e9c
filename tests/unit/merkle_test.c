/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "audit/merkle.h"

#define LEAVES 70

static unsigned char hashes[LEAVES][ROW_HASH_SIZE];

static int make(void **state)
{
	(void)state;
	for (int i = 0; i < LEAVES; i++)
		memset(hashes[i], i + 1, ROW_HASH_SIZE);
	return 0;
}

/* RFC 9162 section 2.1.1, as it is written there. */
static void root_as_written(const unsigned char (*leaves)[ROW_HASH_SIZE], size_t count,
			    unsigned char *out)
{
	unsigned char left[ROW_HASH_SIZE], right[ROW_HASH_SIZE];
	size_t k = 1;

	if (count == 0) {
		(void)crypto_hash_sha256(out, NULL, 0);
		return;
	}
	if (count == 1) {
		merkle_leaf(leaves[0], out);
		return;
	}
	while (k * 2 < count)
		k *= 2;
	root_as_written(leaves, k, left);
	root_as_written(leaves + k, count - k, right);
	merkle_node(left, right, out);
}

static void the_root_is_that_of_the_rfc(void **state)
{
	struct merkle merkle = { .count = 0 };

	(void)state;
	for (size_t count = 0; count <= LEAVES; count++) {
		unsigned char root[ROW_HASH_SIZE], want[ROW_HASH_SIZE];

		merkle_root(&merkle, root);
		root_as_written(hashes, count, want);
		assert_memory_equal(root, want, sizeof(want));
		if (count < LEAVES)
			merkle_append(&merkle, hashes[count]);
	}
}

static void the_root_of_nothing_is_the_hash_of_nothing(void **state)
{
	static const unsigned char start[] = { 0xe3, 0xb0, 0xc4, 0x42 }; /* SHA-256 of "" */
	struct merkle merkle = { .count = 0 };
	unsigned char root[ROW_HASH_SIZE];

	(void)state;
	merkle_root(&merkle, root);
	assert_memory_equal(root, start, sizeof(start));
}

static void each_leaf_has_a_path_to_the_root(void **state)
{
	(void)state;
	for (size_t count = 1; count <= LEAVES; count++) {
		unsigned char want[ROW_HASH_SIZE];

		root_as_written(hashes, count, want);
		for (size_t leaf = 0; leaf < count; leaf++) {
			unsigned char path[MERKLE_NODES_MAX][ROW_HASH_SIZE], root[ROW_HASH_SIZE];
			size_t length = merkle_path(hashes, count, leaf, path);

			assert_true(
				merkle_path_root(hashes[leaf], count, leaf, path, length, root));
			assert_memory_equal(root, want, sizeof(want));
			/* Of another leaf, at another place, or with a node more or less: not. */
			assert_false(
				merkle_path_root(hashes[leaf], count, count, path, length, root));
			if (merkle_path_root(hashes[(leaf + 1) % LEAVES], count, leaf, path, length,
					     root))
				assert_memory_not_equal(root, want, sizeof(want));
			if (count > 1 && merkle_path_root(hashes[leaf], count, (leaf + 1) % count,
							  path, length, root))
				assert_memory_not_equal(root, want, sizeof(want));
			memset(path[length], 0, ROW_HASH_SIZE);
			assert_false(merkle_path_root(hashes[leaf], count, leaf, path, length + 1,
						      root));
			if (length > 0)
				assert_false(merkle_path_root(hashes[leaf], count, leaf, path,
							      length - 1, root));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_is_that_of_the_rfc),
		cmocka_unit_test(the_root_of_nothing_is_the_hash_of_nothing),
		cmocka_unit_test(each_leaf_has_a_path_to_the_root),
	};

	return cmocka_run_group_tests(tests, make, NULL);
}
