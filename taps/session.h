/* SPDX-License-Identifier: MIT */
/*
 * TLS sessions of this process: what is said in them is asked about before the library enciphers it.
 *
 * A session is announced by its client's random before its first bytes leave, so that the supervisor
 * knows, when it sees that random on a connection, that what is said there comes by here.
 */
#ifndef AGENTOS_TAPS_SESSION_H
#define AGENTOS_TAPS_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "taps/tap.h"

/* How a library tells the random of a session. Return: whether it has one yet. */
typedef bool session_random_fn(const void *session, const void *caller,
			       unsigned char random[WIRE_RANDOM_SIZE]);

/* The session that this thread is in a call of. */
struct session_call {
	const void *session; /* NULL: none */
	const void *caller;
	session_random_fn *read_random;
	struct session_call *outer;
};

/** session_enter() - this thread is in a call of @call->session until session_leave(). */
void session_enter(struct session_call *call);

/** session_leave() - the call is over. Keeps errno. */
void session_leave(struct session_call *call);

/** session_is_inside() - whether this thread is in a call of a library already. */
bool session_is_inside(void);

/** session_announce_current() - announce the session that this thread is in a call of. Keeps errno. */
void session_announce_current(void);

enum session_state {
	SESSION_UNKNOWN,
	SESSION_CONCERNED, /* announced */
	SESSION_FREE,	   /* no rule is about its connection */
	SESSION_CUT,	   /* refused: the answer waits */
};

/** session_state() - what is known of a session. */
enum session_state session_state(const void *session);

/** session_set() - remember it; where there is no room it is asked about again. */
void session_set(const void *session, enum session_state state);

/** session_forget() - the session has ended, and its address may be another's. */
void session_forget(const void *session);

/** session_any_cut() - whether any session was ever refused in this process. */
bool session_any_cut(void);

/**
 * session_ask() - ask about what is about to be said in the session of @call
 * @call: not entered
 */
enum tap_answer session_ask(const struct session_call *call, const void *bytes, size_t size);

/* What a library could not take goes in again as the same bytes, and is not asked about again. */

/** session_expect() - the next @size bytes were judged; 0: none. */
void session_expect(const void *session, size_t size);

/** session_expects() - Return: the size that was judged. */
size_t session_expects(const void *session);

#endif
