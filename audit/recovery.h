/* SPDX-License-Identifier: MIT */
/*
 * What supervisors that were killed have left: rows that are recorded and not yet in the database
 * (audit/pending.h), and runs without an end.
 */
#ifndef AGENTOS_AUDIT_RECOVERY_H
#define AGENTOS_AUDIT_RECOVERY_H

#include "audit/writer.h"

/**
 * recovery_needed() - whether a killed supervisor has left rows beside a database
 *
 * Only what belongs to the calling user counts.
 */
bool recovery_needed(const struct store *store);

/**
 * recovery_run() - write the rows that are left, and a row that says "lost" for each run whose
 * supervisor does not live any more
 *
 * A file of which a part cannot be read, after a power cut, is kept under another name
 * ("audit.db-damaged-RUN").
 *
 * Return: 0, or negative errno: what could not be written is still there.
 */
int recovery_run(struct writer *writer);

#endif
