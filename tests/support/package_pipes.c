/* SPDX-License-Identifier: MIT */
/*
 * A package of pipes: each connection is a child that serves tools (MCP) on them, and writes the name of
 * each call that reaches it to the file "served". It ends when it is told to: other children may have been
 * born with the other end of its pipe.
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "tests/support/package.h"

#define LINE_MAX_SIZE 1024
#define LAST_LINE "end\n"

/* Makes a way to the server and back. @to, @from: what is read and what is written. Return: 0 or -1. */
typedef int make_way(int to[2], int from[2]);

struct connection {
	pid_t pid;
	int to, from;
};

static int by_pipe(int to[2], int from[2])
{
	return pipe(to) < 0 || pipe(from) < 0 ? -1 : 0;
}

static int by_pipe2(int to[2], int from[2])
{
	return pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0 ? -1 : 0;
}

static int by_socketpair(int to[2], int from[2])
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	to[0] = from[1] = pair[0];
	to[1] = from[0] = pair[1];
	return 0;
}

/* A line, without its end. Return: its length; -1 at the end. */
static ssize_t take_line(int fd, char *line, size_t size)
{
	size_t used = 0;

	while (used < size - 1) {
		ssize_t got = read(fd, line + used, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		if (line[used] == '\n')
			break;
		used++;
	}
	line[used] = '\0';
	return (ssize_t)used;
}

static void serve(int from, int to)
{
	static const char answer[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n";
	int served = open("served", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	char line[LINE_MAX_SIZE];

	while (take_line(from, line, sizeof(line)) >= 0 && line[0] == '{') {
		char *name = strstr(line, "\"name\":\""), *end;
		char text[LINE_MAX_SIZE + 2];

		name = name ? name + strlen("\"name\":\"") : line;
		end = strchr(name, '"');
		if (end)
			*end = '\0';
		(void)snprintf(text, sizeof(text), "/%s\n", name);
		if (write(served, text, strlen(text)) < 0 || write(to, answer, strlen(answer)) < 0)
			break;
	}
	_exit(0);
}

static struct connection *start(make_way *make)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	int to[2], from[2];

	if (!connection || make(to, from) < 0)
		return NULL;
	connection->pid = fork();
	if (connection->pid == 0) {
		/* A server has its own ends alone, and not those of others. */
		if (dup2(to[0], STDIN_FILENO) < 0 || dup2(from[1], STDOUT_FILENO) < 0)
			_exit(1);
		closefrom(STDERR_FILENO + 1);
		serve(STDIN_FILENO, STDOUT_FILENO);
	}
	if (to[0] != from[1])
		(void)close(from[1]);
	(void)close(to[0]);
	connection->to = to[1];
	connection->from = from[0];
	return connection;
}

static void *pipes_open(const char *where)
{
	(void)where;
	return start(by_pipe2);
}

typedef ssize_t send_way(int fd, const char *text, size_t size);

static ssize_t by_write(int fd, const char *text, size_t size)
{
	return write(fd, text, size);
}

static ssize_t by_vmsplice(int fd, const char *text, size_t size)
{
	const struct iovec piece = { (void *)(uintptr_t)text, size };

	return vmsplice(fd, &piece, 1, 0);
}

static enum asked ask_by(const struct connection *connection, const char *name, send_way *send_it)
{
	char line[LINE_MAX_SIZE];
	int len = snprintf(line, sizeof(line),
			   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":"
			   "{\"name\":\"%s\",\"arguments\":{}}}\n",
			   name);
	ssize_t sent;

	for (int at = 0; at < len; at += (int)sent) {
		sent = send_it(connection->to, line + at, (size_t)(len - at));
		if (sent < 0 && errno == EINTR)
			sent = 0;
		else if (sent <= 0)
			return ASKED_FAILED;
	}
	if (take_line(connection->from, line, sizeof(line)) < 0)
		return ASKED_FAILED;
	if (strstr(line, "\"result\""))
		return ASKED_DONE;
	return is_told_why(line) ? ASKED_REFUSED : ASKED_FAILED;
}

static enum asked pipes_ask(void *connection, const char *name)
{
	return ask_by(connection, name, by_write);
}

static void pipes_close(void *data)
{
	struct connection *connection = data;

	while (write(connection->to, LAST_LINE, strlen(LAST_LINE)) < 0 && errno == EINTR)
		;
	(void)close(connection->to);
	if (connection->from != connection->to)
		(void)close(connection->from);
	while (waitpid(connection->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(connection);
}

static void both(const char *hook, make_way *make, send_way *send_it)
{
	struct connection *connection = start(make);
	char name[64], line[64];
	enum asked ok, secret;

	(void)snprintf(name, sizeof(name), "ok-each-%s", hook);
	ok = ask_by(connection, name, send_it);
	(void)snprintf(name, sizeof(name), "SECRET-each-%s", hook);
	secret = ask_by(connection, name, send_it);
	(void)snprintf(line, sizeof(line), "%s, %s", asked_text(ok), asked_text(secret));
	said(hook, line);
	pipes_close(connection);
}

/* What is in one pipe cannot be looked at on its way to another. */
static void copied(void)
{
	int one[2], other[2];

	if (pipe(one) < 0 || pipe(other) < 0 || write(one[1], "SECRET", 6) != 6)
		return;
	said("tee", tee(one[0], other[1], 6, 0) < 0 && errno == EINVAL ? "refused" : "FAILED");
}

static void pipes_each(const char *where)
{
	(void)where;
	both("pipe", by_pipe, by_write);
	both("pipe2", by_pipe2, by_write);
	both("socketpair", by_socketpair, by_write);
	both("vmsplice", by_pipe2, by_vmsplice);
	copied();
}

const struct package *package(void)
{
	static const struct package pipes = {
		.is_born = true,
		.open = pipes_open,
		.ask = pipes_ask,
		.close = pipes_close,
		.each = pipes_each,
	};

	return &pipes;
}
