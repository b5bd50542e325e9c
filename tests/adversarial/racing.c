/* SPDX-License-Identifier: MIT */
/*
 * Races of opening, of programs and of sockets (tests/support/racing.h): in the working folder 0 is
 * granted, and 1 a link to outside; of peers a socket of our own, and PEER.
 *
 * Needs only libc.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/listening.h"
#include "tests/support/racing.h"

#define NAMELESS_FD 101

/* What flips beside the path: on memory that all sharers see. */
struct arguments {
	char text[64];
	struct sockaddr_in peer, own_peer;
	struct sockaddr_un un;
	socklen_t un_len;
	struct open_how how;
	struct msghdr message;
	struct mmsghdr messages[2];
	struct iovec bytes;
	char byte;
};

static struct arguments *arguments;
static uint16_t peers[2];
static int folders[2];
static volatile int sockets[2];

/*
 * Flipping.
 */

static void flip_argument(int side)
{
	poke(arguments->text, side ? "1" : "0", 1);
}

static void flip_peer(int side)
{
	poke(&arguments->peer.sin_port, &peers[side], sizeof(peers[side]));
}

/* The loopback, and every address. */
static void flip_address(int side)
{
	static const unsigned char first[] = { 127, 0 };

	poke(&arguments->peer.sin_addr, &first[side], 1);
	poke((char *)&arguments->peer.sin_addr + 3, side ? "\0" : "\1", 1);
}

/* The message points to another address. */
static void flip_pointer(int side)
{
	const void *names[] = { &arguments->own_peer, &arguments->peer };

	poke(&arguments->message.msg_name, &names[side], sizeof(names[side]));
}

/* What may be read, and what would be truncated. */
static void flip_how(int side)
{
	static const uint64_t flags[] = { O_RDONLY, O_WRONLY | O_TRUNC };

	poke(&arguments->how.flags, &flags[side], sizeof(flags[side]));
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
	poke(arguments->un.sun_path, side ? "1" : "0", 1);
}

/* The last letter of a name that no file has. */
static void flip_abstract(int side)
{
	char *end = (char *)&arguments->un + arguments->un_len;

	poke(end - 1, side ? "m" : "0", 1);
}

/* The second entry of a vector points to another address. */
static void flip_entry(int side)
{
	const void *names[] = { &arguments->own_peer, &arguments->peer };

	poke(&arguments->messages[1].msg_hdr.msg_name, &names[side], sizeof(names[side]));
}

/* A program's number. */
static void flip_program(int side)
{
	flip_to(open(side ? "1/program" : "0/program", O_PATH));
}

/* A number stands for a stream, then for datagrams, which may not be received. */
static void flip_protocol(int side)
{
	(void)dup2(sockets[side], FLIP_FD);
}

/* A socket has the loopback's address, or none. */
static void flip_connection(int side)
{
	static const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	if (side)
		(void)connect(FLIP_FD, &nobody, sizeof(nobody));
	else
		(void)connect(FLIP_FD, (void *)&arguments->own_peer, sizeof(arguments->own_peer));
}

/* The number of a file of our own, open for both, and of a pin of another's. */
static void flip_access(int side)
{
	flip_to(side ? open("1/file", O_PATH) : open("0/file", O_RDWR));
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
static void flip_places(int side)
{
	(void)side;
	(void)syscall(SYS_renameat2, AT_FDCWD, "place", AT_FDCWD, "other", 2 /* RENAME_EXCHANGE */);
}

/*
 * Calls. Return: whether it was granted.
 */

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
	return print_and_close(openat(FLIP_FD, "file", O_RDONLY));
}

/* Flags in memory: only reading is granted. */
static bool call_openat2_how(void)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/.bashrc", getenv("HOME"));
	fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &arguments->how, sizeof(arguments->how));
	return fd >= 0 && close(fd) == 0;
}

static bool call_open_again(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", FLIP_FD);
	return print_and_close(open(path, O_RDONLY));
}

static bool call_open_here(void)
{
	return print_and_close(open("file", O_RDONLY));
}

/* A folder with a protected name inside, or a link to one, gets the name above it. */
static bool call_rename_kind(void)
{
	struct stat st;
	bool done = rename("kind", "place/.claude") == 0;

	if (done && (stat("place/.claude/hooks/file", &st) == 0 ||
		     (lstat("place/.claude", &st) == 0 && S_ISLNK(st.st_mode))))
		print_harm();
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
			print_harm();
	}
	return done;
}

static bool call_bind(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in now = { 0 };
	socklen_t len = sizeof(now);
	bool done;

	arguments->peer.sin_port = 0;
	done = bind(fd, (void *)&arguments->peer, sizeof(arguments->peer)) == 0;
	if (done && getsockname(fd, (void *)&now, &len) == 0 && now.sin_addr.s_addr == INADDR_ANY)
		print_harm();
	(void)close(fd);
	return done;
}

static bool call_bind_unix(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool done;

	(void)unlink("0/new");
	errno = 0;
	done = bind(fd, (void *)&arguments->un, arguments->un_len) == 0;
	(void)close(fd);
	return done;
}

static bool call_connect_unix(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool done = connect(fd, (void *)&arguments->un, arguments->un_len) == 0;

	(void)close(fd);
	return done;
}

static bool call_sendto_unix(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	return sendto(fd, "x", 1, 0, (void *)&arguments->un, arguments->un_len) == 1 ||
	       errno == EAGAIN;
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
	(void)unlink("0/new");
	errno = 0;
	done = bind(fd, (void *)&un, sizeof(un)) == 0;
	(void)close(fd);
	return done;
}

static bool call_write(void)
{
	int fd = open(page->path, O_WRONLY | O_APPEND);

	return fd >= 0 && write(fd, "mark\n", 5) == 5 && ftruncate(fd, 64) == 0 && close(fd) == 0;
}

static bool call_create(void)
{
	int fd;

	(void)unlink("0/new");
	errno = 0;
	fd = open(page->path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	return fd >= 0 && close(fd) == 0;
}

static bool call_connect(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool done = connect(fd, (void *)&arguments->peer, sizeof(arguments->peer)) == 0;

	(void)close(fd);
	return done;
}

static bool call_sendto(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	return sendto(fd, "x", 1, 0, (void *)&arguments->peer, sizeof(arguments->peer)) == 1;
}

static bool call_sendmsg(void)
{
	static int fd = -1;
	struct iovec bytes = { .iov_base = page->path, .iov_len = 1 };
	struct msghdr message = { .msg_name = &arguments->peer,
				  .msg_namelen = sizeof(arguments->peer),
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
		{ .msg_hdr = { .msg_name = &arguments->own_peer,
			       .msg_namelen = sizeof(arguments->own_peer),
			       .msg_iov = &bytes,
			       .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_name = &arguments->peer,
			       .msg_namelen = sizeof(arguments->peer),
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
	arguments->peer.sin_port = peers[1];
	return sendmsg(fd, &arguments->message, 0) == 1;
}

static bool call_sendmmsg_vector(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	arguments->peer.sin_port = peers[1];
	return sendmmsg(fd, arguments->messages, 2, 0) == 2;
}

static bool call_fast_open(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool done = sendto(fd, "x", 1, MSG_FASTOPEN, (void *)&arguments->peer,
			   sizeof(arguments->peer)) == 1;

	(void)close(fd);
	return done;
}

/* A number stands for a stream, to whose port one of our own listens, then for a datagram. */
static void flip_socket(int side)
{
	flip_to(socket(AF_INET, side ? SOCK_DGRAM : SOCK_STREAM, 0));
}

static bool call_connect_descriptor(void)
{
	arguments->peer.sin_port = peers[1];
	if (connect(FLIP_FD, (void *)&arguments->peer, sizeof(arguments->peer)) < 0)
		return false;
	(void)send(FLIP_FD, "x", 1, MSG_NOSIGNAL);
	return true;
}

static bool call_bind_descriptor(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	bool done;

	for (int i = 0; i < 2; i++) {
		if (sockets[i])
			(void)close(sockets[i]);
		sockets[i] = socket(AF_INET, i ? SOCK_DGRAM : SOCK_STREAM, 0);
	}
	flip_protocol(0);
	errno = 0;
	done = bind(FLIP_FD, (void *)&in, sizeof(in)) == 0;
	if (done && getsockname(sockets[1], (void *)&in, &len) == 0 && in.sin_port)
		print_harm();
	return done;
}

/* A socket that loses its address on the way to listening listens at all of them. */
static bool call_listen(void)
{
	struct sockaddr_in in = { 0 };
	socklen_t len = sizeof(in), size = sizeof(int);
	int listens = 0;
	bool done;

	flip_to(socket(AF_INET, SOCK_STREAM, 0));
	flip_connection(0);
	errno = 0;
	/* Who is still connected then is told so by the kernel: it had been let through. */
	done = listen(FLIP_FD, 1) == 0 || errno == EINVAL;
	if (getsockopt(FLIP_FD, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens &&
	    getsockname(FLIP_FD, (void *)&in, &len) == 0 && in.sin_addr.s_addr == INADDR_ANY)
		print_harm();
	return done;
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
	char *const argv[] = { arguments->text, NULL };

	return run(argv);
}

/* What is judged are the arguments, too: one that begins with "1" is refused. */
static bool call_execve_arguments(void)
{
	char *const argv[] = { (char *)(size_t) "echo", arguments->text, NULL };
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		(void)execv("/bin/echo", argv);
		_exit(99);
	}
	(void)waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A program below a number that stands for one folder, then for another; or of such a number. */
static bool call_execveat(void)
{
	char *const argv[] = { (char *)(size_t) "program", NULL };
	int status = -1;
	/* In the same descriptors: who flips them reaches the child's. */
	pid_t child = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);

	if (child == 0) {
		(void)syscall(SYS_execveat, FLIP_FD, page->path, argv, NULL,
			      page->path[0] ? 0 : AT_EMPTY_PATH);
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
	char *const argv[] = { arguments->text, NULL };
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

#define RACE(name_, path_, call_, flip_, sharers_, ...)                                            \
	{                                                                                          \
		.name = name_, .path = path_, .call = call_, .flip = flip_, .sharers = sharers_,   \
		__VA_ARGS__                                                                        \
	}
#define WITH_TCP .peer = "tcp"
#define WITH_UDP .peer = "udp"

static const struct race races[] = {
	RACE("open", "0", call_open, flip_path, MEMORY, .scene = "files"),
	RACE("open-below", "0/file", call_open, flip_path, MEMORY),
	RACE("openat2", "0/file", call_openat2, flip_path, MEMORY),
	RACE("openat2-how", "", call_openat2_how, flip_how, MEMORY),
	RACE("open-link", "", call_open_link, flip_link, NAMES),
	RACE("open-place", "", call_open_place, flip_places, NAMES),
	RACE("open-in-descriptor", "", call_open_in_descriptor, flip_folder, SHARED),
	RACE("open-again", "", call_open_again, flip_access, SHARED),
	RACE("open-here", "", call_open_here, flip_working_folder, SHARED),
	RACE("write", "0/file", call_write, flip_path, MEMORY),
	RACE("create", "0/new", call_create, flip_path, MEMORY),
	RACE("rename-folder", "", call_rename_kind, flip_kinds, NAMES, .scene = "folder-kind"),
	RACE("rename-symlink", "", call_rename_kind, flip_kinds, NAMES, .scene = "link-kind"),
	RACE("rename-config", "", call_rename_config, flip_content, NAMES, .scene = "config"),
	RACE("execve", "0/program", call_execve, flip_path, MEMORY),
	RACE("execve-arguments", "", call_execve_arguments, flip_argument, "thread process vm",
	     .scene = "arguments"),
	RACE("execve-traced", "0", call_execve_traced, flip_path, MEMORY, .scene = "nameless"),
	RACE("execveat", "program", call_execveat, flip_folder, SHARED),
	RACE("execveat-descriptor", "", call_execveat, flip_program, SHARED),
	RACE("connect", "", call_connect, flip_peer, MEMORY, WITH_TCP),
	RACE("connect-descriptor", "", call_connect_descriptor, flip_socket, SHARED, WITH_UDP),
	RACE("fast-open", "", call_fast_open, flip_peer, MEMORY, WITH_TCP),
	RACE("sendto", "", call_sendto, flip_peer, MEMORY, WITH_UDP),
	RACE("sendmsg", "", call_sendmsg, flip_peer, MEMORY, WITH_UDP),
	RACE("sendmsg-pointer", "", call_sendmsg_pointer, flip_pointer, MEMORY, WITH_UDP),
	RACE("sendmmsg", "", call_sendmmsg, flip_peer, MEMORY, WITH_UDP),
	RACE("sendmmsg-vector", "", call_sendmmsg_vector, flip_entry, MEMORY, WITH_UDP),
	RACE("bind", "", call_bind, flip_address, MEMORY),
	RACE("bind-descriptor", "", call_bind_descriptor, flip_protocol, SHARED,
	     .scene = "protocol"),
	RACE("listen", "", call_listen, flip_connection, SHARED),
	RACE("bind-unix", "0/new", call_bind_unix, flip_unix, MEMORY),
	RACE("connect-unix", "0/stream", call_connect_unix, flip_unix, MEMORY),
	RACE("sendto-unix", "0/datagram", call_sendto_unix, flip_unix, MEMORY),
	RACE("connect-abstract", "@stream", call_connect_unix, flip_abstract, MEMORY,
	     .peer = "abstract"),
	RACE("sendto-abstract", "@datagram", call_sendto_unix, flip_abstract, MEMORY,
	     .peer = "abstract"),
	RACE("bind-in-proc", "", call_bind_in_proc, flip_nothing, SHARED),
};

/* Those of internet, and for one call a stream of ours at the daemon's port. */
static void prepare_peers(uint16_t port)
{
	peers[0] = own_peer(race->peer && strcmp(race->peer, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM,
			    0);
	peers[1] = port;
	arguments->own_peer = arguments->peer = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = peers[0],
	};
	if (race->flip == flip_socket)
		(void)own_peer(SOCK_STREAM, port);
}

/* A name of ours, as long as that of the daemon in @folder: 0 at its end stands for its letter. */
static void prepare_unix(const char *folder)
{
	struct sockaddr_un *un = &arguments->un;
	bool is_abstract = race->flip == flip_abstract;
	char name[sizeof(un->sun_path)];
	int len = snprintf(name, sizeof(name), "%s%s", is_abstract ? folder : "", race->path);

	un->sun_family = AF_UNIX;
	arguments->un_len = sizeof(*un);
	memcpy(un->sun_path + is_abstract, name, (size_t)len);
	if (is_abstract) {
		arguments->un_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len);
		flip_abstract(0);
	}
	if (race->call == call_connect_unix)
		own_unix_peer(SOCK_STREAM, un, arguments->un_len);
	if (race->call == call_sendto_unix)
		own_unix_peer(SOCK_DGRAM, un, arguments->un_len);
}

static bool prepare(const char *peer)
{
	struct msghdr *message;

	arguments = shared_memory(sizeof(*arguments));
	(void)snprintf(arguments->text, sizeof(arguments->text), "0harm");
	prepare_peers(htons((uint16_t)atoi(peer)));
	prepare_unix(peer);
	arguments->bytes = (struct iovec){ .iov_base = &arguments->byte, .iov_len = 1 };
	message = &arguments->message;
	*message = (struct msghdr){ .msg_name = &arguments->own_peer,
				    .msg_namelen = sizeof(arguments->own_peer),
				    .msg_iov = &arguments->bytes,
				    .msg_iovlen = 1 };
	arguments->messages[0].msg_hdr = arguments->messages[1].msg_hdr = *message;
	folders[0] = open("0", O_PATH);
	folders[1] = open("1", O_PATH);
	return race->flip != flip_working_folder || fchdir(folders[0]) == 0;
}

int main(int argc, char **argv)
{
	return race_main(races, sizeof(races) / sizeof(races[0]), prepare, argc, argv);
}
