/* SPDX-License-Identifier: MIT */
/*
 * The flight recorder: one SQLite database (WAL) that only supervisors write,
 * append-only; each row carries a SHA-256 over all its fields and the hash of
 * the row before it.
 *
 * Several supervisors may append to one database: the chain is per database,
 * extended inside an immediate transaction.
 */
#ifndef AGENTOS_AUDIT_RECORDER_H
#define AGENTOS_AUDIT_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/event.h"
#include "common/fault.h"
#include "common/verdict.h"

struct recorder;

/* What is known when a run starts; strings borrowed for the call. */
struct recorder_run {
	const char *id;
	const char *agent;
	const char *const *argv; /* the agent's command, @argc strings */
	size_t argc;
	const char *workspace;
	const char *policy_files; /* comma-separated */
	const char *policy_hash;
	const char *level; /* e.g. "landlock 7, notify, shim" */
	const char *mode;  /* "enforce" or "shadow" */
	uid_t uid;
};

/* Counts and end of a run. */
struct recorder_summary {
	/* Actions by verdict. Stop and kill count as denied, and so does what a person was to be
	 * asked for, and has not granted. */
	uint64_t allowed, audited, asked, denied;
};

/**
 * recorder_open() - open or create the database; its directory is made (0700) when missing
 * @path: database file; created 0600
 *
 * An existing file that is not a recorder's, is damaged, or has an unknown
 * schema version is refused and left as it is; one of an older version gets another name.
 *
 * Return: 0 or negative errno with @fault set.
 */
int recorder_open(const char *path, struct recorder **out_recorder, struct fault *fault);

/**
 * recorder_older() - Return: where a recorder of an older version was put that was in the place of this one,
 * borrowed; NULL: there was none.
 */
const char *recorder_older(const struct recorder *recorder);

/**
 * recorder_begin() - write the row that opens a run; must be first, and once
 *
 * Starts a thread (with all signals blocked): the process must not fork afterwards.
 *
 * Return: 0, or negative errno with @fault set.
 */
int recorder_begin(struct recorder *recorder, const struct recorder_run *run, struct fault *fault);

/**
 * recorder_append() - record one decision
 * @event:    copied
 * @decision: copied
 * @layer:    what enforces it: "supervisor", "filter", "exec-stop", "landlock"
 * @ticket:   for recorder_outcome(), which must follow; NULL when it will not
 *
 * When this returns, the row outlives the death of all our processes (not a power cut): it is in a
 * file beside the database, and in the database within 100 ms. What a killed supervisor leaves
 * there is written by whoever opens the recorder next. Granted reads that are alike count in one
 * row while it is not yet in the database. Thread-safe.
 *
 * Return: 0, or negative errno (-ENOSPC, -EBUSY, -EBADMSG, -EIO, -ENOMEM; -ESHUTDOWN after
 * recorder_end()): then the row is not recorded and the caller refuses the action.
 */
int recorder_append(struct recorder *recorder, const struct event *event,
		    const struct decision *decision, const char *layer, uint64_t *ticket);

/**
 * recorder_outcome() - add to a row what its call came to; in vain when the row is written already
 * @ticket:  of recorder_append(); 0 is allowed
 * @error:   0 or a positive errno; negative: it is not known
 * @latency: ns
 */
void recorder_outcome(struct recorder *recorder, uint64_t ticket, int error, int64_t latency);

/** recorder_summary_get() - the counts of what has been recorded so far. Thread-safe. */
void recorder_summary_get(struct recorder *recorder, struct recorder_summary *out_summary);

/**
 * recorder_end() - flush, and write the row that closes the run; nothing can be appended after it
 * @status: wait status of the agent's command, as an exit status 0-255
 *
 * Return: 0, or negative errno with @fault set; then it may be tried again.
 */
int recorder_end(struct recorder *recorder, int status, struct fault *fault);

/**
 * recorder_close() - flush, stop the flusher thread, close; NULL is allowed
 *
 * No other thread may use @recorder any more.
 */
void recorder_close(struct recorder *recorder);

/**
 * recorder_default_path() - $XDG_STATE_HOME/agentos/audit.db, else ~/.local/state/agentos/audit.db
 * Return: 0, or -ENAMETOOLONG / -ENOENT (no home).
 */
int recorder_default_path(char *path, size_t size);

#endif
