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

#define DESCRIPTORS_MAX 65536

enum descriptor_class {
	DESCRIPTOR_FREE,      /* no rule is about it */
	DESCRIPTOR_CONCERNED, /* what is sent there is asked about */
	DESCRIPTOR_CUT,	      /* it was refused: what the peer would have said is waiting */
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

/** descriptor_forget() - @fd is closed: what waits there is of no use. */
void descriptor_forget(int fd);

/** descriptor_copy() - @to is @from now. */
void descriptor_copy(int from, int to);

#endif
