/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL 1.1 and 3, and what has its interface. A session may be read and written through the library's
 * own buffers, with the program moving the bytes to a socket: so it is known by its random, not by a
 * descriptor.
 *
 * Source: SSL_write(3), SSL_do_handshake(3), SSL_get_client_random(3), SSL_get_error(3).
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "taps/descriptor.h"
#include "taps/library.h"
#include "taps/session.h"

#define ERROR_SYSCALL 5
#define ERROR_ZERO_RETURN 6
#define RECEIVED_SHUTDOWN 2

struct ssl;

typedef size_t client_random_fn(const struct ssl *ssl, unsigned char *out, size_t size);
typedef int is_init_finished_fn(const struct ssl *ssl);
typedef int is_server_fn(const struct ssl *ssl);

static bool is_wanted(void)
{
	return atomic_load_explicit(&taps_wanted, memory_order_relaxed) & WIRE_TAP_STREAMS;
}

static bool random_of(const void *session, const void *caller,
		      unsigned char random[WIRE_RANDOM_SIZE])
{
	static const unsigned char none[WIRE_RANDOM_SIZE];
	client_random_fn *next = (client_random_fn *)library_find("SSL_get_client_random", NULL,
								  caller, session);

	return next && next(session, random, WIRE_RANDOM_SIZE) == WIRE_RANDOM_SIZE &&
	       memcmp(random, none, sizeof(none)) != 0;
}

static bool is_server(const struct ssl *ssl, const void *caller)
{
	is_server_fn *next = (is_server_fn *)library_find("SSL_is_server", NULL, caller, ssl);

	return next && next(ssl);
}

#define CALL_OF(ssl)                                                                               \
	{                                                                                          \
		.session = (ssl), .caller = __builtin_return_address(0), .read_random = random_of  \
	}

/* Of a server, what it says is an answer, and nothing that it asks for. */
static bool is_ours(const struct ssl *ssl, const void *caller)
{
	return is_wanted() && !session_is_inside() && !is_server(ssl, caller);
}

/*
 * The handshake.
 */

typedef int handshake_fn(struct ssl *ssl);

static int shake_hands(struct session_call *call, struct ssl *ssl, handshake_fn *next)
{
	int result;

	session_enter(call);
	result = next(ssl);
	/* Its first bytes may be in a buffer of the library's, to be sent by the program. */
	session_announce_current();
	session_leave(call);
	return result;
}

LIBRARY_HOOK(int, SSL_do_handshake, (struct ssl * ssl))
{
	SSL_do_handshake_fn *next = LIBRARY_NEXT(SSL_do_handshake, ssl);
	struct session_call call = CALL_OF(ssl);

	if (!next)
		return -1;
	return is_ours(ssl, call.caller) ? shake_hands(&call, ssl, next) : next(ssl);
}

LIBRARY_HOOK(int, SSL_connect, (struct ssl * ssl))
{
	SSL_connect_fn *next = LIBRARY_NEXT(SSL_connect, ssl);
	struct session_call call = CALL_OF(ssl);

	if (!next)
		return -1;
	/* It makes a client of a session that is neither. */
	return is_wanted() && !session_is_inside() ? shake_hands(&call, ssl, next) : next(ssl);
}

/* Return: 1: done; else what the handshake that had to come first returned. */
static int finish_handshake(struct session_call *call, struct ssl *ssl)
{
	is_init_finished_fn *is_finished = (is_init_finished_fn *)library_find(
		"SSL_is_init_finished", NULL, call->caller, ssl);
	handshake_fn *next = (handshake_fn *)library_find(
		"SSL_do_handshake", (const void *)SSL_do_handshake, call->caller, ssl);

	if (!is_finished || !next)
		return -1;
	return is_finished(ssl) ? 1 : shake_hands(call, ssl, next);
}

/*
 * Writing.
 */

/*
 * Asks about @size bytes. Return: TAP_GO; else what the caller returns without writing. What was
 * judged and not taken comes again.
 */
static enum tap_answer ask(const struct session_call *call, const void *bytes, size_t size)
{
	size_t expected = session_expects(call->session);

	if (!expected || session_state(call->session) == SESSION_CUT)
		return session_ask(call, bytes, size);
	if (expected == size)
		return TAP_GO;
	errno = EACCES;
	return TAP_FAIL;
}

static void wrote(struct session_call *call, size_t size, bool all)
{
	session_leave(call);
	if (session_state(call->session) != SESSION_FREE)
		session_expect(call->session, all ? 0 : size);
}

LIBRARY_HOOK(int, SSL_write, (struct ssl * ssl, const void *bytes, int size))
{
	SSL_write_fn *next = LIBRARY_NEXT(SSL_write, ssl);
	struct session_call call = CALL_OF(ssl);
	enum tap_answer answer;
	int result;

	if (!next)
		return -1;
	if (!is_ours(ssl, call.caller) || size < 0)
		return next(ssl, bytes, size);
	result = finish_handshake(&call, ssl);
	if (result <= 0)
		return result;
	if (size == 0)
		return next(ssl, bytes, size);
	answer = ask(&call, bytes, (size_t)size);
	if (answer == TAP_SWALLOW || answer == TAP_FAIL)
		return answer == TAP_SWALLOW ? size : -1;
	session_enter(&call);
	result = next(ssl, bytes, size);
	/* In part only when the program wants it so; then the rest is new. */
	wrote(&call, (size_t)size, result > 0);
	return result;
}

LIBRARY_HOOK(int, SSL_write_ex, (struct ssl * ssl, const void *bytes, size_t size, size_t *written))
{
	SSL_write_ex_fn *next = LIBRARY_NEXT(SSL_write_ex, ssl);
	struct session_call call = CALL_OF(ssl);
	enum tap_answer answer;
	int result;

	if (!next)
		return 0;
	if (!is_ours(ssl, call.caller))
		return next(ssl, bytes, size, written);
	if (finish_handshake(&call, ssl) <= 0)
		return 0;
	if (size == 0)
		return next(ssl, bytes, size, written);
	answer = ask(&call, bytes, size);
	if (answer == TAP_SWALLOW)
		*written = size;
	if (answer == TAP_SWALLOW || answer == TAP_FAIL)
		return answer == TAP_SWALLOW;
	session_enter(&call);
	result = next(ssl, bytes, size, written);
	wrote(&call, size, result > 0);
	return result;
}

/* Before the handshake is done nobody knows whose connection it is; and of files nobody sees the bytes. */
LIBRARY_HOOK(int, SSL_write_early_data,
	     (struct ssl * ssl, const void *bytes, size_t size, size_t *written))
{
	SSL_write_early_data_fn *next = LIBRARY_NEXT(SSL_write_early_data, ssl);

	return next && !is_ours(ssl, __builtin_return_address(0)) ? next(ssl, bytes, size, written)
								  : 0;
}

LIBRARY_HOOK(ssize_t, SSL_sendfile,
	     (struct ssl * ssl, int fd, off_t offset, size_t size, int flags))
{
	SSL_sendfile_fn *next = LIBRARY_NEXT(SSL_sendfile, ssl);

	return next && !is_ours(ssl, __builtin_return_address(0))
		       ? next(ssl, fd, offset, size, flags)
		       : -1;
}

/*
 * Reading.
 */

static bool is_cut(const struct ssl *ssl)
{
	return session_any_cut() && session_state(ssl) == SESSION_CUT;
}

/* A handshake may go on while a program reads. */
#define READ(ssl, result, call_next)                                                               \
	do {                                                                                       \
		struct session_call call = CALL_OF(ssl);                                           \
		bool ours = is_ours(ssl, call.caller);                                             \
                                                                                                   \
		if (ours)                                                                          \
			session_enter(&call);                                                      \
		result = call_next;                                                                \
		if (ours)                                                                          \
			session_leave(&call);                                                      \
	} while (0)

LIBRARY_HOOK(int, SSL_read, (struct ssl * ssl, void *buf, int size))
{
	SSL_read_fn *next = LIBRARY_NEXT(SSL_read, ssl);
	int result;

	if (is_cut(ssl))
		return (int)reply_take(ssl, buf, size > 0 ? (size_t)size : 0, false);
	if (!next)
		return -1;
	READ(ssl, result, next(ssl, buf, size));
	return result;
}

LIBRARY_HOOK(int, SSL_read_ex, (struct ssl * ssl, void *buf, size_t size, size_t *got))
{
	SSL_read_ex_fn *next = LIBRARY_NEXT(SSL_read_ex, ssl);
	int result;

	if (is_cut(ssl)) {
		*got = reply_take(ssl, buf, size, false);
		return *got > 0;
	}
	if (!next)
		return 0;
	READ(ssl, result, next(ssl, buf, size, got));
	return result;
}

LIBRARY_HOOK(int, SSL_peek, (struct ssl * ssl, void *buf, int size))
{
	SSL_peek_fn *next = LIBRARY_NEXT(SSL_peek, ssl);
	int result;

	if (is_cut(ssl))
		return (int)reply_take(ssl, buf, size > 0 ? (size_t)size : 0, true);
	if (!next)
		return -1;
	READ(ssl, result, next(ssl, buf, size));
	return result;
}

LIBRARY_HOOK(int, SSL_peek_ex, (struct ssl * ssl, void *buf, size_t size, size_t *got))
{
	SSL_peek_ex_fn *next = LIBRARY_NEXT(SSL_peek_ex, ssl);
	int result;

	if (is_cut(ssl)) {
		*got = reply_take(ssl, buf, size, true);
		return *got > 0;
	}
	if (!next)
		return 0;
	READ(ssl, result, next(ssl, buf, size, got));
	return result;
}

LIBRARY_HOOK(int, SSL_pending, (const struct ssl *ssl))
{
	SSL_pending_fn *next = LIBRARY_NEXT(SSL_pending, ssl);

	if (is_cut(ssl))
		return (int)reply_left(ssl);
	return next ? next(ssl) : 0;
}

LIBRARY_HOOK(int, SSL_has_pending, (const struct ssl *ssl))
{
	SSL_has_pending_fn *next = LIBRARY_NEXT(SSL_has_pending, ssl);

	if (is_cut(ssl))
		return reply_left(ssl) > 0;
	return next ? next(ssl) : 0;
}

/* Behind the answer comes the end, as a peer that closes would make it. */
LIBRARY_HOOK(int, SSL_get_error, (const struct ssl *ssl, int result))
{
	SSL_get_error_fn *next = LIBRARY_NEXT(SSL_get_error, ssl);

	if (result <= 0 && is_cut(ssl))
		return ERROR_ZERO_RETURN;
	return next ? next(ssl, result) : ERROR_SYSCALL;
}

/* Programs that move the bytes themselves ask whether the peer has ended the session properly. */
LIBRARY_HOOK(int, SSL_get_shutdown, (const struct ssl *ssl))
{
	SSL_get_shutdown_fn *next = LIBRARY_NEXT(SSL_get_shutdown, ssl);
	int result = next ? next(ssl) : 0;

	return is_cut(ssl) && reply_left(ssl) == 0 ? result | RECEIVED_SHUTDOWN : result;
}

/*
 * The end.
 */

/* The peer's end has been seen already, and its own cannot come: nothing more is received. */
LIBRARY_HOOK(int, SSL_shutdown, (struct ssl * ssl))
{
	SSL_shutdown_fn *next = LIBRARY_NEXT(SSL_shutdown, ssl);

	if (is_cut(ssl))
		return 1;
	return next ? next(ssl) : -1;
}

LIBRARY_HOOK(void, SSL_free, (struct ssl * ssl))
{
	SSL_free_fn *next = LIBRARY_NEXT(SSL_free, ssl);

	if (ssl && is_wanted())
		session_forget(ssl);
	if (next)
		next(ssl);
}

LIBRARY_HOOK(int, SSL_clear, (struct ssl * ssl))
{
	SSL_clear_fn *next = LIBRARY_NEXT(SSL_clear, ssl);

	if (ssl && is_wanted())
		session_forget(ssl);
	return next ? next(ssl) : 0;
}
