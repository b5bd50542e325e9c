/* SPDX-License-Identifier: MIT */
/*
 * Which connections rules about content are about, which of a process's descriptors they are, and
 * whether what it says on them is seen. Read from /proc when it is asked for: thread-safe.
 */
#ifndef AGENTOS_LAUNCHER_CONCERNED_H
#define AGENTOS_LAUNCHER_CONCERNED_H

#include "launcher/request.h"

/* What is sent to peers; the rest of the content actions is seen elsewhere. */
#define CONCERNED_STREAMS                                                                          \
	(ACTION_BIT(ACTION_DATABASE_QUERY) | ACTION_BIT(ACTION_API_CALL) |                         \
	 ACTION_BIT(ACTION_SEND_DATA) | ACTION_BIT(ACTION_TOOL_CALL))

/** concerned_inode() - Return: of the caller's socket @fd; 0 when it is none, or not to be found out. */
uint64_t concerned_inode(const struct request *request, int fd);

/**
 * concerned_connection() - as concerned_inode(), quicker, of what is a socket in all likelihood
 *
 * By a duplicate, whose close would do what a file's last close does.
 */
uint64_t concerned_connection(struct request *request, int fd);

/** concerned_is() - whether a rule is about the caller's descriptor @fd. */
bool concerned_is(struct request *request, int fd);

/** concerned_any() - whether one is about any of its descriptors; true when they cannot be listed. */
bool concerned_any(struct request *request);

/**
 * concerned_is_kept() - whether the process keeps such a connection over its execve
 *
 * Then what runs next must have the taps as well.
 */
bool concerned_is_kept(struct request *request);

/** concerned_is_printed() - whether such a connection is its stdout or stderr. */
bool concerned_is_printed(struct request *request);

/** concerned_is_seen() - whether the caller's process has the taps: mapped, to be executed. */
bool concerned_is_seen(struct request *request);

/**
 * concerned_about() - what rules are about at a peer, by each of its names, and by none when it has none
 * @peer: its host is set to the last of its names, or NULL
 */
struct policy_concern concerned_about(const struct supervisor *supervisor, struct event *peer);

#endif
