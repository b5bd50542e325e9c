/* SPDX-License-Identifier: MIT */
#include "launcher/process.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <stdio.h>
#include <sys/resource.h>

#include "launcher/descendants.h"

/* The process that the call is about; -1 when it is about a group or a user. */
static pid_t process_of(const struct request *request)
{
	switch (request->call) {
	case CALL_setpriority:
		return (int)request->args[0] == PRIO_PROCESS ? (pid_t)request->args[1] : -1;
	case CALL_ioprio_set:
		return (int)request->args[0] == IOPRIO_WHO_PROCESS ? (pid_t)request->args[1] : -1;
	default:
		return (pid_t)request->args[0];
	}
}

int64_t process_own(struct request *request)
{
	struct event event = { .action = ACTION_NONE };
	pid_t pid = process_of(request);
	char name[32];

	/* Safe: which process is meant is in a register; its number is not given to another
	 * one before the process has ended, and then its parent, of the run, has waited for it. */
	if (pid == 0 || pid == request->tid ||
	    (pid > 0 && supervisor_owns_pid(request->supervisor, pid)))
		return REQUEST_CONTINUE;
	if (pid > 0 && descendants_parent(pid) < 0)
		return -ESRCH;
	(void)snprintf(name, sizeof(name), "process %d", pid);
	event.path = pid > 0 ? name : "processes of a group or user";
	return request_refuse(request, &event, "guard-foreign-process",
			      "only processes of the same run can be changed");
}
