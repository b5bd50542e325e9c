/* SPDX-License-Identifier: MIT */
#include "audit/proof.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "audit/merkle.h"
#include "audit/schema.h"
#include "common/clean.h"

#define VERSION 1

static json_t *hex_to_json(const unsigned char *bytes, size_t size)
{
	CLEAN_FREE char *hex = malloc(2 * size + 1);

	return hex ? json_string(sodium_bin2hex(hex, 2 * size + 1, bytes, size)) : NULL;
}

static json_t *value_to_json(const struct value *value)
{
	json_t *text;

	if (value->type == VALUE_INTEGER)
		return json_integer((json_int_t)value->number);
	if (value->type != VALUE_TEXT)
		return NULL; /* of an intruder */
	text = json_stringn(value->bytes, value->size);
	return text ? text : json_pack("{s:o}", "hex", hex_to_json(value->bytes, value->size));
}

/* Return: owned; NULL without memory, or for what is no column of ours. */
static json_t *row_to_json(const struct row *row)
{
	const struct row_layout *layout = &row_layouts[row->table];
	json_t *object = json_object();

	for (size_t i = 0; i < layout->count && object; i++) {
		if (row->values[i].type == VALUE_NULL)
			continue;
		if (json_object_set_new(object, layout->columns[i].name,
					value_to_json(&row->values[i])) < 0) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

static json_t *seal_to_json(const struct seal *seal)
{
	return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}", "rows", (json_int_t)seal->rows, "time",
			 (json_int_t)seal->time, "head",
			 hex_to_json(seal->head, sizeof(seal->head)), "root",
			 hex_to_json(seal->root, sizeof(seal->root)), "key",
			 hex_to_json(seal->key, sizeof(seal->key)), "signature",
			 hex_to_json(seal->signature, sizeof(seal->signature)));
}

/*
 * Making one.
 */

struct making {
	struct seal seal; /* rows 0: none */
	json_t *row;	  /* owned */
	enum row_table table;
	unsigned char prev[ROW_HASH_SIZE], hash[ROW_HASH_SIZE];
	bool is_there, is_good;
};

static int take_seal(const struct row *row, void *data)
{
	static const unsigned char none[ROW_HASH_SIZE];
	struct making *making = data;
	struct sealed sealed = { .id = NULL };

	memcpy(sealed.head, none, sizeof(none)); /* it is known when the hashes are */
	seal_read(row, &sealed, &making->seal);
	return 0;
}

static int take_row(const struct row *row, void *data)
{
	struct making *making = data;
	struct row recorded = *row;
	struct value *given = &recorded.values[ACTIONS_given];
	const struct value *path = &recorded.values[ACTIONS_path];

	/* The reader has filled in what is recorded as NULL. */
	if (row->table == ROW_ACTIONS && given->type == path->type && given->size == path->size &&
	    (given->size == 0 || memcmp(given->bytes, path->bytes, given->size) == 0))
		*given = (struct value){ .type = VALUE_NULL };
	making->is_there = true;
	making->table = row->table;
	if (row->prev.type != VALUE_BLOB || row->prev.size != ROW_HASH_SIZE)
		return 0;
	memcpy(making->prev, row->prev.bytes, ROW_HASH_SIZE);
	row_hash(&recorded, making->prev, making->hash);
	making->is_good = row_hash_equals(&row->hash, making->hash);
	making->row = row_to_json(&recorded);
	return making->is_good && !making->row ? -ENOMEM : 0;
}

static json_t *path_to_json(const unsigned char (*path)[ROW_HASH_SIZE], size_t length)
{
	json_t *list = json_array();

	for (size_t i = 0; i < length && list; i++)
		if (json_array_append_new(list, hex_to_json(path[i], ROW_HASH_SIZE)) < 0) {
			json_decref(list);
			list = NULL;
		}
	return list;
}

/* The row and its seal. Return: 0, or negative errno with @fault set. */
static int gather(struct reader *reader, int64_t seq, struct making *making, struct fault *fault)
{
	int r = reader_row(reader, seq, take_row, making, fault);

	if (r == 0)
		r = reader_seal(reader, seq, take_seal, making, fault);
	if (r < 0)
		return r;
	if (!making->is_there)
		return fault_set(fault, -ENOENT, "there is no row %" PRId64, seq);
	if (!making->is_good)
		return fault_set(fault, -EBADMSG,
				 "row %" PRId64
				 " is not what was recorded; hint: agentos audit verify",
				 seq);
	if (making->seal.rows == 0)
		return fault_set(fault, -ENOENT,
				 "row %" PRId64
				 " is not sealed yet; hint: at the latest the end of the "
				 "run seals it",
				 seq);
	return 0;
}

int proof_make(struct reader *reader, int64_t seq, json_t **out, struct fault *fault)
{
	struct making making = { .row = NULL };
	unsigned char path[MERKLE_NODES_MAX][ROW_HASH_SIZE];
	CLEAN_FREE unsigned char(*hashes)[ROW_HASH_SIZE] = NULL;
	int r = gather(reader, seq, &making, fault);

	if (r == 0) {
		hashes = calloc((size_t)making.seal.rows, sizeof(*hashes));
		r = hashes ? reader_hashes(reader, making.seal.rows, hashes, fault)
			   : fault_set(fault, -ENOMEM, "cannot prove a row: out of memory");
	}
	if (r < 0) {
		json_decref(making.row);
		return r;
	}
	memcpy(making.seal.head, hashes[making.seal.rows - 1], ROW_HASH_SIZE);
	*out = json_pack("{s:i, s:o, s:s, s:I, s:o, s:o, s:o, s:o}", "proof", VERSION, "database",
			 hex_to_json(reader_id(reader), SCHEMA_ID_SIZE), "table",
			 row_layouts[making.table].table, "seq", (json_int_t)seq, "prev",
			 hex_to_json(making.prev, sizeof(making.prev)), "row", making.row, "path",
			 path_to_json(path, merkle_path(hashes, (uint64_t)making.seal.rows,
							(uint64_t)seq - 1, path)),
			 "seal", seal_to_json(&making.seal));
	return *out ? 0 : fault_set(fault, -ENOMEM, "cannot prove a row: out of memory");
}

/*
 * Checking one: of it nothing is believed.
 */

static bool hex_read(const json_t *text, unsigned char *out, size_t size)
{
	const char *hex = json_string_value(text);
	size_t len = 0;

	return hex && sodium_hex2bin(out, size, hex, strlen(hex), NULL, &len, NULL) == 0 &&
	       len == size;
}

static bool member_hex(const json_t *object, const char *name, unsigned char *out, size_t size)
{
	return hex_read(json_object_get(object, name), out, size);
}

static bool seal_parse(const json_t *object, struct seal *out)
{
	out->rows = json_integer_value(json_object_get(object, "rows"));
	out->time = json_integer_value(json_object_get(object, "time"));
	return out->rows > 0 && member_hex(object, "head", out->head, sizeof(out->head)) &&
	       member_hex(object, "root", out->root, sizeof(out->root)) &&
	       member_hex(object, "key", out->key, sizeof(out->key)) &&
	       member_hex(object, "signature", out->signature, sizeof(out->signature));
}

/* Bytes that are no UTF-8 take the place of their hex. */
static bool hex_value(json_t *object, struct value *out)
{
	const char *hex = json_string_value(json_object_get(object, "hex"));
	size_t size = hex ? strlen(hex) / 2 : 0, len = 0;
	CLEAN_FREE unsigned char *bytes = malloc(size + 1);

	/* A C string may hold any bytes: the object owns a copy of them. */
	if (!hex || !bytes ||
	    sodium_hex2bin(bytes, size + 1, hex, strlen(hex), NULL, &len, NULL) != 0 ||
	    json_object_set_new(object, "bytes", json_stringn_nocheck((const char *)bytes, len)) <
		    0)
		return false;
	out->type = VALUE_TEXT;
	out->bytes = json_string_value(json_object_get(object, "bytes"));
	out->size = len;
	return true;
}

static bool value_parse(json_t *json, struct value *out)
{
	if (json_is_integer(json)) {
		*out = (struct value){ VALUE_INTEGER, json_integer_value(json), NULL, 0 };
		return true;
	}
	if (json_is_string(json)) {
		*out = (struct value){ VALUE_TEXT, 0, json_string_value(json),
				       json_string_length(json) };
		return true;
	}
	return json_is_object(json) && hex_value(json, out);
}

static bool row_parse(json_t *proof, struct row *out)
{
	const char *table = json_string_value(json_object_get(proof, "table"));
	json_t *columns = json_object_get(proof, "row");
	size_t found = 0;

	*out = (struct row){ .table = ROW_TABLES };
	for (int i = 0; i < ROW_TABLES && table; i++)
		if (strcmp(table, row_layouts[i].table) == 0)
			out->table = (enum row_table)i;
	out->seq = json_integer_value(json_object_get(proof, "seq"));
	if (out->table == ROW_TABLES || out->seq < 1)
		return false;
	for (size_t i = 0; i < row_layouts[out->table].count; i++) {
		json_t *column = json_object_get(columns, row_layouts[out->table].columns[i].name);

		if (column && !value_parse(column, &out->values[i]))
			return false;
		found += column != NULL;
	}
	return found == json_object_size(columns); /* what is no column proves nothing */
}

static bool path_parse(const json_t *list, unsigned char (*out)[ROW_HASH_SIZE], size_t *out_length)
{
	*out_length = json_array_size(list);
	if (!json_is_array(list) || *out_length > MERKLE_NODES_MAX)
		return false;
	for (size_t i = 0; i < *out_length; i++)
		if (!hex_read(json_array_get(list, i), out[i], ROW_HASH_SIZE))
			return false;
	return true;
}

/* Return: what is wrong, or NULL. */
static const char *wrong_with(json_t *proof, const struct keys_known *known, struct row *row,
			      struct seal *seal)
{
	unsigned char path[MERKLE_NODES_MAX][ROW_HASH_SIZE], id[SCHEMA_ID_SIZE];
	unsigned char prev[ROW_HASH_SIZE], hash[ROW_HASH_SIZE], root[ROW_HASH_SIZE];
	size_t length;

	if (json_integer_value(json_object_get(proof, "proof")) != VERSION ||
	    !member_hex(proof, "database", id, sizeof(id)) ||
	    !member_hex(proof, "prev", prev, sizeof(prev)) || !row_parse(proof, row) ||
	    !path_parse(json_object_get(proof, "path"), path, &length) ||
	    !seal_parse(json_object_get(proof, "seal"), seal))
		return "it is no proof of this version";
	row_hash(row, prev, hash);
	if (!merkle_path_root(hash, (uint64_t)seal->rows, (uint64_t)row->seq - 1, path, length,
			      root) ||
	    memcmp(root, seal->root, sizeof(root)) != 0)
		return "the row is not among those that are sealed";
	if (!seal_is_signed(seal, id))
		return "the signature of the seal is wrong";
	return keys_are_known(known, seal->key) ? NULL : seal_by_unknown_key;
}

int proof_check(json_t *proof, const struct keys_known *known, struct row *out_row,
		struct seal *out_seal, struct fault *fault)
{
	const char *wrong = wrong_with(proof, known, out_row, out_seal);

	return wrong ? fault_set(fault, -EBADMSG, "%s", wrong) : 0;
}
