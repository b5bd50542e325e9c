/* SPDX-License-Identifier: MIT */
#include "launcher/reach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clean.h"
#include "launcher/memory.h"

static const int word = 42; /* at the same address in the child */

static int try_trace(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXEC) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		return -errno;
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return -ECHILD;
	return ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0 ? -errno : 0;
}

static int try_memory(pid_t pid)
{
	CLEAN_FD int mem_fd = -1;
	int here = 0;
	ssize_t len = memory_read(pid, &mem_fd, (uintptr_t)&word, &here, sizeof(here));

	if (len < 0)
		return (int)len;
	return len == (ssize_t)sizeof(here) && here == word ? 0 : -EIO;
}

static int try_sockets(pid_t pid, int fd)
{
	CLEAN_FD int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	CLEAN_FD int copy = -1;

	if (pidfd < 0)
		return -errno;
	copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	return copy < 0 ? -errno : 0;
}

/* Waits for the end of the pipe, which is ours to close, or comes with our end. */
static _Noreturn void wait_to_be_tried(const int ends[2])
{
	char none;

	(void)close(ends[1]);
	(void)!read(ends[0], &none, sizeof(none));
	_exit(0);
}

int reach_probe(struct reach *out)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		wait_to_be_tried(ends);
	if (pid > 0) {
		out->trace = try_trace(pid);
		out->memory = try_memory(pid);
		out->sockets = try_sockets(pid, ends[0]);
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
	if (pid < 0)
		return -EAGAIN;
	(void)kill(pid, SIGKILL); /* it may be stopped */
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	return 0;
}

int reach_yama(void)
{
	FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int scope = -1;

	if (file && fscanf(file, "%d", &scope) != 1)
		scope = -1;
	if (file)
		(void)fclose(file);
	return scope;
}
