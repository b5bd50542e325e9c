/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into agentos-run by tests/faults/faults.sh, never linked into anything: makes one call
 * of one libc function fail.
 *
 *   AGENTOS_FAULT=NAME:NUMBER:ERRNO  the NUMBERth call of NAME fails with that error; a NUMBER of 0
 *                                    lets all succeed, and counts every name
 *   AGENTOS_FAULT_REPORT=FILE        says what was made to fail, or what was counted
 *
 * It is there for the supervisor, its workers, the reaper, and the agent until that executes its
 * command: the constructor takes both variables and LD_PRELOAD out of the environment, so no program
 * of the agent has it. The count is in shared memory, so all of these count together.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAMES                                                                                                \
	X(open)                                                                                              \
	X(openat)                                                                                            \
	X(openat2)                                                                                           \
	X(fopen)                                                                                             \
	X(opendir)                                                                                           \
	X(readdir)                                                                                           \
	X(fgets)                                                                                             \
	X(read)                                                                                              \
	X(pread)                                                                                             \
	X(write)                                                                                             \
	X(pwrite) X(process_vm_readv) X(process_vm_writev) X(close) X(fstat) X(stat) X(statx) X(             \
		fstatfs) X(readlink) X(faccessat) X(fcntl) X(notif_recv) X(notif_send) X(notif_valid)        \
		X(notif_addfd) X(pidfd_open) X(pidfd_getfd) X(pidfd_send_signal) X(setgroups) X(             \
			capget) X(capset) X(seccomp) X(landlock_create_ruleset) X(landlock_add_rule)         \
			X(landlock_restrict_self) X(clone) X(fork) X(setfsuid) X(setfsgid) X(                \
				getgroups) X(malloc) X(calloc) X(realloc) X(pthread_create) X(socket)        \
				X(connect) X(bind) X(listen) X(sendmsg) X(getsockopt) X(getsockname) X(      \
					getifaddrs) X(seize) X(interrupt) X(detach) X(registers)             \
					X(waitpid) X(waitid) X(poll) X(sigwaitinfo) X(signalfd) X(           \
						pipe2) X(unshare) X(close_range) X(dup2) X(prctl)            \
						X(sigaction) X(sigprocmask) X(kill) X(fchdir) X(             \
							chdir) X(mkdirat) X(mknodat) X(unlinkat)             \
							X(renameat2) X(linkat) X(symlinkat) X(               \
								truncate) X(fchmod) X(fchownat) X(utimensat) \
								X(setxattr) X(mkdtemp) X(mkostemp) X(        \
									mkdir) X(link) X(unlink)             \
									X(fdatasync) X(ftruncate) X(         \
										mmap) X(memfd_create)        \
										X(sendfile) X(               \
											getrandom)           \
											X(setenv) X(         \
												realpath)    \
												X(getcwd)

enum name {
#define X(name) NAME_##name,
	NAMES
#undef X
		NAME_COUNT
};

static const char *const names[NAME_COUNT] = {
#define X(name) #name,
	NAMES
#undef X
};

/* In a file that all processes of the run have mapped. */
struct shared {
	char text[4096]; /* what the test reads */
	atomic_uint counts[NAME_COUNT];
	atomic_bool done;
};

static struct shared *shared;
static enum name wanted = NAME_COUNT;
static unsigned wanted_number;
static int wanted_error;
static pid_t first_pid;
static const char *program_base;

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* Whether this call is the one; errno is set then. */
static bool fails(enum name name, const void *caller)
{
	unsigned number;

	if (!shared)
		return false;
	number = atomic_fetch_add(&shared->counts[name], 1) + 1;
	if (name != wanted || number != wanted_number || atomic_exchange(&shared->done, true))
		return false;
	(void)snprintf(shared->text, sizeof(shared->text), "%s %u: %s, in %s, from +0x%tx",
		       names[name], number, strerrorname_np(wanted_error),
		       getpid() == first_pid ? "the supervisor" : "the start",
		       (const char *)caller - program_base);
	errno = wanted_error;
	return true;
}

#define CALLER __builtin_return_address(0)

static bool wish_parse(const char *text)
{
	char name[64];

	if (!text || sscanf(text, "%63[^:]:%u:%d", name, &wanted_number, &wanted_error) != 3)
		return false;
	for (int i = 0; i < NAME_COUNT; i++)
		if (strcmp(name, names[i]) == 0)
			wanted = (enum name)i;
	return true;
}

/* Where the program is, so that addr2line(1) can say who called. */
static const char *base_of_program(void)
{
	Dl_info info;
	void *handle = dlopen(NULL, RTLD_NOW);
	void *symbol = handle ? dlsym(handle, "main") : NULL;
	FILE *maps;
	unsigned long start = 0;

	if (symbol && dladdr(symbol, &info))
		return info.dli_fbase;
	maps = fopen("/proc/self/maps", "re");
	if (maps && fscanf(maps, "%lx", &start) != 1)
		start = 0;
	if (maps)
		(void)fclose(maps);
	return (const char *)start;
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("AGENTOS_FAULT_REPORT");
	bool wish = wish_parse(getenv("AGENTOS_FAULT"));
	void *map;
	int fd;

	program_base = base_of_program();
	fd = path && wish ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	if (fd >= 0 && ftruncate(fd, sizeof(*shared)) == 0) {
		map = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		first_pid = getpid();
		if (map != MAP_FAILED)
			shared = map;
	}
	if (fd >= 0)
		(void)syscall(SYS_close, fd);
	(void)unsetenv("LD_PRELOAD");
	(void)unsetenv("AGENTOS_FAULT");
	(void)unsetenv("AGENTOS_FAULT_REPORT");
}

__attribute__((destructor)) static void end(void)
{
	size_t used = 0;

	if (!shared || wanted_number > 0 || getpid() != first_pid)
		return;
	for (int i = 0; i < NAME_COUNT && used < sizeof(shared->text); i++)
		used += (size_t)snprintf(shared->text + used, sizeof(shared->text) - used,
					 "%s %u\n", names[i], atomic_load(&shared->counts[i]));
}

/*
 * The functions. MAKE: one that returns an int or a size, and fails with -1.
 */

#define MAKE(type, function, key, parameters, arguments)                                           \
	type function parameters                                                                   \
	{                                                                                          \
		type(*real) parameters = (type(*) parameters)next(#function);                      \
		return fails(NAME_##key, CALLER) ? (type)-1 : real arguments;                      \
	}
#define MAKE_POINTER(type, function, key, parameters, arguments)                                   \
	type function parameters                                                                   \
	{                                                                                          \
		type(*real) parameters = (type(*) parameters)next(#function);                      \
		return fails(NAME_##key, CALLER) ? NULL : real arguments;                          \
	}
/* One that returns its error. */
#define MAKE_CODE(function, key, parameters, arguments)                                            \
	int function parameters                                                                    \
	{                                                                                          \
		int(*real) parameters = (int(*) parameters)next(#function);                        \
		return fails(NAME_##key, CALLER) ? errno : real arguments;                         \
	}

#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wnonnull-compare"
#undef fstat
#undef stat
#undef lstat

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
	return fails(NAME_malloc, CALLER) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails(NAME_calloc, CALLER) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails(NAME_realloc, CALLER) ? NULL : __libc_realloc(old, size);
}

#define MAKE_OPEN(function)                                                                        \
	int function(const char *path, int flags, ...)                                             \
	{                                                                                          \
		int (*real)(const char *, int,                                                     \
			    ...) = (int (*)(const char *, int, ...))next(#function);               \
		va_list list;                                                                      \
		mode_t mode;                                                                       \
                                                                                                   \
		va_start(list, flags);                                                             \
		mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;                   \
		va_end(list);                                                                      \
		return fails(NAME_open, CALLER) ? -1 : real(path, flags, mode);                    \
	}
MAKE_OPEN(open)
MAKE_OPEN(open64)
MAKE(int, __open_2, open, (const char *path, int flags), (path, flags))

int openat(int directory, const char *path, int flags, ...)
{
	int (*real)(int, const char *, int,
		    ...) = (int (*)(int, const char *, int, ...))next("openat");
	va_list list;
	mode_t mode;

	va_start(list, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
	va_end(list);
	return fails(NAME_openat, CALLER) ? -1 : real(directory, path, flags, mode);
}

#define MAKE_FCNTL(function)                                                                       \
	int function(int fd, int command, ...)                                                     \
	{                                                                                          \
		int (*real)(int, int, ...) = (int (*)(int, int, ...))next(#function);              \
		va_list list;                                                                      \
		void *argument;                                                                    \
                                                                                                   \
		va_start(list, command);                                                           \
		argument = va_arg(list, void *);                                                   \
		va_end(list);                                                                      \
		if (command == F_SETLK && ((struct flock *)argument)->l_type == F_UNLCK)           \
			return real(fd, command, argument); /* a lock can always be dropped */     \
		return fails(NAME_fcntl, CALLER) ? -1 : real(fd, command, argument);               \
	}
MAKE_FCNTL(fcntl)
MAKE_FCNTL(fcntl64)

static enum name name_of_ioctl(unsigned long request)
{
	switch (request) {
	case SECCOMP_IOCTL_NOTIF_RECV:
		return NAME_notif_recv;
	case SECCOMP_IOCTL_NOTIF_SEND:
		return NAME_notif_send;
	case SECCOMP_IOCTL_NOTIF_ID_VALID:
		return NAME_notif_valid;
	case SECCOMP_IOCTL_NOTIF_ADDFD:
		return NAME_notif_addfd;
	default:
		return NAME_COUNT;
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))next("ioctl");
	enum name name = name_of_ioctl(request);
	va_list list;
	void *argument;

	va_start(list, request);
	argument = va_arg(list, void *);
	va_end(list);
	return name < NAME_COUNT && fails(name, CALLER) ? -1 : real(fd, request, argument);
}

static enum name name_of_call(long number)
{
	static const struct {
		long number;
		enum name name;
	} rows[] = {
#define ROW(name) { SYS_##name, NAME_##name }
		ROW(openat2),
		ROW(pidfd_open),
		ROW(pidfd_getfd),
		ROW(pidfd_send_signal),
		ROW(setgroups),
		ROW(capget),
		ROW(capset),
		ROW(seccomp),
		ROW(landlock_create_ruleset),
		ROW(landlock_add_rule),
		ROW(landlock_restrict_self),
		ROW(clone),
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].number == number)
			return rows[i].name;
	return NAME_COUNT;
}

long syscall(long number, ...)
{
	long (*real)(long, ...) = (long (*)(long, ...))next("syscall");
	enum name name = name_of_call(number);
	va_list list;
	long a[6];

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (name < NAME_COUNT && fails(name, CALLER))
		return -1;
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static enum name name_of_ptrace(int request)
{
	switch (request) {
	case PTRACE_SEIZE:
		return NAME_seize;
	case PTRACE_INTERRUPT:
		return NAME_interrupt;
	case PTRACE_DETACH:
		return NAME_detach;
	default:
		return NAME_registers;
	}
}

long ptrace(enum __ptrace_request request, ...)
{
	long (*real)(int, ...) = (long (*)(int, ...))next("ptrace");
	va_list list;
	pid_t pid;
	void *address, *data;

	va_start(list, request);
	pid = va_arg(list, pid_t);
	address = va_arg(list, void *);
	data = va_arg(list, void *);
	va_end(list);
	return fails(name_of_ptrace((int)request), CALLER) ? -1
							   : real((int)request, pid, address, data);
}

int prctl(int option, ...)
{
	int (*real)(int, ...) = (int (*)(int, ...))next("prctl");
	va_list list;
	unsigned long a[4];

	va_start(list, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(list, unsigned long);
	va_end(list);
	return fails(NAME_prctl, CALLER) ? -1 : real(option, a[0], a[1], a[2], a[3]);
}

/* These two say nothing of failure: what they return is what was before. */
int setfsuid(uid_t id)
{
	int (*real)(uid_t) = (int (*)(uid_t))next("setfsuid");

	return real(fails(NAME_setfsuid, CALLER) ? (uid_t)-1 : id);
}

int setfsgid(gid_t id)
{
	int (*real)(gid_t) = (int (*)(gid_t))next("setfsgid");

	return real(fails(NAME_setfsgid, CALLER) ? (gid_t)-1 : id);
}

/* Linux closes the descriptor whatever it says. */
int close(int fd)
{
	int (*real)(int) = (int (*)(int))next("close");
	bool failed = fails(NAME_close, CALLER);
	int r = real(fd);

	if (failed)
		errno = wanted_error;
	return failed ? -1 : r;
}

MAKE_POINTER(FILE *, fopen, fopen, (const char *path, const char *mode), (path, mode))
MAKE_POINTER(DIR *, opendir, opendir, (const char *path), (path))
MAKE_POINTER(struct dirent *, readdir, readdir, (DIR * directory), (directory))
MAKE_POINTER(char *, fgets, fgets, (char *text, int size, FILE *file), (text, size, file))
MAKE_POINTER(char *, realpath, realpath, (const char *path, char *out), (path, out))
MAKE_POINTER(char *, getcwd, getcwd, (char *out, size_t size), (out, size))
MAKE_POINTER(char *, mkdtemp, mkdtemp, (char *path), (path))
MAKE(ssize_t, read, read, (int fd, void *buf, size_t size), (fd, buf, size))
MAKE(ssize_t, pread, pread, (int fd, void *buf, size_t size, off_t at), (fd, buf, size, at))
MAKE(ssize_t, pread64, pread, (int fd, void *buf, size_t size, off64_t at), (fd, buf, size, at))
MAKE(ssize_t, write, write, (int fd, const void *buf, size_t size), (fd, buf, size))
MAKE(ssize_t, pwrite, pwrite, (int fd, const void *buf, size_t size, off_t at), (fd, buf, size, at))
MAKE(ssize_t, pwrite64, pwrite, (int fd, const void *buf, size_t size, off64_t at),
     (fd, buf, size, at))
MAKE(ssize_t, process_vm_readv, process_vm_readv,
     (pid_t pid, const struct iovec *to, unsigned long n, const struct iovec *from, unsigned long m,
      unsigned long flags),
     (pid, to, n, from, m, flags))
MAKE(ssize_t, process_vm_writev, process_vm_writev,
     (pid_t pid, const struct iovec *from, unsigned long n, const struct iovec *to, unsigned long m,
      unsigned long flags),
     (pid, from, n, to, m, flags))
MAKE(int, fstat, fstat, (int fd, struct stat *out), (fd, out))
MAKE(int, fstat64, fstat, (int fd, struct stat64 *out), (fd, out))
MAKE(int, stat, stat, (const char *path, struct stat *out), (path, out))
MAKE(int, stat64, stat, (const char *path, struct stat64 *out), (path, out))
MAKE(int, lstat, stat, (const char *path, struct stat *out), (path, out))
MAKE(int, lstat64, stat, (const char *path, struct stat64 *out), (path, out))
MAKE(int, statx, statx, (int fd, const char *path, int flags, unsigned mask, struct statx *out),
     (fd, path, flags, mask, out))
MAKE(int, fstatfs, fstatfs, (int fd, struct statfs *out), (fd, out))
MAKE(ssize_t, readlink, readlink, (const char *path, char *out, size_t size), (path, out, size))
MAKE(ssize_t, readlinkat, readlink, (int fd, const char *path, char *out, size_t size),
     (fd, path, out, size))
MAKE(int, faccessat, faccessat, (int fd, const char *path, int mode, int flags),
     (fd, path, mode, flags))
MAKE(int, getgroups, getgroups, (int size, gid_t *list), (size, list))
MAKE_CODE(pthread_create, pthread_create,
	  (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data),
	  (thread, attributes, run, data))
MAKE(int, socket, socket, (int domain, int type, int protocol), (domain, type, protocol))
MAKE(int, connect, connect, (int fd, const struct sockaddr *address, socklen_t len),
     (fd, address, len))
MAKE(int, bind, bind, (int fd, const struct sockaddr *address, socklen_t len), (fd, address, len))
MAKE(int, listen, listen, (int fd, int backlog), (fd, backlog))
MAKE(ssize_t, sendmsg, sendmsg, (int fd, const struct msghdr *message, int flags),
     (fd, message, flags))
MAKE(int, getsockopt, getsockopt, (int fd, int level, int name, void *value, socklen_t *size),
     (fd, level, name, value, size))
MAKE(int, getsockname, getsockname, (int fd, struct sockaddr *address, socklen_t *size),
     (fd, address, size))
MAKE(int, getifaddrs, getifaddrs, (struct ifaddrs * *out), (out))
MAKE(pid_t, waitpid, waitpid, (pid_t pid, int *status, int options), (pid, status, options))
MAKE(int, waitid, waitid, (idtype_t type, id_t id, siginfo_t *info, int options),
     (type, id, info, options))
MAKE(int, poll, poll, (struct pollfd * list, nfds_t count, int timeout), (list, count, timeout))
MAKE(int, sigwaitinfo, sigwaitinfo, (const sigset_t *set, siginfo_t *info), (set, info))
MAKE(int, sigtimedwait, sigwaitinfo,
     (const sigset_t *set, siginfo_t *info, const struct timespec *timeout), (set, info, timeout))
MAKE(int, signalfd, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags))
MAKE(int, pipe2, pipe2, (int ends[2], int flags), (ends, flags))
MAKE(int, unshare, unshare, (int flags), (flags))
MAKE(int, close_range, close_range, (unsigned from, unsigned to, int flags), (from, to, flags))
MAKE(int, dup2, dup2, (int from, int to), (from, to))
MAKE(int, sigaction, sigaction, (int number, const struct sigaction *to, struct sigaction *from),
     (number, to, from))
MAKE(int, sigprocmask, sigprocmask, (int how, const sigset_t *to, sigset_t *from), (how, to, from))
MAKE(pid_t, fork, fork, (void), ())
MAKE(int, kill, kill, (pid_t pid, int number), (pid, number))
MAKE(int, fchdir, fchdir, (int fd), (fd))
MAKE(int, chdir, chdir, (const char *path), (path))
MAKE(int, mkdirat, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
MAKE(int, mknodat, mknodat, (int fd, const char *path, mode_t mode, dev_t dev),
     (fd, path, mode, dev))
MAKE(int, unlinkat, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
MAKE(int, renameat2, renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
     (a, from, b, to, flags))
MAKE(int, renameat, renameat2, (int a, const char *from, int b, const char *to), (a, from, b, to))
MAKE(int, linkat, linkat, (int a, const char *from, int b, const char *to, int flags),
     (a, from, b, to, flags))
MAKE(int, symlinkat, symlinkat, (const char *target, int fd, const char *path), (target, fd, path))
MAKE(int, truncate, truncate, (const char *path, off_t size), (path, size))
MAKE(int, fchmod, fchmod, (int fd, mode_t mode), (fd, mode))
MAKE(int, chmod, fchmod, (const char *path, mode_t mode), (path, mode))
MAKE(int, fchownat, fchownat, (int fd, const char *path, uid_t uid, gid_t gid, int flags),
     (fd, path, uid, gid, flags))
MAKE(int, utimensat, utimensat,
     (int fd, const char *path, const struct timespec times[2], int flags),
     (fd, path, times, flags))
MAKE(int, setxattr, setxattr,
     (const char *path, const char *name, const void *value, size_t size, int flags),
     (path, name, value, size, flags))
MAKE(int, mkostemp, mkostemp, (char *path, int flags), (path, flags))
MAKE(int, mkdir, mkdir, (const char *path, mode_t mode), (path, mode))
MAKE(int, link, link, (const char *from, const char *to), (from, to))
MAKE(int, unlink, unlink, (const char *path), (path))
MAKE(int, fdatasync, fdatasync, (int fd), (fd))
MAKE(int, ftruncate64, ftruncate, (int fd, off64_t size), (fd, size))
MAKE(int, memfd_create, memfd_create, (const char *name, unsigned flags), (name, flags))
MAKE(ssize_t, sendfile, sendfile, (int to, int from, off_t *at, size_t size), (to, from, at, size))
MAKE(ssize_t, getrandom, getrandom, (void *out, size_t size, unsigned flags), (out, size, flags))
MAKE(int, setenv, setenv, (const char *name, const char *value, int overwrite),
     (name, value, overwrite))
MAKE(void *, mmap64, mmap, (void *at, size_t size, int protection, int flags, int fd, off64_t from),
     (at, size, protection, flags, fd, from))
