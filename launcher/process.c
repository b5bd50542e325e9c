/* SPDX-License-Identifier: MIT */
#include "launcher/process.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "launcher/descendants.h"

/* The process that the call is about; -1 when it is about a group or a user. */
static pid_t process_of(const struct request *request)
{
	const char *shape = call_table[request->call].shape;
	int kind = (int)request->args[0];

	if ((request->call == CALL_setpriority && kind != PRIO_PROCESS) ||
	    (request->call == CALL_ioprio_set && kind != IOPRIO_WHO_PROCESS))
		return -1;
	return (pid_t)request->args[strchr(shape, 'q') - shape];
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
