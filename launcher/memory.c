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

static ssize_t read_each(int mem_fd, const struct iovec *there, size_t count, char *buf)
{
	ssize_t total = 0;

	for (size_t i = 0; i < count; i++) {
		ssize_t done = pread(mem_fd, buf + total, there[i].iov_len,
				     (off_t)(uintptr_t)there[i].iov_base);

		if (done > 0)
			total += done;
		if (done != (ssize_t)there[i].iov_len)
			return total > 0 ? total : -EFAULT;
	}
	return total;
}

ssize_t memory_read_pieces(pid_t tid, int *mem_fd, const struct iovec *there, size_t count,
			   void *buf, size_t size)
{
	struct iovec here = { .iov_base = buf, .iov_len = size };
	ssize_t done;

	if (*mem_fd < 0) {
		done = process_vm_readv(tid, &here, 1, there, count, 0);
		if (done >= 0 || !is_refused(errno))
			return done >= 0 ? done : -errno;
		if (mem_open(tid, mem_fd) < 0)
			return -EPERM;
	}
	return read_each(*mem_fd, there, count, buf);
}

ssize_t memory_read(pid_t tid, int *mem_fd, uint64_t address, void *buf, size_t size)
{
	struct iovec there = { .iov_base = (void *)(uintptr_t)address, .iov_len = size };

	return memory_read_pieces(tid, mem_fd, &there, 1, buf, size);
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
