/* SPDX-License-Identifier: MIT */
/*
 * The memory of another process, by process_vm_readv(2) and its twin, or by
 * /proc/PID/mem where a container refuses those.
 */
#ifndef AGENTOS_LAUNCHER_MEMORY_H
#define AGENTOS_LAUNCHER_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/**
 * memory_read() - copy from a process, up to the first byte that cannot be read
 * @tid:    thread or process
 * @mem_fd: -1, or what an earlier call left there: a descriptor of /proc/TID/mem, owned by the caller
 *
 * The number may have been recycled: the caller checks that it was the right
 * process after the copy.
 *
 * Return: bytes copied, or negative errno (-EFAULT, -ESRCH, -EPERM).
 */
ssize_t memory_read(pid_t tid, int *mem_fd, uint64_t address, void *buf, size_t size);

/**
 * memory_read_pieces() - as memory_read(), from several places at once, one behind the other into @buf
 * @there: @count, at most IOV_MAX, of @size bytes together
 */
ssize_t memory_read_pieces(pid_t tid, int *mem_fd, const struct iovec *there, size_t count,
			   void *buf, size_t size);

/** memory_write() - the other way round. */
ssize_t memory_write(pid_t tid, int *mem_fd, uint64_t address, const void *buf, size_t size);

#endif
