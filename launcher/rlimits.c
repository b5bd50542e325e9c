/* SPDX-License-Identifier: MIT */
#include "launcher/rlimits.h"

#include <errno.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

int rlimits_check(const struct policy_limits *limits, const char *why, struct fault *fault)
{
	if (limits->processes == 0 || getuid() != 0)
		return 0;
	return fault_set(fault, -ENOTSUP,
			 "cannot limit the processes of root: the kernel counts them for other "
			 "users only, and the run gets no control group: %s; hint: run as a plain "
			 "user, start it with 'systemd-run --scope -p Delegate=yes', or accept the "
			 "loss with '--level no-limits'",
			 why);
}

/* The smaller of what is wanted and what there is; both ends, so that it stays. */
static int set(int resource, uint64_t wanted)
{
	struct rlimit limit;

	if (wanted == 0)
		return 0;
	if (getrlimit((__rlimit_resource_t)resource, &limit) < 0)
		return -errno;
	if (limit.rlim_max == RLIM_INFINITY || wanted < limit.rlim_max)
		limit.rlim_max = (rlim_t)wanted;
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_max < limit.rlim_cur)
		limit.rlim_cur = limit.rlim_max;
	return setrlimit((__rlimit_resource_t)resource, &limit) < 0 ? -errno : 0;
}

int rlimits_set(const struct policy_limits *limits)
{
	const struct {
		int resource;
		uint64_t wanted;
	} rows[] = {
		{ RLIMIT_CPU, limits->cpu_time },      { RLIMIT_DATA, limits->memory },
		{ RLIMIT_FSIZE, limits->file_size },   { RLIMIT_NPROC, limits->processes },
		{ RLIMIT_NOFILE, limits->open_files },
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && r == 0; i++)
		r = set(rows[i].resource, rows[i].wanted);
	return r;
}
