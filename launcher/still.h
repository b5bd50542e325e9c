/* SPDX-License-Identifier: MIT */
/*
 * Holding a run still while a person reads a question and answers: no thread of it runs a single
 * instruction of its own, so none reads the terminal, takes it for its group, or writes over the question.
 *
 * SIGSTOP would not do. Whoever is stopped by it goes on by SIGCONT, and a process can have sent
 * itself one beforehand (a timer, F_SETSIG on the terminal); and shells would take it for job control. So
 * each thread is seized (ptrace(2)) and interrupted: it can be continued by us alone, no
 * parent sees anything of it, one that was stopped before stays stopped afterwards, and what it waited for
 * in the kernel goes on. When the supervisor dies the kernel lets go of all.
 *
 * A thread that is inside a call that cannot be interrupted (it waits for a vfork's child, or for our own answer)
 * counts as still: it stops on its way out.
 */
#ifndef AGENTOS_LAUNCHER_STILL_H
#define AGENTOS_LAUNCHER_STILL_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * still_begin() - hold all descendants of @root; one holds at a time
 * @asking: a thread that waits for the answer to its call. Before Linux 5.19 an interruption would
 *          make the kernel forget its call, so it is seized and not interrupted
 *
 * Waits for executions that are under way, and keeps further ones waiting (still_exec_begin()).
 *
 * Return: 0, and still_end() is due; else nothing is held: -EBUSY when one could not be held (another
 * process traces it; it is not to be traced; there are too many), or another negative errno.
 */
int still_begin(pid_t root, pid_t asking);

/**
 * still_is_disturbed() - whether somebody was found who ran although the run is held
 *
 * That is one whose parent was about to let it run when it was seized, or a process that came from
 * elsewhere. It is held as well then; but what was asked meanwhile is not to be answered.
 */
bool still_is_disturbed(void);

/** still_end() - let go of all; by the thread that called still_begin(). */
void still_end(void);

/** still_exec_begin(), still_exec_end() - around what seizes a thread for other reasons. */
void still_exec_begin(void);
void still_exec_end(void);

#endif
