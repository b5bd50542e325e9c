/* SPDX-License-Identifier: MIT */
/*
 * The rows of one run that are not in the database yet: a ring in a file that is mapped, so that what
 * has been put into it outlives every process of ours without a system call. It lies beside the
 * database ("audit.db-pending-RUN", 0600), is locked (flock(2)) by the supervisor as long as that
 * lives, and is removed when all of it is in the database. One without a lock was left by a
 * supervisor that was killed (audit/recovery.h).
 *
 * A position is a count of bytes since the run began; it never goes back. Rows that are put are in
 * the order of their positions. Not thread-safe.
 *
 * The file: a head of PENDING_HEAD_SIZE bytes, then the ring. Numbers are the machine's own: a file
 * is read on the machine that wrote it.
 */
#ifndef AGENTOS_AUDIT_PENDING_H
#define AGENTOS_AUDIT_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/row.h"
#include "common/fault.h"

#define PENDING_RUN_SIZE 129
#define PENDING_AGENT_SIZE 257

struct pending;

/* A row in the ring: what follows are @length bytes, the columns in canonical form (audit/row.h). */
struct pending_row {
	uint64_t sum;  /* SipHash of what does not change any more: table, length, columns */
	uint32_t size; /* of all of it, a multiple of 8 */
	uint32_t length;
	uint32_t table; /* enum row_table, or PENDING_SKIP: nothing up to the end of the ring */
	uint32_t has_outcome;
	int64_t outcome; /* 0, or the errno that the call ended with */
	int64_t latency; /* ns in our hands */
	int64_t count;	 /* identical rows that this one stands for */
	unsigned char bytes[];
};

/**
 * pending_create() - make the ring of a run, and lock it
 * @database: path of the database, its folder resolved
 * @id:       of the database, SCHEMA_ID_SIZE bytes
 * @run:      becomes part of the file's name: letters, digits, '.', '_' and '-'
 *
 * All of its space is allocated: what is put later cannot fail for a full disk.
 *
 * Return: 0, or negative errno with @fault set.
 */
int pending_create(const char *database, const unsigned char *id, const char *run,
		   const char *agent, struct pending **out, struct fault *fault);

/**
 * pending_open() - that which a dead supervisor has left
 * @path: of the file
 * @id:   the database's; a file of another is refused
 *
 * Return: 0; -EBUSY while its supervisor lives; -EINVAL when it is none of ours; other negative errno.
 */
int pending_open(const char *path, const unsigned char *id, struct pending **out);

/** pending_close() - unmap and unlock; @remove: all of it is in the database. NULL is allowed. */
void pending_close(struct pending *pending, bool remove);

/** pending_is_locked() - Return: whether the supervisor of @run lives. */
bool pending_is_locked(const char *database, const char *run);

/** pending_run(), pending_agent() - Return: what pending_create() was told; borrowed. */
const char *pending_run(const struct pending *pending);
const char *pending_agent(const struct pending *pending);

/**
 * pending_put() - write a row behind the last
 * @columns: of row->table; the row's number and hashes are given later
 *
 * It counts from pending_keep() on: until then nobody will find it, and the next takes its place.
 *
 * Return: borrowed until it is taken; NULL when there is no room.
 */
struct pending_row *pending_put(struct pending *pending, const struct row *columns);

/** pending_keep() - keep the row that pending_put() has written: from now on it is recorded. */
void pending_keep(struct pending *pending, struct pending_row *row);

/** pending_start(), pending_end() - Return: the positions of the first row, and after the last. */
uint64_t pending_start(const struct pending *pending);
uint64_t pending_end(const struct pending *pending);

/** pending_position() - Return: the position of a row. */
uint64_t pending_position(const struct pending *pending, const struct pending_row *row);

/**
 * pending_next() - the row at a position, and the position after it
 * @at: pending_start() at first; moved on
 *
 * Return: borrowed until it is taken; NULL at the end, or at what is no whole row (then @at is not
 * moved): this and what follows did not outlive a power cut.
 */
struct pending_row *pending_next(const struct pending *pending, uint64_t *at);

/** pending_at() - Return: the row at a position that pending_position() has told; not checked. */
struct pending_row *pending_at(const struct pending *pending, uint64_t position);

/** pending_take() - rows before @position are in the database: their room is free. */
void pending_take(struct pending *pending, uint64_t position);

/** pending_half_full() - Return: whether it is time to take some. */
bool pending_half_full(const struct pending *pending);

#endif
