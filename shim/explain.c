/* SPDX-License-Identifier: MIT */
#include "shim/explain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/wire.h"
#include "shim/raw.h"

/* The kernel's signal sets are 64 bits, whatever libc's are (rt_sigprocmask(2)). */
#define KERNEL_SET_SIZE 8
#define SIGPIPE_SET (UINT64_C(1) << (SIGPIPE - 1))

/* Relaxed: nothing else hangs on it, and threads may be there when we are loaded late. */
static atomic_bool active;

void explain_start(void)
{
	long answer = raw_call(WIRE_NR_HELLO, WIRE_VERSION, 0, 0, 0, 0);

	atomic_store_explicit(&active, answer > 0 && (answer & WIRE_HELLO_EXPLAIN),
			      memory_order_relaxed);
}

/*
 * Whether descriptor 2 is something that a person or a program reads errors from, and not
 * what a program without a stderr happens to have there: not a named file that is open for
 * reading as well (data; without a name it collects output), no socket to another machine (protocol).
 */
static bool is_stderr(int fd)
{
	long flags = raw_call(SYS_fcntl, fd, F_GETFL, 0, 0, 0);
	int domain = AF_UNSPEC;
	socklen_t size = sizeof(domain);
	struct stat st;

	if (flags < 0 || raw_call(SYS_fstat, fd, (long)&st, 0, 0, 0) < 0)
		return false;
	if (S_ISREG(st.st_mode))
		return (flags & O_ACCMODE) == O_WRONLY || st.st_nlink == 0;
	if (S_ISSOCK(st.st_mode))
		return raw_call(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, (long)&domain,
				(long)&size) == 0 &&
		       domain == AF_UNIX;
	return true;
}

/* Not a pipe that is full (its reader may be waiting for us) or has lost its reader. */
static bool takes_a_line(int fd)
{
	struct pollfd poll = { .fd = fd, .events = POLLOUT };
	struct timespec at_once = { 0 };

	return raw_call(SYS_ppoll, (long)&poll, 1, (long)&at_once, 0, KERNEL_SET_SIZE) == 1 &&
	       poll.revents == POLLOUT;
}

/*
 * One write, without the SIGPIPE that a reader who leaves just now would cause:
 * it is blocked, and taken back when it is ours (it is sent to the thread that writes).
 */
static void tell(const char *line, size_t len)
{
	const uint64_t block = SIGPIPE_SET;
	const struct timespec at_once = { 0 };
	uint64_t mask, pending = 0;

	if (raw_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&block, (long)&mask, KERNEL_SET_SIZE, 0) <
	    0)
		return;
	(void)raw_call(SYS_rt_sigpending, (long)&pending, KERNEL_SET_SIZE, 0, 0, 0);
	if (raw_call(SYS_write, STDERR_FILENO, (long)line, (long)len, 0, 0) == -EPIPE &&
	    !(pending & SIGPIPE_SET))
		(void)raw_call(SYS_rt_sigtimedwait, (long)&block, 0, (long)&at_once,
			       KERNEL_SET_SIZE, 0);
	(void)raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, KERNEL_SET_SIZE, 0);
}

void explain_refusal(void)
{
	char line[WIRE_EXPLAIN_SIZE];
	long len;

	if (!atomic_load_explicit(&active, memory_order_relaxed))
		return;
	len = raw_call(WIRE_NR_EXPLAIN, (long)line, sizeof(line), 0, 0, 0);
	if (len > 0 && (size_t)len <= sizeof(line) && is_stderr(STDERR_FILENO) &&
	    takes_a_line(STDERR_FILENO))
		tell(line, (size_t)len);
}
