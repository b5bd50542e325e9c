/* SPDX-License-Identifier: MIT */
/*
 * Control messages of a send: descriptors that are passed become our
 * duplicates, and only kinds that cannot redirect what is sent go through.
 */
#ifndef AGENTOS_LAUNCHER_CONTROL_H
#define AGENTOS_LAUNCHER_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "launcher/request.h"

struct control {
	char *buf; /* owned; NULL: none */
	size_t size;
	int *fds; /* owned, and so is each: what SCM_RIGHTS passes */
	size_t fd_count;
};

/**
 * control_read() - copy the control messages at @address of the caller
 * Return: 0; -EINVAL for a malformed one; -ENOBUFS above 64 KiB; -EPERM for a kind that is not
 * passed on; -EBADF; another negative errno. @out is to be released in any case.
 */
int control_read(struct request *request, uint64_t address, uint64_t size, struct control *out);

/** control_release() - close and free. */
void control_release(struct control *control);

#endif
