/* SPDX-License-Identifier: MIT */
/*
 * Reading a recorder: rows in order, with filters; also while runs write.
 */
#ifndef AGENTOS_AUDIT_READER_H
#define AGENTOS_AUDIT_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/keys.h"
#include "audit/row.h"
#include "common/fault.h"

struct reader;

/* All that are not NULL (0) must hold; strings borrowed. */
struct reader_filter {
	const char *agent, *run, *action, *verdict, *rule;
	const char *path;	    /* SQLite's GLOB: * ? [a-z], across slashes; case counts */
	int64_t since_ns, until_ns; /* since 1970; @until_ns itself is outside; 0: no bound */
	int64_t after_seq;	    /* rows with a higher number; 0: all */
	int64_t up_to_seq;	    /* and none with a higher one than this; 0: no bound */
	uint64_t limit;		    /* the last so many; 0: all */
};

/**
 * reader_open() - open for reading
 * @out: written on success
 *
 * Rows that killed supervisors of the caller have left beside the database (audit/recovery.h) are written
 * into it first, as far as that can be done: see reader_left_out().
 *
 * Return: 0, or negative errno with @fault set.
 */
int reader_open(const char *path, struct reader **out, struct fault *fault);

/** reader_left_out() - Return: why rows that are recorded cannot be read yet, borrowed; NULL: none are. */
const char *reader_left_out(const struct reader *reader);

/** reader_close() - NULL is allowed. */
void reader_close(struct reader *reader);

/* Called with a row that is borrowed for the call; non-zero ends the walk. */
typedef int reader_fn(const struct row *row, void *data);

/**
 * reader_actions() - visit rows of `actions`, lowest number first
 *
 * Return: 0, what @visit returned, or negative errno with @fault set.
 */
int reader_actions(struct reader *reader, const struct reader_filter *filter, reader_fn *visit,
		   void *data, struct fault *fault);

/**
 * reader_table() - visit rows of `runs` or `seals`, lowest number first; as above
 * @filter: what the table has no column for is not looked at, nor is the limit; but a seal is of no agent
 *          and of no run
 */
int reader_table(struct reader *reader, enum row_table table, const struct reader_filter *filter,
		 reader_fn *visit, void *data, struct fault *fault);

/** reader_row() - visit the row with this number, of either table, if there is one; as above. */
int reader_row(struct reader *reader, int64_t seq, reader_fn *visit, void *data,
	       struct fault *fault);

/** reader_run() - visit the rows of `runs` that a run has: the one that opens it, then its end; as above. */
int reader_run(struct reader *reader, const char *run, reader_fn *visit, void *data,
	       struct fault *fault);

/** reader_id() - Return: the id of the database, SCHEMA_ID_SIZE bytes, borrowed. */
const unsigned char *reader_id(const struct reader *reader);

/** reader_seal() - visit the first row of `seals` that seals row @seq, if there is one; as above. */
int reader_seal(struct reader *reader, int64_t seq, reader_fn *visit, void *data,
		struct fault *fault);

/**
 * reader_hashes() - the hashes of rows 1 to @count
 * @out: @count of them
 *
 * Return: 0; -EBADMSG when they are not all there; other negative errno; with @fault set.
 */
int reader_hashes(struct reader *reader, int64_t count, unsigned char (*out)[ROW_HASH_SIZE],
		  struct fault *fault);

/** reader_head() - the number of the last row; 0: none. Return: 0, or negative errno. */
int reader_head(struct reader *reader, int64_t *out_seq, struct fault *fault);

/* @name: of NULL or of what is no text, "". Borrowed for the call. */
typedef int reader_count_fn(const char *column, const char *name, int64_t count, void *data);

/**
 * reader_stats() - count actions by verdict, action, rule and agent, the most frequent first
 * @run: of this run alone, when it is not NULL
 *
 * Return: as reader_actions().
 */
int reader_stats(struct reader *reader, const char *run, reader_count_fn *visit, void *data,
		 struct fault *fault);

#define VERIFY_OPEN_SHOWN 8
#define VERIFY_ID_SIZE 64

/* What verifying found. */
struct verification {
	uint64_t rows, runs, seals;
	uint64_t lost;	   /* runs whose supervisor was killed */
	uint64_t unsealed; /* rows after the last seal: of runs that go on */
	bool is_bad;
	int64_t bad_seq;  /* the first bad row, or the number of one that is missing */
	char reason[256]; /* about it */
	bool is_anchored; /* an anchor says how many there are at least */
	uint64_t
		unknown; /* seals that are signed with a key that is not known here: not verified */
	char unknown_key[2 * KEYS_PUBLIC_SIZE + 1]; /* of the last of them */
	char missing[256]; /* what is missing, although what is there is good; "": nothing */
	size_t open_count; /* runs without a closing row: they go on, or were killed, or were cut off */
	struct {
		int64_t seq; /* of its opening row */
		char id[VERIFY_ID_SIZE];
	} open[VERIFY_OPEN_SHOWN];	   /* the first of them */
	unsigned char head[ROW_HASH_SIZE]; /* of the last row that is good */
};

/**
 * reader_verify() - recompute the chain and the seals, and compare each closing row with what its run holds
 * @known: keys that are believed; NULL: those of this host (audit/keys.h)
 *
 * Finds a row of any table that was edited, removed, put in or moved (is_bad), and rows that were
 * removed at the very end or an older copy of the whole (missing) as far as an anchor tells. Rows after
 * the last seal are guarded by their hashes alone, and so are all rows when this host has neither a key of
 * theirs nor an anchor (unknown). One view of the database, however long it takes,
 * while runs write on.
 *
 * Return: 0 when all could be read (the finding is in @out), else negative errno with @fault set.
 */
int reader_verify(struct reader *reader, const struct keys_known *known, struct verification *out,
		  struct fault *fault);

#endif
