/* SPDX-License-Identifier: MIT */
#include "audit/seal.h"

#include <sodium.h>
#include <string.h>

#include "common/clock.h"

#define FORMAT "agentos seal 1" /* with its NUL */
#define TEXT_SIZE (sizeof(FORMAT) + SCHEMA_ID_SIZE + 8 + 2 * ROW_HASH_SIZE + 8 + KEYS_PUBLIC_SIZE)

const char seal_by_unknown_key[] =
	"it is signed with a key that is not known here; hint: --key HEX when you trust it";

static unsigned char *put(unsigned char *at, const void *bytes, size_t size)
{
	memcpy(at, bytes, size);
	return at + size;
}

static unsigned char *put_number(unsigned char *at, int64_t number)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		*at++ = (unsigned char)((uint64_t)number >> shift);
	return at;
}

/* The bytes that are signed. */
static void text_make(const struct sealed *sealed, int64_t time, const unsigned char *next_key,
		      unsigned char text[TEXT_SIZE])
{
	static const unsigned char same[KEYS_PUBLIC_SIZE];
	unsigned char *at = put(text, FORMAT, sizeof(FORMAT));

	at = put(at, sealed->id, SCHEMA_ID_SIZE);
	at = put_number(at, sealed->rows);
	at = put(at, sealed->head, ROW_HASH_SIZE);
	at = put(at, sealed->root, ROW_HASH_SIZE);
	at = put_number(at, time);
	(void)put(at, next_key ? next_key : same, KEYS_PUBLIC_SIZE);
}

void seal_make(const struct keys *keys, const struct sealed *sealed, const unsigned char *next_key,
	       struct seal_texts *texts, struct row *out)
{
	unsigned char signature[KEYS_SIGNATURE_SIZE], text[TEXT_SIZE];
	int64_t time = clock_ns(CLOCK_REALTIME);

	text_make(sealed, time, next_key, text);
	(void)crypto_sign_detached(signature, NULL, text, sizeof(text), keys->secret);
	(void)sodium_bin2hex(texts->root, sizeof(texts->root), sealed->root, ROW_HASH_SIZE);
	(void)sodium_bin2hex(texts->key, sizeof(texts->key), keys->public, KEYS_PUBLIC_SIZE);
	(void)sodium_bin2hex(texts->signature, sizeof(texts->signature), signature,
			     sizeof(signature));
	*out = (struct row){ .table = ROW_SEALS };
	row_set_number(out, SEALS_time, time);
	row_set_number(out, SEALS_mono, clock_ns(CLOCK_MONOTONIC));
	row_set_number(out, SEALS_rows, sealed->rows);
	(void)row_set_text(out, SEALS_root, texts->root);
	(void)row_set_text(out, SEALS_key, texts->key);
	(void)row_set_text(out, SEALS_signature, texts->signature);
	if (!next_key)
		return;
	(void)sodium_bin2hex(texts->next_key, sizeof(texts->next_key), next_key, KEYS_PUBLIC_SIZE);
	(void)row_set_text(out, SEALS_next_key, texts->next_key);
}

/* Exactly @size bytes, in hex. */
static bool hex_read(const struct value *value, unsigned char *out, size_t size)
{
	size_t len = 0;

	return value->type == VALUE_TEXT &&
	       sodium_hex2bin(out, size, value->bytes, value->size, NULL, &len, NULL) == 0 &&
	       len == size && value->size == 2 * size;
}

/* What can be read of a seal. Return: whether all of it can. */
static bool read_all(const struct row *row, struct seal *out, unsigned char *next_key)
{
	const struct value *next = &row->values[SEALS_next_key];

	out->time = row->values[SEALS_time].number;
	out->rows = row->values[SEALS_rows].number;
	return row->values[SEALS_time].type == VALUE_INTEGER &&
	       row->values[SEALS_rows].type == VALUE_INTEGER &&
	       hex_read(&row->values[SEALS_root], out->root, sizeof(out->root)) &&
	       hex_read(&row->values[SEALS_key], out->key, sizeof(out->key)) &&
	       hex_read(&row->values[SEALS_signature], out->signature, sizeof(out->signature)) &&
	       (next->type == VALUE_NULL || hex_read(next, next_key, KEYS_PUBLIC_SIZE));
}

static bool is_signed(const struct sealed *sealed, const struct seal *seal,
		      const unsigned char *next_key)
{
	unsigned char text[TEXT_SIZE];

	text_make(sealed, seal->time, next_key, text);
	return crypto_sign_verify_detached(seal->signature, text, sizeof(text), seal->key) == 0;
}

const char *seal_check(const struct row *row, const struct sealed *sealed, struct keys_known *known)
{
	bool hands_over = row->values[SEALS_next_key].type != VALUE_NULL;
	unsigned char next_key[KEYS_PUBLIC_SIZE];
	struct seal seal;

	if (!read_all(row, &seal, next_key))
		return "it is no seal that can be read";
	if (seal.rows != sealed->rows)
		return "it seals another number of rows than there are before it";
	if (memcmp(seal.root, sealed->root, sizeof(seal.root)) != 0)
		return "it seals other rows than those before it";
	if (!is_signed(sealed, &seal, hands_over ? next_key : NULL))
		return "its signature is wrong: who made it did not have the key";
	if (!keys_are_known(known, seal.key))
		return seal_by_unknown_key;
	if (hands_over && !keys_are_known(known, next_key) && known->count < KEYS_KNOWN_MAX)
		memcpy(known->keys[known->count++], next_key, KEYS_PUBLIC_SIZE);
	return NULL;
}

void seal_read(const struct row *row, const struct sealed *sealed, struct seal *out)
{
	unsigned char next_key[KEYS_PUBLIC_SIZE];

	(void)read_all(row, out, next_key);
	memcpy(out->head, sealed->head, sizeof(out->head));
}

bool seal_is_signed(const struct seal *seal, const unsigned char *id)
{
	struct sealed sealed = { .id = id, .rows = seal->rows };

	memcpy(sealed.head, seal->head, sizeof(sealed.head));
	memcpy(sealed.root, seal->root, sizeof(sealed.root));
	return is_signed(&sealed, seal, NULL);
}
