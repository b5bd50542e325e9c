/* SPDX-License-Identifier: MIT */
/*
 * One notified call on its way through the supervisor: what was asked, by
 * whom, and the answer, which is a refusal until a handler says otherwise.
 *
 * Memory of the caller is copied once, and the copy is what is judged and used
 * (design: "no allow rests on memory that the agent can still change").
 */
#ifndef AGENTOS_LAUNCHER_REQUEST_H
#define AGENTOS_LAUNCHER_REQUEST_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "common/calls.h"
#include "common/event.h"
#include "common/wire.h"
#include "launcher/supervisor.h"

struct caller; /* launcher/caller.h */

#define REQUEST_TICKETS 4 /* a rename asks twice of each of two names */

struct request {
	struct supervisor *supervisor;
	uint64_t id; /* cookie of the notification */
	pid_t tid;   /* the calling thread */
	int number;  /* as the kernel said */
	enum call call;
	uint64_t args[6]; /* registers: a snapshot that nobody can change */

	/* Filled when asked for; see the functions. */
	struct caller *caller; /* NULL: not yet known; borrowed from the worker */
	int mem_fd; /* -1: not yet open; owned: /proc/TID/mem, where process_vm_readv is refused */
	char program[PATH_MAX]; /* "": not yet known */

	int64_t began_ns;		   /* CLOCK_MONOTONIC */
	uint64_t tickets[REQUEST_TICKETS]; /* of the rows that record it: recorder_outcome() */
	size_t ticket_count;

	char sentence[WIRE_EXPLAIN_SIZE]; /* that explains the last refusal; ends in a newline */
	bool is_quiet;			  /* a refusal is recorded, and not told to the agent */
	bool asks_nobody; /* something has happened already: what a person would have to grant is refused */

	/* What the table's shape let the worker decode. */
	int dir_fd[2]; /* of path[0], path[1]: a number in the caller, or AT_FDCWD */
	char *path[2]; /* borrowed from the worker's buffers; NULL when there is none, it is NULL
			      or cannot be read */
	int path_error[2]; /* why path[] cannot be read: negative errno, or 0 */
	uint64_t flags;	   /* the `o` or `i` argument */
	mode_t mode;	   /* the `m` argument */
};

/*
 * What a handler returns: a result (>= 0), -errno, or one of these two.
 */
#define REQUEST_ANSWERED INT64_MIN	 /* answered already */
#define REQUEST_CONTINUE (INT64_MIN + 1) /* let the kernel make the call; say why it is safe */

/* errno that only the kernel uses: with a signal pending, it restarts the call or answers EINTR. */
#define REQUEST_RESTART 512

typedef int64_t request_handler_fn(struct request *request);

/**
 * request_path_check() - whether the call has its path; to be asked where the kernel would copy it
 * @which: 0 or 1
 *
 * Return: 0; -EFAULT for NULL and for what cannot be read; -ENAMETOOLONG; -ESRCH.
 */
int request_path_check(const struct request *request, unsigned which);

/**
 * request_read() - copy @size bytes at @address of the caller
 * Return: 0; -EFAULT when any byte is unreadable; -ESRCH when the request is gone (checked after
 * the copy, so that what was read is the caller's, not that of a process with its recycled number).
 */
int request_read(struct request *request, uint64_t address, void *buf, size_t size);

/**
 * request_read_pieces() - as request_read(), from several places at once, one behind the other
 * @there: @count, at most IOV_MAX, of the caller's, of @size bytes together
 */
int request_read_pieces(struct request *request, const struct iovec *there, size_t count, void *buf,
			size_t size);

/**
 * request_read_text() - copy a NUL-terminated string
 * @size: of @buf, the NUL included
 *
 * Return: its length; -EFAULT; -ENAMETOOLONG without a NUL in @size bytes; -ESRCH as above.
 */
ssize_t request_read_text(struct request *request, uint64_t address, char *buf, size_t size);

/** request_write() - copy into the caller. Return: 0, -EFAULT or -ESRCH. */
int request_write(struct request *request, uint64_t address, const void *buf, size_t size);

/**
 * request_ioctl() - ioctl(2) of the listener, as often as it is interrupted
 *
 * The kernel waits for the listener's lock and gives up with EINTR when a signal comes: a stop and a
 * system's suspension are such signals as well, which nobody here asked for. Nothing has been done then.
 *
 * Return: as ioctl(2), with errno. Source: kernel/seccomp.c, mutex_lock_interruptible().
 */
int request_ioctl(const struct supervisor *supervisor, unsigned long operation, void *argument);

/** request_is_alive() - whether the caller still waits for this request (SECCOMP_IOCTL_NOTIF_ID_VALID). */
bool request_is_alive(const struct request *request);

/** request_pid() - Return: process (thread group) of the caller; the tid when it cannot be told. */
pid_t request_pid(struct request *request);

/**
 * request_pidfd() - a descriptor of the calling thread (PIDFD_THREAD) or, before kernel 6.9, process
 * Return: borrowed descriptor, checked to be the caller's, or negative errno.
 */
int request_pidfd(struct request *request);

/**
 * request_dup() - our duplicate of the caller's descriptor @fd (pidfd_getfd(2))
 *
 * The duplicate cannot be changed by a dup2 in the caller: act on it alone.
 *
 * Return: an owned close-on-exec descriptor; -EBADF when the caller has no such descriptor; other
 * negative errno (-EPERM where pidfd_getfd is refused).
 */
int request_dup(struct request *request, int fd);

/** request_program() - Return: resolved path of the program that calls (borrowed), "" when unknown. */
const char *request_program(struct request *request);

/**
 * request_judge() - decide and record one event
 * @event: action and what it is about; this adds call, agent, program, pid and uid
 *
 * Records before it returns (what must be durable is). On a refusal notes the
 * explanation, and carries out `stop` and `kill`. For `ask` it waits until a person has answered, so
 * nothing of the call may have been done. In shadow mode a refusal is recorded and granted, and nobody
 * is asked. May be called several times for one request.
 *
 * Return: 0 when granted; else the negative errno to answer with: the table's refusal,
 * or -EIO when it could not be recorded.
 */
int request_judge(struct request *request, struct event *event);

/**
 * request_ended() - add to the record what the call came to; before it is answered
 * @error: 0, a positive errno, or negative when it is not known
 */
void request_ended(struct request *request, int error);

/**
 * request_would_grant() - what the rules grant by themselves, without recording; a person is never asked
 * @event: as for request_judge(), which follows when the answer is no, so that the refusal is recorded
 */
bool request_would_grant(struct request *request, struct event *event);

/**
 * request_refuse() - refuse by a guard instead of by the policy, and record it
 * @event: as for request_judge()
 * @guard: name of the guard, shown as the rule; literal
 * @message: literal
 *
 * Return: the negative errno to answer with.
 */
int request_refuse(struct request *request, struct event *event, const char *guard,
		   const char *message);

/**
 * request_refuse_unseen() - as request_refuse(), of what is said and cannot be seen
 *
 * No guard of agentos itself, so that shadow mode records it and grants it, as it does with rules.
 *
 * Return: the negative errno to answer with; 0 in shadow mode.
 */
int request_refuse_unseen(struct request *request, struct event *event, const char *guard,
			  const char *message);

/** request_put() - as request_give(), and @fd stays ours, to be closed before the answer */
int64_t request_put(struct request *request, int fd, int flags);

/**
 * request_give() - put a descriptor into the caller (ADDFD), to be the result of its call
 * @fd:    ours; closed in any case, before the caller learns its result: the last close of a descriptor
 *         may mean something (ETXTBSY), and a caller that closes its own must not find ours still there
 * @flags: O_CLOEXEC or 0, for the caller's new descriptor
 *
 * The answer is a call of its own. ADDFD with SEND (Linux 5.14) would be one instead of two, but where a
 * signal interrupts it (a stop, the system's suspension) the kernel has answered already, with
 * 0, and the caller takes its standard input for the file. Source: seccomp_notify_addfd() of Linux 6.18.
 *
 * Return: its number in the caller, to be answered; or negative errno (-EMFILE is the caller's limit).
 */
int64_t request_give(struct request *request, int fd, int flags);

#endif
