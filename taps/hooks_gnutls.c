/* SPDX-License-Identifier: MIT */
/*
 * GnuTLS. Source: gnutls_handshake(3), gnutls_record_send(3), gnutls_session_get_random(3).
 */
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "taps/descriptor.h"
#include "taps/library.h"
#include "taps/session.h"

#define E_AGAIN (-28)
#define E_INTERRUPTED (-52)
#define E_PUSH_ERROR (-53)

struct session_tls;

struct datum {
	unsigned char *data;
	unsigned size;
};

#define CALL_OF(session_tls)                                                                       \
	{                                                                                          \
		.session = (session_tls), .caller = __builtin_return_address(0),                   \
		.read_random = random_of                                                           \
	}

typedef void get_random_fn(struct session_tls *session, struct datum *client, struct datum *server);

static bool random_of(const void *session, const void *caller,
		      unsigned char random[WIRE_RANDOM_SIZE])
{
	static const unsigned char none[WIRE_RANDOM_SIZE];
	get_random_fn *next = (get_random_fn *)library_find("gnutls_session_get_random", NULL,
							    caller, session);
	struct datum client = { 0 };

	if (!next)
		return false;
	next((struct session_tls *)(uintptr_t)session, &client, NULL);
	if (!client.data || client.size != WIRE_RANDOM_SIZE)
		return false;
	memcpy(random, client.data, WIRE_RANDOM_SIZE);
	return memcmp(random, none, sizeof(none)) != 0;
}

static bool is_ours(void)
{
	return atomic_load_explicit(&taps_wanted, memory_order_relaxed) & WIRE_TAP_STREAMS &&
	       !session_is_inside();
}

LIBRARY_HOOK(int, gnutls_handshake, (struct session_tls * session))
{
	gnutls_handshake_fn *next = LIBRARY_NEXT(gnutls_handshake, session);
	struct session_call call = CALL_OF(session);
	int result;

	if (!next)
		return E_PUSH_ERROR;
	if (!is_ours())
		return next(session);
	session_enter(&call);
	result = next(session);
	session_announce_current();
	session_leave(&call);
	return result;
}

/* Return: TAP_GO or what stands for it. Of what was judged and not taken, nothing is asked again. */
static enum tap_answer ask(const struct session_call *call, const void *bytes, size_t size)
{
	if (session_state(call->session) == SESSION_CUT)
		return size ? session_ask(call, bytes, size) : TAP_SWALLOW;
	if (size == 0 || session_expects(call->session) == size)
		return TAP_GO;
	return session_ask(call, bytes, size);
}

static void wrote(struct session_call *call, size_t size, ssize_t result)
{
	session_leave(call);
	if (session_state(call->session) == SESSION_FREE)
		return;
	if (result == E_AGAIN || result == E_INTERRUPTED)
		session_expect(call->session, size ? size : session_expects(call->session));
	else
		session_expect(call->session, 0);
}

LIBRARY_HOOK(ssize_t, gnutls_record_send,
	     (struct session_tls * session, const void *bytes, size_t size))
{
	gnutls_record_send_fn *next = LIBRARY_NEXT(gnutls_record_send, session);
	struct session_call call = CALL_OF(session);
	enum tap_answer answer;
	ssize_t result;

	if (!next)
		return E_PUSH_ERROR;
	if (!is_ours())
		return next(session, bytes, size);
	answer = ask(&call, bytes, size);
	if (answer == TAP_SWALLOW || answer == TAP_FAIL)
		return answer == TAP_SWALLOW ? (ssize_t)size : E_PUSH_ERROR;
	session_enter(&call);
	result = next(session, bytes, size);
	wrote(&call, size, result);
	return result;
}

LIBRARY_HOOK(ssize_t, gnutls_record_send2,
	     (struct session_tls * session, const void *bytes, size_t size, size_t pad,
	      unsigned flags))
{
	gnutls_record_send2_fn *next = LIBRARY_NEXT(gnutls_record_send2, session);
	struct session_call call = CALL_OF(session);
	enum tap_answer answer;
	ssize_t result;

	if (!next)
		return E_PUSH_ERROR;
	if (!is_ours())
		return next(session, bytes, size, pad, flags);
	answer = ask(&call, bytes, size);
	if (answer == TAP_SWALLOW || answer == TAP_FAIL)
		return answer == TAP_SWALLOW ? (ssize_t)size : E_PUSH_ERROR;
	session_enter(&call);
	result = next(session, bytes, size, pad, flags);
	wrote(&call, size, result);
	return result;
}

/* What leaves before the handshake is done, and what a file holds, nobody sees. */
LIBRARY_HOOK(ssize_t, gnutls_record_send_early_data,
	     (struct session_tls * session, const void *bytes, size_t size))
{
	gnutls_record_send_early_data_fn *next = LIBRARY_NEXT(gnutls_record_send_early_data,
							      session);

	return next && !is_ours() ? next(session, bytes, size) : E_PUSH_ERROR;
}

LIBRARY_HOOK(ssize_t, gnutls_record_send_file,
	     (struct session_tls * session, int fd, off_t *offset, size_t size))
{
	gnutls_record_send_file_fn *next = LIBRARY_NEXT(gnutls_record_send_file, session);

	return next && !is_ours() ? next(session, fd, offset, size) : E_PUSH_ERROR;
}

static bool is_cut(const struct session_tls *session)
{
	return session_any_cut() && session_state(session) == SESSION_CUT;
}

LIBRARY_HOOK(ssize_t, gnutls_record_recv, (struct session_tls * session, void *buf, size_t size))
{
	gnutls_record_recv_fn *next = LIBRARY_NEXT(gnutls_record_recv, session);
	struct session_call call = CALL_OF(session);
	ssize_t result;

	if (is_cut(session))
		return (ssize_t)reply_take(session, buf, size, false);
	if (!next)
		return E_PUSH_ERROR;
	session_enter(&call);
	result = next(session, buf, size);
	session_leave(&call);
	return result;
}

LIBRARY_HOOK(size_t, gnutls_record_check_pending, (struct session_tls * session))
{
	gnutls_record_check_pending_fn *next = LIBRARY_NEXT(gnutls_record_check_pending, session);

	if (is_cut(session))
		return reply_left(session);
	return next ? next(session) : 0;
}

LIBRARY_HOOK(void, gnutls_deinit, (struct session_tls * session))
{
	gnutls_deinit_fn *next = LIBRARY_NEXT(gnutls_deinit, session);

	if (session)
		session_forget(session);
	if (next)
		next(session);
}
