/* SPDX-License-Identifier: MIT */
/*
 * dialing WAY FOLDER PORT - say "hello" to the daemon of FOLDER (listener.c) by one way of many.
 * Without arguments: the ways, one a line, each with the name of the port it takes ("-": none).
 *
 * Needs only libc.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELLO "hello"
#define HELLO_LEN (sizeof(HELLO) - 1)

static const char *folder;
static int port;

static struct sockaddr_in four(const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };

	(void)inet_pton(AF_INET, address, &in.sin_addr);
	return in;
}

static struct sockaddr_in6 six(const char *address)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons((unsigned short)port) };

	(void)inet_pton(AF_INET6, address, &in6.sin6_addr);
	return in6;
}

static int talk(int fd)
{
	return write(fd, HELLO, HELLO_LEN) == HELLO_LEN ? 0 : -1;
}

static int call(int domain, int type, int protocol, const void *address, socklen_t len)
{
	int fd = socket(domain, type, protocol);

	return fd < 0 || connect(fd, address, len) < 0 ? -1 : talk(fd);
}

static int call_four(int type, int protocol, const char *text)
{
	struct sockaddr_in in = four(text);

	return call(AF_INET, type, protocol, &in, sizeof(in));
}

static int call_six(int type, const char *text)
{
	struct sockaddr_in6 in6 = six(text);

	return call(AF_INET6, type, 0, &in6, sizeof(in6));
}

static int by_tcp(void)
{
	return call_four(SOCK_STREAM, 0, "127.0.0.1");
}

/* 0.0.0.0 is this machine as well. */
static int by_any_address(void)
{
	return call_four(SOCK_STREAM, 0, "0.0.0.0");
}

static int by_tcp6(void)
{
	return call_six(SOCK_STREAM, "::1");
}

static int by_any_address6(void)
{
	return call_six(SOCK_STREAM, "::");
}

static int by_mapped(void)
{
	return call_six(SOCK_STREAM, "::ffff:127.0.0.1");
}

/* An address with more bytes than the family has. */
static int by_long_address(void)
{
	struct {
		struct sockaddr_in in;
		char more[64];
	} address = { .in = four("127.0.0.1") };

	return call(AF_INET, SOCK_STREAM, 0, &address, sizeof(address));
}

static int by_raw_call(void)
{
	struct sockaddr_in in = four("127.0.0.1");
	int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);

	return syscall(SYS_connect, fd, &in, sizeof(in)) < 0 ? -1 : talk(fd);
}

static int by_nonblocking(void)
{
	struct sockaddr_in in = four("127.0.0.1");
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (connect(fd, (void *)&in, sizeof(in)) < 0 && errno != EINPROGRESS)
		return -1;
	return talk(fd);
}

static int by_mptcp(void)
{
	return call_four(SOCK_STREAM, IPPROTO_MPTCP, "127.0.0.1");
}

static int by_mptcp_to_mptcp(void)
{
	return by_mptcp();
}

static int by_fast_open(void)
{
	struct sockaddr_in in = four("127.0.0.1");
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return sendto(fd, HELLO, HELLO_LEN, MSG_FASTOPEN, (void *)&in, sizeof(in)) < 0 ? -1 : 0;
}

static struct msghdr message_to(void *address, socklen_t len)
{
	static struct iovec bytes = { .iov_base = (void *)(size_t)HELLO, .iov_len = HELLO_LEN };

	return (struct msghdr){
		.msg_name = address, .msg_namelen = len, .msg_iov = &bytes, .msg_iovlen = 1
	};
}

static int by_fast_open_message(void)
{
	struct sockaddr_in in = four("127.0.0.1");
	struct msghdr message = message_to(&in, sizeof(in));

	return sendmsg(socket(AF_INET, SOCK_STREAM, 0), &message, MSG_FASTOPEN) < 0 ? -1 : 0;
}

/* The option makes connect wait for the first write. */
static int by_fast_open_option(void)
{
	struct sockaddr_in in = four("127.0.0.1");
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on));
	return connect(fd, (void *)&in, sizeof(in)) < 0 ? -1 : talk(fd);
}

static int by_udp(void)
{
	return call_four(SOCK_DGRAM, 0, "127.0.0.1");
}

static int by_udp_sendto(void)
{
	struct sockaddr_in in = four("127.0.0.1");
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return sendto(fd, HELLO, HELLO_LEN, 0, (void *)&in, sizeof(in)) < 0 ? -1 : 0;
}

static int by_udp_message(void)
{
	struct sockaddr_in in = four("127.0.0.1");
	struct msghdr message = message_to(&in, sizeof(in));

	return sendmsg(socket(AF_INET, SOCK_DGRAM, 0), &message, 0) < 0 ? -1 : 0;
}

/* A socket of its own first, the daemon in the second message. */
static int by_udp_messages(void)
{
	struct sockaddr_in own = four("127.0.0.1");
	struct sockaddr_in in = four("127.0.0.1");
	socklen_t len = sizeof(own);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct mmsghdr messages[2] = { { .msg_hdr = message_to(&own, sizeof(own)) },
				       { .msg_hdr = message_to(&in, sizeof(in)) } };

	own.sin_port = 0;
	if (bind(fd, (void *)&own, sizeof(own)) < 0 || getsockname(fd, (void *)&own, &len) < 0)
		return -1;
	return sendmmsg(fd, messages, 2, 0) == 2 ? 0 : -1;
}

/* Connected to itself, with an address for the daemon in the message. */
static int by_udp_connected(void)
{
	struct sockaddr_in own = four("127.0.0.1");
	struct sockaddr_in in = four("127.0.0.1");
	socklen_t len = sizeof(own);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	own.sin_port = 0;
	if (bind(fd, (void *)&own, sizeof(own)) < 0 || getsockname(fd, (void *)&own, &len) < 0 ||
	    connect(fd, (void *)&own, sizeof(own)) < 0)
		return -1;
	return sendto(fd, HELLO, HELLO_LEN, 0, (void *)&in, sizeof(in)) < 0 ? -1 : 0;
}

static int by_udp6(void)
{
	return call_six(SOCK_DGRAM, "::1");
}

static int by_udp6_mapped(void)
{
	struct sockaddr_in6 in6 = six("::ffff:127.0.0.1");
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	return sendto(fd, HELLO, HELLO_LEN, 0, (void *)&in6, sizeof(in6)) < 0 ? -1 : 0;
}

/* An address of the other family on an IPv6 socket, which the kernel takes. */
static int by_udp6_four(void)
{
	struct sockaddr_in in = four("127.0.0.1");
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	return sendto(fd, HELLO, HELLO_LEN, 0, (void *)&in, sizeof(in)) < 0 ? -1 : 0;
}

/* No address at all is 0.0.0.0 when the family is not given (AF_UNSPEC). */
static int by_no_family(void)
{
	struct sockaddr_in in = four("127.0.0.1");
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	in.sin_family = AF_UNSPEC;
	return sendto(fd, HELLO, HELLO_LEN, 0, (void *)&in, sizeof(in)) < 0 ? -1 : 0;
}

static struct sockaddr_un named(const char *name, socklen_t *len, int abstract)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int written = snprintf(un.sun_path + abstract, sizeof(un.sun_path) - (size_t)abstract,
			       "%s%s", folder, name);

	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)(written + 1));
	if (!abstract)
		*len = sizeof(un);
	return un;
}

static int call_unix(const char *name, int type, int abstract)
{
	socklen_t len;
	struct sockaddr_un un = named(name, &len, abstract);

	return call(AF_UNIX, type, 0, &un, len);
}

static int send_unix(const char *name, int abstract)
{
	socklen_t len;
	struct sockaddr_un un = named(name, &len, abstract);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	return sendto(fd, HELLO, HELLO_LEN, 0, (void *)&un, len) < 0 ? -1 : 0;
}

static int by_unix(void)
{
	return call_unix("/stream", SOCK_STREAM, 0);
}

static int by_unix_link(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "link" };
	char target[4096];

	(void)snprintf(target, sizeof(target), "%s/stream", folder);
	return symlink(target, "link") < 0 ? -1 : call(AF_UNIX, SOCK_STREAM, 0, &un, sizeof(un));
}

static int by_unix_hard_link(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "link" };
	char target[4096];

	(void)snprintf(target, sizeof(target), "%s/stream", folder);
	return link(target, "link") < 0 ? -1 : call(AF_UNIX, SOCK_STREAM, 0, &un, sizeof(un));
}

static int by_unix_moved(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "moved" };
	char target[4096];

	(void)snprintf(target, sizeof(target), "%s/stream", folder);
	return rename(target, "moved") < 0 ? -1 : call(AF_UNIX, SOCK_STREAM, 0, &un, sizeof(un));
}

static int by_unix_in_proc(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "/proc/self/root%.80s/stream", folder);
	return call(AF_UNIX, SOCK_STREAM, 0, &un, sizeof(un));
}

static int by_unix_datagram(void)
{
	return call_unix("/datagram", SOCK_DGRAM, 0);
}

static int by_unix_sendto(void)
{
	return send_unix("/datagram", 0);
}

static int by_abstract(void)
{
	return call_unix("@stream", SOCK_STREAM, 1);
}

static int by_abstract_sendto(void)
{
	return send_unix("@datagram", 1);
}

/* What the daemon hands over is read and printed; that, too, reached the daemon. */
static int by_descriptor(void)
{
	char control[CMSG_SPACE(sizeof(int))];
	char byte, text[256];
	struct iovec bytes = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &bytes,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	socklen_t address_len;
	struct sockaddr_un un = named("/stream", &address_len, 0);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ssize_t len;

	if (connect(fd, (void *)&un, address_len) < 0 || recvmsg(fd, &message, 0) < 0 ||
	    !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	len = read(fd, text, sizeof(text));
	return len <= 0 || write(STDOUT_FILENO, text, (size_t)len) < 0 ? -1 : 0;
}

/* --- other addresses of this machine */

static int by_other_loopback(void)
{
	return call_four(SOCK_STREAM, 0, "127.1.2.3");
}

static int by_other_loopback_mapped(void)
{
	return call_six(SOCK_STREAM, "::ffff:127.1.2.3");
}

static int by_other_loopback_udp(void)
{
	return call_four(SOCK_DGRAM, 0, "127.1.2.3");
}

static int by_address_zero_udp(void)
{
	return call_four(SOCK_DGRAM, 0, "0.0.0.0");
}

/* The first address of an interface that is not the loopback. */
static int call_interface(int domain)
{
	struct ifaddrs *list;
	int r = -1;

	if (getifaddrs(&list) < 0)
		return -1;
	for (struct ifaddrs *row = list; row && r < 0; row = row->ifa_next) {
		struct sockaddr_in *in = (void *)row->ifa_addr;
		struct sockaddr_in6 *in6 = (void *)row->ifa_addr;

		if (!in || in->sin_family != domain || row->ifa_flags & IFF_LOOPBACK)
			continue;
		in->sin_port = htons((unsigned short)port);
		r = call(domain, SOCK_STREAM, 0, in,
			 domain == AF_INET ? sizeof(*in) : sizeof(*in6));
	}
	freeifaddrs(list);
	return r;
}

static int by_interface(void)
{
	return call_interface(AF_INET);
}

static int by_interface6(void)
{
	return call_interface(AF_INET6);
}

/* --- one socket, several peers */

/* A datagram socket that is connected to one of our own. */
static int own_pair(void)
{
	struct sockaddr_in own = four("127.0.0.1");
	socklen_t len = sizeof(own);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	own.sin_port = 0;
	if (bind(fd, (void *)&own, sizeof(own)) < 0 || getsockname(fd, (void *)&own, &len) < 0)
		return -1;
	return connect(fd, (void *)&own, sizeof(own)) < 0 ? -1 : fd;
}

static int by_udp_reconnected(void)
{
	struct sockaddr_in in = four("127.0.0.1");
	int fd = own_pair();

	return connect(fd, (void *)&in, sizeof(in)) < 0 ? -1 : talk(fd);
}

static int by_udp_disconnected(void)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	struct sockaddr_in in = four("127.0.0.1");
	int fd = own_pair();

	if (connect(fd, &nobody, sizeof(nobody)) < 0)
		return -1;
	return sendto(fd, HELLO, HELLO_LEN, MSG_CONFIRM, (void *)&in, sizeof(in)) < 0 ? -1 : 0;
}

static int by_bound(void)
{
	struct sockaddr_in own = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in in = four("127.0.0.1");
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return bind(fd, (void *)&own, sizeof(own)) < 0 || connect(fd, (void *)&in, sizeof(in)) < 0
		       ? -1
		       : talk(fd);
}

/* The upper halves of an int's register are the caller's to choose. */
static int by_high_halves(void)
{
	const long high = 0x5a5a5a5aL << 32;
	struct sockaddr_in in = four("127.0.0.1");
	int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);

	return syscall(SYS_connect, high | fd, &in, high | (long)sizeof(in)) < 0 ? -1 : talk(fd);
}

static int by_child(void)
{
	struct sockaddr_in in = four("127.0.0.1");
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	pid_t child = (pid_t)syscall(SYS_clone, 0x400 /* CLONE_FILES */ | SIGCHLD, NULL, NULL, NULL,
				     NULL);

	if (child == 0)
		_exit(connect(fd, (void *)&in, sizeof(in)) < 0);
	(void)waitpid(child, NULL, 0);
	return talk(fd);
}

static int by_vector(void)
{
	struct sockaddr_in in = four("127.0.0.1");
	struct iovec two[2] = { { .iov_base = (void *)(size_t) "he", .iov_len = 2 },
				{ .iov_base = (void *)(size_t) "llo", .iov_len = 3 } };
	struct msghdr message = message_to(&in, sizeof(in));

	message.msg_iov = two;
	message.msg_iovlen = 2;
	return sendmsg(socket(AF_INET, SOCK_DGRAM, 0), &message, MSG_DONTWAIT) < 0 ? -1 : 0;
}

static int by_fast_open_without_cookie(void)
{
	struct sockaddr_in in = four("127.0.0.1");
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, 34 /* TCP_FASTOPEN_NO_COOKIE */, &on, sizeof(on));
	return sendto(fd, HELLO, HELLO_LEN, MSG_FASTOPEN | MSG_NOSIGNAL, (void *)&in, sizeof(in)) <
			       0
		       ? -1
		       : 0;
}

/* --- other names of a unix socket */

static int call_name(const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", name);
	return call(AF_UNIX, SOCK_STREAM, 0, &un, sizeof(un));
}

static int by_unix_relative(void)
{
	return chdir(folder) < 0 ? -1 : call_name("stream");
}

static int by_unix_dots(void)
{
	char name[108];

	(void)snprintf(name, sizeof(name), "//%s/./..//%s/stream", folder,
		       strrchr(folder, '/') + 1);
	return call_name(name);
}

/* All 108 bytes, and no NUL. */
static int by_unix_unterminated(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char target[128];
	int len = snprintf(target, sizeof(target), "%s/stream", folder);

	memset(un.sun_path, '/', sizeof(un.sun_path));
	if (len < 0 || (size_t)len > sizeof(un.sun_path))
		return -1;
	memcpy(un.sun_path + sizeof(un.sun_path) - (size_t)len, target, (size_t)len);
	return call(AF_UNIX, SOCK_STREAM, 0, &un, sizeof(un));
}

static int by_unix_folder_link(void)
{
	return symlink(folder, "folder") < 0 ? -1 : call_name("folder/stream");
}

static int by_unix_pinned_folder(void)
{
	char name[108];

	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d/stream", open(folder, O_PATH));
	return call_name(name);
}

static int by_unix_pin(void)
{
	char target[4096];
	char name[108];

	(void)snprintf(target, sizeof(target), "%s/stream", folder);
	(void)snprintf(name, sizeof(name), "/dev/fd/%d", open(target, O_PATH));
	return call_name(name);
}

static int by_unix_message(void)
{
	socklen_t len;
	struct sockaddr_un un = named("/datagram", &len, 0);
	struct msghdr message = message_to(&un, len);

	return sendmsg(socket(AF_UNIX, SOCK_DGRAM, 0), &message, 0) < 0 ? -1 : 0;
}

static int by_unix_messages(void)
{
	socklen_t len;
	struct sockaddr_un un = named("/datagram", &len, 0);
	struct sockaddr_un own = { .sun_family = AF_UNIX, .sun_path = "own-datagram" };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct mmsghdr messages[2] = { { .msg_hdr = message_to(&own, sizeof(own)) },
				       { .msg_hdr = message_to(&un, len) } };

	if (bind(fd, (void *)&own, sizeof(own)) < 0)
		return -1;
	return sendmmsg(fd, messages, 2, 0) == 2 ? 0 : -1;
}

static int by_abstract_message(void)
{
	socklen_t len;
	struct sockaddr_un un = named("@datagram", &len, 1);
	struct msghdr message = message_to(&un, len);

	return sendmsg(socket(AF_UNIX, SOCK_DGRAM, 0), &message, 0) < 0 ? -1 : 0;
}

static int by_abstract_datagram(void)
{
	return call_unix("@datagram", SOCK_DGRAM, 1);
}

static const struct way {
	const char *name, *port;
	int (*act)(void);
} ways[] = {
	{ "tcp", "tcp", by_tcp },
	{ "any-address", "tcp", by_any_address },
	{ "tcp6", "tcp6", by_tcp6 },
	{ "any-address6", "tcp6", by_any_address6 },
	{ "mapped", "tcp", by_mapped },
	{ "long-address", "tcp", by_long_address },
	{ "raw-call", "tcp", by_raw_call },
	{ "nonblocking", "tcp", by_nonblocking },
	{ "mptcp", "tcp", by_mptcp },
	{ "mptcp-to-mptcp", "mptcp", by_mptcp_to_mptcp },
	{ "fast-open", "tcp", by_fast_open },
	{ "fast-open-message", "tcp", by_fast_open_message },
	{ "fast-open-option", "tcp", by_fast_open_option },
	{ "udp", "udp", by_udp },
	{ "udp-sendto", "udp", by_udp_sendto },
	{ "udp-message", "udp", by_udp_message },
	{ "udp-messages", "udp", by_udp_messages },
	{ "udp-connected", "udp", by_udp_connected },
	{ "no-family", "udp", by_no_family },
	{ "udp6", "udp6", by_udp6 },
	{ "udp6-mapped", "udp", by_udp6_mapped },
	{ "udp6-four", "udp", by_udp6_four },
	{ "other-loopback", "wild", by_other_loopback },
	{ "other-loopback-mapped", "wild", by_other_loopback_mapped },
	{ "other-loopback-udp", "wildudp", by_other_loopback_udp },
	{ "address-zero-udp", "wildudp", by_address_zero_udp },
	{ "interface", "wild", by_interface },
	{ "interface6", "wild6", by_interface6 },
	{ "udp-reconnected", "udp", by_udp_reconnected },
	{ "udp-disconnected", "udp", by_udp_disconnected },
	{ "bound", "tcp", by_bound },
	{ "high-halves", "tcp", by_high_halves },
	{ "child-with-our-descriptors", "tcp", by_child },
	{ "vector", "udp", by_vector },
	{ "fast-open-without-cookie", "tcp", by_fast_open_without_cookie },
	{ "unix-relative", "-", by_unix_relative },
	{ "unix-dots", "-", by_unix_dots },
	{ "unix-unterminated", "-", by_unix_unterminated },
	{ "unix-folder-link", "-", by_unix_folder_link },
	{ "unix-pinned-folder", "-", by_unix_pinned_folder },
	{ "unix-pin", "-", by_unix_pin },
	{ "unix-message", "-", by_unix_message },
	{ "unix-messages", "-", by_unix_messages },
	{ "abstract-message", "-", by_abstract_message },
	{ "abstract-datagram", "-", by_abstract_datagram },
	{ "unix", "-", by_unix },
	{ "unix-link", "-", by_unix_link },
	{ "unix-hard-link", "-", by_unix_hard_link },
	{ "unix-moved", "-", by_unix_moved },
	{ "unix-in-proc", "-", by_unix_in_proc },
	{ "unix-datagram", "-", by_unix_datagram },
	{ "unix-sendto", "-", by_unix_sendto },
	{ "abstract", "-", by_abstract },
	{ "abstract-sendto", "-", by_abstract_sendto },
	{ "descriptor", "-", by_descriptor },
};

#define WAY_COUNT (sizeof(ways) / sizeof(ways[0]))

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 1 && i < WAY_COUNT; i++)
		(void)printf("%s %s\n", ways[i].name, ways[i].port);
	if (argc != 4)
		return argc == 1 ? 0 : 2;
	folder = argv[2];
	port = atoi(argv[3]);
	for (size_t i = 0; i < WAY_COUNT; i++)
		if (strcmp(argv[1], ways[i].name) == 0)
			return ways[i].act() < 0;
	return 2;
}
