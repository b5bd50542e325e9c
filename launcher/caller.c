/* SPDX-License-Identifier: MIT */
/*
 * Each worker has its own few, so there is nothing to lock. What is kept stays right because a pidfd whose
 * thread is alive names it: two live threads never have one number.
 */
#include "launcher/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launcher/procfile.h"
#include "launcher/request.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL /* Linux 6.9 */
#endif

#define KEPT 4 /* threads of one agent that take turns; each keeps a descriptor open */
#define KEPT_ALL                                                                                   \
	64 /* by all workers together: when hundreds of calls are held, descriptors are short */

static _Thread_local struct caller kept[KEPT];

static atomic_uint kept_all;
static atomic_uint_least64_t executions;
static atomic_bool executes_unseen;

static void release(struct caller *caller)
{
	if (caller->tid) {
		(void)close(caller->pidfd);
		atomic_fetch_sub(&kept_all, 1);
	}
	caller->tid = 0;
}

/* A pidfd can be read from when its thread has ended (pidfd_open(2)). */
static bool is_alive(const struct caller *caller)
{
	struct pollfd end = { .fd = caller->pidfd, .events = POLLIN };

	return poll(&end, 1, 0) == 0;
}

/* Only of a leader are both numbers the same: of others the kernel finds no such pair. */
static bool is_leader(pid_t tid)
{
	return syscall(SYS_tgkill, tid, tid, 0) == 0 || errno != ESRCH;
}

pid_t caller_process(pid_t tid)
{
	const char *group = is_leader(tid) ? NULL : procfile_line(procfile_status(tid), "Tgid");

	return group ? (pid_t)strtol(group, NULL, 10) : tid;
}

/* Return: a pidfd, or negative errno. */
static int pidfd_open(pid_t number, unsigned flags)
{
	int fd = (int)syscall(SYS_pidfd_open, number, flags);

	return fd < 0 ? -errno : fd;
}

static int find_out(struct request *request, struct caller *caller)
{
	int fd = pidfd_open(request->tid, PIDFD_THREAD);
	bool is_thread = fd >= 0;
	pid_t pid = caller_process(request->tid);

	if (fd == -EINVAL)
		fd = pidfd_open(pid, 0);
	if (fd < 0)
		return fd;
	/* The number could have been given out again before we opened it; the cookie cannot. */
	if (!request_is_alive(request)) {
		(void)close(fd);
		return -ESRCH;
	}
	atomic_fetch_add(&kept_all, 1);
	caller->tid = request->tid;
	caller->pid = pid;
	caller->pidfd = fd;
	caller->is_named = is_thread || pid == request->tid;
	caller->program[0] = '\0';
	return 0;
}

int caller_of(struct request *request, struct caller **out)
{
	struct caller *caller = &kept[(unsigned)request->tid % KEPT];
	int r = 0;

	if (caller->tid != request->tid || !caller->is_named || !is_alive(caller)) {
		release(caller);
		r = find_out(request, caller);
	}
	if (r == 0)
		*out = caller;
	return r;
}

const char *caller_program(struct caller *caller)
{
	/* Before the program: one that is executed meanwhile makes what was read stale. */
	uint64_t now = atomic_load(&executions);
	char path[64];
	ssize_t len;

	if (caller->program[0] && caller->executions == now && !atomic_load(&executes_unseen))
		return caller->program;
	(void)snprintf(path, sizeof(path), "/proc/%d/exe", caller->tid);
	len = readlink(path, caller->program, sizeof(caller->program) - 1);
	caller->program[len > 0 ? len : 0] = '\0';
	caller->executions = now;
	return caller->program;
}

void caller_has_executed(void)
{
	atomic_fetch_add(&executions, 1);
}

void caller_executes_unseen(void)
{
	atomic_store(&executes_unseen, true);
}

bool caller_may_keep(void)
{
	return atomic_load(&kept_all) < KEPT_ALL;
}

void caller_done(struct caller *caller)
{
	if (!caller_may_keep())
		release(caller);
}

void caller_forget_all(void)
{
	for (size_t i = 0; i < KEPT; i++)
		release(&kept[i]);
}
