/* SPDX-License-Identifier: MIT */
#include "taps/session.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "shim/raw.h"

#define SESSIONS_MAX 1024
#define PROBES 8

struct session {
	const void *_Atomic address;
	_Atomic int state;
	_Atomic size_t expected;
	_Atomic uint64_t announced; /* the start of the random that was announced last */
};

static struct session sessions[SESSIONS_MAX];
static atomic_bool any_cut;
static __thread struct session_call *current __attribute__((tls_model("initial-exec")));

void session_enter(struct session_call *call)
{
	call->outer = current;
	current = call;
}

void session_leave(struct session_call *call)
{
	current = call->outer;
}

bool session_is_inside(void)
{
	return current;
}

static struct session *find(const void *address, bool is_new)
{
	size_t at = ((uintptr_t)address >> 4) % SESSIONS_MAX;

	for (size_t i = 0; i < PROBES; i++)
		if (atomic_load(&sessions[(at + i) % SESSIONS_MAX].address) == address)
			return &sessions[(at + i) % SESSIONS_MAX];
	for (size_t i = 0; is_new && i < PROBES; i++) {
		struct session *session = &sessions[(at + i) % SESSIONS_MAX];
		const void *nobody = NULL;

		if (atomic_compare_exchange_strong(&session->address, &nobody, address))
			return session;
	}
	return NULL;
}

enum session_state session_state(const void *address)
{
	const struct session *session = find(address, false);

	return session ? (enum session_state)atomic_load(&session->state) : SESSION_UNKNOWN;
}

void session_set(const void *address, enum session_state state)
{
	struct session *session = find(address, true);

	if (state == SESSION_CUT)
		atomic_store(&any_cut, true);
	if (session)
		atomic_store(&session->state, (int)state);
}

void session_forget(const void *address)
{
	struct session *session = find(address, false);

	if (!session)
		return;
	if (atomic_load(&session->state) == SESSION_CUT)
		reply_drop(address);
	atomic_store(&session->state, SESSION_UNKNOWN);
	atomic_store(&session->expected, 0);
	atomic_store(&session->announced, 0);
	atomic_store(&session->address, NULL);
}

bool session_any_cut(void)
{
	return atomic_load_explicit(&any_cut, memory_order_relaxed);
}

void session_expect(const void *address, size_t size)
{
	struct session *session = find(address, size > 0);

	if (session)
		atomic_store(&session->expected, size);
}

size_t session_expects(const void *address)
{
	const struct session *session = find(address, false);

	return session ? atomic_load(&session->expected) : 0;
}

/* Return: whether it is not yet announced under this random. */
static bool is_news(const void *address, const unsigned char *random)
{
	const struct session *session = find(address, false);
	uint64_t start;

	memcpy(&start, random, sizeof(start));
	return !session || atomic_load(&session->announced) != start;
}

static void note_announced(const void *address, const unsigned char *random)
{
	struct session *session = find(address, true);
	uint64_t start;

	memcpy(&start, random, sizeof(start));
	if (!session)
		return;
	atomic_store(&session->announced, start);
	atomic_store(&session->state, (int)SESSION_CONCERNED);
}

/*
 * Again when the random is another than it was: a signal handler that writes may come while the library
 * makes it, and what was announced then is half of it.
 */
static void announce(const struct session_call *call)
{
	unsigned char random[WIRE_RANDOM_SIZE];
	enum session_state state = session_state(call->session);
	int kept = errno;

	if ((state == SESSION_UNKNOWN || state == SESSION_CONCERNED) &&
	    call->read_random(call->session, call->caller, random) &&
	    is_news(call->session, random)) {
		tap_session(random);
		note_announced(call->session, random);
	}
	errno = kept;
}

void session_announce_current(void)
{
	if (current && current->session)
		announce(current);
}

enum tap_answer session_ask(const struct session_call *call, const void *bytes, size_t size)
{
	unsigned char random[WIRE_RANDOM_SIZE];
	enum session_state state = session_state(call->session);
	enum tap_answer answer;

	if (state == SESSION_FREE)
		return TAP_FREE;
	/* One that began on a connection that no rule is about, in a call that is not looked at. */
	announce(call);
	if (!call->read_random(call->session, call->caller, random)) {
		errno = EACCES;
		return TAP_FAIL;
	}
	answer = tap_session_send(call->session, random, bytes, size);
	if (state == SESSION_CUT)
		return answer == TAP_FAIL ? TAP_FAIL : TAP_SWALLOW; /* nothing leaves any more */
	if (answer == TAP_FREE)
		session_set(call->session, SESSION_FREE);
	else if (answer == TAP_SWALLOW)
		session_set(call->session, SESSION_CUT);
	return answer;
}
