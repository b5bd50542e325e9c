/* SPDX-License-Identifier: MIT */
/*
 * The next definition of what is not libc's: of the library that the caller was linked with, for a
 * process may hold several of one name (each Python wheel brings its own libssl), none of them where
 * RTLD_NEXT looks.
 */
#ifndef AGENTOS_TAPS_LIBRARY_H
#define AGENTOS_TAPS_LIBRARY_H

/**
 * library_find() - look up a function for a caller
 * @name:   literal: its address is its identity
 * @ours:   our own definition, which is not it; NULL: there is none
 * @caller: an address in the code that calls: __builtin_return_address(0)
 * @object: what it is called for, which tells where the caller does not: at least eight pointers'
 *	    size; NULL: nothing is known of it
 *
 * Takes the loader's lock the first time that a caller comes.
 *
 * Return: the function; NULL when there is none.
 */
void *library_find(const char *name, const void *ours, const void *caller, const void *object);

/** library_forget_all() - a library has been unloaded: what was found may be gone. Async-signal-safe. */
void library_forget_all(void);

/** library_release() - give back a handle of dlopen(3) by which nothing is unloaded. */
void library_release(void *handle);

/* Opens the hook of an entry point of a library's, as HOOK_BODY does for one of libc's. */
#define LIBRARY_HOOK(type, entry, params)                                                          \
	typedef type entry##_fn params;                                                            \
	__attribute__((visibility("default"))) entry##_fn entry;                                   \
	type entry params

/* What a call from the caller of this hook would have reached, for @object; NULL: nothing. */
#define LIBRARY_NEXT(entry, object)                                                                \
	((entry##_fn *)library_find(#entry, (const void *)entry, __builtin_return_address(0),      \
				    object))

#endif
