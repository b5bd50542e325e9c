/* SPDX-License-Identifier: MIT */
#include "launcher/process.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "launcher/descendants.h"

/* What the number stands for, in the words of setpriority(2); of most calls always a process. */
static int kind_of(const struct request *request)
{
	if (request->call == CALL_setpriority)
		return (int)request->args[0];
	if (request->call == CALL_ioprio_set)
		return (int)request->args[0] - IOPRIO_WHO_PROCESS + PRIO_PROCESS;
	return PRIO_PROCESS;
}

static int refuse(struct request *request, struct event *event)
{
	return request_refuse(request, event, "guard-foreign-process",
			      "only processes of the same run can be changed");
}

int64_t process_own(struct request *request)
{
	struct event event = { .action = ACTION_NONE };
	const char *shape = call_table[request->call].shape;
	pid_t pid = (pid_t)request->args[strchr(shape, 'q') - shape];
	int kind = kind_of(request);
	char name[32];

	if (kind < PRIO_PROCESS || kind > PRIO_USER)
		return -EINVAL;
	if (kind != PRIO_PROCESS) {
		event.path = "processes of a group or user";
		return refuse(request, &event);
	}
	/* Safe: which process is meant is in a register; its number is not given to another
	 * one before the process has ended, and then its parent, of the run, has waited for it.
	 * A negative one is nobody's. */
	if (pid <= 0 || pid == request->tid || supervisor_owns_pid(request->supervisor, pid))
		return REQUEST_CONTINUE;
	if (descendants_parent(pid) < 0)
		return -ESRCH;
	(void)snprintf(name, sizeof(name), "process %d", pid);
	event.path = name;
	return refuse(request, &event);
}
