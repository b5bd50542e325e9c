/* SPDX-License-Identifier: MIT */
/*
 * Whether rows, first to last, are those that were recorded.
 */
#ifndef AGENTOS_AUDIT_VERIFY_H
#define AGENTOS_AUDIT_VERIFY_H

#include "audit/reader.h"
#include "audit/seal.h"

struct verifier;

/* What is known of a record before it is read. */
struct belief {
	struct keys_known known; /* keys whose seals are believed */
	bool is_strict; /* and no others: a seal by another is bad, where it is otherwise told */
	struct seal anchor; /* rows 0: there is none */
	struct seal lost;   /* rows 0; one that was not there any more when a later run began */
	bool is_another;    /* another database was the last at this path */
};

/**
 * verifier_new() - begin, before the first row of the database named @id
 * @belief: copied
 *
 * Return: or NULL.
 */
struct verifier *verifier_new(const unsigned char *id, const struct belief *belief);

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

/** verifier_finish() - there are no more rows: whether any are missing, the runs still open, the head. */
void verifier_finish(const struct verifier *verifier, struct verification *out);

#endif
