/* SPDX-License-Identifier: MIT */
/*
 * Refusals told to the agent: one line on its descriptor 2, once for each rule
 * and target in a process.
 *
 * A process that has the shim asks for the line and writes it itself; for all
 * others, and where a process with the shim makes a raw call and so never asks, the
 * supervisor writes it to its own duplicate of the process's descriptor 2.
 */
#ifndef AGENTOS_LAUNCHER_EXPLAINED_H
#define AGENTOS_LAUNCHER_EXPLAINED_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/wire.h"
#include "launcher/request.h"

struct explained;

/** explained_new() - starts a thread. Return: owned; NULL when memory or threads are short. */
struct explained *explained_new(void);

/** explained_hello() - process @pid has the shim, until it executes something else. Thread-safe. */
void explained_hello(struct explained *explained, pid_t pid);

/** explained_forget() - process @pid runs a new program. Thread-safe. */
void explained_forget(struct explained *explained, pid_t pid);

/**
 * explained_note() - a call was refused
 * @rule, @target: what is told only once in a process
 * @text:	   @len bytes, ending in a newline; longer than WIRE_EXPLAIN_SIZE is cut
 *
 * Never blocks: a line that the descriptor would not take at once is dropped. Thread-safe.
 */
void explained_note(struct explained *explained, struct request *request, const char *rule,
		    const char *target, const char *text, size_t len);

/** explained_keep() - a sentence that was told by somebody else, for explained_last(). Thread-safe. */
void explained_keep(struct explained *explained, const char *text, size_t len);

/** explained_flush() - tell what nobody has asked for; after the last process. Thread-safe. */
void explained_flush(struct explained *explained);

/**
 * explained_last() - the last sentences that were told
 * @texts: @max rows, NUL-terminated; the oldest first
 *
 * Return: how many. Thread-safe.
 */
size_t explained_last(struct explained *explained, char (*texts)[WIRE_EXPLAIN_SIZE], size_t max);

/**
 * explained_answer() - handler of the shim's question (WIRE_NR_EXPLAIN)
 * Return: bytes written into the caller's buffer, 0 when there is nothing to say, or negative errno.
 */
int64_t explained_answer(struct explained *explained, struct request *request);

#endif
