/* SPDX-License-Identifier: MIT */
/*
 * The seccomp filter: built from the table of governed calls, with a prologue
 * for what libseccomp cannot say (numbers above the table, the shim's own calls).
 */
#ifndef AGENTOS_LAUNCHER_FILTER_H
#define AGENTOS_LAUNCHER_FILTER_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include "common/fault.h"

#ifdef __x86_64__
#define FILTER_ARCH AUDIT_ARCH_X86_64
#else
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#endif

/* Linux 6.6; the flags are the ioctl's argument itself, not a pointer to them. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW('!', 4, unsigned long long)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

struct filter {
	struct sock_filter *code; /* owned */
	size_t count;
};

/**
 * filter_build() - make the program
 * @memory_closed: refuse ptrace and process_vm_writev, because a rule depends on
 *                 arguments or programs, or because Landlock is missing
 * @out_filter:    release with filter_release()
 */
int filter_build(bool memory_closed, struct filter *out_filter, struct fault *fault);

/** filter_release() - free the program. */
void filter_release(struct filter *filter);

/**
 * filter_install() - put the filter on this thread; no_new_privs must be set
 *
 * Async-signal-safe. Asks for WAIT_KILLABLE_RECV (Linux 5.19) and does without where it is missing.
 *
 * Return: the listener's descriptor; -EBUSY when an outer supervisor listens already
 * (one listener per filter chain); other negative errno.
 */
int filter_install(const struct filter *filter);

/**
 * filter_waits_killable() - Return: whether the kernel knows WAIT_KILLABLE_RECV (Linux 5.19): without it a
 * signal that comes while a call is being made for its caller makes the kernel begin it again.
 */
bool filter_waits_killable(void);

/** filter_is_inside() - Return: whether this process is an agent of a run itself, by its filter's answer. */
bool filter_is_inside(void);

/** filter_notif_size() - Return: bytes that the kernel writes for one notification, at least ours. */
size_t filter_notif_size(void);

#endif
