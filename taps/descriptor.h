/* SPDX-License-Identifier: MIT */
/*
 * The descriptors of this process that a rule about content is about. A descriptor that none is about
 * costs a load and a branch.
 */
#ifndef AGENTOS_TAPS_DESCRIPTOR_H
#define AGENTOS_TAPS_DESCRIPTOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/wire.h"

#define DESCRIPTORS_MAX 65536

enum descriptor_class {
	DESCRIPTOR_FREE,      /* no rule is about it */
	DESCRIPTOR_CONCERNED, /* what is sent there is asked about */
	DESCRIPTOR_CUT,	      /* it was refused: what the peer would have said is waiting */
	DESCRIPTOR_PIPE,      /* to another process: as concerned, and may be printed to unseen */
};

extern __attribute__((visibility("hidden"))) _Atomic uint8_t descriptor_classes[DESCRIPTORS_MAX];
extern __attribute__((visibility("hidden"))) _Atomic unsigned taps_wanted; /* WIRE_TAP_* of HELLO */

/** descriptor_class() - Return: the class of @fd. Async-signal-safe. */
static inline enum descriptor_class descriptor_class(int fd)
{
	if ((unsigned)fd < DESCRIPTORS_MAX)
		return (enum descriptor_class)atomic_load_explicit(&descriptor_classes[fd],
								   memory_order_relaxed);
	/* There is no room to know: each time is asked anew. */
	return fd >= 0 && atomic_load_explicit(&taps_wanted, memory_order_relaxed)
		       ? DESCRIPTOR_CONCERNED
		       : DESCRIPTOR_FREE;
}

/** descriptor_set() - @fd is of a class from now on. Async-signal-safe. */
void descriptor_set(int fd, enum descriptor_class class);

/** descriptor_learn() - ask what @fd is: it has been connected, received or inherited. Keeps errno. */
void descriptor_learn(int fd);

/** descriptor_pipe() - @fd is what a process of the run may read from, if a rule is about that. Keeps errno. */
void descriptor_pipe(int fd);

/** descriptor_pair() - the same of both of two sockets that lead to each other. Keeps errno. */
void descriptor_pair(const int fds[2]);

/** descriptor_wants() - whether any of these WIRE_TAP_* bits is wanted. */
static inline bool descriptor_wants(unsigned bits)
{
	return atomic_load_explicit(&taps_wanted, memory_order_relaxed) & bits;
}

/**
 * descriptor_refuses_prints() - whether nothing may leave there by calls of libc's own, which are not seen
 *
 * A pipe is let go then, and so is everything in shadow mode.
 */
static inline bool descriptor_refuses_prints(int fd)
{
	enum descriptor_class class = descriptor_class(fd);

	return (class == DESCRIPTOR_CONCERNED || class == DESCRIPTOR_CUT) &&
	       !descriptor_wants(WIRE_TAP_SHADOW);
}

/** descriptor_forget() - @fd is closed: what waits there is of no use. */
void descriptor_forget(int fd);

/** descriptor_copy() - @to is @from now. */
void descriptor_copy(int from, int to);

#endif
