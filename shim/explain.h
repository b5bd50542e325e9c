/* SPDX-License-Identifier: MIT */
/*
 * What the shim does after a call has failed: ask why, and tell.
 */
#ifndef AGENTOS_SHIM_EXPLAIN_H
#define AGENTOS_SHIM_EXPLAIN_H

/**
 * explain_start() - say hello to the supervisor; once, from the constructor
 *
 * Without a supervisor, or when it wants no explanations, explain_refusal() does nothing ever.
 */
void explain_start(void);

/**
 * explain_refusal() - write the line about this thread's last refusal by policy on descriptor 2
 *
 * Does nothing when the supervisor has nothing to say: the failure was the kernel's own, or the
 * line has been told. A line that the descriptor would not take at once is dropped. Keeps errno
 * and the signal mask, takes no lock and no memory but a kilobyte of stack: safe in
 * signal handlers, in threads and between vfork and exec.
 */
void explain_refusal(void) __attribute__((cold));

#endif
