/* SPDX-License-Identifier: MIT */
#include "launcher/identity.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launcher/procfile.h"

#define GROUPS_MAX 1024

/* What an agent that runs as root keeps: what package managers and servers need, nothing that
 * reaches devices, other processes, the kernel or the network's configuration. */
static const int agent_capabilities[] = {
	CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FOWNER,	    CAP_FSETID,	 CAP_KILL,
	CAP_SETGID, CAP_SETUID,	      CAP_NET_BIND_SERVICE, CAP_SETFCAP,
};

struct identity {
	uid_t euid, fsuid;
	gid_t egid, fsgid;
	mode_t umask;
	uint64_t effective;
	size_t group_count;
	gid_t groups[GROUPS_MAX];
};

/* What this thread is at the moment, to undo it and to skip what is so already. */
static _Thread_local struct {
	bool assumed;
	bool umask_known;
	bool shares_umask; /* with the other threads: it is 0 for all of them */
	mode_t umask;
} now;

int identity_own_directory(void)
{
	if (unshare(CLONE_FS) < 0) {
		if (errno != EPERM && errno != ENOSYS)
			return -errno;
		now.shares_umask = true;
		(void)umask(0);
	}
	return chdir("/") < 0 ? -errno : 0;
}

mode_t identity_mode(mode_t mode)
{
	return now.shares_umask ? mode & ~now.umask : mode;
}

int identity_bind(int fd, const struct sockaddr *address, socklen_t len)
{
	int r;

	if (now.shares_umask)
		(void)umask(now.umask);
	r = bind(fd, address, len);
	if (now.shares_umask)
		(void)umask(0);
	return r;
}

static int capabilities_get(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &header, data) ? -errno : 0;
}

static int capabilities_set(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

static int effective_set(uint64_t wanted)
{
	struct __user_cap_data_struct data[2];
	int r = capabilities_get(data);

	if (r < 0)
		return r;
	data[0].effective = data[0].permitted & (uint32_t)wanted;
	data[1].effective = data[1].permitted & (uint32_t)(wanted >> 32);
	return capabilities_set(data);
}

static void groups_parse(const char *line, struct identity *identity)
{
	char *end;

	identity->group_count = 0;
	while (line && *line != '\n' && identity->group_count < GROUPS_MAX) {
		unsigned long group = strtoul(line, &end, 10);

		if (end == line)
			return;
		identity->groups[identity->group_count++] = (gid_t)group;
		line = end + strspn(end, " \t");
	}
}

static int identity_read(pid_t tid, struct identity *identity)
{
	const char *status = procfile_status(tid);
	const char *uid, *gid, *mask, *effective;

	uid = procfile_line(status, "Uid");
	gid = procfile_line(status, "Gid");
	mask = procfile_line(status, "Umask");
	effective = procfile_line(status, "CapEff");
	/* Real, effective, saved, file system (proc(5)). */
	if (!uid || !gid || !mask || !effective ||
	    sscanf(uid, "%*u %u %*u %u", &identity->euid, &identity->fsuid) != 2 ||
	    sscanf(gid, "%*u %u %*u %u", &identity->egid, &identity->fsgid) != 2)
		return -ESRCH;
	identity->umask = (mode_t)strtoul(mask, NULL, 8);
	identity->effective = strtoull(effective, NULL, 16);
	groups_parse(procfile_line(status, "Groups"), identity);
	return 0;
}

/* Changing the thread's umask is a system call: skipped when it is so already. */
static void umask_become(mode_t mask)
{
	if (now.umask_known && now.umask == mask)
		return;
	if (!now.shares_umask)
		(void)umask(mask);
	now.umask = mask;
	now.umask_known = true;
}

/*
 * Changes this thread alone: the system calls, not glibc's functions. The real and the saved user
 * stay root, which keeps the permitted capabilities; leaving root empties the effective ones.
 */
static int ids_become(const struct identity *identity)
{
	int r;

	now.assumed = true;
	if (syscall(SYS_setgroups, identity->group_count, identity->groups) ||
	    syscall(SYS_setresgid, -1, identity->egid, -1) ||
	    syscall(SYS_setresuid, -1, identity->euid, -1))
		return -errno;
	r = effective_set(UINT64_MAX);
	if (r < 0)
		return r;
	(void)setfsgid(identity->fsgid);
	(void)setfsuid(identity->fsuid);
	if ((gid_t)setfsgid((gid_t)-1) != identity->fsgid ||
	    (uid_t)setfsuid((uid_t)-1) != identity->fsuid)
		return -EPERM;
	return effective_set(identity->effective);
}

int identity_assume(struct request *request)
{
	struct supervisor *supervisor = request->supervisor;
	static _Thread_local struct identity identity;
	bool ids = supervisor->uid == 0 && atomic_load(&supervisor->credentials_moved);
	int r;

	if (!ids && !atomic_load(&supervisor->umask_moved)) {
		umask_become(supervisor->umask);
		return 0;
	}
	r = identity_read(request->tid, &identity);
	if (r < 0)
		return r;
	umask_become(identity.umask);
	if (!ids)
		return 0;
	r = ids_become(&identity);
	if (r < 0)
		identity_drop();
	return r;
}

/* The supervisor's own, read once while no worker has assumed any. */
static gid_t own_gid;
static gid_t own_groups[GROUPS_MAX];
static int own_group_count = -1;

static void own_ids_read(void)
{
	own_gid = getegid();
	own_group_count = getgroups(GROUPS_MAX, own_groups);
}

void identity_drop(void)
{
	int saved = errno;

	if (now.assumed) {
		/* Only a supervisor of root assumes ids. The file system's follow the effective. */
		(void)syscall(SYS_setresuid, -1, 0, -1);
		(void)effective_set(UINT64_MAX);
		(void)syscall(SYS_setresgid, -1, own_gid, -1);
		if (own_group_count >= 0)
			(void)syscall(SYS_setgroups, (size_t)own_group_count, own_groups);
		now.assumed = false;
	}
	errno = saved;
}

static uint64_t agent_set(void)
{
	uint64_t set = 0;

	for (size_t i = 0; i < sizeof(agent_capabilities) / sizeof(agent_capabilities[0]); i++)
		set |= 1ULL << agent_capabilities[i];
	return set;
}

static int limit(uint64_t kept)
{
	struct __user_cap_data_struct data[2];
	int r = capabilities_get(data);

	if (r < 0)
		return r;
	for (int cap = 0; cap <= 63; cap++)
		if (!(kept >> cap & 1) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	data[0].permitted &= (uint32_t)kept;
	data[0].effective = data[0].permitted;
	data[0].inheritable = 0;
	data[1].permitted &= (uint32_t)(kept >> 32);
	data[1].effective = data[1].permitted;
	data[1].inheritable = 0;
	return capabilities_set(data);
}

int identity_limit_supervisor(void)
{
	own_ids_read();
	return limit(agent_set() | 1ULL << CAP_SYS_PTRACE);
}

int identity_limit_agent(void)
{
	return limit(agent_set());
}
