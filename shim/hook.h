/* SPDX-License-Identifier: MIT */
/*
 * A hook is an entry point of libc that this library defines as well: it calls
 * the next definition, and looks only at failures. The table of hooks is the HOOK lines of
 * the files hooks_<family>.c: one line each, the entry point first, then the
 * governed call behind it, whose row in common/calls.def has the errno of a refusal.
 *
 *     HOOK(unlink, unlink, int, -1, (const char *path), (path))
 *
 *     HOOK_STEADY(...)	  the same for what no signal interrupts: made again after EINTR, which
 *			  a supervisor cannot always avoid (seccomp_unotify(2), "Interaction
 *			  with signals")
 *
 * What does not fit such a line (variadic functions, posix_spawn) is opened by
 * HOOK_BODY and is ordinary C. Each line also needs one in exports.map, and one in
 * tests/support/shim_calls.c (tests/lint/symbols.sh and tests/integration/shim.sh compare).
 *
 * No hook allocates, locks, or changes errno other than the next definition does. The
 * next definitions are looked up by the constructor, since dlsym(3) takes the
 * loader's lock and thus does not belong in signal handlers and vfork children; a call
 * from the constructor of another library, before ours, looks its own up.
 */
#ifndef AGENTOS_SHIM_HOOK_H
#define AGENTOS_SHIM_HOOK_H

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

#include "shim/explain.h"

/* Positive errno of a refusal by policy, of each governed call: REFUSAL_openat, ... */
enum refusal {
#define CALL(name, shape, action, how, refusal) REFUSAL_##name = refusal,
#include "common/calls.def"
#undef CALL
};

/* The next definition of one entry point; all of them together are the section shim_next. */
struct next {
	const char *name;
	void *_Atomic function; /* NULL: not looked up yet */
};

/**
 * next_find() - look up the next definition; keeps errno
 *
 * Return: the function, or one that fails with ENOSYS when there is none.
 */
void *next_find(struct next *next) __attribute__((cold));

/** next_find_all() - look up all that have not been; from the constructor. */
void next_find_all(void);

/* The next definition of this entry point; only in its own hook or below it. */
#define NEXT(entry) ((entry##_fn *)next_get(&next_##entry))

/** next_get() - Return: the next definition, looked up now if it has not been. */
static inline void *next_get(struct next *next)
{
	void *function = atomic_load_explicit(&next->function, memory_order_relaxed);

	return __builtin_expect(function != NULL, 1) ? function : next_find(next);
}

/** failed() - a call has failed with @error: when that is how a policy refuses, ask. */
static inline void failed(int error, enum refusal refusal)
{
	if (error == (int)refusal)
		explain_refusal();
}

#define HOOK_BODY(entry, type, params)                                                             \
	typedef type entry##_fn params;                                                            \
	static struct next next_##entry                                                            \
		__attribute__((section("shim_next"), used)) = { #entry, NULL };                    \
	__attribute__((visibility("default"))) entry##_fn entry;                                   \
	type entry params

#define HOOK(entry, call, type, failure, params, args)                                             \
	HOOK_BODY(entry, type, params)                                                             \
	{                                                                                          \
		type result = NEXT(entry) args;                                                    \
                                                                                                   \
		if (__builtin_expect(result == (failure), 0))                                      \
			failed(errno, REFUSAL_##call);                                             \
		return result;                                                                     \
	}

#define HOOK_AGAIN(entry, call, type, failure, again, params, args)                                \
	HOOK_BODY(entry, type, params)                                                             \
	{                                                                                          \
		type result;                                                                       \
                                                                                                   \
		do                                                                                 \
			result = NEXT(entry) args;                                                 \
		while (__builtin_expect(result == (failure), 0) && errno == EINTR && (again));     \
		if (__builtin_expect(result == (failure), 0))                                      \
			failed(errno, REFUSAL_##call);                                             \
		return result;                                                                     \
	}

#define HOOK_STEADY(entry, call, type, failure, params, args)                                      \
	HOOK_AGAIN(entry, call, type, failure, 1, params, args)

#endif
