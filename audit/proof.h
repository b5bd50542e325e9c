/* SPDX-License-Identifier: MIT */
/*
 * Proofs that a row is in a record, for who has not the record: the row, its path in the Merkle tree (RFC
 * 9162 section 2.1.3) and the seal over that tree. One JSON object:
 *
 *	proof		1
 *	database	the id of the database
 *	table, seq	of the row
 *	prev		the hash of the row before it
 *	row		the columns that are not NULL; a text that is not UTF-8 is {"hex": "..."}
 *	path		the nodes, the one next to the leaf first
 *	seal		rows, time, head, root, key, signature; see audit/seal.h
 *
 * Bytes are in hex.
 */
#ifndef AGENTOS_AUDIT_PROOF_H
#define AGENTOS_AUDIT_PROOF_H

#include <jansson.h>

#include "audit/keys.h"
#include "audit/reader.h"
#include "audit/seal.h"

/**
 * proof_make() - of one row
 * @out: owned
 *
 * Return: 0; -ENOENT when there is no such row, or no seal over it yet; -EBADMSG when the record is not
 * whole; other negative errno; with @fault set.
 */
int proof_make(struct reader *reader, int64_t seq, json_t **out, struct fault *fault);

/**
 * proof_check() - whether a proof, of anybody, proves its row
 * @known:    keys that are believed
 * @out_row:  the row; borrowed from @proof
 * @out_seal: the seal that is over it
 *
 * Return: 0, or -EBADMSG with @fault set.
 */
int proof_check(json_t *proof, const struct keys_known *known, struct row *out_row,
		struct seal *out_seal, struct fault *fault);

#endif
