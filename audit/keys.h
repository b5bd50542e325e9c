/* SPDX-License-Identifier: MIT */
/*
 * The Ed25519 keys that sign the record: one pair for each user of a host, in
 * $XDG_STATE_HOME/agentos/keys (0700), else ~/.local/state/agentos/keys. Where there is no such place
 * or it cannot be written, as in many containers, beside the database ("audit.db-keys").
 *
 *     host.key   the seed, 64 hex digits (0600)
 *     *.pub      public keys, 64 hex digits each: host.pub, and those that were in use before
 *
 * No agent can read or change what is there (launcher/guard.h).
 */
#ifndef AGENTOS_AUDIT_KEYS_H
#define AGENTOS_AUDIT_KEYS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/fault.h"

#define KEYS_PUBLIC_SIZE 32
#define KEYS_SECRET_SIZE 64
#define KEYS_SIGNATURE_SIZE 64
#define KEYS_KNOWN_MAX 64

struct keys {
	char folder[PATH_MAX];
	unsigned char public[KEYS_PUBLIC_SIZE], secret[KEYS_SECRET_SIZE];
};

/* Public keys that are believed. */
struct keys_known {
	size_t count;
	unsigned char keys[KEYS_KNOWN_MAX][KEYS_PUBLIC_SIZE];
};

/**
 * keys_folder() - where the keys for a database are, or would be made
 * @out: PATH_MAX bytes
 *
 * Return: 0 or -ENAMETOOLONG.
 */
int keys_folder(const char *database, char *out);

/** keys_open() - the pair that signs; made when there is none. Return: 0, or -errno with @fault set. */
int keys_open(const char *database, struct keys *out, struct fault *fault);

/** keys_close() - forget the secret. */
void keys_close(struct keys *keys);

/** keys_draw() - another pair for the same folder, which is nowhere yet. */
void keys_draw(const struct keys *keys, struct keys *out);

/**
 * keys_replace() - sign with @next from now on; the public half of @keys is kept
 * Return: 0, or negative errno with @fault set: then one of the two signs.
 */
int keys_replace(const struct keys *keys, const struct keys *next, struct fault *fault);

/** keys_read_known() - the public keys of a folder; none when there is none. */
void keys_read_known(const char *folder, struct keys_known *out);

/** keys_add_known() - one more, 64 hex digits. Return: 0, -EINVAL or -ENOBUFS. */
int keys_add_known(struct keys_known *known, const char *hex);

/** keys_are_known() - Return: whether @key is among them. */
bool keys_are_known(const struct keys_known *known, const unsigned char *key);

#endif
