/* SPDX-License-Identifier: MIT */
/*
 * Anchors: the last seal of each database (audit/seal.h), kept in the folder of the keys, where an older
 * copy of the database, one that has lost its end, and another one in its place are told by it.
 *
 * One file for each, "ID.anchor", of one JSON object: database (the path), rows, time, head, root, key,
 * signature; the last five but time in hex. "ID.lost" is one that the database did not agree with when a later
 * run began: it says for good that rows are gone.
 */
#ifndef AGENTOS_AUDIT_ANCHOR_H
#define AGENTOS_AUDIT_ANCHOR_H

#include <stdbool.h>

#include "audit/seal.h"

/**
 * anchor_write() - keep a seal of a database, in place of the one before
 * @database: its path
 *
 * Return: 0 or negative errno.
 */
int anchor_write(const char *folder, const char *database, const unsigned char *id,
		 const struct seal *seal);

/**
 * anchor_read() - the seal that is kept of a database
 * Return: 0; -ENOENT when there is none; -EINVAL when it is damaged or its signature is wrong.
 */
int anchor_read(const char *folder, const unsigned char *id, struct seal *out);

/**
 * anchor_lose() - the database does not agree with its anchor: that is kept as it is, for good
 * Return: 0 or negative errno.
 */
int anchor_lose(const char *folder, const unsigned char *id);

/** anchor_read_lost() - as anchor_read(), of the one that anchor_lose() has kept. */
int anchor_read_lost(const char *folder, const unsigned char *id, struct seal *out);

/** anchor_names_another() - whether the last database that was anchored at a path is not the one with @id. */
bool anchor_names_another(const char *folder, const char *database, const unsigned char *id);

#endif
