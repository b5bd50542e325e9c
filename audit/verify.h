/* SPDX-License-Identifier: MIT */
/*
 * Whether rows, first to last, are those that were recorded.
 */
#ifndef AGENTOS_AUDIT_VERIFY_H
#define AGENTOS_AUDIT_VERIFY_H

#include "audit/reader.h"

struct verifier;

/** verifier_new() - begin, before the first row of the database named @id. Return: or NULL. */
struct verifier *verifier_new(const unsigned char *id, size_t id_size);

/** verifier_free() - NULL is allowed. */
void verifier_free(struct verifier *verifier);

/**
 * verifier_row() - the next row
 * @row: read only
 * @out: is_bad, bad_seq and reason are set when it is wrong: then it is the last
 *
 * Return: 0, or -ENOMEM.
 */
int verifier_row(struct verifier *verifier, const struct row *row, struct verification *out);

/** verifier_finish() - there are no more rows: the runs that are still open, and the head. */
void verifier_finish(const struct verifier *verifier, struct verification *out);

#endif
