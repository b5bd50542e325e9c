/* SPDX-License-Identifier: MIT */
/*
 * sending WAY PORT TEXT - says TEXT to 127.0.0.1:PORT, by ways that libc has and that need no hook of
 * write(2) or send(2). Linked dynamically, statically, or with another libc.
 *
 * sending say FD TEXT - on a connection that it has inherited.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static struct sockaddr_in peer;

static int connection(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&peer, sizeof(peer)) < 0) {
		perror("connect");
		exit(1);
	}
	return fd;
}

static int by_write(const char *text)
{
	return write(connection(), text, strlen(text)) < 0;
}

static int by_dprintf(const char *text)
{
	return dprintf(connection(), "%s", text) < 0;
}

static int by_stream(const char *text)
{
	FILE *out = fdopen(connection(), "w");

	return !out || fputs(text, out) < 0 || fclose(out) != 0;
}

#ifdef __GLIBC__
static int by_pwritev2(const char *text)
{
	struct iovec piece = { strdup(text), strlen(text) };

	return pwritev2(connection(), &piece, 1, -1, 0) < 0;
}
#endif

static int by_stdout(const char *text)
{
	return dup2(connection(), STDOUT_FILENO) < 0 || printf("%s", text) < 0 ||
	       fflush(stdout) != 0;
}

static int by_free_stdout(const char *text)
{
	int fd = connection();

	(void)close(STDOUT_FILENO);
	return dup(fd) != STDOUT_FILENO || printf("%s", text) < 0 || fflush(stdout) != 0;
}

static int by_connected_stdout(const char *text)
{
	(void)close(STDOUT_FILENO);
	return connection() != STDOUT_FILENO || printf("%s", text) < 0 || fflush(stdout) != 0;
}

static int by_spawned_stdout(const char *text)
{
	char *arguments[] = { strdup("printf"), strdup("%s"), strdup(text), NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, connection(), STDOUT_FILENO);
	if (posix_spawnp(&pid, "printf", &actions, NULL, arguments, environ) != 0)
		return 1;
	return waitpid(pid, &status, 0) < 0 || status != 0;
}

static int by_datagram(const char *text)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return sendto(fd, text, strlen(text), 0, (const struct sockaddr *)&peer, sizeof(peer)) < 0;
}

static int by_connected_datagram(const char *text)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return connect(fd, (const struct sockaddr *)&peer, sizeof(peer)) < 0 ||
	       send(fd, text, strlen(text), 0) < 0;
}

static int by_fast_open(const char *text)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return sendto(fd, text, strlen(text), MSG_FASTOPEN, (const struct sockaddr *)&peer,
		      sizeof(peer)) < 0;
}

static int by_messages(const char *text)
{
	struct iovec piece = { strdup(text), strlen(text) };
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &piece, .msg_iovlen = 1 } };

	return sendmmsg(connection(), &message, 1, 0) < 0;
}

/* The first bytes leave, what comes next is the rest of something else. */
static int by_other_rest(const char *text)
{
	int fd = connection(), one = 4096;
	char *filler = calloc(1, 8 << 20);
	ssize_t sent;

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &one, sizeof(one));
	sent = filler ? send(fd, filler, 1 << 20, MSG_DONTWAIT) : -1;
	return sent < 0 || sent == 1 << 20 || send(fd, text, strlen(text), 0) < 0;
}

static const struct {
	const char *name;
	int (*say)(const char *text);
} ways[] = {
	{ "write", by_write },
	{ "dprintf", by_dprintf },
	{ "stream", by_stream },
#ifdef __GLIBC__
	{ "pwritev2", by_pwritev2 },
#endif
	{ "stdout", by_stdout },
	{ "free-stdout", by_free_stdout },
	{ "connected-stdout", by_connected_stdout },
	{ "spawned-stdout", by_spawned_stdout },
	{ "datagram", by_datagram },
	{ "connected-datagram", by_connected_datagram },
	{ "fast-open", by_fast_open },
	{ "sendmmsg", by_messages },
	{ "other-rest", by_other_rest },
};

int main(int argc, char **argv)
{
	if (argc == 1)
		for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
			puts(ways[i].name);
	if (argc < 4)
		return argc != 1;
	if (strcmp(argv[1], "say") == 0)
		return write((int)strtol(argv[2], NULL, 10), argv[3], strlen(argv[3])) < 0;
	peer = (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10)),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].name, argv[1]) == 0)
			return ways[i].say(argv[3]);
	return 2;
}
