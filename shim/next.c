/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>

#include "shim/hook.h"

/* The linker's bounds of the section that all hooks are in. */
extern struct next __start_shim_next[] __attribute__((visibility("hidden")));
extern struct next __stop_shim_next[] __attribute__((visibility("hidden")));

/*
 * What this libc does not have, nobody who was linked with it calls; it can only be found by
 * dlsym(3) in a test of what there is. All that came later than the first glibc returns int.
 */
static long missing(void)
{
	errno = ENOSYS;
	return -1;
}

void *next_find(struct next *next)
{
	int kept = errno;
	void *function = dlsym(RTLD_NEXT, next->name);

	if (!function)
		function = (void *)missing;
	atomic_store_explicit(&next->function, function, memory_order_relaxed);
	errno = kept;
	return function;
}

void next_find_all(void)
{
	for (struct next *next = __start_shim_next; next != __stop_shim_next; next++)
		(void)next_get(next);
}
