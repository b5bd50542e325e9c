/* SPDX-License-Identifier: MIT */
/*
 * Asking the supervisor about content, and keeping its answers: what the peer would have said, for the
 * program to read in place of it.
 *
 * Nothing here is trusted by anybody: see launcher/taps.h. No lock, no memory but the stack and
 * tables of a fixed size: safe in signal handlers, in threads and after fork.
 */
#ifndef AGENTOS_TAPS_TAP_H
#define AGENTOS_TAPS_TAP_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "common/wire.h"
#include "shim/raw.h"

enum tap_answer {
	TAP_GO,	     /* send it */
	TAP_FREE,    /* send it, and ask no more */
	TAP_SWALLOW, /* say that it was sent: the answer waits */
	TAP_PART,    /* send the first bytes, and ask about the rest */
	TAP_SKIP,    /* say that the first bytes were sent, and ask about the rest */
	TAP_FAIL,    /* errno is set */
};

/**
 * tap_call() - one call to the supervisor, made again when a signal came before it was taken
 *
 * Return: its answer, or a negative errno. Keeps errno.
 */
static inline long tap_call(enum wire_tap operation, long a, long b, long c, long d)
{
	long result;

	do
		result = raw_call(WIRE_NR_TAP, operation, a, b, c, d);
	while (result == -EINTR);
	return result;
}

/**
 * tap_send() - ask about what is about to be sent on a descriptor
 * @pieces:   @count, at most WIRE_TAP_PIECES_MAX of together at most WIRE_TAP_PIECE_MAX bytes
 * @out_size: written for TAP_PART and TAP_SKIP, which only pipes get: how many bytes
 */
enum tap_answer tap_send(int fd, const struct iovec *pieces, size_t count, size_t *out_size);

/** tap_unsent() - of @size bytes that may go only the first @sent have left; @sent: -1: none. Keeps errno. */
void tap_unsent(int fd, const struct iovec *pieces, size_t count, ssize_t sent);

/** tap_session() - a TLS session begins; @random: WIRE_RANDOM_SIZE bytes. Keeps errno. */
void tap_session(const unsigned char *random);

/**
 * tap_session_send() - as tap_send(), for the plain text of a TLS session; of any size
 * @session: by which reply_take() knows it
 */
enum tap_answer tap_session_send(const void *session, const unsigned char *random,
				 const void *bytes, size_t size);

/** tap_name() - whether a name may be looked up. */
bool tap_name(const char *name);

/**
 * tap_statement() - ask about a statement of SQLite
 * @reply: WIRE_TAP_REPLY_SIZE bytes: the reason when it may not be made; not NUL-terminated
 *
 * Return: the length of the reason; 0: it may be made; -1: errno is set.
 */
ssize_t tap_statement(const char *text, size_t size, const char *database, char *reply);

/*
 * Answers that wait: by the descriptor (cast to a pointer) or by the session.
 */

/** reply_take() - Return: bytes copied to @buf; 0: there is no more. @peek: they stay. */
size_t reply_take(const void *owner, void *buf, size_t size, bool peek);

/** reply_left() - Return: bytes that wait. */
size_t reply_left(const void *owner);

/** reply_drop() - nobody will read it. */
void reply_drop(const void *owner);

/** reply_owner() - Return: what a descriptor's answers are known by. */
static inline const void *reply_owner(int fd)
{
	return (const void *)(size_t)((unsigned)fd + 1u);
}

#endif
