/* SPDX-License-Identifier: MIT */
#include "taps/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KNOWN_MAX 1024 /* callers times functions; the rest are looked up each time */
#define PROBES 8
#define OBJECT_WORDS 8 /* of an object: one of its first fields is in its library */

/*
 * What was found since the last library was unloaded. @state: twice the generation in which the rest was
 * written, one less while it is being written.
 */
struct known {
	_Atomic unsigned long state;
	const void *_Atomic caller;
	const char *_Atomic name;
	void *_Atomic function;
};

static struct known known[KNOWN_MAX];
static _Atomic unsigned long generation = 1;

/* Who called a hook of this thread last, from outside of this library. */
static __thread const void *last_caller __attribute__((tls_model("initial-exec")));

/* The linker's bounds of this library. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

static bool is_inside(const void *address)
{
	return (uintptr_t)address >= (uintptr_t)__ehdr_start &&
	       (uintptr_t)address < (uintptr_t)_end;
}

/* Looks a function up in the library that @address is in, and those that it was linked with. */
static void *look_in(const char *name, const void *address)
{
	Dl_info info;
	void *function = NULL;
	void *library;

	if (!dladdr(address, &info) || !info.dli_fname)
		return NULL;
	library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
	function = library ? dlsym(library, name) : NULL;
	if (library)
		library_release(library); /* whoever is there keeps it */
	return function;
}

static void *look_up(const char *name, const void *ours, const void *caller)
{
	void *function = caller ? look_in(name, caller) : NULL;

	/* The program itself: its libraries are where everybody looks, and we come first there. */
	if (!function || function == ours)
		function = dlsym(RTLD_NEXT, name);
	return function == ours ? NULL : function;
}

/* By what an object of the library points to: its methods are in the library. */
static void *look_up_by_object(const char *name, const void *ours, const void *object)
{
	const void *const *words = object;

	for (size_t i = 0; i < OBJECT_WORDS; i++) {
		void *function = words[i] ? look_in(name, words[i]) : NULL;

		if (function && function != ours)
			return function;
	}
	return NULL;
}

static size_t place_of(const char *name, const void *caller)
{
	return (((uintptr_t)caller >> 2) * 31 + ((uintptr_t)name >> 2)) % KNOWN_MAX;
}

static void *recall(const char *name, const void *caller, unsigned long now)
{
	for (size_t i = 0; i < PROBES; i++) {
		const struct known *entry = &known[(place_of(name, caller) + i) % KNOWN_MAX];
		void *function;

		if (atomic_load(&entry->state) != 2 * now ||
		    atomic_load(&entry->caller) != caller || atomic_load(&entry->name) != name)
			continue;
		function = atomic_load(&entry->function);
		if (atomic_load(&entry->state) == 2 * now)
			return function;
	}
	return NULL;
}

static void keep(const char *name, const void *caller, void *function, unsigned long now)
{
	for (size_t i = 0; i < PROBES; i++) {
		struct known *entry = &known[(place_of(name, caller) + i) % KNOWN_MAX];
		unsigned long state = atomic_load(&entry->state);

		if (state % 2 || state == 2 * now ||
		    !atomic_compare_exchange_strong(&entry->state, &state, 2 * now - 1))
			continue;
		atomic_store(&entry->function, function);
		atomic_store(&entry->name, name);
		atomic_store(&entry->caller, caller);
		atomic_store(&entry->state, 2 * now);
		break;
	}
}

void library_forget_all(void)
{
	atomic_fetch_add(&generation, 1);
}

void *library_find(const char *name, const void *ours, const void *caller, const void *object)
{
	unsigned long now = atomic_load(&generation);
	int kept = errno;
	void *function;

	/* A library that ends in a jump to another hook seems to be called by this library itself. */
	if (is_inside(caller))
		caller = last_caller;
	last_caller = caller;
	function = recall(name, caller, now);
	if (function)
		return function;
	function = look_up(name, ours, caller);
	if (function)
		keep(name, caller, function, now);
	/* So does a package of the program's, by its program, which may call several. */
	else if (object)
		function = look_up_by_object(name, ours, object);
	errno = kept;
	return function;
}
