/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "audit/proof.h"
#include "tests/support/record.h"

#define ROWS 9 /* of the record: all but the last, a seal, are sealed */

static struct record record;
static struct keys_known known;
static struct reader *reader;

static int make(void **state)
{
	struct recorder *recorder;
	struct fault fault = { 0 };
	struct keys keys;

	(void)state;
	record_make(&record);
	recorder = record_begin(&record, "one");
	assert_int_equal(record_file(recorder, ACTION_READ_FILE, "/ws/a", VERDICT_DENY), 0);
	assert_int_equal(record_file(recorder, ACTION_WRITE_FILE, "/ws/\xff\xfe", VERDICT_ALLOW),
			 0);
	assert_int_equal(record_file(recorder, ACTION_WRITE_FILE, "data", VERDICT_ALLOW), 0);
	assert_int_equal(record_file(recorder, ACTION_DELETE_FILE, "/ws/c", VERDICT_AUDIT), 0);
	assert_int_equal(record_file(recorder, ACTION_READ_FILE, "", VERDICT_ALLOW), 0);
	assert_int_equal(record_end(recorder), 0);
	assert_int_equal(record_number(&record, "SELECT max(seq) FROM seals"), ROWS);
	assert_int_equal(keys_open(record.path, &keys, &fault), 0);
	memcpy(known.keys[known.count++], keys.public, KEYS_PUBLIC_SIZE);
	keys_close(&keys);
	return reader_open(record.path, &reader, &fault);
}

static int clean(void **state)
{
	(void)state;
	reader_close(reader);
	record_remove(&record);
	return 0;
}

/* As it comes from somebody else. */
static json_t *proof_of(int64_t seq)
{
	struct fault fault = { 0 };
	json_t *made = NULL, *read;
	char *text;

	if (proof_make(reader, seq, &made, &fault) < 0)
		fail_msg("row %d: %s", (int)seq, fault.text);
	text = json_dumps(made, 0);
	read = json_loads(text, JSON_ALLOW_NUL, NULL);
	assert_non_null(read);
	free(text);
	json_decref(made);
	return read;
}

static int check(json_t *proof, struct fault *fault)
{
	struct seal seal;
	struct row row;

	return proof_check(proof, &known, &row, &seal, fault);
}

static void each_sealed_row_is_proved(void **state)
{
	(void)state;
	for (int seq = 1; seq < ROWS; seq++) {
		json_t *proof = proof_of(seq);
		struct fault fault = { 0 };

		if (check(proof, &fault) < 0)
			fail_msg("row %d: %s", seq, fault.text);
		json_decref(proof);
	}
}

static void what_is_not_sealed_is_not_proved(void **state)
{
	struct fault fault = { 0 };
	json_t *proof = NULL;

	(void)state;
	assert_int_equal(proof_make(reader, ROWS, &proof, &fault), -ENOENT);
	assert_non_null(strstr(fault.text, "not sealed yet"));
	assert_int_equal(proof_make(reader, ROWS + 1, &proof, &fault), -ENOENT);
	assert_non_null(strstr(fault.text, "there is no row"));
}

static void the_row_comes_back(void **state)
{
	json_t *proof = proof_of(4);
	struct fault fault = { 0 };
	struct seal seal;
	struct row row;

	(void)state;
	assert_int_equal(proof_check(proof, &known, &row, &seal, &fault), 0);
	assert_int_equal(row.table, ROW_ACTIONS);
	assert_true(row_text_is(&row, ACTIONS_path, "/ws/\xff\xfe"));
	assert_true(row_text_is(&row, ACTIONS_verdict, "allow"));
	assert_int_equal(row.values[ACTIONS_pid].number, 4711);
	json_decref(proof);
}

/* Changes one thing, deep in it. */
static void spoil(json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);

	if (json_is_integer(value)) {
		(void)json_integer_set(value, json_integer_value(value) + 1);
	} else if (json_is_string(value)) {
		char text[512];

		(void)snprintf(text, sizeof(text), "%s", json_string_value(value));
		if (text[0])
			text[strlen(text) - 1] ^= 1;
		else
			(void)snprintf(text, sizeof(text), "x");
		(void)json_string_set(value, text);
	} else {
		(void)json_object_set_new(object, name, json_integer(7));
	}
}

static void spoiled_is_refused(const char *part)
{
	json_t *names = proof_of(3);
	json_t *object = part ? json_object_get(names, part) : names, *value;
	const char *name;

	json_object_foreach(object, name, value)
	{
		json_t *proof = proof_of(3);
		struct fault fault = { 0 };

		spoil(part ? json_object_get(proof, part) : proof, name);
		if (check(proof, &fault) == 0)
			fail_msg("%s %s is not covered", part ? part : "", name);
		assert_true(fault.text[0]);
		json_decref(proof);
	}
	json_decref(names);
}

static void each_part_counts(void **state)
{
	(void)state;
	spoiled_is_refused(NULL);
	spoiled_is_refused("row");
	spoiled_is_refused("seal");
}

static void more_or_less_than_there_was_is_refused(void **state)
{
	static const char *const parts[] = { "proof", "database", "table", "seq",
					     "prev",  "row",	  "path",  "seal" };
	struct fault fault = { 0 };
	json_t *proof = proof_of(3);

	(void)state;
	(void)json_object_set_new(json_object_get(proof, "row"), "note", json_string("good"));
	assert_int_equal(check(proof, &fault), -EBADMSG);
	json_decref(proof);
	proof = proof_of(3);
	(void)json_object_del(json_object_get(proof, "row"), "rule");
	assert_int_equal(check(proof, &fault), -EBADMSG);
	json_decref(proof);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		proof = proof_of(3);
		(void)json_object_del(proof, parts[i]);
		assert_int_equal(check(proof, &fault), -EBADMSG);
		json_decref(proof);
	}
	proof = proof_of(3);
	(void)json_array_append_new(json_object_get(proof, "path"),
				    json_string("00000000000000000000000000000000"
						"00000000000000000000000000000000"));
	assert_int_equal(check(proof, &fault), -EBADMSG);
	(void)json_array_clear(json_object_get(proof, "path"));
	assert_int_equal(check(proof, &fault), -EBADMSG);
	json_decref(proof);
}

static void a_key_that_is_not_believed_proves_nothing(void **state)
{
	struct keys_known other = { .count = 1 };
	struct fault fault = { 0 };
	json_t *proof = proof_of(3);
	struct seal seal;
	struct row row;

	(void)state;
	assert_int_equal(proof_check(proof, &other, &row, &seal, &fault), -EBADMSG);
	assert_non_null(strstr(fault.text, "not known here"));
	json_decref(proof);
}

/* Last: the record is not whole any more. */
static void what_was_changed_is_not_proved(void **state)
{
	struct fault fault = { 0 };
	json_t *proof = NULL;

	(void)state;
	assert_true(record_meddle(&record, "UPDATE actions SET path = '/x' WHERE seq = 3"));
	assert_int_equal(proof_make(reader, 3, &proof, &fault), -EBADMSG);
	assert_true(record_meddle(&record, "DELETE FROM actions WHERE seq = 4"));
	assert_int_equal(proof_make(reader, 5, &proof, &fault), -EBADMSG);
	assert_non_null(strstr(fault.text, "row 4 is missing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sealed_row_is_proved),
		cmocka_unit_test(what_is_not_sealed_is_not_proved),
		cmocka_unit_test(the_row_comes_back),
		cmocka_unit_test(each_part_counts),
		cmocka_unit_test(more_or_less_than_there_was_is_refused),
		cmocka_unit_test(a_key_that_is_not_believed_proves_nothing),
		cmocka_unit_test(what_was_changed_is_not_proved),
	};

	return cmocka_run_group_tests(tests, make, clean);
}
