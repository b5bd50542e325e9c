/* SPDX-License-Identifier: MIT */
/*
 * racing CALL SHARER MS PORT - make a call again and again while its argument flips between what
 * is granted and what is not: in the working folder 0, and 1, a link to outside; of peers a socket
 * of our own, and PORT.
 *
 * SHARER says who flips: "thread", or "process" (a child, through a page that both map), or "vm"
 * (a child in the same memory). Prints what it read to the standard output, and in the end
 * "granted N refused M" to the standard error. Without arguments: the calls, one a line.
 *
 * Needs only libc. Whether anything forbidden happened, an outsider has to say.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE 65536
#define NAMELESS_FD 9
#define FLIPS_BETWEEN 40 /* pauses between two flips, so that each side is met */

/* What flips: on a page that all sharers see. */
struct page {
	char path[64];
	char arguments[2][64];
	struct sockaddr_in peer;
	atomic_bool over;
};

static struct page *page;
static uint16_t peers[2];
static unsigned granted, refused;
static int folder_fd; /* a number that stands for one folder, then for another */

/*
 * Flipping.
 */

static void flip_path(int side)
{
	((volatile char *)page->path)[0] = (char)('0' + side);
}

static void flip_peer(int side)
{
	*(volatile uint16_t *)&page->peer.sin_port = peers[side];
}

/* The name is a link that is replaced. */
static void flip_link(int side)
{
	(void)unlink("next");
	(void)!symlink(side ? "1" : "0", "next");
	(void)rename("next", "flipping");
}

/* Two folders change places. */
static void flip_folders(int side)
{
	(void)side;
	(void)syscall(SYS_renameat2, AT_FDCWD, "place", AT_FDCWD, "other", 2 /* RENAME_EXCHANGE */);
}

/* The number of a descriptor. */
static void flip_descriptor(int side)
{
	int fd = open(side ? "1" : "0", O_PATH);

	(void)dup2(fd, folder_fd);
	(void)close(fd);
}

/*
 * Calls. Return: whether it was granted.
 */

static bool print_and_close(int fd)
{
	char text[256];
	ssize_t len = read(fd, text, sizeof(text));

	if (len > 0)
		(void)!write(STDOUT_FILENO, text, (size_t)len);
	return close(fd) == 0;
}

static bool call_open(void)
{
	return print_and_close(open(page->path, O_RDONLY));
}

static bool call_openat2(void)
{
	struct open_how how = { .flags = O_RDONLY };

	return print_and_close((int)syscall(SYS_openat2, AT_FDCWD, page->path, &how, sizeof(how)));
}

static bool call_open_link(void)
{
	return print_and_close(open("flipping/file", O_RDONLY));
}

static bool call_open_place(void)
{
	return print_and_close(open("place/file", O_RDONLY));
}

static bool call_open_in_descriptor(void)
{
	return print_and_close(openat(folder_fd, "file", O_RDONLY));
}

static bool call_write(void)
{
	int fd = open(page->path, O_WRONLY | O_APPEND);

	(void)!write(fd, "mark\n", 5);
	return fd >= 0 && ftruncate(fd, 64) == 0 && close(fd) == 0;
}

static bool call_create(void)
{
	int fd = open(page->path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	(void)unlink("0/new");
	return fd >= 0 && close(fd) == 0;
}

static bool call_unlink(void)
{
	(void)close(open("0/file", O_CREAT | O_WRONLY, 0600));
	return unlink(page->path) == 0;
}

static bool call_rename(void)
{
	(void)close(open("mine", O_CREAT | O_WRONLY, 0600));
	return rename("mine", page->path) == 0;
}

static bool call_rename_away(void)
{
	(void)close(open("0/file", O_CREAT | O_WRONLY, 0600));
	return rename(page->path, "away") == 0;
}

static bool call_link(void)
{
	(void)unlink("hard");
	return linkat(AT_FDCWD, page->path, AT_FDCWD, "hard", AT_SYMLINK_FOLLOW) == 0 &&
	       print_and_close(open("hard", O_RDONLY));
}

static bool call_chmod(void)
{
	return chmod(page->path, 0707) == 0;
}

static bool call_connect(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool done = connect(fd, (void *)&page->peer, sizeof(page->peer)) == 0;

	(void)close(fd);
	return done;
}

static bool call_sendto(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	return sendto(fd, "x", 1, 0, (void *)&page->peer, sizeof(page->peer)) == 1;
}

static bool call_sendmsg(void)
{
	static int fd = -1;
	struct iovec bytes = { .iov_base = page->path, .iov_len = 1 };
	struct msghdr message = { .msg_name = &page->peer,
				  .msg_namelen = sizeof(page->peer),
				  .msg_iov = &bytes,
				  .msg_iovlen = 1 };

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	return sendmsg(fd, &message, 0) == 1;
}

static bool run(char *const *argv)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		(void)execv(page->path, argv);
		_exit(99);
	}
	(void)waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) != 99;
}

static bool call_execve(void)
{
	char *const argv[] = { page->arguments[0], NULL };

	return run(argv);
}

/* Descriptor 9: a program without a name, made of the file "content". */
static void nameless_open(void)
{
	int fd = (int)syscall(SYS_memfd_create, "nameless", 0);
	int from = open("content", O_RDONLY);
	char text[4096];
	ssize_t len = read(from, text, sizeof(text));

	if (len < 0 || write(fd, text, (size_t)len) != len || dup2(fd, NAMELESS_FD) < 0)
		_exit(2);
}

/* A thread that is traced already cannot be stopped at its exec by the supervisor. */
static bool call_execve_traced(void)
{
	char *const argv[] = { page->arguments[0], NULL };
	int status = -1;
	pid_t child;

	if (fcntl(NAMELESS_FD, F_GETFD) < 0)
		nameless_open();
	child = fork();
	if (child == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		(void)execv(page->path, argv);
		_exit(99);
	}
	while (waitpid(child, &status, 0) == child && WIFSTOPPED(status))
		(void)ptrace(PTRACE_CONT, child, NULL, NULL);
	return WIFEXITED(status) && WEXITSTATUS(status) != 99;
}

static const struct race {
	const char *name, *path;
	bool (*call)(void);
	void (*flip)(int side);
} races[] = {
	{ "open", "0", call_open, flip_path },
	{ "open-below", "0/file", call_open, flip_path },
	{ "openat2", "0/file", call_openat2, flip_path },
	{ "open-link", "", call_open_link, flip_link },
	{ "open-place", "", call_open_place, flip_folders },
	{ "open-in-descriptor", "", call_open_in_descriptor, flip_descriptor },
	{ "write", "0/file", call_write, flip_path },
	{ "create", "0/new", call_create, flip_path },
	{ "unlink", "0/file", call_unlink, flip_path },
	{ "rename", "0/file", call_rename, flip_path },
	{ "rename-away", "0/file", call_rename_away, flip_path },
	{ "link", "0/file", call_link, flip_path },
	{ "chmod", "0/file", call_chmod, flip_path },
	{ "execve", "0/program", call_execve, flip_path },
	{ "execve-traced", "0", call_execve_traced, flip_path },
	{ "connect", "tcp", call_connect, flip_peer },
	{ "sendto", "udp", call_sendto, flip_peer },
	{ "sendmsg", "udp", call_sendmsg, flip_peer },
};

#define RACE_COUNT (sizeof(races) / sizeof(races[0]))

static const struct race *race;

static int flip(void *unused)
{
	int side = 0;

	(void)unused;
	while (!atomic_load(&page->over)) {
		race->flip(side ^= 1);
		for (int i = 0; i < FLIPS_BETWEEN; i++)
			__asm__ volatile("" ::: "memory");
	}
	return 0;
}

static void *flip_in_thread(void *unused)
{
	(void)flip(unused);
	return NULL;
}

static bool sharer_start(const char *sharer)
{
	static char stack[STACK_SIZE] __attribute__((aligned(16)));
	pthread_t thread;

	if (strcmp(sharer, "thread") == 0)
		return pthread_create(&thread, NULL, flip_in_thread, NULL) == 0;
	if (strcmp(sharer, "vm") == 0)
		return clone(flip, stack + sizeof(stack), CLONE_VM | CLONE_FILES | SIGCHLD, NULL) >
		       0;
	if (fork() == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(flip(NULL));
	}
	return true;
}

static long now_ms(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void race_run(long ms)
{
	long end = now_ms() + ms;

	while (now_ms() < end) {
		if (race->call())
			granted++;
		else
			refused++;
	}
	atomic_store(&page->over, true);
	(void)fprintf(stderr, "granted %u refused %u\n", granted, refused);
}

/* A listener or receiver of our own: what is granted. */
static uint16_t own_peer(int type)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, type, 0);

	(void)bind(fd, (void *)&in, sizeof(in));
	if (type == SOCK_STREAM)
		(void)listen(fd, 4096);
	(void)getsockname(fd, (void *)&in, &len);
	return in.sin_port;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 1 && i < RACE_COUNT; i++)
		(void)printf("%s %s\n", races[i].name,
			     races[i].flip == flip_peer ? races[i].path : "-");
	for (size_t i = 0; argc == 5 && i < RACE_COUNT; i++)
		if (strcmp(races[i].name, argv[1]) == 0)
			race = &races[i];
	if (!race)
		return argc == 1 ? 0 : 2;
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	(void)snprintf(page->path, sizeof(page->path), "%s", race->path);
	peers[0] = own_peer(strcmp(race->path, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM);
	peers[1] = htons((uint16_t)atoi(argv[4]));
	page->peer = (struct sockaddr_in){ .sin_family = AF_INET,
					   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	page->peer.sin_port = peers[0];
	folder_fd = open("0", O_PATH);
	if (!sharer_start(argv[2]))
		return 2;
	race_run(atol(argv[3]));
	return 0;
}
