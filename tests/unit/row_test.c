/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit/row.h"

static const unsigned char prev[ROW_HASH_SIZE] = { 1, 2, 3 };

static void hash_of(const struct row *row, unsigned char *out)
{
	row_hash(row, prev, out);
}

static struct row sample(void)
{
	struct row row = { .table = ROW_ACTIONS, .seq = 7 };

	row_set_number(&row, ACTIONS_time, 1234567890123456789);
	row_set_number(&row, ACTIONS_pid, -1);
	(void)row_set_text(&row, ACTIONS_path, "/ws/a");
	(void)row_set_text(&row, ACTIONS_given, "");
	return row;
}

static void a_row_comes_back_from_its_canonical_form(void **state)
{
	struct row row = sample();
	struct row back = { .table = ROW_ACTIONS };
	size_t size = row_encoded_size(&row);
	unsigned char *buf = malloc(size);

	(void)state;
	assert_non_null(buf);
	row_encode(&row, buf);
	row_decode(&back, buf);
	for (size_t i = 0; i < ACTIONS_COUNT; i++) {
		assert_int_equal(back.values[i].type, row.values[i].type);
		assert_int_equal(back.values[i].number, row.values[i].number);
		assert_int_equal(back.values[i].size, row.values[i].size);
		if (row.values[i].size > 0)
			assert_memory_equal(back.values[i].bytes, row.values[i].bytes,
					    row.values[i].size);
	}
	free(buf);
}

static void both_ways_of_hashing_agree(void **state)
{
	unsigned char one[ROW_HASH_SIZE], two[ROW_HASH_SIZE];
	struct row row = sample();
	size_t size = row_encoded_size(&row);
	unsigned char *buf = malloc(size);

	(void)state;
	assert_non_null(buf);
	row_encode(&row, buf);
	hash_of(&row, one);
	row_hash_encoded(ROW_ACTIONS, 7, prev, buf, size, two);
	assert_memory_equal(one, two, ROW_HASH_SIZE);
	free(buf);
}

/* The published format: whoever verifies with a program of his own must get these. */
static void the_hash_is_the_documented_one(void **state)
{
	static const unsigned char genesis[ROW_HASH_SIZE] = {
		0x48, 0xa6, 0x5c, 0x70, 0x66, 0x61, 0x6f, 0xf5, 0x5f, 0x71, 0x2c,
		0xfc, 0x95, 0xc6, 0x26, 0x77, 0x92, 0x8d, 0x69, 0xc0, 0x18, 0xab,
		0x43, 0xe2, 0x52, 0x90, 0x54, 0x38, 0x38, 0xf9, 0xdb, 0xc8
	};
	static const unsigned char want[ROW_HASH_SIZE] = { 0x11, 0x28, 0xcf, 0x1a, 0xcf, 0xdd, 0x76,
							   0xea, 0xcf, 0x59, 0xa3, 0xfa, 0xc2, 0x97,
							   0xeb, 0xd0, 0x51, 0xd8, 0xe2, 0x70, 0x31,
							   0xe1, 0x02, 0x6d, 0x75, 0xe4, 0x56, 0x8e,
							   0xcb, 0xfe, 0x83, 0x07 };
	static const unsigned char id[16] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	};
	unsigned char got[ROW_HASH_SIZE];
	struct row row = { .table = ROW_RUNS, .seq = 1 };

	(void)state;
	row_hash_genesis(id, sizeof(id), got);
	assert_memory_equal(got, genesis, ROW_HASH_SIZE);
	row_set_number(&row, RUNS_time, 1);
	(void)row_set_text(&row, RUNS_run, "one");
	row_hash(&row, genesis, got);
	assert_memory_equal(got, want, ROW_HASH_SIZE);
}

static void change_table(struct row *row)
{
	row->table = ROW_RUNS;
}

static void change_seq(struct row *row)
{
	row->seq++;
}

static void change_number(struct row *row)
{
	row_set_number(row, ACTIONS_pid, 0);
}

static void number_to_text(struct row *row)
{
	row->values[ACTIONS_path].type = VALUE_BLOB;
}

static void number_to_real(struct row *row)
{
	row->values[ACTIONS_time].type = VALUE_REAL;
}

static void empty_to_null(struct row *row)
{
	(void)row_set_text(row, ACTIONS_given, NULL);
}

static void null_to_zero(struct row *row)
{
	row_set_number(row, ACTIONS_port, 0);
}

static void swap_columns(struct row *row)
{
	(void)row_set_text(row, ACTIONS_given, "/ws/a");
	(void)row_set_text(row, ACTIONS_path, "");
}

static void move_a_byte(struct row *row)
{
	(void)row_set_text(row, ACTIONS_path, "/ws/");
	(void)row_set_text(row, ACTIONS_given, "a");
}

static void add_a_nul(struct row *row)
{
	row->values[ACTIONS_path].size++;
}

static void any_change_gives_another_hash(void **state)
{
	static void (*const changes[])(struct row * row) = {
		change_table,  change_seq,   change_number, number_to_text, number_to_real,
		empty_to_null, null_to_zero, swap_columns,  move_a_byte,    add_a_nul,
	};
	unsigned char before[ROW_HASH_SIZE], after[ROW_HASH_SIZE], again[ROW_HASH_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct row row = sample();

		hash_of(&row, before);
		hash_of(&row, again);
		assert_memory_equal(before, again, ROW_HASH_SIZE);
		changes[i](&row);
		hash_of(&row, after);
		if (memcmp(before, after, ROW_HASH_SIZE) == 0)
			fail_msg("change %zu is not seen", i);
	}
}

static void another_row_before_gives_another_hash(void **state)
{
	static const unsigned char other[ROW_HASH_SIZE] = { 1, 2, 4 };
	unsigned char one[ROW_HASH_SIZE], two[ROW_HASH_SIZE];
	struct row row = sample();

	(void)state;
	row_hash(&row, prev, one);
	row_hash(&row, other, two);
	assert_memory_not_equal(one, two, ROW_HASH_SIZE);
}

static void a_text_that_is_too_long_is_cut(void **state)
{
	struct row row = { .table = ROW_RUNS };
	char text[200];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[128] = '\0';
	assert_false(row_set_text(&row, RUNS_run, text));
	assert_int_equal(row.values[RUNS_run].size, 128);
	text[128] = 'x';
	text[199] = '\0';
	assert_true(row_set_text(&row, RUNS_run, text));
	assert_int_equal(row.values[RUNS_run].size, 128);
	assert_false(row_text_is(&row, RUNS_run, text));
}

static void a_text_is_compared_as_a_whole(void **state)
{
	struct row row = { .table = ROW_RUNS };

	(void)state;
	(void)row_set_text(&row, RUNS_kind, "open");
	assert_true(row_text_is(&row, RUNS_kind, "open"));
	assert_false(row_text_is(&row, RUNS_kind, "ope"));
	assert_false(row_text_is(&row, RUNS_kind, "opens"));
	row.values[RUNS_kind].type = VALUE_BLOB;
	assert_false(row_text_is(&row, RUNS_kind, "open"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_comes_back_from_its_canonical_form),
		cmocka_unit_test(both_ways_of_hashing_agree),
		cmocka_unit_test(the_hash_is_the_documented_one),
		cmocka_unit_test(any_change_gives_another_hash),
		cmocka_unit_test(another_row_before_gives_another_hash),
		cmocka_unit_test(a_text_that_is_too_long_is_cut),
		cmocka_unit_test(a_text_is_compared_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
