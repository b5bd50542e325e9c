/* SPDX-License-Identifier: MIT */
/*
 * agent OUTSIDE PORT - tries what it may and what it may not, each once, and says "NAME: ok" or
 * "NAME: ERROR" for each; with a failure it goes on, and its exit status is 0 when it came to its end.
 *
 * In the working directory it may do everything; OUTSIDE is a folder with file, secret, program
 * and stream (a daemon's socket), PORT a daemon's on 127.0.0.1. What it prints of a file is its content.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char *outside;
static int port;

static void say(const char *name, bool worked)
{
	char text[128];
	int len = snprintf(text, sizeof(text), "%s: %s\n", name,
			   worked ? "ok" : strerrorname_np(errno));

	(void)!write(STDOUT_FILENO, text, (size_t)len);
}

static const char *there(const char *name)
{
	static _Thread_local char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", outside, name);
	return path;
}

static bool show(const char *path)
{
	char text[256];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (len > 0)
		(void)!write(STDOUT_FILENO, text, (size_t)len);
	if (fd >= 0)
		(void)close(fd);
	return len >= 0;
}

static bool put(const char *path, int flags)
{
	int fd = open(path, flags | O_WRONLY | O_CLOEXEC, 0666);
	bool done = fd >= 0 && write(fd, "harm\n", 5) == 5;

	if (fd >= 0)
		(void)close(fd);
	return done;
}

/* Waits for a child that exits with 0 when it has done what it should. */
static bool ended_well(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool run(const char *path, bool by_descriptor)
{
	char *argv[] = { (char *)(uintptr_t)path, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		if (by_descriptor)
			(void)syscall(SYS_execveat, open(path, O_PATH | O_CLOEXEC), "", argv,
				      environ, AT_EMPTY_PATH);
		else
			(void)execv(path, argv);
		_exit(126);
	}
	if (!ended_well(pid)) {
		errno = EACCES;
		return false;
	}
	return true;
}

static struct sockaddr_in loopback(int at)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((unsigned short)at),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static struct sockaddr_un named(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	return un;
}

static bool dial(int domain, int type, const void *address, socklen_t len)
{
	int fd = socket(domain, type | SOCK_CLOEXEC, 0);
	bool done = fd >= 0 && connect(fd, address, len) == 0 && write(fd, "harm", 4) == 4;

	if (fd >= 0)
		(void)close(fd);
	return done;
}

static bool post(const struct sockaddr_in *to)
{
	char text[] = "harm";
	struct iovec piece = { .iov_base = text, .iov_len = 4 };
	const struct msghdr message = {
		.msg_name = (void *)(uintptr_t)to,
		.msg_namelen = sizeof(*to),
		.msg_iov = &piece,
		.msg_iovlen = 1,
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done = fd >= 0 && sendmsg(fd, &message, 0) == 4;

	if (fd >= 0)
		(void)close(fd);
	return done;
}

/* What it may not. */
static void try_refused(void)
{
	struct sockaddr_in in = loopback(port);
	struct sockaddr_un un = named(there("stream"));

	say("refused read", show(there("secret")));
	say("refused key", show(there("home/.ssh/id_rsa")));
	say("refused environment", show(".env")); /* in a folder that is granted otherwise */
	say("refused write", put(there("file"), 0));
	say("refused truncation", truncate(there("file"), 0) == 0);
	say("refused creation", put(there("new"), O_CREAT));
	say("refused folder", mkdir(there("folder"), 0777) == 0);
	say("refused mode", chmod(there("file"), 0777) == 0);
	say("refused link", link(there("secret"), "linked") == 0);
	say("refused move", rename(there("secret"), "moved") == 0);
	say("refused deletion", unlink(there("gone")) == 0);
	say("refused host", dial(AF_INET, SOCK_STREAM, &in, sizeof(in)));
	say("refused daemon", dial(AF_UNIX, SOCK_STREAM, &un, sizeof(un)));
	say("refused datagram", post(&in));
	say("refused program", run(there("program"), false));
	say("refused script", run("./script", false));
	say("refused program by descriptor", run(there("program"), true));
}

/* What it may: each leaves something that the test can see, and finds in the record. */
static void try_allowed(void)
{
	struct stat st;

	say("file", show("file"));
	say("made", put("made", O_CREAT | O_EXCL));
	say("folder", mkdir("folder", 0755) == 0);
	say("moved", rename("old", "new") == 0);
	say("deletion", unlink("gone") == 0);
	say("link", symlink("file", "link") == 0);
	say("fifo", mkfifo("fifo", 0600) == 0);
	say("mode", chmod("file", 0600) == 0);
	say("times", utimensat(AT_FDCWD, "file", NULL, 0) == 0);
	say("cut", truncate("long", 1) == 0);
	say("status", stat("file", &st) == 0);
	say("program", run("/bin/true", false));
	say("program by descriptor", run("/bin/true", true));
	(void)umask(027);
	say("masked", put("masked", O_CREAT | O_EXCL));
	(void)umask(022);
}

/* Its own server, which it may reach. */
static void try_server(const char *name, int domain, struct sockaddr *address, socklen_t len)
{
	int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool done = fd >= 0 && bind(fd, address, len) == 0 && listen(fd, 4) == 0;

	if (done && domain == AF_INET)
		(void)getsockname(fd, address, &len);
	say(name, done && dial(domain, SOCK_STREAM, address, len));
	if (fd >= 0)
		(void)close(fd);
}

/* A file made by another user: the test looks whose it is. */
static void try_as_nobody(void)
{
	pid_t pid = geteuid() == 0 ? fork() : -1;

	if (pid == 0) {
		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(1);
		_exit(!(put("shared/nobody", O_CREAT | O_EXCL)));
	}
	if (pid > 0)
		say("nobody's", ended_well(pid));
}

static void *work(void *data)
{
	for (int i = 0; i < 20; i++)
		(void)show("file");
	return data;
}

int main(int argc, char **argv)
{
	struct sockaddr_in in = loopback(0);
	struct sockaddr_un un = named("socket");
	pthread_t thread;
	bool has_thread;

	if (argc != 3)
		return 2;
	outside = argv[1];
	port = atoi(argv[2]);
	try_refused();
	try_allowed();
	try_server("inet server", AF_INET, (struct sockaddr *)&in, sizeof(in));
	try_server("unix server", AF_UNIX, (struct sockaddr *)&un, sizeof(un));
	try_as_nobody();
	has_thread = pthread_create(&thread, NULL, work, NULL) == 0;
	try_refused();
	if (has_thread)
		(void)pthread_join(thread, NULL);
	say("end", true);
	return 0;
}
