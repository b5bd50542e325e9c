/* SPDX-License-Identifier: MIT */
/*
 * One row of the recorder in memory, and its canonical form: what is hashed, and what waits in the
 * queue of the recorder.
 *
 * Canonical form of the columns (of columns.def, in that order), no two rows alike:
 *     NULL     'n'
 *     INTEGER  'i', 8 bytes big-endian
 *     TEXT     't', 8 bytes length big-endian, the bytes
 *     BLOB     'b', as TEXT; REAL 'f', 8 bytes IEEE 754 big-endian (only an intruder writes these)
 *
 * Hash of a row: SHA-256 over a name for the format, one byte for the table, seq as 8 bytes, the 32
 * bytes of the previous row's hash, and the canonical form.
 */
#ifndef AGENTOS_AUDIT_ROW_H
#define AGENTOS_AUDIT_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROW_HASH_SIZE 32

enum runs_column {
#define RUN_COLUMN(name, type, max) RUNS_##name,
#include "audit/columns.def"
	RUNS_COUNT,
};

enum actions_column {
#define ACTION_COLUMN(name, type, max) ACTIONS_##name,
#include "audit/columns.def"
	ACTIONS_COUNT,
};

enum seals_column {
#define SEAL_COLUMN(name, type, max) SEALS_##name,
#include "audit/columns.def"
	SEALS_COUNT,
};

#define ROW_VALUES_MAX ACTIONS_COUNT /* the widest table */

enum row_table { ROW_RUNS, ROW_ACTIONS, ROW_SEALS, ROW_TABLES };

struct row_column {
	const char *name;
	bool is_text;
	size_t max; /* bytes of a text */
};

struct row_layout {
	const char *table;
	const struct row_column *columns;
	size_t count;
};

/* Indexed by enum row_table. */
extern const struct row_layout row_layouts[ROW_TABLES];

enum value_type { VALUE_NULL, VALUE_INTEGER, VALUE_TEXT, VALUE_BLOB, VALUE_REAL };

struct value {
	enum value_type type;
	int64_t number;	   /* INTEGER; REAL: its bits */
	const void *bytes; /* TEXT, BLOB: borrowed, @size bytes; no NUL need follow */
	size_t size;
};

struct row {
	enum row_table table;
	int64_t seq;
	struct value prev, hash; /* as stored: an intruder may have put anything there */
	struct value values[ROW_VALUES_MAX]; /* by the enum of the table's columns */
};

/** row_set_number() - put a number into a column. */
void row_set_number(struct row *row, size_t column, int64_t number);

/**
 * row_set_text() - put a text into a column
 * @text: borrowed as long as @row is used; NULL leaves the column NULL
 *
 * Return: whether it had to be cut to the column's max.
 */
bool row_set_text(struct row *row, size_t column, const char *text);

/** row_text_is() - Return: whether a column is the TEXT @text. */
bool row_text_is(const struct row *row, size_t column, const char *text);

/** row_text_copy() - a TEXT as a string. Return: owned; NULL when it is none, or memory is short. */
char *row_text_copy(const struct row *row, size_t column);

/** row_encoded_size() - Return: bytes that row_encode() writes. */
size_t row_encoded_size(const struct row *row);

/** row_encode() - write the canonical form of the columns to @buf of row_encoded_size() bytes. */
void row_encode(const struct row *row, unsigned char *buf);

/**
 * row_decode() - the other way; texts are borrowed from @buf
 * @row:  row->table says which columns; only row->values is written
 * @buf:  as row_encode() wrote it: ours, not an outsider's
 */
void row_decode(struct row *row, const unsigned char *buf);

/**
 * row_hash_encoded() - the hash of a row whose columns are encoded
 * @prev:     ROW_HASH_SIZE bytes
 * @out_hash: ROW_HASH_SIZE bytes
 */
void row_hash_encoded(enum row_table table, int64_t seq, const unsigned char *prev,
		      const unsigned char *buf, size_t size, unsigned char *out_hash);

/** row_hash() - the hash that @row should carry after a row with the hash @prev. */
void row_hash(const struct row *row, const unsigned char *prev, unsigned char *out_hash);

/** row_hash_equals() - Return: whether a stored value is the BLOB @hash. */
bool row_hash_equals(const struct value *value, const unsigned char *hash);

/** row_hash_genesis() - what the first row of the database named @id (@size bytes) follows. */
void row_hash_genesis(const unsigned char *id, size_t size, unsigned char *out_hash);

#endif
