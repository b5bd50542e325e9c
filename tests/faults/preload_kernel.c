/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into agentos and agentos-run by tests/faults/levels.sh, never linked into anything:
 * pretends that the kernel lacks something, by answering as one would that lacks it.
 *
 *   AGENTOS_PRETEND="WORD..."
 *     landlock=N      Landlock's ABI is N; 0: there is none
 *     no-notify       no user notification
 *     no-killable     a notification does not wait for killing signals only (before Linux 5.19)
 *     no-wake         no answers on the same core (6.6)
 *     no-thread       no pidfd of a thread (6.9)
 *     no-getfd        a descriptor of another process cannot be duplicated (a container)
 *     no-vm           another process's memory is not to be had by process_vm_readv (a container)
 *     no-trace        another process cannot be traced (Yama)
 *     no-memory       nor read through /proc
 *     no-unshare      nothing can be unshared (a container)
 *
 * The constructor takes the variable and LD_PRELOAD out of the environment: no program of the
 * agent has it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW('!', 4, unsigned long long)
#endif
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

static char words[256];
static int landlock = -1;

__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("AGENTOS_PRETEND");
	const char *at;

	if (text && strlen(text) < sizeof(words))
		memcpy(words, text, strlen(text) + 1);
	at = strstr(words, "landlock=");
	if (at)
		landlock = (int)strtol(at + strlen("landlock="), NULL, 10);
	(void)unsetenv("AGENTOS_PRETEND");
	(void)unsetenv("LD_PRELOAD");
}

static bool lacks(const char *word)
{
	return strstr(words, word) != NULL;
}

static long fail(int error)
{
	errno = error;
	return -1;
}

/* Documentation/userspace-api/landlock.rst: what each ABI takes. */
static bool takes_ruleset(const uint64_t *attr, size_t size)
{
	static const unsigned rights[] = { 0, 13, 14, 15, 15, 16 };
	unsigned bits = landlock < 6 ? rights[landlock] : 16;
	size_t known = landlock >= 6 ? 24 : landlock >= 4 ? 16 : 8;

	if (attr[0] >> bits)
		return false;
	for (size_t i = known / 8; i < size / 8; i++)
		if (attr[i])
			return false;
	return true;
}

static long create_ruleset(const uint64_t *attr, size_t size, long flags)
{
	if (landlock == 0)
		return fail(EOPNOTSUPP);
	if (flags)
		return landlock;
	return takes_ruleset(attr, size) ? 0 : fail(EINVAL);
}

/* Return: what the pretended kernel answers, or 0 to ask the real one. */
static long pretend(long number, const long *a)
{
	switch (number) {
	case SYS_landlock_create_ruleset:
		return landlock < 0 ? 0 : create_ruleset((void *)a[0], (size_t)a[1], a[2]);
	case SYS_landlock_add_rule:
	case SYS_landlock_restrict_self:
		return landlock == 0 ? fail(EOPNOTSUPP) : 0;
	case SYS_seccomp:
		if ((lacks("no-notify") && a[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER) ||
		    (lacks("no-killable") && a[1] & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV))
			return a[0] == SECCOMP_SET_MODE_FILTER ? fail(EINVAL) : 0;
		return 0;
	case SYS_pidfd_open:
		return lacks("no-thread") && a[1] & PIDFD_THREAD ? fail(EINVAL) : 0;
	case SYS_pidfd_getfd:
		return lacks("no-getfd") ? fail(EPERM) : 0;
	default:
		return 0;
	}
}

long syscall(long number, ...)
{
	long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	va_list list;
	long a[6], answer;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	answer = pretend(number, a);
	return answer ? answer : real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT,
										       "ioctl");
	va_list list;
	void *argument;

	va_start(list, request);
	argument = va_arg(list, void *);
	va_end(list);
	if (request == SECCOMP_IOCTL_NOTIF_SET_FLAGS && lacks("no-wake"))
		return (int)fail(EINVAL);
	return real(fd, request, argument);
}

long ptrace(enum __ptrace_request request, ...)
{
	long (*real)(int, ...) = (long (*)(int, ...))dlsym(RTLD_NEXT, "ptrace");
	va_list list;
	pid_t pid;
	void *address, *data;

	va_start(list, request);
	pid = va_arg(list, pid_t);
	address = va_arg(list, void *);
	data = va_arg(list, void *);
	va_end(list);
	if (request == PTRACE_SEIZE && lacks("no-trace"))
		return fail(EPERM);
	return real((int)request, pid, address, data);
}

#define VM(name)                                                                                   \
	ssize_t name(pid_t pid, const struct iovec *here, unsigned long n,                         \
		     const struct iovec *there, unsigned long m, unsigned long flags)              \
	{                                                                                          \
		ssize_t (*real)(pid_t, const struct iovec *, unsigned long, const struct iovec *,  \
				unsigned long, unsigned long) =                                    \
			(ssize_t(*)(pid_t, const struct iovec *, unsigned long,                    \
				    const struct iovec *, unsigned long,                           \
				    unsigned long))dlsym(RTLD_NEXT, #name);                        \
                                                                                                   \
		return lacks("no-vm") ? fail(EPERM) : real(pid, here, n, there, m, flags);         \
	}
VM(process_vm_readv)
VM(process_vm_writev)

/* memory.c opens it with a mode of two arguments, which is this one where functions are fortified. */
static bool is_memory(const char *path)
{
	size_t len = strlen(path);

	return strncmp(path, "/proc/", 6) == 0 && len > 4 && strcmp(path + len - 4, "/mem") == 0;
}

#define OPEN(name)                                                                                 \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		int (*real)(const char *, int,                                                     \
			    ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name);       \
		va_list list;                                                                      \
		mode_t mode;                                                                       \
                                                                                                   \
		va_start(list, flags);                                                             \
		mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;                   \
		va_end(list);                                                                      \
		if (lacks("no-memory") && is_memory(path))                                         \
			return (int)fail(EACCES);                                                  \
		return real(path, flags, mode);                                                    \
	}
OPEN(open)
OPEN(open64)

int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

int unshare(int flags)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "unshare");

	return lacks("no-unshare") ? (int)fail(EPERM) : real(flags);
}
