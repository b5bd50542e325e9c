/* SPDX-License-Identifier: MIT */
/*
 * What texts do, from when they were last read. Applications send the same ones again and again, and to
 * read 1 KB of PostgreSQL takes longer than all else of a decision.
 *
 * Kept is what sql_read() found, never a verdict: rules, limits and the time are asked each time. What is
 * found counts for the same bytes in the same dialect, all of them compared; the hash only says where to
 * look. Only what was understood as a whole is kept: a text may not be so because memory was short.
 *
 * The hash is SipHash with a random key of the process, so that nobody can choose texts that meet. Who fills the
 * table with texts of his own costs others the time of a first sight, no more; who can measure decisions
 * learns whether a text was asked about before. Texts stay in memory until others take their place.
 *
 * Thread-safe. A lock of a sixteenth of the table is held while a text is compared, never while one is
 * read. What is kept does not change, and lives on while somebody holds it.
 */
#ifndef AGENTOS_RULES_READINGS_H
#define AGENTOS_RULES_READINGS_H

#include <stdint.h>

#include "common/content.h"
#include "rules/sql.h"

#define READINGS_SHARDS 16
#define READINGS_ENTRIES 1024
#define READINGS_BYTES (8 * 1024 * 1024)

struct readings;
struct reading;

/* Of a text; for tests that want two to meet. */
typedef uint64_t readings_hash_fn(struct text text);

/**
 * readings_new() - an empty table
 * @entries: at most so many in all, shared out to READINGS_SHARDS parts; at least one each
 * @bytes:   likewise, their texts and names included; what needs more than an eighth of a part is not kept
 * @hash:    NULL: SipHash with a random key
 *
 * Return: the table, or NULL when memory is short or there is no random key; readings_free() it.
 */
struct readings *readings_new(size_t entries, size_t bytes, readings_hash_fn *hash);

/** readings_free() - what is held meanwhile is freed with its last reading_release(). NULL is fine. */
void readings_free(struct readings *readings);

/** readings_shared() - Return: the table of this process, made by the first caller; NULL as above. */
struct readings *readings_shared(void);

/**
 * readings_find() - what a text was found to do
 * @readings: NULL: nothing is found
 *
 * Does not allocate. Return: it, to be given to reading_release(), or NULL.
 */
const struct reading *readings_find(struct readings *readings, struct text text,
				    enum sql_dialect dialect);

/** readings_keep() - keep what sql_read() found in a text, if there is room and it was understood. */
void readings_keep(struct readings *readings, struct text text, enum sql_dialect dialect,
		   const struct sql *sql);

/** reading_sql() - Return: what was found, borrowed; it is not to be released. */
const struct sql *reading_sql(const struct reading *reading);

/** reading_release() - be done with it. */
void reading_release(const struct reading *reading);

/** readings_usage() - how much is kept now. */
void readings_usage(struct readings *readings, size_t *out_entries, size_t *out_bytes);

#endif
