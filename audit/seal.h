/* SPDX-License-Identifier: MIT */
/*
 * A seal: a row of the chain that says how many rows are before it and what the root of their Merkle
 * tree is, signed (audit/keys.h). Who changes a row and mends every hash after it cannot make the
 * seals again. The last one is kept apart too (audit/anchor.h).
 *
 * Signed (Ed25519, RFC 8032) are these bytes; numbers are 8 bytes, big-endian:
 *     "agentos seal 1" and a zero byte; the id of the database; rows; the hash of the last row;
 *     the root; time; next_key (zeros when it stays)
 */
#ifndef AGENTOS_AUDIT_SEAL_H
#define AGENTOS_AUDIT_SEAL_H

#include "audit/keys.h"
#include "audit/merkle.h"
#include "audit/schema.h"

/* What is sealed. */
struct sealed {
	const unsigned char *id; /* SCHEMA_ID_SIZE bytes, borrowed */
	int64_t rows;
	unsigned char head[ROW_HASH_SIZE], root[ROW_HASH_SIZE];
};

/* The texts of a row of `seals`. */
struct seal_texts {
	char root[2 * ROW_HASH_SIZE + 1];
	char key[2 * KEYS_PUBLIC_SIZE + 1];
	char next_key[2 * KEYS_PUBLIC_SIZE + 1];
	char signature[2 * KEYS_SIGNATURE_SIZE + 1];
};

/* What a seal says. */
struct seal {
	int64_t rows, time;
	unsigned char head[ROW_HASH_SIZE], root[ROW_HASH_SIZE];
	unsigned char key[KEYS_PUBLIC_SIZE], signature[KEYS_SIGNATURE_SIZE];
};

/**
 * seal_make() - sign
 * @next_key: KEYS_PUBLIC_SIZE bytes, or NULL
 * @texts:    what @out borrows
 * @out:      its columns; seq and the hashes are not
 */
void seal_make(const struct keys *keys, const struct sealed *sealed, const unsigned char *next_key,
	       struct seal_texts *texts, struct row *out);

/* What seal_check() returns when that alone is wrong. */
extern const char seal_by_unknown_key[];

/**
 * seal_check() - whether a row of `seals` seals what is there
 * @known:  keys that are believed; the next key of a good seal is added
 * @sealed: what is there
 *
 * Return: NULL, or what is wrong with it.
 */
const char *seal_check(const struct row *row, const struct sealed *sealed,
		       struct keys_known *known);

/** seal_read() - what the row of a good seal says. */
void seal_read(const struct row *row, const struct sealed *sealed, struct seal *out);

/** seal_is_signed() - Return: whether a seal that hands over to no other key has the signature of its key. */
bool seal_is_signed(const struct seal *seal, const unsigned char *id);

#endif
