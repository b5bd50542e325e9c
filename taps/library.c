/* SPDX-License-Identifier: MIT */
#include "taps/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define KNOWN_MAX 1024 /* callers times functions; the rest are looked up each time */
#define PROBES 8

/* Written once: the function first, then the two that it is found by. */
struct known {
	_Atomic int is_taken;
	const void *_Atomic caller;
	const char *_Atomic name;
	void *_Atomic function;
};

static struct known known[KNOWN_MAX];

static void *look_up(const char *name, const void *ours, const void *caller)
{
	Dl_info info;
	void *function = NULL;
	void *library;

	if (dladdr(caller, &info) && info.dli_fname) {
		library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
		function = library ? dlsym(library, name) : NULL;
		if (library)
			(void)dlclose(library); /* the caller keeps it */
	}
	/* The program itself: its libraries are where everybody looks, and we come first there. */
	if (!function || function == ours)
		function = dlsym(RTLD_NEXT, name);
	return function == ours ? NULL : function;
}

void *library_find(const char *name, const void *ours, const void *caller)
{
	size_t at = (((uintptr_t)caller >> 2) * 31 + ((uintptr_t)name >> 2)) % KNOWN_MAX;
	int kept = errno;
	void *function;

	for (size_t i = 0; i < PROBES; i++) {
		const struct known *entry = &known[(at + i) % KNOWN_MAX];

		if (atomic_load_explicit(&entry->caller, memory_order_acquire) == caller &&
		    atomic_load_explicit(&entry->name, memory_order_relaxed) == name)
			return atomic_load_explicit(&entry->function, memory_order_relaxed);
	}
	function = look_up(name, ours, caller);
	errno = kept;
	for (size_t i = 0; function && i < PROBES; i++) {
		struct known *entry = &known[(at + i) % KNOWN_MAX];

		if (atomic_exchange(&entry->is_taken, 1))
			continue;
		atomic_store_explicit(&entry->function, function, memory_order_relaxed);
		atomic_store_explicit(&entry->name, name, memory_order_relaxed);
		atomic_store_explicit(&entry->caller, caller, memory_order_release);
		break;
	}
	return function;
}
