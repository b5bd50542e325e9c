/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait, and what ends the wait: the other side, a signal with and without SA_RESTART, a time limit, a
 * sibling that closes, death. Prints one line for each; to be compared with what it prints bare. Runs in
 * an empty folder.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t alarms;

static void show(const char *what, long result)
{
	(void)printf("%-40s %s\n", what, result < 0 ? strerrorname_np(errno) : "done");
}

static void count_alarm(int signal)
{
	(void)signal;
	alarms++;
}

static void alarm_in(int ms, int flags)
{
	struct sigaction action = { .sa_handler = count_alarm, .sa_flags = flags };
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	alarms = 0;
	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

static void pause_ms(int ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&time, &time) < 0)
		;
}

static pid_t start(void (*function)(void))
{
	pid_t child = fork();

	if (child == 0) {
		function();
		_exit(0);
	}
	return child;
}

static void finish(pid_t child)
{
	int status;

	(void)waitpid(child, &status, 0);
}

/* --- a FIFO */

static void write_later(void)
{
	int fd;

	pause_ms(150);
	fd = open("fifo", O_WRONLY);
	(void)!write(fd, "text", 4);
}

static void fifos(void)
{
	char text[8] = "";
	pid_t child;
	int fd;

	(void)mkfifo("fifo", 0600);
	fd = open("fifo", O_WRONLY | O_NONBLOCK);
	show("FIFO, nobody reads, not waiting", fd);
	fd = open("fifo", O_RDONLY | O_NONBLOCK);
	show("FIFO, nobody writes, not waiting", fd);
	(void)close(fd);

	alarm_in(100, 0);
	fd = open("fifo", O_RDONLY);
	show("FIFO, a signal", fd);
	(void)printf("alarms %d\n", alarms);

	child = start(write_later);
	alarm_in(50, SA_RESTART);
	fd = open("fifo", O_RDONLY);
	show("FIFO, a signal that restarts, then a writer", fd);
	(void)printf("alarms %d read %zd %s\n", alarms, read(fd, text, 4), text);
	(void)close(fd);
	finish(child);
}

static void *open_fifo(void *data)
{
	(void)data;
	(void)open("fifo", O_RDONLY);
	return NULL;
}

/* A thread that waits in open() holds up neither its siblings nor the end of the process. */
static void die_waiting(void)
{
	pthread_t thread;

	(void)pthread_create(&thread, NULL, open_fifo, NULL);
	pause_ms(50);
	show("a sibling of one that waits opens", open("/dev/null", O_RDONLY));
}

static void killed(void)
{
	pid_t child = start(die_waiting);
	int status;

	finish(child);
	child = fork();
	if (child == 0) {
		(void)open("fifo", O_RDONLY);
		_exit(0);
	}
	pause_ms(50);
	(void)kill(child, SIGKILL);
	(void)waitpid(child, &status, 0);
	(void)printf("killed while it waits: %d\n", WTERMSIG(status));
	child = fork();
	if (child == 0) {
		(void)open("fifo", O_RDONLY);
		_exit(3);
	}
	pause_ms(50);
	(void)kill(child, SIGSTOP);
	(void)waitpid(child, &status, WUNTRACED);
	(void)printf("stopped while it waits: %d\n", WSTOPSIG(status));
	(void)kill(child, SIGCONT);
	(void)close(open("fifo", O_WRONLY));
	(void)waitpid(child, &status, 0);
	(void)printf("and goes on: %d\n", WEXITSTATUS(status));
}

/* --- connections */

static struct sockaddr_un path = { .sun_family = AF_UNIX, .sun_path = "socket" };
static struct sockaddr_in loopback = { .sin_family = AF_INET };

/* A listener whose queue is full: the next connection waits. */
static int full_listener(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)unlink("socket");
	(void)bind(fd, (struct sockaddr *)&path, sizeof(path));
	(void)listen(fd, 0);
	(void)connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&path, sizeof(path));
	return fd;
}

static int listener_fd;

static void accept_later(void)
{
	pause_ms(150);
	(void)accept(listener_fd, NULL, NULL);
	pause_ms(300);
}

static void unix_connections(void)
{
	struct timeval limit = { .tv_usec = 100000 };
	pid_t child;
	int fd;

	listener_fd = full_listener();
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	show("connect, queue full, not waiting",
	     connect(fd, (struct sockaddr *)&path, sizeof(path)));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	alarm_in(100, 0);
	show("connect, queue full, a signal", connect(fd, (struct sockaddr *)&path, sizeof(path)));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	show("connect, queue full, a time limit",
	     connect(fd, (struct sockaddr *)&path, sizeof(path)));
	child = start(accept_later);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	alarm_in(50, SA_RESTART);
	show("connect, a signal that restarts, then accepted",
	     connect(fd, (struct sockaddr *)&path, sizeof(path)));
	(void)printf("alarms %d\n", alarms);
	finish(child);
	(void)close(listener_fd);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	show("connect, nobody listens any more",
	     connect(fd, (struct sockaddr *)&path, sizeof(path)));
	(void)unlink("socket");
	show("connect, no file", connect(fd, (struct sockaddr *)&path, sizeof(path)));
}

static void tcp_connections(void)
{
	struct epoll_event event = { .events = EPOLLOUT };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int error = -1, fd, epoll = epoll_create1(0);
	socklen_t size = sizeof(loopback);
	struct sockaddr_in name;

	loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	show("bind to any port", bind(listener, (struct sockaddr *)&loopback, sizeof(loopback)));
	show("listen", listen(listener, 8));
	(void)getsockname(listener, (struct sockaddr *)&loopback, &size);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (connect(fd, (struct sockaddr *)&loopback, sizeof(loopback)) < 0)
		(void)printf("not waiting: %s\n",
			     errno == EINPROGRESS ? "in progress" : strerrorname_np(errno));
	else
		(void)printf("not waiting: in progress\n"); /* loopback may be as quick as that */
	(void)epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	(void)printf("epoll %d\n", epoll_wait(epoll, &event, 1, 2000));
	size = sizeof(error);
	(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	(void)printf("error %d\n", error);
	size = sizeof(name);
	(void)getpeername(fd, (struct sockaddr *)&name, &size);
	(void)printf("peer is right: %d\n", name.sin_port == loopback.sin_port);
	show("connect again", connect(fd, (struct sockaddr *)&loopback, sizeof(loopback)));
	show("bind to a port that is taken",
	     bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&loopback, sizeof(loopback)));
	(void)close(listener);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	show("connect, nobody listens",
	     connect(fd, (struct sockaddr *)&loopback, sizeof(loopback)));
	show("connect, a short address", connect(fd, (struct sockaddr *)&loopback, 3));
	show("connect, no address", connect(fd, (struct sockaddr *)8, sizeof(loopback)));
	show("connect, no socket", connect(0, (struct sockaddr *)&loopback, sizeof(loopback)));
	show("connect, no descriptor", connect(99, (struct sockaddr *)&loopback, sizeof(loopback)));
}

/* --- datagrams: whole, in order, with and without a connection */

static void datagrams(void)
{
	static const char large[70000];
	int one = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr unspecified = { .sa_family = AF_UNSPEC };
	char halves[] = "two parts";
	struct iovec parts[2] = { { halves, 4 }, { halves + 4, 5 } };
	struct mmsghdr messages[2] = { 0 };
	socklen_t size = sizeof(name);
	char text[64];
	ssize_t len;

	(void)bind(one, (struct sockaddr *)&name, sizeof(name));
	(void)getsockname(one, (struct sockaddr *)&name, &size);
	show("send without an address", send(other, "x", 1, 0));
	show("sendto", sendto(other, "first", 5, 0, (struct sockaddr *)&name, sizeof(name)));
	for (int i = 0; i < 2; i++) {
		messages[i].msg_hdr = (struct msghdr){ .msg_name = &name,
						       .msg_namelen = sizeof(name),
						       .msg_iov = parts,
						       .msg_iovlen = (size_t)(2 - i) };
	}
	(void)printf("sendmmsg %d: %u %u\n", sendmmsg(other, messages, 2, 0), messages[0].msg_len,
		     messages[1].msg_len);
	show("connect", connect(other, (struct sockaddr *)&name, sizeof(name)));
	show("send", send(other, "last", 4, 0));
	show("sendto with an address too",
	     sendto(other, "again", 5, 0, (struct sockaddr *)&name, sizeof(name)));
	show("disconnect", connect(other, &unspecified, sizeof(unspecified)));
	show("send after it", send(other, "x", 1, 0));
	while ((len = recv(one, text, sizeof(text), MSG_DONTWAIT)) >= 0)
		(void)printf("received %.*s\n", (int)len, text);
	show("and no more", len);
	show("sendto, too large",
	     sendto(other, large, sizeof(large), 0, (struct sockaddr *)&name, sizeof(name)));
}

int main(void)
{
	(void)close_range(3, ~0U, 0);
	(void)setvbuf(stdout, NULL, _IONBF, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	fifos();
	killed();
	unix_connections();
	tcp_connections();
	datagrams();
	return 0;
}
