/* SPDX-License-Identifier: MIT */
#include "taps/descriptor.h"

#include "common/wire.h"
#include "shim/hook.h"
#include "shim/raw.h"
#include "taps/tap.h"

_Atomic uint8_t descriptor_classes[DESCRIPTORS_MAX];
_Atomic unsigned taps_wanted;

/* An inherited connection has a small number: dup2 and the shells put it there. */
#define INHERITED_MAX 1024

void descriptor_set(int fd, enum descriptor_class class)
{
	if ((unsigned)fd < DESCRIPTORS_MAX)
		atomic_store_explicit(&descriptor_classes[fd], (uint8_t) class,
				      memory_order_relaxed);
}

void descriptor_learn(int fd)
{
	long result;

	if (!(atomic_load_explicit(&taps_wanted, memory_order_relaxed) & WIRE_TAP_STREAMS))
		return;
	result = raw_call(WIRE_NR_TAP, WIRE_TAP_DESCRIPTOR, fd, 0, 0, 0);
	reply_drop(reply_owner(fd));
	descriptor_set(fd, result == 1 ? DESCRIPTOR_CONCERNED : DESCRIPTOR_FREE);
}

void descriptor_forget(int fd)
{
	if ((unsigned)fd >= DESCRIPTORS_MAX || descriptor_class(fd) == DESCRIPTOR_FREE)
		return;
	reply_drop(reply_owner(fd));
	descriptor_set(fd, DESCRIPTOR_FREE);
}

/* The supervisor knows whether it was refused, and the answer stays with the first. */
void descriptor_copy(int from, int to)
{
	descriptor_set(to, descriptor_class(from) == DESCRIPTOR_FREE ? DESCRIPTOR_FREE
								     : DESCRIPTOR_CONCERNED);
}

__attribute__((constructor)) static void start(void)
{
	long wanted = raw_call(WIRE_NR_TAP, WIRE_TAP_HELLO, WIRE_TAP_VERSION, 0, 0, 0);

	next_find_all();
	if (wanted <= 0)
		return;
	atomic_store(&taps_wanted, (unsigned)wanted);
	if (wanted & WIRE_TAP_INHERITED)
		for (int fd = 0; fd < INHERITED_MAX; fd++)
			descriptor_learn(fd);
}
