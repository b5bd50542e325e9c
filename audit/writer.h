/* SPDX-License-Identifier: MIT */
/*
 * The writing side of the recorder's database: rows in one transaction, each with its number and its
 * place in the chain of hashes, and seals over them (audit/seal.h). For one thread at a time.
 */
#ifndef AGENTOS_AUDIT_WRITER_H
#define AGENTOS_AUDIT_WRITER_H

#include "audit/merkle.h"
#include "audit/pending.h"
#include "audit/seal.h"
#include "audit/store.h"

struct writer {
	struct store store;
	struct keys keys;
	sqlite3_stmt *inserts[ROW_TABLES]; /* owned; by enum row_table */
	sqlite3_stmt *head;		   /* owned */
	sqlite3_stmt *position_set;	   /* owned */
	/* What this writer has last seen committed: nobody takes rows away while a run goes on. */
	int64_t seq;
	unsigned char hash[ROW_HASH_SIZE];
	struct merkle merkle;
	bool knows_tree;   /* @merkle is that of all rows up to its count */
	uint64_t unsealed; /* rows of this writer since its last seal */
	int64_t sealed_at; /* ns, CLOCK_MONOTONIC: of that seal, or of the opening */
};

/* What is written together. */
struct batch {
	struct pending *pending; /* borrowed, or NULL */
	uint64_t from, to;	 /* its rows between these positions */
	const char *run;	 /* whose rows these are */
	const struct row *last;	 /* and this one of `runs` after them, or NULL; a seal follows */
	bool ends;		 /* the run has no more rows */
	const struct keys *next; /* hand over to another key, or NULL; a seal says so */
	bool seals;		 /* a seal follows, even if none is due */
};

/**
 * writer_open() - open or make the database, and the keys
 * @out: zeroed by the caller; released with writer_close() also after a failure
 *
 * Return: 0, or negative errno with @fault set; see store_create().
 */
int writer_open(const char *path, struct writer *out, struct fault *fault);

/** writer_close() - close; one that was never opened is allowed. */
void writer_close(struct writer *writer);

/**
 * writer_append() - write all of a batch, or nothing of it
 *
 * The head of the chain is read inside the transaction: other processes append to the
 * database too. Waits for them for ten seconds at most.
 *
 * Return: 0; -ENOSPC; -EBUSY; -EBADMSG when rows that this writer has committed are gone or are
 * others; -EIO.
 */
int writer_append(struct writer *writer, const struct batch *batch);

/**
 * writer_rotate() - hand over to a new key: a seal with the old one says so, and one with the new one follows
 * Return: 0, or negative errno with @fault set: then one of the two signs, and what it signs is good.
 */
int writer_rotate(struct writer *writer, struct fault *fault);

/**
 * writer_position() - up to where the rows of a run's file are in the database
 * @out: 0 when nothing is known of the run
 *
 * Return: whether the run is open.
 */
bool writer_position(struct writer *writer, const char *run, uint64_t *out);

#endif
