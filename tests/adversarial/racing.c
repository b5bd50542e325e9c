/* SPDX-License-Identifier: MIT */
/*
 * racing CALL SHARER MS PORT - make a call again and again while its argument flips between what
 * is granted and what is not: in the working folder 0, and 1, a link to outside; of peers a socket
 * of our own, and PORT.
 *
 * SHARER says who flips: "thread", or "process" (a child, through a page that both map), or "vm"
 * (a child in the same memory), or "writer" (a child, through /proc/PID/mem). Prints what it read to
 * the standard output, "harm" when the kernel itself says that something forbidden happened, and in
 * the end "granted N refused M" to the standard error.
 *
 * Without arguments: the calls, one a line: "NAME PEER SHARERS", where PEER is the name of the port
 * that it needs ("-": none).
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
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/listening.h"

#define STACK_SIZE 65536
#define NAMELESS_FD 9
#define FLIPS_BETWEEN 40 /* pauses between two flips, so that each side is met */

/* What flips: on a page that all sharers see. */
struct page {
	char path[64];
	char arguments[2][64];
	struct sockaddr_in peer, own_peer;
	struct sockaddr_un un;
	struct open_how how;
	struct msghdr message;
	struct iovec bytes;
	char byte;
	atomic_bool over;
};

static struct page *page;
static uint16_t peers[2];
static unsigned granted, refused;
static int folder_fd;	   /* a number that stands for one folder, then for another */
static int memory_fd = -1; /* of the process that calls, when a writer flips */
static int folders[2];

/*
 * Flipping.
 */

static void poke(void *at, const void *bytes, size_t len)
{
	if (memory_fd >= 0) {
		(void)!pwrite(memory_fd, bytes, len, (off_t)(uintptr_t)at);
		return;
	}
	for (size_t i = 0; i < len; i++)
		((volatile char *)at)[i] = ((const char *)bytes)[i];
}

static void flip_path(int side)
{
	poke(page->path, side ? "1" : "0", 1);
}

static void flip_argument(int side)
{
	poke(page->arguments[0], side ? "1" : "0", 1);
}

static void flip_peer(int side)
{
	poke(&page->peer.sin_port, &peers[side], sizeof(peers[side]));
}

/* The loopback, and every address. */
static void flip_address(int side)
{
	static const unsigned char first[] = { 127, 0 };

	poke(&page->peer.sin_addr, &first[side], 1);
	poke((char *)&page->peer.sin_addr + 3, side ? "\0" : "\1", 1);
}

/* The message points to another address. */
static void flip_pointer(int side)
{
	const void *names[] = { &page->own_peer, &page->peer };

	poke(&page->message.msg_name, &names[side], sizeof(names[side]));
}

/* What may be read, and what would be truncated. */
static void flip_how(int side)
{
	static const uint64_t flags[] = { O_RDONLY, O_WRONLY | O_TRUNC };

	poke(&page->how.flags, &flags[side], sizeof(flags[side]));
}

/* A file and a folder, or a file and a link, change places. */
static void flip_kinds(int side)
{
	(void)side;
	(void)syscall(SYS_renameat2, AT_FDCWD, "kind", AT_FDCWD, "other-kind", 2 /* EXCHANGE */);
}

/* By another name of the file: a git configuration that runs nothing, or a program. */
static void flip_content(int side)
{
	static const char *const texts[] = { "[core]\n\tfilemode  = true\n",
					     "[core]\n\tfsmonitor = true\n" };
	int fd = open("alias", O_WRONLY);

	(void)!pwrite(fd, texts[side], strlen(texts[side]), 0);
	(void)close(fd);
}

/* Keeps the supervisor busy with a folder outside: under which number, it does not say. */
static void flip_nothing(int side)
{
	(void)side;
	(void)mkdir("1/refused", 0700);
}

static void flip_unix(int side)
{
	poke(page->un.sun_path, side ? "1" : "0", 1);
}

/* The number of a file of our own, open for both, and of a pin of another's. */
static void flip_access(int side)
{
	int fd = side ? open("1/file", O_PATH) : open("0/file", O_RDWR);

	(void)dup2(fd, folder_fd);
	(void)close(fd);
}

static void flip_working_folder(int side)
{
	(void)!fchdir(folders[side]);
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

/* Flags in memory: only reading is granted. */
static bool call_openat2_how(void)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/.bashrc", getenv("HOME"));
	fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &page->how, sizeof(page->how));
	return fd >= 0 && close(fd) == 0;
}

static bool call_open_again(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", folder_fd);
	return print_and_close(open(path, O_RDONLY));
}

static bool call_open_here(void)
{
	return print_and_close(open("file", O_RDONLY));
}

static bool call_mkdir(void)
{
	(void)rmdir("0/new");
	return mkdir(page->path, 0700) == 0;
}

static bool call_symlink(void)
{
	(void)unlink("0/new");
	return symlink("nowhere", page->path) == 0;
}

static bool call_link_there(void)
{
	(void)close(open("mine", O_CREAT | O_WRONLY, 0600));
	(void)unlink("0/new");
	return link("mine", page->path) == 0;
}

static bool call_truncate(void)
{
	return truncate(page->path, 1) == 0;
}

/* A folder with a protected name inside, or a link to one, gets the name above it. */
static bool call_rename_kind(void)
{
	struct stat st;
	bool done = rename("kind", "place/.claude") == 0;

	if (done && (stat("place/.claude/hooks/file", &st) == 0 ||
		     (lstat("place/.claude", &st) == 0 && S_ISLNK(st.st_mode))))
		(void)!write(STDOUT_FILENO, "harm\n", 5);
	if (done) {
		(void)rename("place/.claude", "used");
		(void)close(open("kind", O_CREAT | O_WRONLY, 0600));
	}
	return done;
}

static bool call_rename_config(void)
{
	char text[64] = "";
	bool done;

	(void)unlink("alias");
	(void)close(open("config", O_CREAT | O_WRONLY, 0600));
	if (link("config", "alias") < 0)
		return false;
	flip_content(0);
	done = rename("config", "repository/.git/config") == 0;
	for (int i = 0; i < 20 && done; i++) {
		int fd = open("repository/.git/config", O_RDONLY);

		(void)!read(fd, text, sizeof(text) - 1);
		(void)close(fd);
		if (strstr(text, "fsmonitor"))
			(void)!write(STDOUT_FILENO, "harm\n", 5);
	}
	return done;
}

static bool call_bind(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in now = { 0 };
	socklen_t len = sizeof(now);
	bool done;

	page->peer.sin_port = 0;
	done = bind(fd, (void *)&page->peer, sizeof(page->peer)) == 0;
	if (done && getsockname(fd, (void *)&now, &len) == 0 && now.sin_addr.s_addr == INADDR_ANY)
		(void)!write(STDOUT_FILENO, "harm\n", 5);
	(void)close(fd);
	return done;
}

static bool call_bind_unix(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool done;

	(void)unlink("0/new");
	done = bind(fd, (void *)&page->un, sizeof(page->un)) == 0;
	(void)close(fd);
	return done;
}

static bool call_connect_unix(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool done = connect(fd, (void *)&page->un, sizeof(page->un)) == 0;

	(void)close(fd);
	return done;
}

static bool call_sendto_unix(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	return sendto(fd, "x", 1, 0, (void *)&page->un, sizeof(page->un)) == 1 || errno == EAGAIN;
}

/* A name in /proc means the caller's descriptors, and nobody else's of that number. */
static bool call_bind_in_proc(void)
{
	static int numbers[64];
	static unsigned at;
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	bool done;
	int fd;

	for (size_t i = 0; i < 64 && !numbers[63]; i++)
		numbers[i] = open("0", O_PATH);
	if (at++ % 8 == 0)
		return mkdir("1/refused", 0700) == 0;
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "//proc/self/fd/%d/new", numbers[at % 32]);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	done = bind(fd, (void *)&un, sizeof(un)) == 0;
	(void)close(fd);
	(void)unlink("0/new");
	return done;
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

/* The second of two messages. */
static bool call_sendmmsg(void)
{
	static int fd = -1;
	struct iovec bytes = { .iov_base = page->path, .iov_len = 1 };
	struct mmsghdr messages[2] = {
		{ .msg_hdr = { .msg_name = &page->own_peer,
			       .msg_namelen = sizeof(page->own_peer),
			       .msg_iov = &bytes,
			       .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_name = &page->peer,
			       .msg_namelen = sizeof(page->peer),
			       .msg_iov = &bytes,
			       .msg_iovlen = 1 } },
	};

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	return sendmmsg(fd, messages, 2, 0) == 2;
}

/* The address is always the daemon's, or our own: which one, the message says. */
static bool call_sendmsg_pointer(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	page->peer.sin_port = peers[1];
	return sendmsg(fd, &page->message, 0) == 1;
}

static bool call_fast_open(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool done = sendto(fd, "x", 1, MSG_FASTOPEN, (void *)&page->peer, sizeof(page->peer)) == 1;

	(void)close(fd);
	return done;
}

/* A number stands for a stream, to whose port one of our own listens, then for a datagram. */
static void flip_socket(int side)
{
	int fd = socket(AF_INET, side ? SOCK_DGRAM : SOCK_STREAM, 0);

	(void)dup2(fd, folder_fd);
	(void)close(fd);
}

static bool call_connect_descriptor(void)
{
	page->peer.sin_port = peers[1];
	return connect(folder_fd, (void *)&page->peer, sizeof(page->peer)) == 0 &&
	       send(folder_fd, "x", 1, MSG_NOSIGNAL) == 1;
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

/* What is judged are the arguments, too: one that begins with "1" is refused. */
static bool call_execve_arguments(void)
{
	char *const argv[] = { (char *)(size_t) "echo", page->arguments[0], NULL };
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		(void)execv("/bin/echo", argv);
		_exit(99);
	}
	(void)waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A program below a number that stands for one folder, then for another. */
static bool call_execveat(void)
{
	char *const argv[] = { (char *)(size_t) "program", NULL };
	int status = -1;
	/* In the same descriptors: who flips them reaches the child's. */
	pid_t child = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);

	if (child == 0) {
		(void)syscall(SYS_execveat, folder_fd, "program", argv, NULL, 0);
		_exit(99);
	}
	(void)waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) != 99;
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

/* Who may flip it: memory by all, names by other processes too, descriptors by who shares them. */
#define MEMORY "thread process vm writer"
#define NAMES "thread process"
#define SHARED "thread vm"

static const struct race {
	const char *name, *path;
	bool (*call)(void);
	void (*flip)(int side);
	const char *sharers;
} races[] = {
	{ "open", "0", call_open, flip_path, MEMORY },
	{ "open-below", "0/file", call_open, flip_path, MEMORY },
	{ "openat2", "0/file", call_openat2, flip_path, MEMORY },
	{ "openat2-how", "", call_openat2_how, flip_how, MEMORY },
	{ "open-link", "", call_open_link, flip_link, NAMES },
	{ "open-place", "", call_open_place, flip_folders, NAMES },
	{ "open-in-descriptor", "", call_open_in_descriptor, flip_descriptor, SHARED },
	{ "open-again", "", call_open_again, flip_access, SHARED },
	{ "open-here", "", call_open_here, flip_working_folder, SHARED },
	{ "write", "0/file", call_write, flip_path, MEMORY },
	{ "create", "0/new", call_create, flip_path, MEMORY },
	{ "mkdir", "0/new", call_mkdir, flip_path, MEMORY },
	{ "symlink", "0/new", call_symlink, flip_path, MEMORY },
	{ "unlink", "0/file", call_unlink, flip_path, MEMORY },
	{ "rename", "0/file", call_rename, flip_path, MEMORY },
	{ "rename-away", "0/file", call_rename_away, flip_path, MEMORY },
	{ "rename-folder", "", call_rename_kind, flip_kinds, NAMES },
	{ "rename-symlink", "", call_rename_kind, flip_kinds, NAMES },
	{ "rename-config", "", call_rename_config, flip_content, NAMES },
	{ "link", "0/file", call_link, flip_path, MEMORY },
	{ "link-there", "0/new", call_link_there, flip_path, MEMORY },
	{ "chmod", "0/file", call_chmod, flip_path, MEMORY },
	{ "truncate", "0/file", call_truncate, flip_path, MEMORY },
	{ "execve", "0/program", call_execve, flip_path, MEMORY },
	{ "execve-arguments", "", call_execve_arguments, flip_argument, "thread process vm" },
	{ "execve-traced", "0", call_execve_traced, flip_path, MEMORY },
	{ "execveat", "", call_execveat, flip_descriptor, SHARED },
	{ "connect", "tcp", call_connect, flip_peer, MEMORY },
	{ "connect-descriptor", "udp", call_connect_descriptor, flip_socket, SHARED },
	{ "fast-open", "tcp", call_fast_open, flip_peer, MEMORY },
	{ "sendto", "udp", call_sendto, flip_peer, MEMORY },
	{ "sendmsg", "udp", call_sendmsg, flip_peer, MEMORY },
	{ "sendmsg-pointer", "udp", call_sendmsg_pointer, flip_pointer, MEMORY },
	{ "sendmmsg", "udp", call_sendmmsg, flip_peer, MEMORY },
	{ "bind", "", call_bind, flip_address, MEMORY },
	{ "bind-unix", "0/new", call_bind_unix, flip_unix, MEMORY },
	{ "connect-unix", "0/stream", call_connect_unix, flip_unix, MEMORY },
	{ "sendto-unix", "0/datagram", call_sendto_unix, flip_unix, MEMORY },
	{ "bind-in-proc", "", call_bind_in_proc, flip_nothing, SHARED },
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
		return clone(flip, stack + sizeof(stack),
			     CLONE_VM | CLONE_FILES | CLONE_FS | SIGCHLD, NULL) > 0;
	if (strcmp(sharer, "writer") == 0)
		memory_fd = open("/proc/self/mem", O_RDWR);
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

static void peers_prepare(uint16_t port)
{
	peers[0] = own_peer(strcmp(race->path, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM, 0);
	peers[1] = port;
	page->own_peer = page->peer = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = peers[0],
	};
	if (race->flip == flip_socket)
		(void)own_peer(SOCK_STREAM, port);
	if (race->call == call_connect_unix)
		own_unix_peer(SOCK_STREAM, "0/stream");
	if (race->call == call_sendto_unix)
		own_unix_peer(SOCK_DGRAM, "0/datagram");
}

static void page_prepare(uint16_t port)
{
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	(void)snprintf(page->path, sizeof(page->path), "%s", race->path);
	(void)snprintf(page->arguments[0], sizeof(page->arguments[0]), "0harm");
	page->un = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(page->un.sun_path, sizeof(page->un.sun_path), "%s", race->path);
	peers_prepare(port);
	page->bytes = (struct iovec){ .iov_base = &page->byte, .iov_len = 1 };
	page->message = (struct msghdr){ .msg_name = &page->own_peer,
					 .msg_namelen = sizeof(page->own_peer),
					 .msg_iov = &page->bytes,
					 .msg_iovlen = 1 };
}

static bool has_port(const struct race *of)
{
	return strcmp(of->path, "tcp") == 0 || strcmp(of->path, "udp") == 0;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 1 && i < RACE_COUNT; i++)
		(void)printf("%s %s %s\n", races[i].name, has_port(&races[i]) ? races[i].path : "-",
			     races[i].sharers);
	for (size_t i = 0; argc == 5 && i < RACE_COUNT; i++)
		if (strcmp(races[i].name, argv[1]) == 0)
			race = &races[i];
	if (!race)
		return argc == 1 ? 0 : 2;
	page_prepare(htons((uint16_t)atoi(argv[4])));
	folders[0] = open("0", O_PATH);
	folders[1] = open("1", O_PATH);
	folder_fd = open("0", O_PATH);
	if (race->flip == flip_working_folder && fchdir(folders[0]) < 0)
		return 2;
	if (!sharer_start(argv[2]))
		return 2;
	race_run(atol(argv[3]));
	return 0;
}
