/* SPDX-License-Identifier: MIT */
/*
 * A recorded action, as the event that a run judged.
 */
#ifndef AGENTOS_CLI_RECALL_H
#define AGENTOS_CLI_RECALL_H

#include <jansson.h>

#include "audit/row.h"
#include "common/event.h"
#include "common/verdict.h"

#define RECALL_TEXTS 8

struct recalled {
	struct event event; /* its strings: of this */
	enum verdict verdict;
	bool is_shadow; /* decided, not enforced */
	uint64_t mono;
	char *texts[RECALL_TEXTS]; /* owned */
	json_t *argv;		   /* owned */
	const char **words;	   /* owned; the arguments, of @argv */
};

/**
 * recall() - read a row of `actions`
 * @out: written always; release with recall_release()
 *
 * What only the supervisor sees (where a file lies, what git's configuration holds below other names) is
 * not in a record, and of arguments that were cut the rest is missing.
 *
 * Return: whether it is about an action, and whole enough to be judged.
 */
bool recall(const struct row *row, struct recalled *out);

/** recall_release() - free what it owns. */
void recall_release(struct recalled *recalled);

#endif
