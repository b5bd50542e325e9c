/* SPDX-License-Identifier: MIT */
/*
 * System V shared memory, semaphores and queues, and POSIX queues: objects of the whole machine,
 * found by key, number or name, which Landlock does not look at. A run may use those that it made
 * itself; all others are another program's.
 *
 * The supervisor makes them, and so knows which are the run's. A number is in a register, and is not
 * given to a new object before 32,768 or more have been made in its place (ipc/util.c of the kernel).
 */
#ifndef AGENTOS_LAUNCHER_IPC_H
#define AGENTOS_LAUNCHER_IPC_H

#include "launcher/request.h"

/** ipc_get() - handler of shmget, semget and msgget */
int64_t ipc_get(struct request *request);

/** ipc_use() - handler of the calls that take an object's number */
int64_t ipc_use(struct request *request);

/** ipc_queue_open() - handler of mq_open; a queue that the run has not made is judged as
 * /dev/mqueue/NAME */
int64_t ipc_queue_open(struct request *request);

/** ipc_queue_unlink() - handler of mq_unlink */
int64_t ipc_queue_unlink(struct request *request);

/** ipc_remove_all() - remove what the run has made and left behind; after its last process */
void ipc_remove_all(void);

#endif
