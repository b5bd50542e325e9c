/* SPDX-License-Identifier: MIT */
/*
 * Source: Documentation/userspace-api/landlock.rst of Linux 6.18. The
 * constants are written out because the build's headers may be older than the
 * kernel it runs on.
 */
#include "launcher/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common/clean.h"
#include "rules/plan.h"

#define ACCESS_EXECUTE (1ULL << 0)
#define ACCESS_WRITE_FILE (1ULL << 1)
#define ACCESS_READ_FILE (1ULL << 2)
#define ACCESS_IOCTL_DEV (1ULL << 15)

/* What each ABI adds: file rights are all bits below a limit. */
static const struct abi {
	unsigned fs_bits; /* file rights 0 .. fs_bits - 1 */
	uint64_t net;	  /* TCP bind, TCP connect */
	uint64_t scope;	  /* abstract unix sockets, signals */
} abis[] = {
	{ 0, 0, 0 },  { 13, 0, 0 }, { 14, 0, 0 }, { 15, 0, 0 },
	{ 15, 3, 0 }, { 16, 3, 0 }, { 16, 3, 3 }, { 16, 3, 3 },
};

/* struct landlock_ruleset_attr of ABI 6; older kernels take a shorter one. */
struct ruleset {
	uint64_t fs, net, scope;
};

/* struct landlock_path_beneath_attr */
struct path_beneath {
	uint64_t access;
	int32_t parent_fd;
} __attribute__((packed));

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

static const struct abi *abi_of(int number)
{
	size_t last = sizeof(abis) / sizeof(abis[0]) - 1;

	return &abis[(size_t)number < last ? (size_t)number : last];
}

static size_t ruleset_size(const struct abi *abi)
{
	if (abi->scope)
		return sizeof(struct ruleset);
	return abi->net ? offsetof(struct ruleset, scope) : offsetof(struct ruleset, net);
}

static int grant_execute(const char *path, bool is_exact, void *data)
{
	const int *ruleset_fd = data;
	CLEAN_FD int fd = open(path, O_PATH | O_CLOEXEC);
	struct path_beneath rule = { .access = ACCESS_EXECUTE | ACCESS_READ_FILE, .parent_fd = fd };

	(void)is_exact; /* a hull: the supervisor judges each program as well */
	if (fd < 0)
		return 0; /* a tree that is not there grants nothing */
	if (syscall(SYS_landlock_add_rule, *ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		return -errno;
	return 0;
}

/* The kernel opens a program's loader as it opens the program. */
static int grant_loaders(int ruleset_fd)
{
	static const char *const loaders[] = {
		"/lib64/ld-linux-x86-64.so.2",
		"/lib/ld-linux-aarch64.so.1",
		"/lib/ld-musl-x86_64.so.1",
		"/lib/ld-musl-aarch64.so.1",
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]) && r == 0; i++)
		r = grant_execute(loaders[i], true, &ruleset_fd);
	return r;
}

/*
 * A pseudo-terminal's other end is opened by a call on the first (TIOCGPTPEER), so the kernel alone
 * decides. By name they are opened through the supervisor, as everything is, and it refuses.
 */
static int grant_terminals(int ruleset_fd, uint64_t handled)
{
	CLEAN_FD int fd = open("/dev/pts", O_PATH | O_CLOEXEC);
	struct path_beneath rule = {
		.access = handled & (ACCESS_READ_FILE | ACCESS_WRITE_FILE | ACCESS_IOCTL_DEV),
		.parent_fd = fd,
	};

	if (fd < 0)
		return 0;
	return syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0)
		       ? -errno
		       : 0;
}

int landlock_build(const struct policy *policy, struct fault *fault)
{
	const struct abi *abi = abi_of(landlock_abi());
	struct ruleset ruleset = {
		.fs = (1ULL << abi->fs_bits) - 1,
		.net = abi->net,
		.scope = abi->scope,
	};
	CLEAN_FD int fd = -1;
	int r;

	if (abi->fs_bits == 0)
		return fault_set(
			fault, -ENOSYS,
			"cannot use Landlock: this kernel has none; hint: it needs Linux 5.13 "
			"and 'landlock' in the kernel's lsm= list");
	fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, ruleset_size(abi), 0);
	if (fd < 0)
		return fault_set(fault, -errno, "cannot create a Landlock ruleset: %s",
				 strerror(errno));
	r = policy ? policy_trees(policy, ACTION_EXECUTE, grant_execute, &fd) : 0;
	if (r == 0)
		r = grant_loaders(fd);
	if (r == 0)
		r = grant_terminals(fd, ruleset.fs);
	if (r < 0)
		return fault_set(fault, r, "cannot fill the Landlock ruleset: %s", strerror(-r));
	return take_fd(&fd);
}

int landlock_enforce(int ruleset_fd)
{
	return syscall(SYS_landlock_restrict_self, ruleset_fd, 0) ? -errno : 0;
}
