/* SPDX-License-Identifier: MIT */
/*
 * Which sockets are the run's own: a peer that the agent itself made may be
 * talked to; a daemon that was there before would do the agent's work ungoverned.
 */
#ifndef AGENTOS_LAUNCHER_PEERS_H
#define AGENTOS_LAUNCHER_PEERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "launcher/endpoint.h"

struct peers;

/** peers_new() - Return: an empty table, owned; NULL when memory is short. */
struct peers *peers_new(void);

/** peers_free() - NULL is allowed. */
void peers_free(struct peers *peers);

/** peers_note() - a socket of this run, by its inode in sockfs. Thread-safe; when memory is
 * short it is forgotten, and so refused as a peer. */
void peers_note(struct peers *peers, uint64_t inode);

/** peers_note_path() - the file of a unix socket that this run has bound; @fd: O_PATH. Thread-safe. */
void peers_note_path(struct peers *peers, int fd);

enum peer {
	PEER_FOREIGN, /* or not known: another machine, a daemon from before */
	PEER_OWN,     /* all that listens there belongs to this run */
	PEER_NOBODY,  /* an address of this machine at which no socket is */
};

/**
 * peers_find() - who listens at an address
 * @path_fd: O_PATH of the file of a unix socket; else -1
 *
 * Asks the kernel for all that listen there. Thread-safe.
 */
enum peer peers_find(struct peers *peers, const struct socket *socket,
		     const struct endpoint *endpoint, int path_fd);

#endif
