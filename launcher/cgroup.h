/* SPDX-License-Identifier: MIT */
/*
 * A control group (version 2) for one run: what the kernel counts over all of its processes together.
 *
 * The group is made below the one that we are in, so whatever bounds that bounds the run as well. A
 * group hands its controllers down only while no process is in it itself (but for the root); where we are
 * the only one in ours, we go aside into a group below it first, and stay there: there is nothing to
 * come back for. Controllers that we hand down stay so too, since another run may rely on them by then.
 *
 * Source: the kernel's Documentation/admin-guide/cgroup-v2.rst.
 */
#ifndef AGENTOS_LAUNCHER_CGROUP_H
#define AGENTOS_LAUNCHER_CGROUP_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"

/* A bound that a group gets. */
struct cgroup_setting {
	const char *controller, *file; /* "pids", "pids.max" */
	uint64_t value;
};

struct cgroup {
	char path[PATH_MAX]; /* "": there is none */
	int procs_fd;	     /* owned: who writes "0" here is in it; -1: there is none */
};

#define CGROUP_NONE                                                                                \
	{                                                                                          \
		.procs_fd = -1                                                                     \
	}

/**
 * cgroup_find() - where the group of a process is
 * @cgroups: /proc/PID/cgroup
 * @mounts:  /proc/PID/mountinfo
 * @out:     PATH_MAX bytes; written on success
 *
 * Return: 0, or -ENOENT: it has none of version 2, or that is not mounted here.
 */
int cgroup_find(const char *cgroups, const char *mounts, char *out);

/**
 * cgroup_open() - make a group below ours, with these bounds; a process is put into it to see that it works
 * @settings: @count of them, all needed
 * @name:     of this run
 * @out:      written on success; release with cgroup_close()
 * @fault:    why there is none, as a reason: "the controller 'pids' is not in ..."
 *
 * One thread only. Return: 0, or negative errno, and nothing is left behind.
 */
int cgroup_open(const struct cgroup_setting *settings, size_t count, const char *name,
		struct cgroup *out, struct fault *fault);

/** cgroup_enter() - put the calling process in. Async-signal-safe. Return: 0 or negative errno. */
int cgroup_enter(int procs_fd);

/** cgroup_top() - the folder of all groups around one: whoever can write there can leave it. @out: PATH_MAX bytes */
void cgroup_top(const struct cgroup *cgroup, char *out);

/** cgroup_close() - remove it; when its last process has ended. One that there is not is none. */
void cgroup_close(struct cgroup *cgroup);

#endif
