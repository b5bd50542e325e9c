/* SPDX-License-Identifier: MIT */
/*
 * shim_calls [NAME...] - make each call that the shim hooks twice, once refused and once not, and print
 * "NAME ERRNO TOLD, ERRNO TOLD": how the two failed, and how many bytes appeared on descriptor 2
 * meanwhile. To be run under wire_supervisor, in an empty folder.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#define REFUSED_FD 99

/* What _FORTIFY_SOURCE calls; declared by libc only then. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir_fd, const char *path, int flags);
int __openat64_2(int dir_fd, const char *path, int flags);

static const struct sockaddr_in nowhere = { .sin_family = AF_INET };
static const struct sockaddr *const to = (const struct sockaddr *)&nowhere;
static struct msghdr message = { .msg_name = (void *)(size_t)&nowhere,
				 .msg_namelen = sizeof(nowhere) };
static struct mmsghdr messages[1];
static char *arguments[] = { NULL, NULL };
static char *environment[] = { NULL };
static char template[64];

static int from_pointer(const void *result)
{
	return result ? 0 : -1;
}

static int from_error(int error)
{
	errno = error;
	return error ? -1 : 0;
}

static char *fresh_template(const char *path, const char *suffix)
{
	(void)snprintf(template, sizeof(template), "%sXXXXXX%s", path, suffix);
	return template;
}

#define CALLS(X)                                                                                   \
	X(open, open(path, O_RDONLY))                                                              \
	X(open64, open64(path, O_RDONLY))                                                          \
	X(openat, openat(AT_FDCWD, path, O_RDONLY))                                                \
	X(openat64, openat64(AT_FDCWD, path, O_RDONLY))                                            \
	X(__open_2, __open_2(path, O_RDONLY))                                                      \
	X(__open64_2, __open64_2(path, O_RDONLY))                                                  \
	X(__openat_2, __openat_2(AT_FDCWD, path, O_RDONLY))                                        \
	X(__openat64_2, __openat64_2(AT_FDCWD, path, O_RDONLY))                                    \
	X(creat, creat(path, 0600))                                                                \
	X(creat64, creat64(path, 0600))                                                            \
	X(mkstemp, mkstemp(fresh_template(path, "")))                                              \
	X(mkstemp64, mkstemp64(fresh_template(path, "")))                                          \
	X(mkostemp, mkostemp(fresh_template(path, ""), O_CLOEXEC))                                 \
	X(mkostemp64, mkostemp64(fresh_template(path, ""), O_CLOEXEC))                             \
	X(mkstemps, mkstemps(fresh_template(path, ".c"), 2))                                       \
	X(mkostemps, mkostemps(fresh_template(path, ".c"), 2, O_CLOEXEC))                          \
	X(fopen, from_pointer(fopen(path, "r")))                                                   \
	X(fopen64, from_pointer(fopen64(path, "r")))                                               \
	X(freopen, from_pointer(freopen(path, "r", fopen("/dev/null", "r"))))                      \
	X(freopen64, from_pointer(freopen64(path, "r", fopen("/dev/null", "r"))))                  \
	X(opendir, from_pointer(opendir(path)))                                                    \
	X(execve, execve(path, arguments, environment))                                            \
	X(execv, execv(path, arguments))                                                           \
	X(execvp, execvp(path, arguments))                                                         \
	X(execvpe, execvpe(path, arguments, environment))                                          \
	X(fexecve, fexecve(fd, arguments, environment))                                            \
	X(execveat, execveat(AT_FDCWD, path, arguments, environment, 0))                           \
	X(execl, execl(path, path, NULL))                                                          \
	X(execlp, execlp(path, path, NULL))                                                        \
	X(execle, execle(path, path, NULL, environment))                                           \
	X(posix_spawn, from_error(posix_spawn(NULL, path, NULL, NULL, arguments, environment)))    \
	X(posix_spawnp, from_error(posix_spawnp(NULL, path, NULL, NULL, arguments, environment)))  \
	X(connect, connect(fd, to, sizeof(nowhere)))                                               \
	X(bind, bind(fd, to, sizeof(nowhere)))                                                     \
	X(listen, listen(fd, 1))                                                                   \
	X(sendto, sendto(fd, "", 0, MSG_NOSIGNAL, to, sizeof(nowhere)))                            \
	X(sendmsg, sendmsg(fd, &message, MSG_NOSIGNAL))                                            \
	X(sendmmsg, sendmmsg(fd, messages, 1, MSG_NOSIGNAL))                                       \
	X(unlink, unlink(path))                                                                    \
	X(unlinkat, unlinkat(AT_FDCWD, path, 0))                                                   \
	X(remove, remove(path))                                                                    \
	X(rmdir, rmdir(path))                                                                      \
	X(rename, rename(path, path))                                                              \
	X(renameat, renameat(AT_FDCWD, path, AT_FDCWD, path))                                      \
	X(renameat2, renameat2(AT_FDCWD, path, AT_FDCWD, path, 0))                                 \
	X(mkdir, mkdir(path, 0700))                                                                \
	X(mkdirat, mkdirat(AT_FDCWD, path, 0700))                                                  \
	X(mkdtemp, from_pointer(mkdtemp(fresh_template(path, ""))))                                \
	X(mknod, mknod(path, S_IFREG | 0600, 0))                                                   \
	X(mknodat, mknodat(AT_FDCWD, path, S_IFREG | 0600, 0))                                     \
	X(mkfifo, mkfifo(path, 0600))                                                              \
	X(mkfifoat, mkfifoat(AT_FDCWD, path, 0600))                                                \
	X(link, link(path, path))                                                                  \
	X(linkat, linkat(AT_FDCWD, path, AT_FDCWD, path, 0))                                       \
	X(symlink, symlink("target", path))                                                        \
	X(symlinkat, symlinkat("target", AT_FDCWD, path))                                          \
	X(truncate, truncate(path, 0))                                                             \
	X(truncate64, truncate64(path, 0))                                                         \
	X(chmod, chmod(path, 0600))                                                                \
	X(fchmod, fchmod(fd, 0600))                                                                \
	X(fchmodat, fchmodat(AT_FDCWD, path, 0600, 0))                                             \
	X(chown, chown(path, getuid(), getgid()))                                                  \
	X(lchown, lchown(path, getuid(), getgid()))                                                \
	X(fchown, fchown(fd, getuid(), getgid()))                                                  \
	X(fchownat, fchownat(AT_FDCWD, path, getuid(), getgid(), 0))                               \
	X(utime, utime(path, NULL))                                                                \
	X(utimes, utimes(path, NULL))                                                              \
	X(lutimes, lutimes(path, NULL))                                                            \
	X(futimesat, futimesat(AT_FDCWD, path, NULL))                                              \
	X(utimensat, utimensat(AT_FDCWD, path, NULL, 0))                                           \
	X(futimens, futimens(fd, NULL))                                                            \
	X(futimes, futimes(fd, NULL))                                                              \
	X(setxattr, setxattr(path, "user.x", "", 0, 0))                                            \
	X(lsetxattr, lsetxattr(path, "user.x", "", 0, 0))                                          \
	X(fsetxattr, fsetxattr(fd, "user.x", "", 0, 0))                                            \
	X(removexattr, removexattr(path, "user.x"))                                                \
	X(lremovexattr, lremovexattr(path, "user.x"))                                              \
	X(fremovexattr, fremovexattr(fd, "user.x"))

#define FUNCTION(name, expression)                                                                 \
	static long call_##name(const char *path, int fd)                                          \
	{                                                                                          \
		(void)path;                                                                        \
		(void)fd;                                                                          \
		return expression;                                                                 \
	}
CALLS(FUNCTION)

static const struct row {
	const char *name;
	long (*call)(const char *path, int fd);
} rows[] = {
#define ROW(name, expression) { #name, call_##name },
	CALLS(ROW)
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* In place of descriptor 2, so that a line can be counted. */
static int watch_errors(void)
{
	int ends[2];

	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		exit(2);
	return ends[0];
}

static int outcome(const struct row *row, const char *path, int fd)
{
	errno = 0;
	return row->call(path, fd) < 0 ? errno : 0;
}

static long told(int watch)
{
	char line[1024];
	ssize_t len = read(watch, line, sizeof(line));

	return len > 0 ? len : 0;
}

int main(int argc, char **argv)
{
	int watch = watch_errors();

	for (size_t i = 0; i < ROW_COUNT; i++) {
		int error;

		if (argc > 1 && strcmp(argv[1], rows[i].name) != 0)
			continue;
		error = outcome(&rows[i], "./refused", REFUSED_FD);
		(void)printf("%s %s %ld", rows[i].name, strerrorname_np(error), told(watch));
		error = outcome(&rows[i], "./other", -1);
		(void)printf(", %s %ld\n", error ? strerrorname_np(error) : "0", told(watch));
		(void)remove("other");
	}
	return 0;
}
