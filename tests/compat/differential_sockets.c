/* SPDX-License-Identifier: MIT */
/*
 * What the calls on sockets answer, for each kind of socket (and of what is none), with each kind of address; and
 * what has become of the socket. Prints a line for each; to be compared with what it prints bare. Runs in an
 * empty folder. Nothing is sent beyond this machine.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static volatile sig_atomic_t broken; /* SIGPIPEs */

static void count_broken(int signal)
{
	(void)signal;
	broken++;
}

static void must(bool done, const char *what)
{
	if (done)
		return;
	(void)printf("cannot %s: %s\n", what, strerrorname_np(errno));
	(void)fflush(stdout);
	_exit(1);
}

/* --- who is there to be spoken to */

static int tcp_listener, udp_receiver, unix_listener, unix_receiver, packet_listener;
static unsigned first; /* descriptor that is not one of theirs */
static in_port_t port, dead_port;

static struct sockaddr_in loopback(in_port_t number)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = number,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* Both, with one number: no other socket is then given a port that has a name here. */
static in_port_t bound_inet(int *out_tcp, int *out_udp)
{
	struct sockaddr_in name = loopback(0);
	socklen_t size = sizeof(name);

	*out_tcp = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	*out_udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	must(bind(*out_tcp, (struct sockaddr *)&name, sizeof(name)) == 0, "bind");
	must(getsockname(*out_tcp, (struct sockaddr *)&name, &size) == 0, "ask for a name");
	if (bind(*out_udp, (struct sockaddr *)&name, sizeof(name)) == 0)
		return name.sin_port;
	(void)close(*out_tcp);
	(void)close(*out_udp);
	return bound_inet(out_tcp, out_udp);
}

static int bound_unix(int type, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, name);
	return fd;
}

static void peers(void)
{
	const struct sockaddr_in other = loopback(htons(1));
	int dead_tcp, dead_udp, fd;

	port = bound_inet(&tcp_listener, &udp_receiver);
	dead_port = bound_inet(&dead_tcp, &dead_udp);
	/* That of TCP does not listen, that of UDP hears another only. */
	must(connect(dead_udp, (const struct sockaddr *)&other, sizeof(other)) == 0, "connect");
	unix_listener = bound_unix(SOCK_STREAM, "stream");
	packet_listener = bound_unix(SOCK_SEQPACKET, "packet");
	unix_receiver = bound_unix(SOCK_DGRAM, "datagram");
	must(listen(tcp_listener, 64) == 0 && listen(unix_listener, 64) == 0 &&
		     listen(packet_listener, 64) == 0,
	     "listen");
	first = (unsigned)bound_unix(SOCK_STREAM, "left");
	(void)close((int)first);
	fd = open("file", O_CREAT | O_WRONLY, 0600);
	must(fd >= 0 && close(fd) == 0 && mkdir("folder", 0700) == 0, "make files");
	must(symlink("stream", "link") == 0 && symlink("nowhere", "dangling") == 0 &&
		     symlink("loop", "loop") == 0,
	     "make links");
	must(chmod("left", 0) == 0, "close a socket to others");
}

static void drain(void)
{
	const int listeners[] = { tcp_listener, unix_listener, packet_listener };
	char text[256];
	int fd;

	for (size_t i = 0; i < COUNT(listeners); i++)
		while ((fd = accept(listeners[i], NULL, NULL)) >= 0)
			(void)close(fd);
	while (recv(udp_receiver, text, sizeof(text), 0) >= 0)
		;
	while (recv(unix_receiver, text, sizeof(text), 0) >= 0)
		;
}

/* --- addresses */

struct address {
	const char *name;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
		struct sockaddr_nl nl;
		char bytes[256];
	};
	const void *at; /* NULL: the above */
	socklen_t len;
	bool bind_only; /* others would be spoken to */
};

static struct address addresses[80];
static size_t address_count;

static struct address *add(const char *name, socklen_t len)
{
	struct address *address = &addresses[address_count++];

	must(address_count <= COUNT(addresses), "have as many addresses");
	memset(address, 0, sizeof(*address));
	address->name = name;
	address->len = len;
	return address;
}

static struct address *add_in(const char *name, uint32_t ip, in_port_t number, socklen_t len)
{
	struct address *address = add(name, len);

	address->in = loopback(number);
	address->in.sin_addr.s_addr = htonl(ip);
	return address;
}

static void add_in6(const char *name, const char *ip, in_port_t number, socklen_t len)
{
	struct address *address = add(name, len);

	address->in6.sin6_family = AF_INET6;
	address->in6.sin6_port = number;
	(void)inet_pton(AF_INET6, ip, &address->in6.sin6_addr);
}

static struct address *add_un(const char *name, const char *path, socklen_t len)
{
	struct address *address = add(name, len ? len : (socklen_t)(3 + strlen(path)));

	address->un.sun_family = AF_UNIX;
	memcpy(address->un.sun_path, path, strlen(path) + 1);
	return address;
}

static void add_family(const char *name, int family, socklen_t len)
{
	add(name, len)->any.sa_family = (sa_family_t)family;
}

static void make_inet_addresses(void)
{
	const socklen_t in = sizeof(struct sockaddr_in), in6 = sizeof(struct sockaddr_in6);

	add_in("tcp", INADDR_LOOPBACK, port, in);
	add_in("udp", INADDR_LOOPBACK, port, in);
	add_in("dead", INADDR_LOOPBACK, dead_port, in);
	add_in("loopback, any port", INADDR_LOOPBACK, 0, in);
	add_in("any", INADDR_ANY, 0, in);
	add_in("any, tcp", INADDR_ANY, port, in)->bind_only = true;
	add_in("broadcast", INADDR_BROADCAST, port, in)->bind_only = true;
	add_in("not local", 0xcb007101, 0, in)->bind_only = true; /* 203.0.113.1 */
	add_in("privileged", INADDR_LOOPBACK, htons(77), in)->bind_only = geteuid() != 0;
	add_in("tcp, longer", INADDR_LOOPBACK, port, in + 1);
	add_in("tcp, 128", INADDR_LOOPBACK, port, 128);
	add_in("tcp, 129", INADDR_LOOPBACK, port, 129);
	add_in("tcp, negative", INADDR_LOOPBACK, port, (socklen_t)-1);
	add_in("tcp, 15", INADDR_LOOPBACK, port, in - 1);
	add_in("udp, 15", INADDR_LOOPBACK, port, in - 1);
	add_in("tcp, 8", INADDR_LOOPBACK, port, 8);
	add_in("tcp, 3", INADDR_LOOPBACK, port, 3);
	add_in("tcp, 2", INADDR_LOOPBACK, port, 2);
	add_in("tcp, 1", INADDR_LOOPBACK, port, 1);
	add_in("tcp, 0", INADDR_LOOPBACK, port, 0);
	add_in6("in6, tcp", "::1", port, in6);
	add_in6("in6, dead", "::1", dead_port, in6);
	add_in6("in6, any port", "::1", 0, in6);
	add_in6("in6, mapped", "::ffff:127.0.0.1", port, in6);
	add_in6("in6, mapped udp", "::ffff:127.0.0.1", port, in6);
	add_in6("in6, 24", "::1", 0, 24);
	add_in6("in6, 23", "::1", 0, 23);
	add_in6("in6, 16", "::1", 0, 16);
	add_in6("in6, 2", "::1", 0, 2);
}

static void make_unix_addresses(void)
{
	static char full[109];

	memset(full, 'f', sizeof(full) - 1);
	add_un("stream", "stream", 0);
	add_un("packet", "packet", 0);
	add_un("datagram", "datagram", 0);
	add_un("stream, without its end", "stream", 2 + 6);
	add_un("stream, whole", "stream", sizeof(struct sockaddr_un));
	add_un("stream, too long", "stream", sizeof(struct sockaddr_un) + 1);
	add_un("stream, below a file", "file/stream", 0);
	add_un("stream, below nothing", "missing/stream", 0);
	add_un("stream/", "stream/", 0);
	add_un("left", "left", 0);
	add_un("file", "file", 0);
	add_un("folder", "folder", 0);
	add_un("folder/", "folder/", 0);
	add_un("dot", ".", 0);
	add_un("link", "link", 0);
	add_un("dangling", "dangling", 0);
	add_un("loop", "loop", 0);
	add_un("missing", "missing", 0);
	add_un("missing/", "missing/", 0);
	add_un("below", "folder/below", 0);
	add_un("full", full, sizeof(struct sockaddr_un));
	add_un("empty name", "", 3);
	add_un("no name", "", 2);
	add_un("one byte", "", 1);
	add_un("zeros", "", sizeof(struct sockaddr_un));
	memcpy(add_un("abstract", "", 12)->un.sun_path, "\0agentos-x", 10);
}

static void make_addresses(void)
{
	make_inet_addresses();
	make_unix_addresses();
	add_family("unspecified", AF_UNSPEC, 16);
	add_family("unspecified, 2", AF_UNSPEC, 2);
	add_family("unspecified, 1", AF_UNSPEC, 1);
	add_family("unspecified, 28", AF_UNSPEC, 28);
	add_family("family 99", 99, 16);
	add_family("family 99, 2", 99, 2);
	add_family("netlink", AF_NETLINK, sizeof(struct sockaddr_nl));
	add_family("netlink, 2", AF_NETLINK, 2);
	add("nothing", 16)->at = (const void *)8;
	add("nothing, 0", 0)->at = (const void *)8;
	add("nothing, negative", (socklen_t)-1)->at = (const void *)8;
	add("NULL", 16)->at = (const void *)-1;
	add("NULL, 0", 0)->at = (const void *)-1;
}

static const void *at(const struct address *address)
{
	if (!address->at)
		return &address->any;
	return address->at == (const void *)-1 ? NULL : address->at;
}

/* --- sockets */

static int plain(int family, int type)
{
	int fd = socket(family, type, 0);

	must(fd >= 0, "make a socket");
	return fd;
}

static int bound(int type)
{
	struct sockaddr_in name = loopback(0);
	int fd = plain(AF_INET, type);

	must(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0, "bind");
	return fd;
}

static int tcp_bound(void)
{
	return bound(SOCK_STREAM);
}

static int udp_bound(void)
{
	return bound(SOCK_DGRAM);
}

static int tcp_listening(void)
{
	int fd = bound(SOCK_STREAM);

	must(listen(fd, 1) == 0, "listen");
	return fd;
}

static int connected(int type, in_port_t number)
{
	struct sockaddr_in name = loopback(number);
	int fd = plain(AF_INET, type);

	must(connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0, "connect");
	return fd;
}

static int tcp_connected(void)
{
	return connected(SOCK_STREAM, port);
}

static int udp_connected(void)
{
	return connected(SOCK_DGRAM, port);
}

static int shut(int type)
{
	int fd = connected(type, port);

	must(shutdown(fd, SHUT_RDWR) == 0, "shut down");
	return fd;
}

static int tcp_shut(void)
{
	return shut(SOCK_STREAM);
}

static int bound_file(int type)
{
	static int number;
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = plain(AF_UNIX, type);

	(void)snprintf(name.sun_path, sizeof(name.sun_path), "own%d", number++);
	must(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0, "bind");
	(void)unlink(name.sun_path);
	return fd;
}

static int unix_bound(void)
{
	return bound_file(SOCK_STREAM);
}

static int unix_listening(void)
{
	int fd = bound_file(SOCK_STREAM);

	must(listen(fd, 1) == 0, "listen");
	return fd;
}

static int unix_datagram_bound(void)
{
	return bound_file(SOCK_DGRAM);
}

static int pair(int type)
{
	int fds[2];

	must(socketpair(AF_UNIX, type, 0, fds) == 0, "make a pair");
	return fds[0]; /* the other stays open until the end of the kind */
}

static int unix_pair(void)
{
	return pair(SOCK_STREAM);
}

static int unix_datagram_pair(void)
{
	return pair(SOCK_DGRAM);
}

static int packet_pair(void)
{
	return pair(SOCK_SEQPACKET);
}

static int unix_orphan(void)
{
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0 && close(fds[1]) == 0,
	     "make half a pair");
	return fds[0];
}

static int of_file(void)
{
	return open("file", O_RDWR);
}

static int of_folder(void)
{
	return open("folder", O_RDONLY);
}

static int of_name(void)
{
	return open("file", O_PATH);
}

static int of_pipe(void)
{
	int fds[2];

	must(pipe(fds) == 0, "make a pipe");
	return fds[0];
}

static int of_nothing(void)
{
	return 999;
}

static int of_less(void)
{
	return -1;
}

static const struct {
	const char *name;
	int (*make)(void); /* NULL: a new one */
	int family, type;
} kinds[] = {
	{ "tcp", NULL, AF_INET, SOCK_STREAM },
	{ "tcp6", NULL, AF_INET6, SOCK_STREAM },
	{ "udp", NULL, AF_INET, SOCK_DGRAM },
	{ "udp6", NULL, AF_INET6, SOCK_DGRAM },
	{ "unix", NULL, AF_UNIX, SOCK_STREAM },
	{ "unix datagram", NULL, AF_UNIX, SOCK_DGRAM },
	{ "unix packet", NULL, AF_UNIX, SOCK_SEQPACKET },
	{ "netlink", NULL, AF_NETLINK, SOCK_RAW },
	{ "tcp bound", tcp_bound, 0, 0 },
	{ "udp bound", udp_bound, 0, 0 },
	{ "tcp listening", tcp_listening, 0, 0 },
	{ "tcp connected", tcp_connected, 0, 0 },
	{ "tcp shut", tcp_shut, 0, 0 },
	{ "udp connected", udp_connected, 0, 0 },
	{ "unix bound", unix_bound, 0, 0 },
	{ "unix listening", unix_listening, 0, 0 },
	{ "unix datagram bound", unix_datagram_bound, 0, 0 },
	{ "unix connected", unix_pair, 0, 0 },
	{ "unix orphan", unix_orphan, 0, 0 },
	{ "unix datagram connected", unix_datagram_pair, 0, 0 },
	{ "unix packet connected", packet_pair, 0, 0 },
	{ "file", of_file, 0, 0 },
	{ "folder", of_folder, 0, 0 },
	{ "name of a file", of_name, 0, 0 },
	{ "pipe", of_pipe, 0, 0 },
	{ "none", of_nothing, 0, 0 },
	{ "negative", of_less, 0, 0 },
};

/* --- what has become of it */

static const char *port_name(in_port_t number)
{
	return number == 0 ? "0" : number == port ? "known" : number == dead_port ? "dead" : "some";
}

static void show_name(const char *what, int r, const struct address *name, socklen_t size)
{
	char ip[INET6_ADDRSTRLEN] = "";

	if (r < 0) {
		(void)printf(" %s %s", what, strerrorname_np(errno));
		return;
	}
	(void)printf(" %s %u", what, name->any.sa_family);
	if (name->any.sa_family == AF_INET)
		(void)printf(" %s %s", inet_ntop(AF_INET, &name->in.sin_addr, ip, sizeof(ip)),
			     port_name(name->in.sin_port));
	else if (name->any.sa_family == AF_INET6)
		(void)printf(" %s %s", inet_ntop(AF_INET6, &name->in6.sin6_addr, ip, sizeof(ip)),
			     name->in6.sin6_port ? "some" : "0");
	else if (name->any.sa_family == AF_UNIX && size > 2 && name->un.sun_path[0])
		(void)printf(" %.*s", strncmp(name->un.sun_path, "own", 3) ? (int)size - 2 : 3,
			     name->un.sun_path);
	else if (name->any.sa_family == AF_UNIX && size > 2)
		(void)printf(" abstract of %u", size);
}

static void show_socket(int fd)
{
	struct address name;
	socklen_t size = sizeof(name.bytes);
	int listens = 0, r;

	memset(&name, 0, sizeof(name));
	r = getsockname(fd, &name.any, &size);
	show_name("own", r, &name, size);
	if (r < 0)
		return;
	size = sizeof(name.bytes);
	memset(&name, 0, sizeof(name));
	r = getpeername(fd, &name.any, &size);
	show_name("peer", r, &name, size);
	size = sizeof(listens);
	(void)getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
	(void)printf("%s", listens ? " listens" : "");
}

static void show(long result)
{
	if (result < 0)
		(void)printf(" = %s", strerrorname_np(errno));
	else
		(void)printf(" = %ld", result);
}

/* Sockets' files that were made, and what was heard. */
static void clean(void)
{
	static const char *const names[] = { "missing", "nowhere", "folder/below" };
	struct stat st;
	char full[109];

	memset(full, 'f', sizeof(full) - 1);
	full[sizeof(full) - 1] = '\0';
	for (size_t i = 0; i <= COUNT(names); i++) {
		const char *name = i < COUNT(names) ? names[i] : full;

		if (lstat(name, &st) == 0) {
			(void)printf(" [%.12s %o]", name, st.st_mode);
			(void)unlink(name);
		}
	}
	drain();
	if (broken)
		(void)printf(" SIGPIPE");
	broken = 0;
	(void)printf("\n");
}

typedef long call_fn(int fd, const struct address *address);

static long call_bind(int fd, const struct address *address)
{
	return syscall(SYS_bind, fd, at(address), address->len);
}

static long call_connect(int fd, const struct address *address)
{
	return syscall(SYS_connect, fd, at(address), address->len);
}

static long send_with(int fd, const struct address *address, unsigned flags)
{
	return syscall(SYS_sendto, fd, "text", 4UL, flags, at(address), address->len);
}

static long call_sendto(int fd, const struct address *address)
{
	return send_with(fd, address, 0);
}

static long call_sendto_oob(int fd, const struct address *address)
{
	return send_with(fd, address, MSG_OOB | MSG_NOSIGNAL);
}

static long call_sendto_odd(int fd, const struct address *address)
{
	return send_with(fd, address, 0x80000000U | MSG_EOR | MSG_NOSIGNAL);
}

static long call_sendto_nothing(int fd, const struct address *address)
{
	return syscall(SYS_sendto, fd, (void *)8, 4UL, 0, at(address), address->len);
}

static long call_sendto_huge(int fd, const struct address *address)
{
	return syscall(SYS_sendto, fd, (void *)8, 1UL << 40, MSG_NOSIGNAL, at(address),
		       address->len);
}

static long message_with(int fd, const struct address *address, size_t vectors, size_t controllen)
{
	struct iovec vector = { (void *)(uintptr_t) "text", 4 };
	struct msghdr header = { .msg_iov = &vector, .msg_iovlen = vectors };
	char control[64] = "";

	header.msg_name = (void *)(uintptr_t)at(address);
	header.msg_namelen = address->len;
	header.msg_control = control;
	header.msg_controllen = controllen;
	return syscall(SYS_sendmsg, fd, &header, MSG_NOSIGNAL);
}

static long call_sendmsg(int fd, const struct address *address)
{
	return message_with(fd, address, 1, 0);
}

static long call_sendmsg_empty(int fd, const struct address *address)
{
	return message_with(fd, address, 0, 0);
}

static long call_sendmsg_many(int fd, const struct address *address)
{
	return message_with(fd, address, 5000, 0);
}

static long call_sendmsg_control(int fd, const struct address *address)
{
	return message_with(fd, address, 1, 40);
}

/* Descriptor @sent along with the text; what it is the kernel asks last. */
static long message_rights(int fd, const struct address *address, int sent, size_t len)
{
	union {
		struct cmsghdr header;
		char bytes[64];
	} control = { .header = { .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS,
				  .cmsg_len = CMSG_LEN(len) } };
	struct iovec vector = { (void *)(uintptr_t) "text", 4 };
	struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };

	memcpy(CMSG_DATA(&control.header), &sent, sizeof(sent));
	header.msg_name = (void *)(uintptr_t)at(address);
	header.msg_namelen = address->len;
	header.msg_control = &control;
	header.msg_controllen = CMSG_SPACE(len);
	return syscall(SYS_sendmsg, fd, &header, MSG_NOSIGNAL);
}

static long call_sendmsg_rights(int fd, const struct address *address)
{
	return message_rights(fd, address, 0, sizeof(int));
}

static long call_sendmsg_rights_of_none(int fd, const struct address *address)
{
	return message_rights(fd, address, 999, sizeof(int));
}

static long call_sendmsg_nothing(int fd, const struct address *address)
{
	(void)address;
	return syscall(SYS_sendmsg, fd, (void *)8, MSG_NOSIGNAL);
}

static long call_sendmsg_odd(int fd, const struct address *address)
{
	(void)address;
	return syscall(SYS_sendmsg, fd, (void *)8, 0x80000000U);
}

/* Two messages, of which the second has no content that could be read. */
static long call_sendmmsg(int fd, const struct address *address)
{
	struct iovec vectors[2] = { { (void *)(uintptr_t) "text", 4 }, { (void *)8, 4 } };
	struct mmsghdr messages[2] = { 0 };
	long r;

	for (size_t i = 0; i < 2; i++) {
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
		messages[i].msg_hdr.msg_name = (void *)(uintptr_t)at(address);
		messages[i].msg_hdr.msg_namelen = address->len;
	}
	r = syscall(SYS_sendmmsg, fd, messages, 2, MSG_NOSIGNAL);
	(void)printf(" (%u %u)", messages[0].msg_len, messages[1].msg_len);
	return r;
}

static const struct {
	const char *name;
	call_fn *call;
} calls[] = {
	{ "bind", call_bind },
	{ "connect", call_connect },
	{ "sendto", call_sendto },
	{ "sendto oob", call_sendto_oob },
	{ "sendto odd", call_sendto_odd },
	{ "sendto nothing", call_sendto_nothing },
	{ "sendto huge", call_sendto_huge },
	{ "sendmsg", call_sendmsg },
	{ "sendmsg empty", call_sendmsg_empty },
	{ "sendmsg many", call_sendmsg_many },
	{ "sendmsg control", call_sendmsg_control },
	{ "sendmsg rights", call_sendmsg_rights },
	{ "sendmsg rights of none", call_sendmsg_rights_of_none },
	{ "sendmsg nothing", call_sendmsg_nothing },
	{ "sendmsg odd", call_sendmsg_odd },
	{ "sendmmsg", call_sendmmsg },
};

static int made(size_t kind)
{
	return kinds[kind].make ? kinds[kind].make() : plain(kinds[kind].family, kinds[kind].type);
}

static void with_addresses(size_t kind, size_t call)
{
	for (size_t i = 0; i < address_count; i++) {
		int fd;

		if (addresses[i].bind_only && calls[call].call != call_bind)
			continue;
		fd = made(kind);
		(void)printf("%s(%s, %s)", calls[call].name, kinds[kind].name, addresses[i].name);
		show(calls[call].call(fd, &addresses[i]));
		show_socket(fd);
		/* Again: what the first has changed. */
		if (calls[call].call == call_bind || calls[call].call == call_connect) {
			(void)printf(" again");
			show(calls[call].call(fd, &addresses[i]));
		}
		clean();
		(void)close_range(first, 100, 0);
	}
}

static void listening(size_t kind)
{
	static const int backlogs[] = { 1, 0, -1 };

	for (size_t i = 0; i < COUNT(backlogs); i++) {
		int fd = made(kind);

		(void)printf("listen(%s, %d)", kinds[kind].name, backlogs[i]);
		show(listen(fd, backlogs[i]));
		show_socket(fd);
		(void)printf(" again");
		show(listen(fd, backlogs[i]));
		clean();
		(void)close_range(first, 100, 0);
	}
}

/* A datagram socket that gets its address by its first send, and hears what comes back. */
static void answered(void)
{
	struct address name = { .name = "who sent" };
	socklen_t size = sizeof(name.bytes);
	struct sockaddr_in there = loopback(port);
	char text[16] = "";
	int fd = plain(AF_INET, SOCK_DGRAM);

	show(sendto(fd, "question", 8, 0, (struct sockaddr *)&there, sizeof(there)));
	show_socket(fd);
	show(recvfrom(udp_receiver, text, sizeof(text), 0, &name.any, &size));
	show_name("from", 0, &name, size);
	show(sendto(udp_receiver, "answer", 6, 0, &name.any, size));
	show(recv(fd, text, sizeof(text), 0));
	(void)printf(" %.6s", text);
	clean();
}

int main(void)
{
	struct sigaction action = { .sa_handler = count_broken };

	(void)close_range(3, ~0U, 0);
	(void)umask(022);
	(void)sigaction(SIGPIPE, &action, NULL);
	peers();
	make_addresses();
	for (size_t kind = 0; kind < COUNT(kinds); kind++) {
		for (size_t call = 0; call < COUNT(calls); call++)
			with_addresses(kind, call);
		listening(kind);
	}
	answered();
	return 0;
}
