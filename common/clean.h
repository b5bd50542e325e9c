/* SPDX-License-Identifier: MIT */
/*
 * Release by scope: a variable marked CLEAN_FREE or CLEAN_FD is released when
 * its scope ends, on every path. take_ptr() and take_fd() hand it over.
 */
#ifndef AGENTOS_COMMON_CLEAN_H
#define AGENTOS_COMMON_CLEAN_H

#include <stdlib.h>
#include <unistd.h>

#define CLEAN(release) __attribute__((cleanup(release)))
#define CLEAN_FREE CLEAN(clean_free_at)
#define CLEAN_FD CLEAN(clean_fd_at)

/** clean_free_at() - free the pointer at @at: what CLEAN_FREE calls. */
static inline void clean_free_at(void *at)
{
	free(*(void **)at);
}

/** clean_fd_at() - close the descriptor at @at, unless it is negative: what CLEAN_FD calls. */
static inline void clean_fd_at(int *at)
{
	if (*at >= 0)
		(void)close(*at);
}

/** take_fd() - hand over a descriptor; @at becomes -1. Return: what it was. */
static inline int take_fd(int *at)
{
	int fd = *at;

	*at = -1;
	return fd;
}

/** take_ptr_at() - the untyped half of take_ptr(). Return: what it was. */
static inline void *take_ptr_at(void *at)
{
	void *taken = *(void **)at;

	*(void **)at = NULL;
	return taken;
}

/* take_ptr(&p): hand over an owned pointer; p becomes NULL. */
#define take_ptr(at) ((__typeof__(*(at)))take_ptr_at(at))

#endif
