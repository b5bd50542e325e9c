/* SPDX-License-Identifier: MIT */
/*
 * A package of a program's: a shared object that brings a library of its own, which the program knows
 * nothing of (package_NAME.c, loaded late by package_host.c). What a rule refuses has the word SECRET.
 */
#ifndef AGENTOS_TESTS_PACKAGE_H
#define AGENTOS_TESTS_PACKAGE_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

enum asked {
	ASKED_FAILED = -1, /* neither: nobody said why */
	ASKED_REFUSED,	   /* and the rule and its message were told */
	ASKED_DONE,
};

struct package {
	bool is_shared; /* two threads may use one connection at a time; else they take turns */
	bool is_born;	/* a child of fork(2) may use what it was born with, and its library */

	/** open - @where: a port on loopback, or a file. Return: a connection; NULL. */
	void *(*open)(const char *where);

	/** ask - for one thing, named by @name. Interrupted calls are made again. */
	enum asked (*ask)(void *connection, const char *name);

	/** whisper - ask without waiting for the answer; async-signal-safe; NULL: nothing is. */
	bool (*whisper)(void *connection, const char *name);

	/** hear - the answers of @count whispers. Return: how many were granted. */
	int (*hear)(void *connection, int count);

	void (*close)(void *connection);

	/** each - through each hook once; prints "HOOK: what came of it". */
	void (*each)(const char *where);
};

/* Of each package. */
typedef const struct package *package_fn(void);
__attribute__((visibility("default"))) package_fn package;

#define RULE "rule 'no-secret-"
#define MESSAGE "This is secret."

static inline bool is_told_why(const char *text)
{
	return strstr(text, RULE) && strstr(text, MESSAGE);
}

/** dial() - Return: a connection to @port of loopback; negative. */
static inline int dial(const char *port)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
					.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r;

	/* A signal may come before the supervisor has seen the call: then nothing has begun. */
	do
		r = connect(fd, (const struct sockaddr *)&to, sizeof(to));
	while (r < 0 && errno == EINTR);
	if (r == 0 || errno == EISCONN)
		return fd;
	perror("connect");
	(void)close(fd);
	return -1;
}

/** said() - one line of each(): @entry and what came of it. */
static inline void said(const char *entry, const char *what)
{
	printf("%s: %s\n", entry, what);
}

static inline const char *asked_text(enum asked asked)
{
	return asked == ASKED_DONE ? "passes" : asked == ASKED_REFUSED ? "refused" : "FAILED";
}

/** answer_of() - Return: what an answer of HTTP/1, NUL-terminated, means. */
static inline enum asked answer_of(const char *text)
{
	if (strncmp(text, "HTTP/1.1 200 ", 13) == 0)
		return ASKED_DONE;
	return strncmp(text, "HTTP/1.1 403 ", 13) == 0 && is_told_why(text) ? ASKED_REFUSED
									    : ASKED_FAILED;
}

#define REQUEST_MAX 256

/** request() - Return: the length of a request for /@name, written to @out; async-signal-safe. */
static inline size_t request(char *out, const char *name)
{
	static const char before[] = "GET /", after[] = " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
	size_t length = strlen(name);

	memcpy(out, before, sizeof(before) - 1);
	memcpy(out + sizeof(before) - 1, name, length);
	memcpy(out + sizeof(before) - 1 + length, after, sizeof(after) - 1);
	return sizeof(before) - 1 + length + sizeof(after) - 1;
}

/** answer_is_whole() - whether the first @size bytes of @text, NUL-terminated, are an answer and its body. */
static inline bool answer_is_whole(const char *text, size_t size)
{
	const char *body = strstr(text, "\r\n\r\n");
	const char *length = strstr(text, "Content-Length: ");

	return body && length && size >= (size_t)(body + 4 - text) + strtoul(length + 16, NULL, 10);
}

#endif
