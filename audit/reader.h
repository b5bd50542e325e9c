/* SPDX-License-Identifier: MIT */
/*
 * Reading a recorder: rows in order, with filters; also while a run writes.
 */
#ifndef AGENTOS_AUDIT_READER_H
#define AGENTOS_AUDIT_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/row.h"
#include "common/fault.h"

struct reader;

/* All that are not NULL (0) must hold; strings borrowed. */
struct reader_filter {
	const char *agent, *run, *action, *verdict, *rule;
	const char *path;      /* glob: * ? [a-z], across slashes (SQLite's GLOB) */
	int64_t since_ns, until_ns; /* since 1970; 0: no bound */
	int64_t after_seq;     /* rows with a higher seq */
	int64_t seq;	       /* this row alone; 0: any */
	uint64_t limit;	       /* the last so many; 0: all */
};

/** reader_open() - open for reading. Return: 0 or negative errno with @fault set. */
int reader_open(const char *path, struct reader **out, struct fault *fault);

/** reader_close() - NULL is allowed. */
void reader_close(struct reader *reader);

typedef int reader_fn(const struct row *row, void *data);

/**
 * reader_actions() - visit rows of `actions`, lowest seq first
 * @visit: the row is borrowed for the call; non-zero ends the walk
 *
 * Return: 0, what @visit returned, or negative errno with @fault set.
 */
int reader_actions(struct reader *reader, const struct reader_filter *filter, reader_fn *visit,
		   void *data, struct fault *fault);

/** reader_runs() - visit rows of `runs`, of one run when @run is not NULL; as reader_actions(). */
int reader_runs(struct reader *reader, const char *run, int64_t seq, reader_fn *visit, void *data,
		struct fault *fault);

/* What verifying found. */
struct verification {
	uint64_t rows, runs;
	uint64_t open_runs; /* without a closing row: running, or its supervisor was killed */
	int64_t bad_seq;    /* first bad row; 0: none */
	char reason[256];   /* about it; "" when nothing is wrong */
	unsigned char head[ROW_HASH_SIZE];
};

/**
 * reader_verify() - recompute the chain, and compare each closing row with what its run holds
 *
 * Finds a row that was edited, removed (but at the very end), inserted or moved.
 *
 * Return: 0 when all could be read (see @out for the finding); negative errno with @fault set.
 */
int reader_verify(struct reader *reader, struct verification *out, struct fault *fault);

typedef void reader_count_fn(const char *what, const char *name, int64_t count, void *data);

/** reader_stats() - count actions: by verdict, action, rule and agent. */
int reader_stats(struct reader *reader, const char *run, reader_count_fn *visit, void *data,
		 struct fault *fault);

#endif
