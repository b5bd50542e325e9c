/* SPDX-License-Identifier: MIT */
/*
 * Calls that may block (a FIFO's open, a connect): the worker makes them
 * itself, and a watcher interrupts it with a signal when the request has died,
 * or when the caller has a signal to handle.
 */
#ifndef AGENTOS_LAUNCHER_BLOCKING_H
#define AGENTOS_LAUNCHER_BLOCKING_H

#include "launcher/request.h"

/** blocking_start() - start the watcher thread; once per process. Return: 0 or negative errno. */
int blocking_start(void);

/**
 * blocking_enter() - from here on, blocking calls of this thread end with EINTR when
 * the request dies or its caller has a signal pending
 * Return: 0, or -EAGAIN when too many block already.
 */
int blocking_enter(struct request *request);

/** blocking_leave() - the other end of blocking_enter(); errno is kept. */
void blocking_leave(void);

/**
 * blocking_interrupted() - what to answer after a call in such a section gave EINTR
 *
 * Return: -REQUEST_RESTART when the caller has a signal to handle (the kernel then
 * restarts the call or answers EINTR, as SA_RESTART says); -ESRCH when the request is gone; 0
 * when neither holds: make the call again.
 */
int blocking_interrupted(struct request *request);

#endif
