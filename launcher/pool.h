/* SPDX-License-Identifier: MIT */
/*
 * The threads that take the agent's calls. One always waits, however long the others need; yet no more
 * wait than are of use, for the kernel wakes all that wait for each call (recv_wait_event() of
 * kernel/seccomp.c is not exclusive).
 */
#ifndef AGENTOS_LAUNCHER_POOL_H
#define AGENTOS_LAUNCHER_POOL_H

#include <stdbool.h>

/**
 * pool_start() - start the first threads
 * @run:  a thread's life: pool_stay() before each call, pool_taken() once it was received,
 *        pool_answers() right before its answer, pool_leave() at the end
 *
 * Return: 0 or negative errno.
 */
int pool_start(void *(*run)(void *), void *data);

/** pool_stay() - sleep here while enough others wait for calls. Return: false when the thread is to end. */
bool pool_stay(void);

/** pool_taken() - this thread waits no longer; when it was the last that did, another one is woken or made. */
void pool_taken(void);

/**
 * pool_answers() - this thread is about to answer, and will take the next call at once
 *
 * Counts as waiting from here on: the caller may be back with its next call before this thread is.
 */
void pool_answers(void);

/** pool_close() - there are no calls any more: all threads end. */
void pool_close(void);

/** pool_leave() - this thread ends. */
void pool_leave(void);

/** pool_wait() - wait for all threads to end. Return: whether they have, within a second. */
bool pool_wait(void);

#endif
