/* SPDX-License-Identifier: MIT */
#include "launcher/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

/* Return: 0, or negative errno. */
static int mem_open(pid_t tid, int *mem_fd)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", tid);
	*mem_fd = open(path, O_RDWR | O_CLOEXEC);
	return *mem_fd < 0 ? -EPERM : 0;
}

/* Whether it is worth trying the other way: the call itself is refused. */
static bool is_refused(int error)
{
	return error == EPERM || error == ENOSYS;
}

ssize_t memory_read(pid_t tid, int *mem_fd, uint64_t address, void *buf, size_t size)
{
	struct iovec here = { .iov_base = buf, .iov_len = size };
	struct iovec there = { .iov_base = (void *)(uintptr_t)address, .iov_len = size };
	ssize_t done;

	if (*mem_fd < 0) {
		done = process_vm_readv(tid, &here, 1, &there, 1, 0);
		if (done >= 0 || !is_refused(errno))
			return done >= 0 ? done : -errno;
		if (mem_open(tid, mem_fd) < 0)
			return -EPERM;
	}
	done = pread(*mem_fd, buf, size, (off_t)address);
	return done >= 0 ? done : -EFAULT;
}

ssize_t memory_write(pid_t tid, int *mem_fd, uint64_t address, const void *buf, size_t size)
{
	struct iovec here = { .iov_base = (void *)(uintptr_t)buf, .iov_len = size };
	struct iovec there = { .iov_base = (void *)(uintptr_t)address, .iov_len = size };
	ssize_t done;

	if (*mem_fd < 0) {
		done = process_vm_writev(tid, &here, 1, &there, 1, 0);
		if (done >= 0 || !is_refused(errno))
			return done >= 0 ? done : -errno;
		if (mem_open(tid, mem_fd) < 0)
			return -EPERM;
	}
	done = pwrite(*mem_fd, buf, size, (off_t)address);
	return done >= 0 ? done : -EFAULT;
}
