/* SPDX-License-Identifier: MIT */
/*
 * taps serve - answer on a port of loopback that is printed, until stdin ends
 * taps NAME COUNT PORT - do one thing so many times, and print the median time of one in nanoseconds,
 * of write the least, since others use the machine too
 *
 *   write      one byte to a descriptor that no rule is about
 *   http       a request and its answer, on one connection
 *   statement  a command of Redis and its answer, on one connection
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 101
#define REQUEST "GET /items?page=2 HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define STATEMENT "*3\r\n$3\r\nSET\r\n$5\r\nkey:1\r\n$5\r\nvalue\r\n"
#define DONE "+OK\r\n"

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void *answer(void *data)
{
	int fd = (int)(intptr_t)data, one = 1;
	char buf[4096];
	ssize_t got;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	while ((got = read(fd, buf, sizeof(buf))) > 0) {
		const char *text = buf[0] == 'G' ? ANSWER : DONE;

		if (write(fd, text, strlen(text)) < 0)
			break;
	}
	(void)close(fd);
	return NULL;
}

static void *accept_all(void *data)
{
	const int *listener = data;
	pthread_t thread;
	int fd;

	while ((fd = accept(*listener, NULL, NULL)) >= 0)
		if (pthread_create(&thread, NULL, answer, (void *)(intptr_t)fd) == 0)
			(void)pthread_detach(thread);
	return NULL;
}

static int serve(void)
{
	static int listener;
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	pthread_t thread;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, len) < 0 ||
	    listen(listener, 8) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &len) < 0 ||
	    pthread_create(&thread, NULL, accept_all, &listener) != 0)
		return 1;
	(void)printf("%d\n", ntohs(address.sin_port));
	(void)fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? fd : -1;
}

static bool once(int fd, const char *text, size_t size, bool is_answered)
{
	char buf[4096];

	return write(fd, text, size) == (ssize_t)size &&
	       (!is_answered || read(fd, buf, sizeof(buf)) > 0);
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

int main(int argc, char **argv)
{
	double rounds[ROUNDS];
	const char *text = "x";
	long count = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
	bool is_write;
	int fd;

	if (argc == 2 && strcmp(argv[1], "serve") == 0)
		return serve();
	if (count < 1)
		return 2;
	is_write = strcmp(argv[1], "write") == 0;
	if (!is_write)
		text = strcmp(argv[1], "http") == 0 ? REQUEST : STATEMENT;
	fd = is_write ? open("/dev/null", O_WRONLY | O_CLOEXEC)
		      : connect_to((uint16_t)strtoul(argv[3], NULL, 10));
	for (size_t i = 0; i < ROUNDS; i++) {
		int64_t start = now_ns();

		for (long j = 0; j < count; j++)
			if (!once(fd, text, strlen(text), !is_write)) {
				perror("taps");
				return 1;
			}
		rounds[i] = (double)(now_ns() - start) / (double)count;
	}
	qsort(rounds, ROUNDS, sizeof(rounds[0]), compare);
	(void)printf("%.1f\n", rounds[is_write ? 0 : ROUNDS / 2]);
	return 0;
}
