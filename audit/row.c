/* SPDX-License-Identifier: MIT */
#include "audit/row.h"

#include <sodium.h>
#include <string.h>

#define HEAD_SIZE 9 /* tag and number or length */

#define TYPE_INTEGER false
#define TYPE_TEXT true

static const struct row_column runs_columns[] = {
#define RUN_COLUMN(name, type, max) { #name, TYPE_##type, max },
#include "audit/columns.def"
};

static const struct row_column actions_columns[] = {
#define ACTION_COLUMN(name, type, max) { #name, TYPE_##type, max },
#include "audit/columns.def"
};

static const struct row_column seals_columns[] = {
#define SEAL_COLUMN(name, type, max) { #name, TYPE_##type, max },
#include "audit/columns.def"
};

_Static_assert(RUNS_COUNT <= (int)ROW_VALUES_MAX, "a row holds the columns of any table");
_Static_assert(SEALS_COUNT <= (int)ROW_VALUES_MAX, "a row holds the columns of any table");

const struct row_layout row_layouts[ROW_TABLES] = {
	[ROW_RUNS] = { "runs", runs_columns, RUNS_COUNT },
	[ROW_ACTIONS] = { "actions", actions_columns, ACTIONS_COUNT },
	[ROW_SEALS] = { "seals", seals_columns, SEALS_COUNT },
};

static const char tags[] = {
	[VALUE_NULL] = 'n', [VALUE_INTEGER] = 'i', [VALUE_TEXT] = 't',
	[VALUE_BLOB] = 'b', [VALUE_REAL] = 'f',
};

void row_set_number(struct row *row, size_t column, int64_t number)
{
	row->values[column] = (struct value){ .type = VALUE_INTEGER, .number = number };
}

bool row_set_text(struct row *row, size_t column, const char *text)
{
	size_t max = row_layouts[row->table].columns[column].max;
	struct value *value = &row->values[column];
	size_t size;

	if (!text) {
		*value = (struct value){ .type = VALUE_NULL };
		return false;
	}
	size = strnlen(text, max + 1);
	*value = (struct value){ .type = VALUE_TEXT,
				 .bytes = text,
				 .size = size > max ? max : size };
	return size > max;
}

bool row_text_is(const struct row *row, size_t column, const char *text)
{
	const struct value *value = &row->values[column];

	return value->type == VALUE_TEXT && value->size == strlen(text) &&
	       memcmp(value->bytes, text, value->size) == 0;
}

char *row_text_copy(const struct row *row, size_t column)
{
	const struct value *value = &row->values[column];

	return value->type == VALUE_TEXT ? strndup(value->bytes, value->size) : NULL;
}

static void put_number(unsigned char *buf, uint64_t number)
{
	for (int i = 7; i >= 0; i--, number >>= 8)
		buf[i] = (unsigned char)number;
}

static uint64_t get_number(const unsigned char *buf)
{
	uint64_t number = 0;

	for (int i = 0; i < 8; i++)
		number = number << 8 | buf[i];
	return number;
}

static bool has_bytes(const struct value *value)
{
	return value->type == VALUE_TEXT || value->type == VALUE_BLOB;
}

/* The part of a value's canonical form before its bytes. Return: its size. */
static size_t value_head(const struct value *value, unsigned char head[HEAD_SIZE])
{
	head[0] = (unsigned char)tags[value->type];
	if (value->type == VALUE_NULL)
		return 1;
	put_number(head + 1, has_bytes(value) ? value->size : (uint64_t)value->number);
	return HEAD_SIZE;
}

size_t row_encoded_size(const struct row *row)
{
	size_t size = 0;

	for (size_t i = 0; i < row_layouts[row->table].count; i++) {
		const struct value *value = &row->values[i];

		size += value->type == VALUE_NULL ? 1 : HEAD_SIZE;
		size += has_bytes(value) ? value->size : 0;
	}
	return size;
}

void row_encode(const struct row *row, unsigned char *buf)
{
	for (size_t i = 0; i < row_layouts[row->table].count; i++) {
		const struct value *value = &row->values[i];

		buf += value_head(value, buf);
		if (has_bytes(value) && value->size > 0) {
			memcpy(buf, value->bytes, value->size);
			buf += value->size;
		}
	}
}

void row_decode(struct row *row, const unsigned char *buf)
{
	for (size_t i = 0; i < row_layouts[row->table].count; i++) {
		struct value *value = &row->values[i];

		*value = (struct value){ .type = VALUE_NULL };
		if (*buf == tags[VALUE_NULL]) {
			buf++;
			continue;
		}
		value->type = *buf == tags[VALUE_INTEGER] ? VALUE_INTEGER : VALUE_TEXT;
		if (value->type == VALUE_INTEGER) {
			value->number = (int64_t)get_number(buf + 1);
			buf += HEAD_SIZE;
			continue;
		}
		value->size = get_number(buf + 1);
		value->bytes = buf + HEAD_SIZE;
		buf += HEAD_SIZE + value->size;
	}
}

static void hash_start(crypto_hash_sha256_state *state, enum row_table table, int64_t seq,
		       const unsigned char *prev)
{
	static const char format[] = "agentos record 1";
	unsigned char start[sizeof(format) + 1 + 8 + ROW_HASH_SIZE];

	memcpy(start, format, sizeof(format));
	start[sizeof(format)] = (unsigned char)row_layouts[table].table[0];
	put_number(start + sizeof(format) + 1, (uint64_t)seq);
	memcpy(start + sizeof(format) + 9, prev, ROW_HASH_SIZE);
	(void)crypto_hash_sha256_init(state);
	(void)crypto_hash_sha256_update(state, start, sizeof(start));
}

void row_hash_encoded(enum row_table table, int64_t seq, const unsigned char *prev,
		      const unsigned char *buf, size_t size, unsigned char *out_hash)
{
	crypto_hash_sha256_state state;

	hash_start(&state, table, seq, prev);
	(void)crypto_hash_sha256_update(&state, buf, size);
	(void)crypto_hash_sha256_final(&state, out_hash);
}

void row_hash(const struct row *row, const unsigned char *prev, unsigned char *out_hash)
{
	crypto_hash_sha256_state state;

	hash_start(&state, row->table, row->seq, prev);
	for (size_t i = 0; i < row_layouts[row->table].count; i++) {
		const struct value *value = &row->values[i];
		unsigned char head[HEAD_SIZE];

		(void)crypto_hash_sha256_update(&state, head, value_head(value, head));
		if (has_bytes(value) && value->size > 0)
			(void)crypto_hash_sha256_update(&state, value->bytes, value->size);
	}
	(void)crypto_hash_sha256_final(&state, out_hash);
}

bool row_hash_equals(const struct value *value, const unsigned char *hash)
{
	return value->type == VALUE_BLOB && value->size == ROW_HASH_SIZE &&
	       memcmp(value->bytes, hash, ROW_HASH_SIZE) == 0;
}

void row_hash_genesis(const unsigned char *id, size_t size, unsigned char *out_hash)
{
	static const char format[] = "agentos genesis 1";
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, (const unsigned char *)format, sizeof(format));
	(void)crypto_hash_sha256_update(&state, id, size);
	(void)crypto_hash_sha256_final(&state, out_hash);
}
