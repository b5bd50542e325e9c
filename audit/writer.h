/* SPDX-License-Identifier: MIT */
/*
 * The writing side of the recorder's database: a list of rows in one transaction, each with its
 * number and its place in the chain of hashes. For one thread at a time.
 */
#ifndef AGENTOS_AUDIT_WRITER_H
#define AGENTOS_AUDIT_WRITER_H

#include "audit/store.h"

/* A row that waits to be written, in canonical form (audit/row.h). */
struct entry {
	struct entry *next;
	enum row_table table;
	bool is_durable;       /* somebody waits for its commit, and frees it */
	bool is_done;	       /* of a durable one: committed or not, see @result */
	int result;	       /* 0 or negative errno */
	uint64_t *counters[2]; /* borrowed: count it; NULL: nothing does */
	size_t size;
	unsigned char bytes[];
};

struct writer {
	struct store store;
	sqlite3_stmt *inserts[2]; /* owned; by enum row_table */
	sqlite3_stmt *head;	  /* owned */
};

/**
 * writer_open() - open or make the database
 * @out: zeroed by the caller; released with writer_close() also after a failure
 *
 * Return: 0, or negative errno with @fault set; see store_create().
 */
int writer_open(const char *path, struct writer *out, struct fault *fault);

/** writer_close() - close; one that was never opened is allowed. */
void writer_close(struct writer *writer);

/**
 * writer_append() - write all of a list, or nothing of it
 * @entries: first to last; only read
 *
 * The head of the chain is read inside the transaction: other processes append to the
 * database too. Waits for them for ten seconds at most.
 *
 * Return: 0; -ENOSPC; -EBUSY; -EIO.
 */
int writer_append(struct writer *writer, const struct entry *entries);

#endif
