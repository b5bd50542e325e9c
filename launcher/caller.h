/* SPDX-License-Identifier: MIT */
/*
 * Who calls: what a worker has found out about the threads that called it last, kept for their next call.
 *
 * What is kept is known by a pidfd, which stands for one thread for good: a number that was given out
 * again is another's, and is seen to be. What an execve changes is asked for anew after each.
 */
#ifndef AGENTOS_LAUNCHER_CALLER_H
#define AGENTOS_LAUNCHER_CALLER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct request;

struct caller {
	pid_t tid;     /* 0: nobody */
	pid_t pid;     /* of its process (thread group) */
	int pidfd;     /* owned: of the thread or, before Linux 6.9, of the process */
	bool is_named; /* it stands for the thread: what is known holds for the next call too */
	uint64_t executions;	/* how many there had been when the program was asked for */
	char program[PATH_MAX]; /* "": not known */
};

/**
 * caller_of() - the calling thread of a request
 * @out: borrowed from this worker, until it takes another call; written on success only
 *
 * Return: 0; -ESRCH when the request is gone; another negative errno where there are no pidfds.
 */
int caller_of(struct request *request, struct caller **out);

/** caller_process() - Return: the process of a thread; @tid itself when it cannot be told. */
pid_t caller_process(pid_t tid);

/**
 * caller_program() - the program that a caller runs, as it was called when this worker first asked
 *
 * For the record. Who judges by it asks each time (request_program()): the name may have changed since.
 *
 * Return: borrowed from @caller; "" when it cannot be told.
 */
const char *caller_program(struct caller *caller);

/** caller_has_executed() - a process runs another program now, and has not made a call yet. */
void caller_has_executed(void);

/** caller_executes_unseen() - one may run another program at any time from now on: nothing is kept. */
void caller_executes_unseen(void);

/** caller_may_keep() - Return: whether there are descriptors to spare, for what can be found out without. */
bool caller_may_keep(void);

/** caller_done() - its call is answered: it is kept for the next, unless too many are. */
void caller_done(struct caller *caller);

/** caller_forget_all() - this worker ends. */
void caller_forget_all(void);

#endif
