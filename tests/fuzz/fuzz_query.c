/* SPDX-License-Identifier: MIT */
/*
 * A row of any values, as an intruder may have put it into the database: it is hashed and printed.
 *
 * The input is read value by value: a byte for the type and, of texts, one or two for the size.
 * What must hold: both ways of hashing agree; what is for people or a spreadsheet has no control
 * characters but line ends, a line is one line, JSON is plain ASCII and can be read, and gives
 * back each text.
 */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/arguments.h"
#include "audit/print.h"
#include "audit/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *at;
	size_t left;
};

static const uint8_t *take(struct input *input, size_t size)
{
	const uint8_t *at = input->at;

	if (size > input->left)
		return NULL;
	input->at += size;
	input->left -= size;
	return at;
}

static unsigned take_byte(struct input *input)
{
	const uint8_t *byte = take(input, 1);

	return byte ? *byte : 0;
}

static struct value take_value(struct input *input)
{
	static const enum value_type types[] = {
		VALUE_NULL, VALUE_INTEGER, VALUE_TEXT, VALUE_BLOB,
		VALUE_REAL, VALUE_TEXT,	   VALUE_TEXT, VALUE_TEXT,
	};
	struct value value = { .type = types[take_byte(input) % 8] };
	const uint8_t *bytes;

	if (value.type == VALUE_TEXT || value.type == VALUE_BLOB) {
		value.size = take_byte(input);
		if (value.size >= 128)
			value.size = (value.size - 128) * 256 + take_byte(input);
		if (value.size > input->left)
			value.size = input->left;
		value.bytes = take(input, value.size);
	} else if (value.type != VALUE_NULL) {
		bytes = take(input, sizeof(value.number));
		if (bytes)
			memcpy(&value.number, bytes, sizeof(value.number));
	}
	return value;
}

static char *printed(int (*print)(const struct row *row, FILE *out), const struct row *row,
		     size_t *out_size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, out_size);

	assert(out && print(row, out) == 0 && fclose(out) == 0);
	return text;
}

static void check_plain(int (*print)(const struct row *row, FILE *out), const struct row *row,
			size_t lines)
{
	size_t size = 0;
	char *text = printed(print, row, &size);

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		assert(c >= 0x20 || c == '\n' || c == '\r');
		assert(c != 0x7f);
		lines -= c == '\n';
	}
	assert(lines == 0);
	free(text);
}

static void check_text(const json_t *json, const struct value *value)
{
	const char *hex = json_string_value(json_object_get(json, "hex"));

	if (json_is_string(json)) {
		assert(json_string_length(json) == value->size);
		assert(value->size == 0 ||
		       memcmp(json_string_value(json), value->bytes, value->size) == 0);
		return;
	}
	assert(hex && strlen(hex) == 2 * value->size);
	for (size_t i = 0; i < value->size; i++) {
		char digits[3];

		(void)snprintf(digits, sizeof(digits), "%02x", ((const uint8_t *)value->bytes)[i]);
		assert(memcmp(hex + 2 * i, digits, 2) == 0);
	}
}

static void check_json(const struct row *row)
{
	size_t size = 0;
	char *text = printed(print_json, row, &size);
	json_t *json = json_loadb(text, size, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);

	assert(json);
	for (size_t i = 0; i + 1 < size; i++)
		assert(text[i] >= 0x20 && text[i] <= 0x7f);
	for (size_t i = 0; i < ACTIONS_COUNT; i++)
		if (row->values[i].type == VALUE_TEXT && i != ACTIONS_argv)
			check_text(json_object_get(json, row_layouts[ROW_ACTIONS].columns[i].name),
				   &row->values[i]);
	json_decref(json);
	free(text);
}

static void check_hash(const struct row *row)
{
	unsigned char prev[ROW_HASH_SIZE] = { 0 };
	unsigned char one[ROW_HASH_SIZE], two[ROW_HASH_SIZE];
	size_t size = row_encoded_size(row);
	unsigned char *buf = malloc(size);

	assert(buf);
	row_encode(row, buf);
	row_hash(row, prev, one);
	row_hash_encoded(ROW_ACTIONS, row->seq, prev, buf, size, two);
	assert(memcmp(one, two, ROW_HASH_SIZE) == 0);
	free(buf);
}

/* The rest of the input as an argument vector. */
static void check_arguments(const uint8_t *data, size_t size)
{
	char text[ARGUMENTS_SIZE_MIN + 100];
	const char *argv[64];
	size_t argc = 0;
	char *copy = malloc(size + 1);
	json_t *json;

	assert(copy);
	memcpy(copy, data, size);
	copy[size] = '\0';
	for (size_t at = 0; at < size && argc < 64; at += strlen(copy + at) + 1)
		argv[argc++] = copy + at;
	(void)arguments_to_json(argv, argc, text, sizeof(text) - size % 100);
	json = json_loads(text, 0, NULL);
	assert(json_is_array(json));
	json_decref(json);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct row row = { .table = ROW_ACTIONS, .seq = 1 };
	size_t columns = 0;

	for (size_t i = 0; i < ACTIONS_COUNT; i++) {
		row.values[i] = take_value(&input);
		columns += row.values[i].type != VALUE_NULL;
	}
	row.prev = take_value(&input);
	row.hash = take_value(&input);
	check_hash(&row);
	check_plain(print_line, &row, 1);
	check_plain(print_csv, &row, 1);
	check_plain(print_fields, &row, columns + 3);
	check_json(&row);
	check_arguments(data, size);
	return 0;
}
