/* SPDX-License-Identifier: MIT */
#include "taps/tap.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "taps/descriptor.h"

#define REPLIES_MAX 64 /* refused connections that are not closed yet; more fail with EACCES */

struct reply {
	const void *_Atomic owner; /* NULL: free */
	_Atomic size_t size, taken;
	char bytes[WIRE_TAP_REPLY_SIZE];
};

static struct reply replies[REPLIES_MAX];

static struct reply *reply_of(const void *owner)
{
	for (size_t i = 0; i < REPLIES_MAX; i++)
		if (atomic_load(&replies[i].owner) == owner)
			return &replies[i];
	return NULL;
}

static bool reply_keep(const void *owner, const char *bytes, size_t size)
{
	reply_drop(owner);
	for (size_t i = 0; i < REPLIES_MAX; i++) {
		const void *nobody = NULL;

		if (!atomic_compare_exchange_strong(&replies[i].owner, &nobody, owner))
			continue;
		memcpy(replies[i].bytes, bytes, size);
		atomic_store(&replies[i].taken, 0);
		atomic_store(&replies[i].size, size);
		return true;
	}
	return false;
}

size_t reply_left(const void *owner)
{
	const struct reply *reply = reply_of(owner);

	return reply ? reply->size - reply->taken : 0;
}

size_t reply_take(const void *owner, void *buf, size_t size, bool peek)
{
	struct reply *reply = reply_of(owner);
	size_t taken = reply ? atomic_load(&reply->taken) : 0;
	size_t left = reply ? atomic_load(&reply->size) - taken : 0;

	if (size > left)
		size = left;
	if (size == 0)
		return 0;
	memcpy(buf, reply->bytes + taken, size);
	if (!peek)
		atomic_store(&reply->taken, taken + size);
	return size;
}

void reply_drop(const void *owner)
{
	struct reply *reply = reply_of(owner);

	if (!reply)
		return;
	atomic_store(&reply->size, 0);
	atomic_store(&reply->owner, NULL);
}

/* What the supervisor has said to a SEND; @reply: where it has written. */
static enum tap_answer answer_of(long result, const void *owner, const char *reply)
{
	size_t size;

	if (result == WIRE_TAP_GO)
		return TAP_GO;
	if (result == WIRE_TAP_SEALED)
		return TAP_FREE;
	errno = result < 0 ? (int)-result : EACCES;
	if (result < WIRE_TAP_REFUSED)
		return TAP_FAIL;
	size = (size_t)(result - WIRE_TAP_REFUSED);
	if (size == 0 || reply_left(owner) > 0)
		return reply_of(owner) ? TAP_SWALLOW
				       : TAP_FAIL; /* it was told before, or cannot be */
	return size <= WIRE_TAP_REPLY_SIZE && reply_keep(owner, reply, size) ? TAP_SWALLOW
									     : TAP_FAIL;
}

enum tap_answer tap_send(int fd, const struct iovec *pieces, size_t count, size_t *out_size)
{
	char reply[WIRE_TAP_REPLY_SIZE];
	int kept = errno;
	long result = count == 1 ? tap_call(WIRE_TAP_SEND, fd, (long)pieces->iov_base,
					    (long)pieces->iov_len, (long)reply)
				 : tap_call(WIRE_TAP_SEND_PIECES, fd, (long)pieces, (long)count,
					    (long)reply);
	enum tap_answer answer;

	if (result >= WIRE_TAP_PART) {
		*out_size = (size_t)(result & (WIRE_TAP_PART - 1));
		return result >= WIRE_TAP_SKIP ? TAP_SKIP : TAP_PART;
	}
	answer = answer_of(result, reply_owner(fd), reply);
	if (answer == TAP_FREE)
		descriptor_set(fd, DESCRIPTOR_FREE);
	else if (answer == TAP_SWALLOW)
		descriptor_set(fd, DESCRIPTOR_CUT);
	if (answer != TAP_FAIL)
		errno = kept;
	return answer;
}

void tap_unsent(int fd, const struct iovec *pieces, size_t count, ssize_t sent)
{
	size_t skip = sent > 0 ? (size_t)sent : 0;
	struct iovec first;

	while (count > 0 && skip >= pieces->iov_len) {
		skip -= pieces->iov_len;
		pieces++;
		count--;
	}
	if (count == 0)
		return;
	first = (struct iovec){ (char *)pieces->iov_base + skip, pieces->iov_len - skip };
	/* The last first: each goes before what is known to come again. */
	if (count > 1)
		(void)tap_call(WIRE_TAP_UNSENT, fd, (long)(pieces + 1), (long)(count - 1), 0);
	(void)tap_call(WIRE_TAP_UNSENT, fd, (long)&first, 1, 0);
}

void tap_session(const unsigned char *random)
{
	(void)tap_call(WIRE_TAP_SESSION, (long)random, 0, 0, 0);
}

enum tap_answer tap_session_send(const void *session, const unsigned char *random,
				 const void *bytes, size_t size)
{
	char reply[WIRE_TAP_REPLY_SIZE];
	enum tap_answer answer = TAP_GO;
	int kept = errno;

	for (size_t done = 0; done < size && answer == TAP_GO;) {
		size_t piece = size - done < WIRE_TAP_PIECE_MAX ? size - done : WIRE_TAP_PIECE_MAX;

		answer = answer_of(tap_call(WIRE_TAP_SESSION_SEND, (long)random,
					    (long)((uintptr_t)bytes + done), (long)piece,
					    (long)reply),
				   session, reply);
		done += piece;
	}
	if (answer != TAP_FAIL)
		errno = kept;
	return answer;
}

bool tap_name(const char *name)
{
	int kept = errno;
	long result = tap_call(WIRE_TAP_RESOLVE, (long)name, 0, 0, 0);

	errno = result < 0 ? (int)-result : kept;
	return result >= 0;
}

ssize_t tap_statement(const char *text, size_t size, const char *database, char *reply)
{
	long result = tap_call(WIRE_TAP_STATEMENT, (long)text, (long)size, (long)reply,
			       (long)database);

	if (result >= WIRE_TAP_REFUSED)
		return result - WIRE_TAP_REFUSED;
	if (result >= 0)
		return 0;
	errno = (int)-result;
	return -1;
}
