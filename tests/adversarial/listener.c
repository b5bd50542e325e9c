/* SPDX-License-Identifier: MIT */
/*
 * listener FOLDER - the daemon that was there before: listens in every way a local one can, and
 * writes down in FOLDER/heard what reaches it: a "+" for each connection, and all bytes.
 *
 * FOLDER/ports receives "tcp PORT", "tcp6 PORT", "udp PORT", "udp6 PORT", "mptcp PORT" (where
 * there is MPTCP), and of those that listen at all addresses "wild PORT", "wild6 PORT" and "wildudp
 * PORT", once it is ready. Unix sockets: FOLDER/stream, FOLDER/datagram, and the abstract
 * names FOLDER@stream, FOLDER@datagram. Who connects to FOLDER/stream is handed a descriptor of
 * FOLDER/secret. A line read from the standard input is answered with a line: by then all that
 * came before was written down.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ENDS_MAX 256
#define FAST_OPEN_QUEUE 16
#define PORTS_TRIED 100

enum end_kind { LISTENS, RECEIVES, HANDS_OVER };

static struct pollfd ends[ENDS_MAX];
static enum end_kind kinds[ENDS_MAX];
static int end_count;
static int heard_fd, secret_fd;
static FILE *ports;

/* Where one has gone, or at the end. Who finds no room was heard when he came, and goes at once. */
static void add(int fd, enum end_kind kind)
{
	int at = 0;

	if (fd < 0)
		return;
	while (at < end_count && ends[at].fd >= 0)
		at++;
	if (at == ENDS_MAX) {
		(void)close(fd);
		return;
	}
	ends[at] = (struct pollfd){ .fd = fd, .events = POLLIN };
	kinds[at] = kind;
	if (at == end_count)
		end_count++;
}

static void hear(const char *bytes, size_t len)
{
	(void)!write(heard_fd, bytes, len);
}

/*
 * A free port; one for datagrams is then nobody else's for streams either: so a test can listen for
 * streams there, which the many connections of other tests would else be in the way of.
 * Return: a socket, @address then being its own; -1 on failure.
 */
static int bind_socket(int type, int protocol, struct sockaddr *address, socklen_t len)
{
	struct sockaddr_in6 any;
	int fd, stream;

	memcpy(&any, address, len);
	for (int i = 0; i < PORTS_TRIED; i++) {
		memcpy(address, &any, len);
		fd = socket(address->sa_family, type | SOCK_CLOEXEC, protocol);
		if (fd < 0 || bind(fd, address, len) < 0 || getsockname(fd, address, &len) < 0)
			break;
		if (type == SOCK_STREAM)
			return fd;
		stream = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		(void)setsockopt(stream, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
		if (bind(stream, address, len) == 0)
			return fd;
		(void)close(stream);
		(void)close(fd);
	}
	return -1;
}

static void add_inet(const char *name, int domain, int type, int protocol)
{
	bool is_wild = strncmp(name, "wild", 4) == 0;
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(is_wild ? INADDR_ANY
								   : INADDR_LOOPBACK) };
	struct sockaddr *address = domain == AF_INET ? (void *)&in : (void *)&in6;
	int queue = FAST_OPEN_QUEUE;
	int fd;

	if (!is_wild)
		in6.sin6_addr = in6addr_loopback;
	fd = bind_socket(type, protocol, address, domain == AF_INET ? sizeof(in) : sizeof(in6));
	if (fd < 0)
		return;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue));
	if (type == SOCK_STREAM && listen(fd, 64) < 0)
		return;
	(void)fprintf(ports, "%s %d\n", name,
		      ntohs(domain == AF_INET ? in.sin_port : in6.sin6_port));
	add(fd, type == SOCK_STREAM ? LISTENS : RECEIVES);
}

/* @name: a path; with a NUL in front an abstract name. */
static void add_unix(const char *name, size_t len, int type, enum end_kind kind)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	memcpy(un.sun_path, name, len);
	if (bind(fd, (void *)&un, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0 ||
	    (type != SOCK_DGRAM && listen(fd, 64) < 0)) {
		perror("listener: unix");
		exit(1);
	}
	add(fd, kind);
}

static void add_unix_sockets(const char *folder)
{
	char name[108];
	int len;

	len = snprintf(name, sizeof(name), "%s/stream", folder);
	add_unix(name, (size_t)len, SOCK_STREAM, HANDS_OVER);
	len = snprintf(name, sizeof(name), "%s/datagram", folder);
	add_unix(name, (size_t)len, SOCK_DGRAM, RECEIVES);
	len = snprintf(name, sizeof(name), "%c%s@stream", '\0', folder);
	add_unix(name, (size_t)len, SOCK_STREAM, LISTENS);
	len = snprintf(name, sizeof(name), "%c%s@datagram", '\0', folder);
	add_unix(name, (size_t)len, SOCK_DGRAM, RECEIVES);
}

static void hand_over(int connection)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec bytes = { .iov_base = (void *)(size_t) "x", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	*header = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	};
	memcpy(CMSG_DATA(header), &secret_fd, sizeof(int));
	(void)sendmsg(connection, &message, MSG_NOSIGNAL);
}

static void serve(int i)
{
	char bytes[4096];
	ssize_t len;
	int connection;

	if (kinds[i] != RECEIVES) {
		connection = accept4(ends[i].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (connection < 0)
			return;
		hear("+", 1);
		if (kinds[i] == HANDS_OVER)
			hand_over(connection);
		add(connection, RECEIVES);
		return;
	}
	len = recv(ends[i].fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (len > 0) {
		hear(bytes, (size_t)len);
	} else if (len == 0 || errno != EAGAIN) {
		(void)close(ends[i].fd);
		ends[i].fd = -1;
	}
}

/* Serves until nothing is left to do. */
static void serve_all(void)
{
	bool busy = true;

	while (busy) {
		busy = false;
		(void)poll(ends, (nfds_t)end_count, 20);
		for (int i = end_count - 1; i > 0; i--) {
			if (ends[i].fd >= 0 && ends[i].revents) {
				serve(i);
				busy = true;
			}
			ends[i].revents = 0;
		}
	}
	while (end_count > 1 && ends[end_count - 1].fd < 0)
		end_count--;
}

int main(int argc, char **argv)
{
	char line[16];

	if (argc != 2 || chdir(argv[1]) < 0)
		return 2;
	heard_fd = open("heard", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	secret_fd = open("secret", O_RDONLY | O_CLOEXEC);
	ports = fopen("ports.new", "we");
	if (heard_fd < 0 || !ports)
		return 2;
	add(STDIN_FILENO, RECEIVES);
	add_inet("tcp", AF_INET, SOCK_STREAM, 0);
	add_inet("tcp6", AF_INET6, SOCK_STREAM, 0);
	add_inet("udp", AF_INET, SOCK_DGRAM, 0);
	add_inet("udp6", AF_INET6, SOCK_DGRAM, 0);
	add_inet("mptcp", AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	add_inet("wild", AF_INET, SOCK_STREAM, 0);
	add_inet("wild6", AF_INET6, SOCK_STREAM, 0);
	add_inet("wildudp", AF_INET, SOCK_DGRAM, 0);
	add_unix_sockets(argv[1]);
	if (fclose(ports) != 0 || rename("ports.new", "ports") < 0)
		return 2;
	for (;;) {
		if (poll(ends, (nfds_t)end_count, -1) < 0 && errno != EINTR)
			return 2;
		serve_all();
		if (ends[0].revents || (poll(ends, 1, 0) == 1)) {
			if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
				return 0;
			serve_all();
			(void)!write(STDOUT_FILENO, "\n", 1);
		}
	}
}
