/* SPDX-License-Identifier: MIT */
/*
 * container CMD... - runs CMD as Docker does without options: with its default list of refused
 * calls and, as root, its default capabilities (no CAP_SYS_PTRACE, no CAP_SYS_ADMIN). The
 * namespaces of a container are not made: they take nothing away that agentos needs.
 *
 * Source: profiles/seccomp/default.json and the default capabilities of Docker's sources; the calls
 * that it allows only with a capability outside the default set are refused here. runc answers
 * ENOSYS above the highest number that the profile knows.
 */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NUMBER_KNOWN 450 /* set_mempolicy_home_node, the newest in the profile */
#define NUMBER_TRIED 500

static const int kept[] = {
	CAP_CHOWN,  CAP_DAC_OVERRIDE,	  CAP_FSETID,	  CAP_FOWNER,	   CAP_MKNOD,
	CAP_SETGID, CAP_SETUID,		  CAP_SETFCAP,	  CAP_SETPCAP,	   CAP_NET_RAW,
	CAP_KILL,   CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT, CAP_AUDIT_WRITE,
};

/* By name, so that a newer libseccomp is not needed: unknown ones are above the limit anyway. */
static const char *const refused[] = {
	"acct",
	"add_key",
	"bpf",
	"clock_settime",
	"create_module",
	"delete_module",
	"fanotify_init",
	"finit_module",
	"fsconfig",
	"fsmount",
	"fsopen",
	"fspick",
	"get_mempolicy",
	"init_module",
	"ioperm",
	"iopl",
	"kcmp",
	"kexec_file_load",
	"kexec_load",
	"keyctl",
	"lookup_dcookie",
	"mbind",
	"migrate_pages",
	"mount",
	"mount_setattr",
	"move_mount",
	"move_pages",
	"nfsservctl",
	"open_by_handle_at",
	"open_tree",
	"perf_event_open",
	"personality",
	"pidfd_getfd",
	"pivot_root",
	"process_madvise",
	"query_module",
	"quotactl",
	"quotactl_fd",
	"reboot",
	"request_key",
	"set_mempolicy",
	"set_mempolicy_home_node",
	"setdomainname",
	"sethostname",
	"setns",
	"settimeofday",
	"swapoff",
	"swapon",
	"sysfs",
	"syslog",
	"umount2",
	"unshare",
	"uselib",
	"userfaultfd",
	"ustat",
	"vhangup",
};

static const unsigned long namespaces[] = {
	CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
	CLONE_NEWUSER, CLONE_NEWPID,	CLONE_NEWNET,
};

static int add_refused(scmp_filter_ctx ctx)
{
	int r = 0;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]) && r == 0; i++) {
		int number = seccomp_syscall_resolve_name(refused[i]);

		if (number >= 0)
			r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), number, 0);
	}
	for (int number = NUMBER_KNOWN + 1; number < NUMBER_TRIED && r == 0; number++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), number, 0);
	return r;
}

static int add_tested(scmp_filter_ctx ctx)
{
	int r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SYS_clone3, 0);

	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]) && r == 0; i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SYS_clone, 1,
				     SCMP_CMP(0, SCMP_CMP_MASKED_EQ, namespaces[i], namespaces[i]));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SYS_socket, 1,
				     SCMP_CMP(0, SCMP_CMP_EQ, AF_VSOCK));
	return r;
}

static int confine_calls(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r = ctx ? 0 : -ENOMEM;

	if (r == 0) /* as root without no_new_privs, as in a container */
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, geteuid() != 0);
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
	if (r == 0)
		r = add_refused(ctx);
	if (r == 0)
		r = add_tested(ctx);
	return r == 0 ? seccomp_load(ctx) : r;
}

static int confine_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	unsigned long long set = 0;

	if (geteuid() != 0)
		return 0;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		set |= 1ULL << kept[i];
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (!(set >> cap & 1))
			(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	data[0].permitted = data[0].effective = (unsigned)set;
	data[1].permitted = data[1].effective = (unsigned)(set >> 32);
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

int main(int argc, char **argv)
{
	int r = confine_calls();

	if (r == 0)
		r = confine_capabilities();
	if (r < 0 || argc < 2) {
		(void)fprintf(stderr, "container: %s\n", strerror(-r));
		return 125;
	}
	(void)execvp(argv[1], argv + 1);
	return 127;
}
